"""What a Bluesky post record may hold (``app.bsky.feed.post``).

Source: the contract sheet of Bluesky, section 3b. Stricter than the real server in one point: a
facet must lie inside the text, on whole characters, so that a client's wrong offsets are noticed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import regex

from postclock.sandbox.bodies import unstorable
from postclock.sandbox.instants import parse

POST = "app.bsky.feed.post"
MAX_IMAGES = 4
MAX_IMAGE_BYTES = 1_000_000
"""Newer servers take 2,000,000; a picture that fits here fits everywhere."""
MAX_VIDEO_BYTES = 300_000_000
MAX_GRAPHEMES = 300
MAX_BYTES = 3000

_GRAPHEME = regex.compile(r"\X")
_DATETIME = re.compile(
    r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{1,20})?"
    r"(Z|[+-][0-2][0-9]:[0-5][0-9])"
)
_LANGUAGE = re.compile(r"(i|[a-z]{2,3})(-[a-zA-Z0-9]+)*")
_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]*[A-Za-z0-9._-]")
_URI = re.compile(r"[a-z][a-z0-9+.-]*:\S+", re.IGNORECASE)
_CID = re.compile(r"b[a-z2-7]{10,200}")
_AT_URI = re.compile(r"at://[^\s/]+/[A-Za-z0-9.-]+/[A-Za-z0-9._:~-]+")


class LexiconError(ValueError):
    """The record is not what its schema says; the message names the place."""


class BlobRefused(ValueError):
    """The record names a blob that may not stand there; ``error`` is XRPC's name for why."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.error = error


def check_post(record: Mapping[str, Any]) -> None:
    """Raise LexiconError or BlobRefused unless ``record`` is a valid post."""
    text = _text(record, "Record/text", "text", MAX_GRAPHEMES, MAX_BYTES)
    _created_at(record.get("createdAt"))
    _strings(record, "langs", 3, lambda at, value: _match(at, value, _LANGUAGE, "language"))
    _strings(record, "tags", 8, lambda at, value: _length(at, value, 64, 640))
    _facets(record.get("facets", []), text)
    if "reply" in record:
        reply = _object(record["reply"], "Record/reply")
        for end in ("root", "parent"):
            _strong_ref(reply.get(end), f"Record/reply/{end}")
    if "embed" in record:
        _embed(record["embed"], "Record/embed")


def _created_at(value: Any) -> None:
    at = "Record/createdAt"
    if value is None:
        raise LexiconError('Record must have the property "createdAt"')
    _match(at, value, _DATETIME, "atproto datetime (both RFC-3339 and ISO-8601)")
    try:
        parse(value)
    except ValueError as error:
        raise LexiconError(f"{at} must be an valid atproto datetime") from error


def _facets(facets: Any, text: str) -> None:
    data = text.encode()
    ends = []
    for number, facet in enumerate(_array(facets, "Record/facets")):
        at = f"Record/facets/{number}"
        index = _object(_object(facet, at).get("index"), f"{at}/index")
        start, end = (_whole(index.get(name), f"{at}/index/{name}") for name in _ENDS)
        if not start < end <= len(data) or not _whole_characters(data, start, end):
            raise LexiconError(f"{at}/index does not mark a part of the text, in UTF-8 bytes")
        ends.append((start, end))
        for place, feature in enumerate(_array(facet.get("features"), f"{at}/features")):
            _feature(feature, f"{at}/features/{place}")
    ends.sort()
    if any(following[0] < before[1] for before, following in pairwise(ends)):
        raise LexiconError("Record/facets must not overlap")


_ENDS = ("byteStart", "byteEnd")


def _whole_characters(data: bytes, start: int, end: int) -> bool:
    return all(at == len(data) or data[at] & 0xC0 != 0x80 for at in (start, end))


def _feature(feature: Any, at: str) -> None:
    kind = _type(feature, at)
    if kind == "app.bsky.richtext.facet#link":
        _match(f"{at}/uri", feature.get("uri"), _URI, "uri")
    elif kind == "app.bsky.richtext.facet#mention":
        _match(f"{at}/did", feature.get("did"), _DID, "did")
    elif kind == "app.bsky.richtext.facet#tag":
        _text(feature, f"{at}/tag", "tag", 64, 640)


def _embed(embed: Any, at: str) -> None:
    kind = _type(embed, at)
    if kind == "app.bsky.embed.gallery":
        raise LexiconError(f"{at}: the sandbox does not offer {kind}")
    if kind == "app.bsky.embed.video":
        _video(embed, at)
    if kind == "app.bsky.embed.images":
        _images(embed.get("images"), f"{at}/images")
    elif kind == "app.bsky.embed.external":
        card = _object(embed.get("external"), f"{at}/external")
        _match(f"{at}/external/uri", card.get("uri"), _URI, "uri")
        for name in ("title", "description"):
            _string(card.get(name), f"{at}/external/{name}")
        if "thumb" in card:
            _image_blob(card["thumb"], f"{at}/external/thumb")
    elif kind == "app.bsky.embed.record":
        _strong_ref(embed.get("record"), f"{at}/record")
    elif kind == "app.bsky.embed.recordWithMedia":
        _embed(embed.get("record"), f"{at}/record")
        _embed(embed.get("media"), f"{at}/media")


