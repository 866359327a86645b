"""Files that clients have uploaded to a twin, until a post shows them or they expire.

What a file is and whose stays as long as the platform would know it; its bytes only as long as
there is room (``Contents``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from postclock.sandbox.contents import Contents
from postclock.sandbox.file_kinds import FileKind
from postclock.sandbox.instants import iso, parse
from postclock.sandbox.journal import Journal

UPLOADS = "uploads.jsonl"
INSTANTS = ("added_at", "ready_at", "expires_at")
Key = tuple[str, str]
"""An account and the id of its upload."""


@dataclass(slots=True, eq=False)
class Upload:
    """One file of one account. Its processing ends at ``ready_at``, well or (``fails``) not.

    ``posts`` is how many live posts show it.
    """

    account: str
    id: str
    mime_type: str
    size: int
    width: int
    height: int
    moves: bool
    sha256: str
    added_at: datetime
    ready_at: datetime
    expires_at: datetime
    fails: bool = False
    alt: str = ""
    posts: int = 0

    def ready(self, now: datetime) -> bool:
        """Whether a post may show it."""
        return self.processed(now) and not self.fails

    def failed(self, now: datetime) -> bool:
        """Whether its processing went wrong."""
        return self.processed(now) and self.fails

    def processed(self, now: datetime) -> bool:
        return now >= self.ready_at

    def expired(self, now: datetime) -> bool:
        """Whether the platform has forgotten it, unless a post shows it."""
        return now >= self.expires_at


class Uploads:
    """The uploads of one twin. Written only from one event loop."""

    def __init__(self, platform: str, folder: Path | None = None) -> None:
        self._platform = platform
        self._known: dict[Key, Upload] = {}
        self._waiting: dict[Key, Upload] = {}
        self._by_digest: dict[str, dict[Key, Upload]] = {}
        self._shown: dict[str, int] = {}
        self._last_number = 0
        home = folder / platform if folder else None
        self._contents = Contents(home / "files" if home else None)
        self._journal = Journal(home / UPLOADS) if home else None
        if self._journal:
            self._read_back(self._journal)

    def close(self) -> None:
        """Close the journal; nothing must be uploaded afterwards."""
        if self._journal:
            self._journal.close()

    def add(
        self,
        account: str,
        upload_id: str,
        kind: FileKind,
        data: bytes,
        *,
        now: datetime,
        ready_at: datetime,
        expires_at: datetime,
        fails: bool = False,
        alt: str = "",
    ) -> Upload:
        """Keep a file under an id; the same id again (a blob's) replaces it."""
        self._forget_expired(now)
        earlier = self._known.get((account, upload_id))
        upload = Upload(
            account=account,
            id=upload_id,
            mime_type=kind.mime_type,
            size=len(data),
            width=kind.width,
            height=kind.height,
            moves=kind.moves,
            sha256=sha256(data).hexdigest(),
            added_at=now,
            ready_at=ready_at,
            expires_at=expires_at,
            fails=fails,
            alt=alt,
            posts=earlier.posts if earlier else 0,
        )
        self._index(upload)
        self._contents.put(upload.sha256, data, self._shown)
        self._write(upload)
        return upload

    def get(self, account: str, upload_id: str) -> Upload | None:
        """An account's upload, expired or not yet ready too."""
        return self._known.get((account, upload_id))

    def describe(self, upload: Upload, alt: str) -> None:
        """Give a file its alternative text."""
        upload.alt = alt
        self._write(upload)

    def attach(self, uploads: Sequence[Upload]) -> list[dict[str, Any]]:
        """Count files as shown by one more post; gives them as its ledger entry lists them."""
        for upload in uploads:
            self._count(upload, 1)
        return [self.public(upload) for upload in uploads]

    def release(self, account: str, media: Sequence[dict[str, Any]]) -> None:
        """Take back ``attach`` for a post that is gone; files no post shows are forgotten."""
        for item in media:
            upload = self.get(account, item["id"])
            if upload:
                self._count(upload, -1)
                if upload.posts == 0:
                    self._forget(upload)

    def public(self, upload: Upload) -> dict[str, Any]:
        """A file as the ledger lists it; ``url`` is relative to the sandbox."""
        return {
            "id": upload.id,
            "mime_type": upload.mime_type,
            "bytes": upload.size,
            "width": upload.width,
            "height": upload.height,
            "alt": upload.alt,
            "sha256": upload.sha256,
            "url": f"media/{self._platform}/{upload.sha256}",
        }

    def read(self, digest: str) -> tuple[bytes, str] | None:
        """The bytes a digest names, while they are kept, and their MIME type."""
        data = self._contents.read(digest)
        upload = next(iter(self._by_digest.get(digest, {}).values()), None)
        return (data, upload.mime_type) if data is not None and upload else None

    def next_number(self, fresh: int) -> str:
        """An id not given before: ``fresh``, or one more than the last."""
        self._last_number = max(fresh, self._last_number + 1)
        return str(self._last_number)

    def _count(self, upload: Upload, step: int) -> None:
        upload.posts += step
        self._index(upload)
        self._count_shown(upload.sha256, step)
        self._write(upload)

    def _count_shown(self, digest: str, step: int) -> None:
        self._shown[digest] = self._shown.get(digest, 0) + step
        if self._shown[digest] <= 0:
            del self._shown[digest]

    def _index(self, upload: Upload) -> None:
        """Make it findable; what no post shows waits in the order of its upload."""
        key = (upload.account, upload.id)
        self._waiting.pop(key, None)
        if not upload.posts:
            self._waiting[key] = upload
        self._known[key] = upload
        self._by_digest.setdefault(upload.sha256, {})[key] = upload

    def _forget_expired(self, now: datetime) -> None:
        while self._waiting:
            oldest = next(iter(self._waiting.values()))
            if not oldest.expired(now):
                return
            self._forget(oldest)

    def _forget(self, upload: Upload) -> None:
        self._unindex(upload)
        self._write(upload, gone=True)

    def _unindex(self, upload: Upload) -> None:
        key = (upload.account, upload.id)
        del self._known[key]
        self._waiting.pop(key, None)
        same = self._by_digest[upload.sha256]
        del same[key]
        if not same:
            del self._by_digest[upload.sha256]
            self._contents.drop(upload.sha256)

    def _write(self, upload: Upload, *, gone: bool = False) -> None:
        if self._journal:
            instants = {name: iso(getattr(upload, name)) for name in INSTANTS}
            self._journal.write({**asdict(upload), **instants, "gone": gone})

    def _read_back(self, journal: Journal) -> None:
        try:
            for line in journal.replay():
                self._restore(dict(line))
        except BaseException:
            journal.close()
            raise
        for upload in self._known.values():
            self._count_shown(upload.sha256, upload.posts)

    def _restore(self, line: dict[str, Any]) -> None:
        gone = line.pop("gone")
        for name in INSTANTS:
            line[name] = parse(line[name])
        upload = Upload(**line)
        if gone:
            self._unindex(upload)
        else:
            self._index(upload)
