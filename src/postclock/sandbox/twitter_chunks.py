"""Uploads to X that come in pieces, until they are whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from postclock.sandbox.contents import CAPACITY


@dataclass(slots=True, eq=False)
class ChunkedUpload:
    """One upload under way. A segment sent again replaces the earlier."""

    account: str
    id: str
    category: str | None
    total_bytes: int | None
    expires_at: datetime
    segments: dict[int, bytes] = field(default_factory=dict)

    @property
    def held(self) -> int:
        """How many bytes have come."""
        return sum(map(len, self.segments.values()))

    def whole(self) -> bytes | None:
        """The file, or None while a segment or a byte is missing."""
        if sorted(self.segments) != list(range(len(self.segments))):
            return None
        data = b"".join(self.segments[index] for index in range(len(self.segments)))
        return data if data and self.total_bytes in (None, len(data)) else None


class ChunkedUploads:
    """All that are under way; the oldest is given up when they hold too much together."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._open: dict[str, ChunkedUpload] = {}
        self._capacity = capacity

    def begin(self, upload: ChunkedUpload) -> None:
        """Wait for an upload's segments."""
        self._open[upload.id] = upload

    def get(self, account: str, upload_id: str, now: datetime) -> ChunkedUpload | None:
        """An account's upload under way."""
        upload = self._open.get(upload_id)
        return upload if upload and upload.account == account and now < upload.expires_at else None

    def append(self, upload: ChunkedUpload, index: int, segment: bytes) -> None:
        """Take a segment."""
        upload.segments[index] = segment
        while sum(known.held for known in self._open.values()) > self._capacity:
            del self._open[next(iter(self._open))]

    def end(self, upload: ChunkedUpload) -> None:
        """Wait no longer."""
        self._open.pop(upload.id, None)