def _images(images: Any, at: str) -> None:
    listed = _array(images, at)
    if not 1 <= len(listed) <= MAX_IMAGES:
        raise LexiconError(f"{at} must have from 1 to {MAX_IMAGES} elements")
    for number, image in enumerate(listed):
        place = f"{at}/{number}"
        _image_blob(_object(image, place).get("image"), f"{place}/image")
        if "alt" not in image:
            raise LexiconError(f'{place} must have the property "alt"')
        _string(image["alt"], f"{place}/alt")
        _shape(image, place)


def _video(embed: Mapping[str, Any], at: str) -> None:
    _blob(embed.get("video"), f"{at}/video", "video/mp4", MAX_VIDEO_BYTES)
    if "alt" in embed:
        _string(embed["alt"], f"{at}/alt")
    _shape(embed, at)


def _shape(holder: Mapping[str, Any], at: str) -> None:
    if "aspectRatio" not in holder:
        return
    ratio = _object(holder["aspectRatio"], f"{at}/aspectRatio")
    for side in ("width", "height"):
        if _whole(ratio.get(side), f"{at}/aspectRatio/{side}") < 1:
            raise LexiconError(f"{at}/aspectRatio/{side} can not be less than 1")


def _image_blob(value: Any, at: str) -> None:
    _blob(value, at, "image/*", MAX_IMAGE_BYTES)


def _blob(value: Any, at: str, accepted: str, most: int) -> None:
    blob = _object(value, at)
    reference = _object(blob.get("ref"), f"{at}/ref")
    if blob.get("$type") != "blob":
        raise LexiconError(f"{at} should be a blob ref")
    _match(f"{at}/ref", reference.get("$link"), _CID, "cid")
    mime_type = _string(blob.get("mimeType"), f"{at}/mimeType")
    if not mime_type.startswith(accepted.removesuffix("*")):
        words = f"Wrong type of file. It is {mime_type} but it must match {accepted}."
        raise BlobRefused("InvalidMimeType", words)
    size = _whole(blob.get("size"), f"{at}/size")
    if size > most:
        words = f"This file is too large. It is {size} but the maximum size is {most}."
        raise BlobRefused("BlobTooLarge", words)


def _strong_ref(value: Any, at: str) -> None:
    reference = _object(value, at)
    _match(f"{at}/uri", reference.get("uri"), _AT_URI, "at-uri")
    _match(f"{at}/cid", reference.get("cid"), _CID, "cid")


def _strings(
    record: Mapping[str, Any], name: str, most: int, check: Callable[[str, str], None]
) -> None:
    items = _array(record.get(name, []), f"Record/{name}")
    if len(items) > most:
        raise LexiconError(f"Record/{name} must not have more than {most} elements")
    for number, item in enumerate(items):
        at = f"Record/{name}/{number}"
        check(at, _string(item, at))


def _text(holder: Mapping[str, Any], at: str, name: str, graphemes: int, most_bytes: int) -> str:
    if name not in holder:
        raise LexiconError(f'{at.rpartition("/")[0]} must have the property "{name}"')
    value = _string(holder[name], at)
    _length(at, value, graphemes, most_bytes)
    return value


def _length(at: str, value: str, graphemes: int, most_bytes: int) -> None:
    if len(value.encode()) > most_bytes:
        raise LexiconError(f"{at} must not be longer than {most_bytes} characters")
    if len(_GRAPHEME.findall(value)) > graphemes:
        raise LexiconError(f"{at} must not be longer than {graphemes} graphemes")


def _match(at: str, value: Any, pattern: re.Pattern[str], what: str) -> None:
    if not pattern.fullmatch(_string(value, at)):
        raise LexiconError(f"{at} must be an valid {what}")


def _type(value: Any, at: str) -> str:
    return _string(_object(value, at).get("$type"), f"{at}/$type")


def _string(value: Any, at: str) -> str:
    if not isinstance(value, str) or unstorable(value):
        raise LexiconError(f"{at} must be a string")
    return value


def _whole(value: Any, at: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise LexiconError(f"{at} must be an integer, not less than 0")
    return value


def _array(value: Any, at: str) -> list[Any]:
    if not isinstance(value, list):
        raise LexiconError(f"{at} must be an array")
    return value


def _object(value: Any, at: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise LexiconError(f"{at} must be an object")
    return value
