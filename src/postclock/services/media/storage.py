"""Where the bytes are: a folder today, a bucket by another constructor (obstore's one interface).

A file is written once under a key of its own and never changed.
"""

from __future__ import annotations

from collections.abc import (
    AsyncIterable,
    AsyncIterator,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from uuid import UUID

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from postclock.config import Settings
from postclock.db.directories import PRIVATE, make_data_dir, make_directory
from postclock.services.media.links import Link, no_link
from postclock.services.media.model import File
from postclock.services.platforms.base import NotPublished
from postclock.services.platforms.drafting import ENDINGS, Media

TYPES = {ending: mime_type for mime_type, ending in ENDINGS.items()}
PIECE = 1 << 18
"""Bytes handed on at a time."""
PART, AT_ONCE = 5 << 20, 2
"""S3 takes no smaller parts, and ten thousand of them."""
POSTER = "poster.jpg"
"""What a video's still is called among what is made of it."""


class MediaStore:
    """Keeps and gives out the bytes of files; ``opened`` gives the store on first use."""

    def __init__(self, opened: Callable[[], ObjectStore]) -> None:
        self._opened = opened

    @cached_property
    def _store(self) -> ObjectStore:
        return self._opened()

    async def put(self, key: str, content: bytes | AsyncIterable[bytes]) -> None:
        """Keep ``content`` as one file under ``key``: whole, or not at all.

        Of one that comes in pieces, AT_ONCE parts of PART bytes are in memory at most.
        """
        await obstore.put_async(self._store, key, content, chunk_size=PART, max_concurrency=AT_ONCE)

    async def read(self, key: str) -> bytes:
        """The whole file; raises FileNotFoundError."""
        return bytes(await (await obstore.get_async(self._store, key)).bytes_async())

    async def stream(
        self, key: str, start: int | None = None, end: int | None = None
    ) -> AsyncIterator[bytes]:
        """The file, or its bytes ``start`` to ``end`` (exclusive), in pieces; raises
        FileNotFoundError before the first."""
        if start is None or end is None:
            return _pieces(await obstore.get_async(self._store, key))
        return _pieces(await obstore.get_async(self._store, key, options={"range": (start, end)}))

    async def size(self, key: str) -> int:
        """How many bytes a file has; raises FileNotFoundError."""
        return (await obstore.head_async(self._store, key))["size"]

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

    async def made_of(self, storage_key: str) -> Sequence[str]:
        """Where everything is that was made of a file."""
        listed = obstore.list(self._store, prefix=f"{storage_key}.made")
        return [meta["path"] for meta in await listed.collect_async()]

    async def read_range(self, key: str, start: int, end: int) -> bytes:
        """Bytes ``start`` to ``end`` (exclusive) of a file; raises FileNotFoundError."""
        return bytes(await obstore.get_range_async(self._store, key, start=start, end=end))

    def files(self, files: Mapping[UUID, File], link: Link = no_link) -> StoredFiles:
        """What a platform's ``stage`` gets at the bytes with; ``link`` makes public addresses."""
        return StoredFiles(self, files, link)


class StoredFiles:
    """The files of one draft; raises NotPublished where one cannot be read."""

    def __init__(self, store: MediaStore, files: Mapping[UUID, File], link: Link) -> None:
        self._store, self._files, self._link = store, files, link

    async def read(self, media: Media) -> bytes:
        with _reading():
            key = self._files[media.id].storage_key
            if not media.rendition:
                return await self._store.read(key)
            return await self._made(key, media.rendition)

    async def read_range(self, media: Media, start: int, end: int) -> bytes:
        if media.rendition:
            return (await self.read(media))[start:end]
        with _reading():
            return await self._store.read_range(self._files[media.id].storage_key, start, end)

    async def measured(self, media: Media) -> Media:
        """``media`` with the size it has once it is made; as planned where it cannot be."""
        if media.rendition:
            with suppress(NotPublished):
                return replace(media, size=len(await self.read(media)))
        return media

    async def link(self, media: Media) -> str:
        address = self._link(media)
        if media.rendition:
            await self.read(media)  # it is there before anybody fetches it
        return address

    async def _made(self, storage_key: str, rendition: str) -> bytes:
        """The rendition, made the first time it is asked for."""
        key = made_key(storage_key, rendition)
        with suppress(FileNotFoundError):
            return await self._store.read(key)
        # Not at the top: a node that sends no pictures need not read what decodes them.
        from postclock.services.media.renditions import render

        content = await render(await self._store.read(storage_key), rendition)
        await self._store.put(key, content)
        return content


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except (OSError, BaseError) as error:
        message = f"A file cannot be read here ({type(error).__name__})."
        raise NotPublished("media_unreadable", message) from error


async def _pieces(found: obstore.GetResult) -> AsyncIterator[bytes]:
    async for piece in found.stream(min_chunk_size=PIECE):
        yield bytes(piece)


def store_of(settings: Settings) -> MediaStore:
    """Where files are kept under ``settings``: a folder, or a bucket."""
    if settings.media_url is None:
        return local_store(settings.data_dir)
    return MediaStore(lambda: bucket(settings))


def bucket(settings: Settings) -> ObjectStore:
    """The bucket that MEDIA_URL names, of S3 or of a server that speaks like it."""
    name, _, prefix = (settings.media_url or "").removeprefix("s3://").partition("/")
    endpoint = settings.media_s3_endpoint
    return S3Store(
        name, prefix=prefix.strip("/") or None, endpoint=endpoint,
        access_key_id=settings.media_s3_key, secret_access_key=settings.media_s3_secret,
        region=settings.media_s3_region,
        virtual_hosted_style_request=not settings.media_s3_path_style,
        client_options={"allow_http": bool(endpoint and endpoint.startswith("http://"))},
    )  # fmt: skip


def local_store(data_dir: Path) -> MediaStore:
    """Files in ``data_dir/media``, readable by this system user only; made on first use."""

    def opened() -> ObjectStore:
        home = make_data_dir(data_dir) / "media"
        make_directory(home, PRIVATE)
        return LocalStore(home, automatic_cleanup=True)

    return MediaStore(opened)


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the bytes of a file, or of one of its renditions, are; of which type; its name."""

    key: str
    mime_type: str
    name: str


def kept(file: File, rendition: str) -> Kept:
    """Those of ``file`` as it is stored, or of the rendition of that name."""
    if not rendition:
        return Kept(file.storage_key, file.media.mime_type, file.media.name)
    made = replace(file.media, mime_type=TYPES[rendition.rpartition(".")[2]], rendition=rendition)
    return Kept(made_key(file.storage_key, rendition), made.mime_type, made.name)


def made_key(storage_key: str, name: str) -> str:
    """Where that which is made of a file is kept: it goes with the file."""
    return f"{storage_key}.made/{name}"


def source_key(key: str) -> str:
    """Where the file is that ``key`` is, or was made of."""
    return key.partition(".made/")[0]


def key_of(workspace_id: UUID, media_id: UUID) -> str:
    """Where a file's bytes are kept."""
    return f"{workspace_id}/{media_id}"
