"""A Page's posts (contract sheet 2.b, 2.e): what is sent, what a list shows, which one is ours.

Facebook has no key of ours. A photo's id is: it is new with each upload, so a post that shows ours
is ours. A text is known by its words, the time, and by showing no photo.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from postclock.scheduler.model import CannotTell, Found, NotSeen, Receipt, Sighting
from postclock.services.platforms.base import Owner
from postclock.services.platforms.drafting import Draft
from postclock.services.platforms.json_reading import field, instant, objects, word
from postclock.services.platforms.permalinks import path_in
from postclock.services.platforms.timeline import CLOCK_SKEW, Listed, oldest_match
from postclock.services.platforms.uploads import Entry

HOST = "https://www.facebook.com"
HOSTS = frozenset({"facebook.com", "m.facebook.com", "web.facebook.com", "fb.com"})
LIST_FIELDS = (
    "id,message,created_time,permalink_url,is_published,"
    "attachments{media_type,target{id},subattachments{target{id}}}"
)
PHOTOS = frozenset({"photo", "album"})
REEL = re.compile(r"/(?:reel|stories)/(?P<id>\d{1,25})", re.ASCII)
WHOLE = re.compile(r"/(?P<whose>\d{1,25})_(?P<id>\d{1,25})", re.ASCII)
PATH = re.compile(r"/(?P<whose>[\w.]+)/(?P<what>posts|videos)/(?P<id>\d{1,25})", re.ASCII)
QUERY = re.compile(r"/(?:permalink|story)\.php", re.ASCII)
NUMBER = re.compile(r"\d{1,25}", re.ASCII)


def feed_body(draft: Draft, entries: Sequence[Entry], link: str) -> dict[str, Any]:
    """What ``POST /{page}/feed`` is sent; nothing empty is."""
    body: dict[str, Any] = {"message": draft.text} if draft.text.strip() else {}
    if entries:
        body["attached_media"] = [{"media_fbid": entry["id"]} for entry in entries]
    elif link:
        body["link"] = link
    return body


def video_form(draft: Draft, kind: str, entry: Entry, title: str) -> dict[str, str]:
    """What publishes a video that is up."""
    form = {"upload_phase": "finish"}
    if kind == "post":
        form["upload_session_id"] = str(entry["session"])
    else:
        form["video_id"] = str(entry["id"])
    if kind == "reel":
        form["video_state"] = "PUBLISHED"
    if kind != "story":
        said = {"title": title, "description": draft.text}
        form |= {name: text for name, text in said.items() if text.strip()}
    return form


def feed_receipt(body: Any) -> Receipt | None:
    """The receipt of a new post; None where the answer names none."""
    remote_id = word(field(body, "id"))
    if not remote_id:
        return None
    accepted = instant(field(body, "created_time"))
    return Receipt(remote_id, permalink(remote_id, word(field(body, "permalink_url"))), accepted)


def permalink(remote_id: str, told: str, path: str = "") -> str:
    """A post's address as Facebook tells it (it may leave out its host), or as it is known."""
    if told.startswith("/"):
        return f"{HOST}{told}"
    return told or f"{HOST}{path}/{remote_id}"


@dataclass(frozen=True, slots=True)
class Shown:
    """One post of a list, and the photos it shows."""

    listed: Listed
    photos: frozenset[str]
    public: bool


def shown_in(items: Sequence[Mapping[str, Any]]) -> list[Shown]:
    """The posts of one answer; what cannot be read is left out."""
    return [shown for item in items if (shown := _shown(item))]


def sighting_in(
    posts: Sequence[Shown],
    draft: Draft,
    entries: Sequence[Entry],
    since: datetime,
    taken: AbstractSet[str],
) -> Sighting:
    """Whether one of ``posts`` is what was sent since ``since``."""
    mine = {str(entry["id"]) for entry in entries}
    for post in posts:
        listed = post.listed
        if mine & post.photos and post.public and listed.remote_id not in taken:
            return Found(Receipt(listed.remote_id, listed.permalink, listed.created_at))
    if mine:
        return NotSeen()
    public = (post.listed for post in posts if post.public)
    sighting = oldest_match(public, draft, since, taken)
    if isinstance(sighting, Found) and not draft.text.strip():
        return CannotTell("Facebook has a post without words since then: look whether it is this.")
    return sighting


def reaches_back(posts: Sequence[Shown], since: datetime) -> bool:
    """Whether a list that is newest first goes on before the attempt."""
    return any(post.listed.created_at < since - CLOCK_SKEW for post in posts)


def story_in(
    items: Sequence[Mapping[str, Any]], entry: Entry, taken: AbstractSet[str]
) -> Found | None:
    """The story of a list that shows this photo or video."""
    for item in items:
        remote_id = word(item.get("post_id"))
        same = word(item.get("media_id")) == str(entry.get("id"))
        if same and remote_id and remote_id not in taken:
            accepted = _from_seconds(word(item.get("creation_time")))
            url = permalink(remote_id, word(item.get("url")), "/stories")
            return Found(Receipt(remote_id, url, accepted))
    return None


def post_in(link: str, owner: Owner) -> str | None:
    """The id of the post of ``owner`` that a page at ``link`` shows."""
    if found := path_in(link, HOSTS, REEL):
        return found["id"]
    if found := path_in(link, HOSTS, WHOLE):
        same = found["whose"] == owner.remote_id
        return f"{found['whose']}_{found['id']}" if same else None
    if found := path_in(link, HOSTS, PATH):
        mine = found["whose"].lower() in (owner.name, owner.remote_id)
        whole = found["id"] if found["what"] == "videos" else f"{owner.remote_id}_{found['id']}"
        return whole if mine else None
    if path_in(link, HOSTS, QUERY):
        query = parse_qs(urlsplit(link.strip()).query)
        number, whose = query.get("story_fbid", [""])[0], query.get("id", [""])[0]
        mine = whose == owner.remote_id and NUMBER.fullmatch(number) is not None
        return f"{whose}_{number}" if mine else None
    return None


def _shown(item: Mapping[str, Any]) -> Shown | None:
    remote_id, created = word(item.get("id")), instant(item.get("created_time"))
    if not remote_id or created is None:
        return None
    photos = frozenset(_photos(item))
    texts = (word(item.get("message")),)
    url = permalink(remote_id, word(item.get("permalink_url")))
    listed = Listed(remote_id, url, created, texts, len(photos))
    return Shown(listed, photos, item.get("is_published") is not False)


def _photos(item: Mapping[str, Any]) -> Iterator[str]:
    for attached in objects(field(item.get("attachments"), "data")):
        inner = objects(field(attached.get("subattachments"), "data"))
        if not inner and word(attached.get("media_type")) in PHOTOS:
            inner = [attached]
        yield from filter(None, (word(field(one, "target", "id")) for one in inner))


def _from_seconds(text: str) -> datetime | None:
    if not text.isdecimal() or len(text) > 11:
        return None
    return datetime.fromtimestamp(int(text), UTC)
