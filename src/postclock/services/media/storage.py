"""Where the bytes are: a folder today, a bucket by another constructor (obstore's one interface).

A file is written once under a key of its own and never changed.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path
from uuid import UUID

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore

from postclock.db.directories import PRIVATE, make_data_dir, make_directory
from postclock.services.media.model import File
from postclock.services.platforms.base import Media, NotPublished, Read

PIECE = 1 << 18
"""Bytes handed on at a time."""


class MediaStore:
    """Keeps and gives out the bytes of files; ``opened`` gives the store on first use."""

    def __init__(self, opened: Callable[[], ObjectStore]) -> None:
        self._opened = opened

    @cached_property
    def _store(self) -> ObjectStore:
        return self._opened()

    async def put(self, key: str, pieces: AsyncIterable[bytes]) -> None:
        """Keep ``pieces`` as one file under ``key``: whole, or not at all."""
        await obstore.put_async(self._store, key, pieces)

    async def read(self, key: str) -> bytes:
        """The whole file; raises FileNotFoundError."""
        return bytes(await (await obstore.get_async(self._store, key)).bytes_async())

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        """The file in pieces; raises FileNotFoundError before the first."""
        found = await obstore.get_async(self._store, key)
        return _pieces(found)

    async def delete(self, keys: Iterable[str]) -> None:
        """Remove the files; one that is gone already is no error."""
        for key in keys:
            try:
                await obstore.delete_async(self._store, key)
            except FileNotFoundError:
                continue

    async def list(self) -> AsyncIterator[list[tuple[str, datetime]]]:
        """Every file with when it was written, in batches."""
        async for batch in obstore.list(self._store, chunk_size=500):
            yield [(meta["path"], meta["last_modified"]) for meta in batch]

    def reader(self, files: Mapping[UUID, File]) -> Read:
        """What a platform's ``stage`` reads bytes with; raises NotPublished where it cannot."""

        async def read(media: Media) -> bytes:
            try:
                return await self.read(files[media.id].storage_key)
            except (OSError, BaseError) as error:
                message = f"A picture cannot be read here ({type(error).__name__})."
                raise NotPublished("media_unreadable", message) from error

        return read


async def _pieces(found: obstore.GetResult) -> AsyncIterator[bytes]:
    async for piece in found.stream(min_chunk_size=PIECE):
        yield bytes(piece)


def local_store(data_dir: Path) -> MediaStore:
    """Files in ``data_dir/media``, readable by this system user only; made on first use."""

    def opened() -> ObjectStore:
        home = make_data_dir(data_dir) / "media"
        make_directory(home, PRIVATE)
        return LocalStore(home, automatic_cleanup=True)

    return MediaStore(opened)


def key_of(workspace_id: UUID, media_id: UUID) -> str:
    """Where a file's bytes are kept."""
    return f"{workspace_id}/{media_id}"
