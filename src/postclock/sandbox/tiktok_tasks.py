"""TikTok's twin: publishing tasks, from their opening to the post.

Source: the contract sheet of TikTok, sections 4.b.5 and 4.h. What a person types into a caption
makes things go wrong:

    sandbox-error-<code>     opening the task is refused with this error
    sandbox-fail-<reason>    it is processed, and fails for this reason
    sandbox-stuck            it is processed for ever
    sandbox-no-id            it is published, and its public id never comes
    sandbox-chunk-fails      the second part of its upload is answered with a 500, once
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_hex
from typing import Any

from postclock.sandbox.credentials import SandboxAccount
from postclock.sandbox.file_kinds import FileKind
from postclock.sandbox.instants import iso, parse
from postclock.sandbox.ledger import Entry
from postclock.sandbox.tiktok_answers import refuse
from postclock.sandbox.twin import Yard

UPLOADING, PULLING = "PROCESSING_UPLOAD", "PROCESSING_DOWNLOAD"
COMPLETE, IN_INBOX, FAILED = "PUBLISH_COMPLETE", "SEND_TO_USER_INBOX", "FAILED"
MODERATION = 5
"""How many times longer than processing it takes until a public id shows."""
FOR_EVER = timedelta(days=3650)
KNOB = re.compile(r"sandbox-(error|fail)-([a-z0-9_]+)|sandbox-(stuck|no-id|chunk-fails)", re.ASCII)
KEPT = 64 << 20
"""Bytes of a video that are kept; of a larger one only its beginning."""


@dataclass(slots=True, eq=False)
class Task:
    """One publishing task. ``text`` is the caption; ``size`` is 0 where nothing is uploaded."""

    account: SandboxAccount
    publish_id: str
    inbox: bool
    text: str = ""
    title: str = ""
    privacy: str = ""
    photos: bool = False
    size: int = 0
    chunk: int = 0
    token: str = ""
    url_ends_at: datetime | None = None
    received: int = 0
    content: bytearray = field(default_factory=bytearray)
    digest: Any = field(default_factory=sha256)
    slow: timedelta | None = None
    ready_at: datetime | None = None
    reason: str = ""
    cancelled: bool = False

    @property
    def listed(self) -> bool:
        return not self.inbox and self.privacy == "PUBLIC_TO_EVERYONE"

    @property
    def count(self) -> int:
        """How many chunks its upload has."""
        return max(self.size // self.chunk, 1)

    def take(self, content: bytes) -> None:
        """Add what came of its upload."""
        self.digest.update(content)
        if self.size <= KEPT or not self.content:
            self.content += content if self.size <= KEPT else content[: 1 << 16]
        self.received += len(content)


def knobs(caption: str) -> dict[str, str]:
    """What a caption asks to go wrong."""
    found = {}
    for how, what, bare in KNOB.findall(caption):
        found[how or bare] = what
    return found


class Tasks:
    """The tasks of one twin. Those that published something are read from the ledger."""

    def __init__(self, platform: str, yard: Yard) -> None:
        self._platform = platform
        self._ledger, self._uploads = yard.ledger, yard.uploads[platform]
        self._clock, self._processing = yard.clock, yard.processing
        self._tasks: dict[str, Task] = {}
        self._by_token: dict[str, Task] = {}

    def add(self, task: Task) -> Task:
        """Keep a task, and drop the bytes of uploads that nobody can end any more."""
        now = self._clock.now()
        for token, old in list(self._by_token.items()):
            if old.url_ends_at is None or now < old.url_ends_at:
                break
            del self._by_token[token]
            old.content.clear()
        self._tasks[task.publish_id] = task
        if task.token:
            self._by_token[task.token] = task
        return task

    def uploading(self, token: str) -> Task | None:
        """The task whose upload has this token."""
        return self._by_token.get(token)

    def new_id(self, kind: str) -> str:
        """A ``publish_id``, such as ``v_pub_file~v2-1.…``."""
        return f"{kind}~v2-1.{int(token_hex(8), 16) % 10**19}"

    def own(self, account: SandboxAccount, publish_id: Any) -> Task | Entry:
        """A task, or the post it became; raises Refused."""
        if not isinstance(publish_id, str) or not publish_id:
            refuse("invalid_param", "publish_id is missing")
        if entry := self._ledger.keyed(self._platform, account.remote_id, publish_id):
            return entry
        task = self._tasks.get(publish_id)
        if task is None:
            refuse("invalid_publish_id", "The publish_id does not exist")
        if task.account != account:
            refuse("token_not_authorized_for_specified_publish_id", "It is another user's")
        return task

    def fail(self, task: Task, reason: str) -> None:
        """It has everything and will not be published."""
        now = self._clock.now()
        task.reason, task.ready_at = reason, now + self._time_of(task)
        task.content.clear()

    def finish(
        self, task: Task, files: Sequence[tuple[bytes, FileKind]], received_at: datetime
    ) -> None:
        """It has everything: published, unless its caption says otherwise."""
        told, now = knobs(f"{task.title} {task.text}"), self._clock.now()
        if task.reason or "fail" in told or "stuck" in told:
            self.fail(task, task.reason or told.get("fail", ""))
            if "stuck" in told:
                task.ready_at = now + FOR_EVER
            return
        ready_at = now + self._time_of(task)
        shown_at = ready_at + (FOR_EVER if "no-id" in told else self._processing * MODERATION)
        self._ledger.accept(Entry(
            platform=self._platform, account=task.account.remote_id, handle=task.account.handle,
            id=self._post_id(now) if task.listed else task.publish_id, text=task.text,
            received_at=received_at, accepted_at=now, key=task.publish_id,
            record={
                "inbox": task.inbox, "title": task.title, "privacy": task.privacy,
                "photos": task.photos, "size": task.size, "listed": task.listed,
                "ready_at": iso(ready_at), "shown_at": iso(shown_at),
            },
            media=self._media(task, files),
        ))  # fmt: skip
        task.content.clear()

    def _media(self, task: Task, files: Sequence[tuple[bytes, FileKind]]) -> list[dict[str, Any]]:
        if task.size > KEPT:
            digest = task.digest.hexdigest()
            return [{
                "id": task.publish_id, "mime_type": "video/mp4", "bytes": task.size, "width": 0,
                "height": 0, "alt": "", "sha256": digest,
                "url": f"media/{self._platform}/{digest}",
            }]  # fmt: skip
        now = self._clock.now()
        made = [
            self._uploads.add(
                task.account.remote_id, f"{task.publish_id}.{i}", kind, content, now=now,
                ready_at=now, expires_at=now + FOR_EVER,
            )
            for i, (content, kind) in enumerate(files)
        ]  # fmt: skip
        return self._uploads.attach(made)

    def _post_id(self, now: datetime) -> str:
        return self._uploads.next_number(round(now.timestamp() * 1000) << 22)

    def _time_of(self, task: Task) -> timedelta:
        return self._processing if task.slow is None else task.slow

    def status(self, found: Task | Entry) -> dict[str, Any]:
        """A task as ``status/fetch`` tells it."""
        now = self._clock.now()
        if isinstance(found, Entry):
            return _published(found, now)
        told = {
            "status": PULLING if found.photos or not found.size else UPLOADING,
            "fail_reason": "", "publicaly_available_post_id": [],
            "uploaded_bytes": found.received, "downloaded_bytes": 0,
        }  # fmt: skip
        if found.cancelled:
            return {**told, "status": FAILED, "fail_reason": "publish_cancelled"}
        if found.ready_at and now >= found.ready_at:
            return {**told, "status": FAILED, "fail_reason": found.reason}
        return told


def _published(entry: Entry, now: datetime) -> dict[str, Any]:
    record: Mapping[str, Any] = entry.record
    ready = now >= parse(record["ready_at"])
    working = PULLING if record["photos"] or not record["size"] else UPLOADING
    shown = record["listed"] and now >= parse(record["shown_at"])
    return {
        "status": (IN_INBOX if record["inbox"] else COMPLETE) if ready else working,
        "fail_reason": "", "publicaly_available_post_id": [int(entry.id)] if shown else [],
        "uploaded_bytes": record["size"],
        "downloaded_bytes": 0 if record["size"] else sum(one["bytes"] for one in entry.media),
    }  # fmt: skip
