"""The records of a draft, whole and with their keys, before anything is sent (sheet 3b, 3e).

A post, the posts of its thread and a first comment are written by one call: all of them or none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from postclock.services.platforms.bluesky_options import BlueskyOptions
from postclock.services.platforms.dag_cbor import cid
from postclock.services.platforms.drafting import Draft, Media, Segment
from postclock.services.platforms.facets import facets
from postclock.services.platforms.tid import CLOCK_IDS, tid
from postclock.services.platforms.uploads import Entry

COLLECTION = "app.bsky.feed.post"
STEP = timedelta(milliseconds=1)
"""What lies between the posts of a thread, so that they sort as they were written."""

Record = dict[str, Any]
Post = dict[str, Any]
"""``{"rkey", "record"}``"""
Blobs = Mapping[str, Entry]
"""What was uploaded, by media id."""


def planned(
    did: str, draft: Draft, options: BlueskyOptions, blobs: Blobs, key: str, now: datetime
) -> dict[str, Any]:
    """``{"rkey", "record"}`` of the post, and under ``following`` those of all that answers it."""
    posts: list[Post] = []
    for i, segment in enumerate(_segments(draft, options)):
        at = now + i * STEP
        record = _record(segment, options, at)
        if media := _embed(segment, options if not i else None, blobs):
            record["embed"] = media
        if posts:
            root, parent = (_reference(did, post) for post in (posts[0], posts[-1]))
            record["reply"] = {"root": root, "parent": parent}
        posts.append({"rkey": record_key(f"{key}:{i}" if i else key, at), "record": record})
    first, *following = posts
    return {**first, "following": following} if following else first


def record_key(key: str, now: datetime) -> str:
    """A TID of ``now``; ``key`` fills in what one clock reading cannot tell apart."""
    digest = int.from_bytes(sha256(key.encode()).digest()[:8])
    millis = (now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    return tid(millis * 1000 + digest // CLOCK_IDS % 1000, digest % CLOCK_IDS)


def _segments(draft: Draft, options: BlueskyOptions) -> Sequence[Segment]:
    comment = [Segment(options.first_comment)] if options.first_comment else []
    return [*draft.segments, *comment]


def _record(segment: Segment, options: BlueskyOptions, at: datetime) -> Record:
    created = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    record: Record = {"$type": COLLECTION, "text": segment.text, "createdAt": created}
    if found := facets(segment.text):
        record["facets"] = found
    if options.languages:
        record["langs"] = list(options.languages)
    return record


def _reference(did: str, post: Post) -> Record:
    """A strong reference to a post that is not written yet."""
    return {"uri": f"at://{did}/{COLLECTION}/{post['rkey']}", "cid": cid(post["record"])}


def _embed(segment: Segment, options: BlueskyOptions | None, blobs: Blobs) -> Record | None:
    """What is shown below the text: a card, a video, pictures, or nothing."""
    if options and options.link_card:
        card: Record = options.link_card.model_dump()
        if segment.media:
            card["thumb"] = blobs[str(segment.media[0].id)]["blob"]
        return {"$type": "app.bsky.embed.external", "external": card}
    if not segment.media:
        return None
    first = segment.media[0]
    if first.is_video:
        video = {"$type": "app.bsky.embed.video", "video": blobs[str(first.id)]["blob"]}
        return {**video, **({"alt": first.alt} if first.alt else {}), **_shape(first)}
    images = [
        {"image": blobs[str(media.id)]["blob"], "alt": media.alt, **_shape(media)}
        for media in segment.media
    ]
    return {"$type": "app.bsky.embed.images", "images": images}


def _shape(media: Media) -> Record:
    if not media.width or not media.height:
        return {}
    return {"aspectRatio": {"width": media.width, "height": media.height}}
