"""Content identifiers as AT Protocol computes them: a hash over the record's DAG-CBOR.

Source: the contract sheet of Bluesky, section 3b.
"""

from __future__ import annotations

import re
from base64 import b32decode, b32encode, b64decode
from hashlib import sha256
from typing import Any

MAX_DEPTH = 32
MAX_INTEGER = 2**53 - 1
"""What AT Protocol's data model allows, so that every language reads it alike."""

_LINK = re.compile(r"b[a-z2-7]{10,200}")


class NotEncodable(ValueError):
    """The value is outside AT Protocol's data model."""


def cid(value: Any) -> str:
    """The CID (version 1, dag-cbor, sha2-256, base32) of a JSON value; raises NotEncodable."""
    return _cid(0x71, encode(value))


def raw_cid(data: bytes) -> str:
    """The CID of bytes as they are (codec raw)."""
    return _cid(0x55, data)


def encode(value: Any, depth: int = 0) -> bytes:
    """The one DAG-CBOR form of a JSON value."""
    if depth > MAX_DEPTH:
        raise NotEncodable("the record is nested too deeply")
    if value is None or isinstance(value, bool):
        return b"\xf6" if value is None else b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return _head(4, len(value)) + b"".join(encode(item, depth + 1) for item in value)
    if isinstance(value, dict):
        return _special(value) or _map(value, depth)
    raise NotEncodable("numbers with a fraction are not allowed")


def _map(value: dict[str, Any], depth: int) -> bytes:
    pairs = sorted((_text(key), item) for key, item in value.items() if key is not None)
    return _head(5, len(pairs)) + b"".join(key + encode(item, depth + 1) for key, item in pairs)


def _special(value: dict[str, Any]) -> bytes | None:
    """A link or a byte string, which JSON writes as an object with one key."""
    if value.keys() == {"$link"}:
        return b"\xd8\x2a" + _bytes(b"\0" + _link_bytes(value["$link"]))
    if value.keys() == {"$bytes"}:
        return _bytes(_base64(value["$bytes"]))
    return None


def _link_bytes(link: Any) -> bytes:
    if not isinstance(link, str) or not _LINK.fullmatch(link):
        raise NotEncodable("a $link is not a CID")
    try:
        return b32decode(link[1:].upper() + "=" * (-len(link[1:]) % 8))
    except ValueError as error:
        raise NotEncodable("a $link is not a CID") from error


def _base64(text: Any) -> bytes:
    try:
        return b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (TypeError, ValueError) as error:
        raise NotEncodable("a $bytes is not base64") from error


def _integer(value: int) -> bytes:
    if abs(value) > MAX_INTEGER:
        raise NotEncodable("a whole number is out of range")
    return _head(0, value) if value >= 0 else _head(1, -1 - value)


def _text(value: str) -> bytes:
    try:
        data = value.encode()
    except UnicodeEncodeError as error:
        raise NotEncodable("a text holds half of a surrogate pair") from error
    return _head(3, len(data)) + data


def _bytes(data: bytes) -> bytes:
    return _head(2, len(data)) + data


def _head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    for extra, size in ((24, 1), (25, 2), (26, 4)):
        if number < 1 << 8 * size:
            return bytes([major << 5 | extra]) + number.to_bytes(size)
    return bytes([major << 5 | 27]) + number.to_bytes(8)


def _cid(codec: int, data: bytes) -> str:
    binary = bytes([1, codec, 0x12, 32]) + sha256(data).digest()
    return "b" + b32encode(binary).decode().lower().rstrip("=")
