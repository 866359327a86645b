"""Files in a bucket, against a real server that speaks S3.

It is moto's, which brings much along and so is not installed with the tests:
``MOTO_SERVER=…/bin/moto_server pytest tests/services/media/test_buckets.py``.
"""

from __future__ import annotations

import io
import os
import socket
import subprocess
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from uuid import UUID

import httpx
import pytest

from postclock.config import WrongSetting, load_settings
from postclock.db.session import Database
from postclock.services.media import service
from postclock.services.media.storage import MediaStore, made_key, store_of
from tests.fixtures.pictures import picture
from tests.fixtures.videos import video
from tests.fixtures.workspaces import Team

SERVER = os.environ.get("MOTO_SERVER", "")
real = pytest.mark.skipif(not SERVER, reason="MOTO_SERVER names no S3 server to start")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A server that speaks S3, started for these tests."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        [SERVER, "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as running:  # fmt: skip
        while running.poll() is None:
            with suppress(httpx.TransportError):
                httpx.get(url, trust_env=False)
                break
        yield url
        running.terminate()


@pytest.fixture
def store(endpoint: str) -> MediaStore:
    name = f"files-{uuid.uuid4().hex}"
    httpx.put(f"{endpoint}/{name}", trust_env=False).raise_for_status()
    return store_of(
        load_settings(
            {"MEDIA_URL": f"s3://{name}/some/where", "MEDIA_S3_ENDPOINT": endpoint,
             "MEDIA_S3_KEY": "key", "MEDIA_S3_SECRET": "secret"}
        )
    )  # fmt: skip


@real
async def test_a_large_file_goes_in_parts(store: MediaStore) -> None:
    content = bytes(range(256)) * 50_000

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(content), 100_000):
            yield content[start : start + 100_000]

    await store.put("w/large", pieces())
    assert await store.size("w/large") == len(content)
    assert await store.read_range("w/large", 5_000_000, 5_000_300) == content[5_000_000:5_000_300]
    read = b"".join([piece async for piece in await store.stream("w/large")])
    assert read == content
    part = b"".join([piece async for piece in await store.stream("w/large", 10, 20)])
    assert part == content[10:20]


@real
async def test_what_is_not_there(store: MediaStore) -> None:
    for ask in (store.read("w/none"), store.size("w/none"), store.stream("w/none")):
        with pytest.raises(FileNotFoundError):
            await ask
    await store.delete(["w/none"])
    assert await store.made_of("w/none") == []


@real
async def test_files_come_and_go_with_what_is_made_of_them(
    store: MediaStore, database: Database, team: Team
) -> None:
    who = team.who
    for content in (picture(), video()):
        upload = await service.receive(store, who.workspace_id, "a", io.BytesIO(content))
        async with database.as_user(who.user_id) as tx:
            media = await service.add(tx, who, upload, "")
        await store.put(made_key(media.storage_key, "1x1-9.jpg"), b"small")
    listed = [key async for batch in store.list() for key, _ in batch]
    assert len(listed) == 5
    assert all(UUID(key.partition("/")[0]) == who.workspace_id for key in listed)
    async with database.as_user(who.user_id) as tx:
        await service.delete(tx, who, media.id)
    purged = await service.purge_unused(database, store, older_than=service.PURGE_AFTER * -1)
    assert purged == service.Purged(deleted=1, orphans=0)
    left = [key async for batch in store.list() for key, _ in batch]
    assert len(left) == 2


@pytest.mark.parametrize("wrong", ["https://x", "s3://", "s3://A", "s3://bucket/a b", "bucket"])
def test_what_is_no_bucket(wrong: str) -> None:
    with pytest.raises(WrongSetting, match="MEDIA_URL"):
        load_settings({"MEDIA_URL": wrong})
