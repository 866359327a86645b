"""Uploads on their way in: each a file that grows, and a note of what it will be.

How far one has come is the length of its file and nothing else, so a crash loses no byte that was
told as received. One request writes at a time, in whichever process; a newer one takes over from
one whose client has gone without a word.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from postclock.clock import Clock
from postclock.db.directories import PRIVATE, make_data_dir, make_directory, write_private
from postclock.errors import Conflict, Invalid, Unavailable

KEPT = timedelta(days=2)
"""How long an upload may rest before it is forgotten."""
UNFINISHED = 50
"""Uploads that a workspace may have under way."""
RESERVE = 256 << 20
"""Bytes of the disk that uploads leave free; a file is there twice while it is taken over."""
SILENCE = 60.0
"""Seconds without a byte after which a client is taken to be gone."""
TAKE_OVER, ASK_AGAIN = 5.0, 0.1
"""Seconds a newer request waits for the older one to let go."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What was said when the upload began; its id will be the file's."""

    id: UUID
    workspace_id: UUID
    user_id: UUID
    name: str
    alt_text: str
    size: int
    expires_at: datetime


class Busy(Exception):
    """Another request writes this upload, and does not let go."""


class Arrivals:
    """Uploads under way in ``data_dir/uploads``, which is made on first use."""

    def __init__(self, data_dir: Path, clock: Clock) -> None:
        self._data_dir, self._clock = data_dir, clock
        self._waiting: dict[UUID, asyncio.Timeout] = {}

    @property
    def _home(self) -> Path:
        home = make_data_dir(self._data_dir) / "uploads"
        make_directory(home, PRIVATE)
        return home

    def begin(self, arrival: Arrival) -> None:
        """Make room for ``arrival``; raises Conflict, Unavailable."""
        home = self._home
        under_way = [one for one in self._all() if one.workspace_id == arrival.workspace_id]
        if sum(self.offset(one) is not None for one in under_way) >= UNFINISHED:
            message = f"{UNFINISHED} uploads are under way: finish or delete one first."
            raise Conflict("uploads_unfinished", message)
        if shutil.disk_usage(home).free < 2 * arrival.size + RESERVE:
            raise Unavailable("disk_full", "The server's disk has no room for this file.")
        self._file(arrival.id).touch(0o600)
        write_private(self._note(arrival.id), json.dumps(asdict(arrival), default=str))

    def find(self, workspace_id: UUID, upload_id: UUID) -> Arrival | None:
        """The workspace's upload, unless it has expired."""
        found = _read(self._note(upload_id))
        if found is None or found.workspace_id != workspace_id:
            return None
        return found if found.expires_at > self._clock.now() else None

    def offset(self, arrival: Arrival) -> int | None:
        """How many bytes have come; None once the file was taken over."""
        try:
            return self._file(arrival.id).stat().st_size
        except FileNotFoundError:
            return None

    async def write(self, arrival: Arrival, file: BinaryIO, pieces: AsyncIterator[bytes]) -> None:
        """Append ``pieces`` as they come. Ends early, and keeps what came, when the client falls
        silent or a newer request takes over; raises Invalid past the announced size."""
        try:
            while piece := await self._next(arrival.id, pieces):
                if file.tell() + len(piece) > arrival.size:
                    message = f"This upload was announced with {arrival.size} bytes."
                    raise Invalid("upload_too_long", message)
                await asyncio.to_thread(_append, file, piece)
        except TimeoutError:
            return
        finally:
            self._waiting.pop(arrival.id, None)
            await asyncio.to_thread(os.fsync, file.fileno())

    async def _next(self, upload_id: UUID, pieces: AsyncIterator[bytes]) -> bytes:
        """The next bytes, none at the end; only this wait is cut short by who takes over."""
        async with asyncio.timeout(SILENCE) as silence:
            self._waiting[upload_id] = silence
            async for piece in pieces:
                if piece:
                    return piece
        return b""

    @asynccontextmanager
    async def alone(self, arrival: Arrival) -> AsyncIterator[BinaryIO]:
        """The upload's file, at its end, and nobody else writing it; raises Busy, and
        FileNotFoundError once it was taken over."""
        with self._opened(arrival.id) as file:
            await self._lock(arrival.id, file)
            file.seek(0, os.SEEK_END)
            if not self._file(arrival.id).exists():
                raise FileNotFoundError(arrival.id)
            yield file

    async def _lock(self, upload_id: UUID, file: BinaryIO) -> None:
        for _ in range(int(TAKE_OVER / ASK_AGAIN)):
            with suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            if older := self._waiting.get(upload_id):
                with suppress(RuntimeError):  # it is ending already
                    older.reschedule(0)
            await self._clock.sleep(ASK_AGAIN)
        raise Busy

    def taken(self, arrival: Arrival) -> None:
        """Forget the bytes, which are in the store; who asks is still told so for a while."""
        self._file(arrival.id).unlink(missing_ok=True)

    def forget(self, arrival: Arrival) -> None:
        """Forget the upload altogether."""
        self._note(arrival.id).unlink(missing_ok=True)
        self._file(arrival.id).unlink(missing_ok=True)

    def purge(self) -> int:
        """Forget what has expired; how many uploads that were."""
        old = [one for one in self._all() if one.expires_at <= self._clock.now()]
        for one in old:
            self.forget(one)
        return len(old)

    def _all(self) -> Iterator[Arrival]:
        for note in self._home.glob("*.json"):
            if found := _read(note):
                yield found

    def _opened(self, upload_id: UUID) -> BinaryIO:
        return self._file(upload_id).open("r+b")

    def _file(self, upload_id: UUID) -> Path:
        return self._home / upload_id.hex

    def _note(self, upload_id: UUID) -> Path:
        return self._home / f"{upload_id.hex}.json"


def _append(file: BinaryIO, piece: bytes) -> None:
    file.write(piece)
    file.flush()


def _read(note: Path) -> Arrival | None:
    try:
        said: dict[str, Any] = json.loads(note.read_text())
    except FileNotFoundError:
        return None
    return Arrival(
        UUID(said["id"]), UUID(said["workspace_id"]), UUID(said["user_id"]), said["name"],
        said["alt_text"], said["size"], datetime.fromisoformat(said["expires_at"]),
    )  # fmt: skip
