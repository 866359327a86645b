"""What is cleared away, and what is kept."""

from __future__ import annotations

import io
import os
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import DictRow

from postclock.db.session import Database
from postclock.services.media import queries, service
from postclock.services.media.model import StoredMedia
from postclock.services.media.storage import MediaStore, local_store, made_key
from postclock.services.platforms.base import NotPublished
from tests.fixtures.pictures import picture
from tests.fixtures.videos import video
from tests.fixtures.workspaces import Team

Admin = psycopg.Connection[DictRow]


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    return local_store(tmp_path)


async def uploaded(
    database: Database, store: MediaStore, team: Team, content: bytes | None = None
) -> StoredMedia:
    who = team.who
    given = io.BytesIO(content or picture())
    upload = await service.receive(store, who.workspace_id, "a.png", given)
    async with database.as_user(who.user_id) as tx:
        return await service.add(tx, who, upload, "")


def deleted(admin: Admin, media_id: UUID, days: int) -> None:
    admin.execute(
        "UPDATE media SET deleted_at = now() - make_interval(days => %s) WHERE id = %s",
        [days, media_id],
    )


def named_in(admin: Admin, team: Team, media_id: UUID, status: str, gone: bool = False) -> None:
    admin.execute(
        "INSERT INTO posts (id, workspace_id, topic, platforms, account_ids, content, status,"
        " created_at, updated_at, deleted_at) VALUES (gen_random_uuid(), %s, '', '{}', '{}',"
        " jsonb_build_object('x', jsonb_build_object('media',"
        " jsonb_build_array(jsonb_build_object('id', %s::text)))),"
        " %s, now(), now(), CASE WHEN %s THEN now() END)",
        [team.who.workspace_id, media_id, status, gone],
    )


async def test_deleted_files_go_after_a_while_unless_a_post_may_need_them(
    database: Database, store: MediaStore, team: Team, admin: Admin
) -> None:
    names = ("kept", "fresh", "old", "draft", "published", "away")
    files = {name: await uploaded(database, store, team) for name in names}
    for name, days in {"fresh": 6, "old": 8, "draft": 8, "published": 8, "away": 8}.items():
        deleted(admin, files[name].id, days)
    named_in(admin, team, files["draft"].id, "draft")
    named_in(admin, team, files["published"].id, "published")
    named_in(admin, team, files["away"].id, "draft", gone=True)
    assert await service.purge_unused(database, store) == service.Purged(deleted=3, orphans=0)
    left = {row["id"] for row in admin.execute("SELECT id FROM media").fetchall()}
    assert left == {files[name].id for name in ("kept", "fresh", "draft")}
    for name, file in files.items():
        if file.id in left:
            assert await store.read(file.storage_key) == picture()
        else:
            with pytest.raises(FileNotFoundError):
                await store.read(file.storage_key)
        assert (file.id in left) == (name in ("kept", "fresh", "draft"))


async def test_bytes_that_nobody_entered_go_after_a_day(
    database: Database, store: MediaStore, team: Team, tmp_path: Path
) -> None:
    kept = await uploaded(database, store, team)
    keys = []
    for _ in range(2):
        orphan = await service.receive(store, team.who.workspace_id, "b.png", io.BytesIO(picture()))
        keys.append(orphan.storage_key)
    for key in (keys[0], kept.storage_key):
        file = tmp_path / "media" / key
        past = file.stat().st_mtime - timedelta(days=2).total_seconds()
        os.utime(file, (past, past))
    assert await service.purge_unused(database, store) == service.Purged(deleted=0, orphans=1)
    assert await store.read(keys[1])
    assert await store.read(kept.storage_key)
    with pytest.raises(FileNotFoundError):
        await store.read(keys[0])


async def test_what_is_made_of_a_file_goes_with_it(
    database: Database, store: MediaStore, team: Team, admin: Admin, tmp_path: Path
) -> None:
    kept, gone = [await uploaded(database, store, team, video()) for _ in range(2)]
    rendition = made_key(gone.storage_key, "8x8-100.jpg")
    await store.put(rendition, b"small")
    for file in (tmp_path / "media").rglob("*.*"):
        os.utime(file, (0, 0))  # old, but a row names what they are made of
    deleted(admin, gone.id, 8)
    assert await service.purge_unused(database, store) == service.Purged(deleted=1, orphans=0)
    assert kept.poster_key
    assert await store.read(kept.poster_key)
    left = [file for file in (tmp_path / "media").rglob("*") if file.is_file()]
    assert len(left) == 2
    await store.put(rendition, b"made by a node that was late")
    os.utime(tmp_path / "media" / rendition, (0, 0))
    assert await service.purge_unused(database, store) == service.Purged(deleted=0, orphans=1)


async def test_a_node_reads_the_workspaces_files_and_no_others(
    database: Database, store: MediaStore, team: Team, admin: Admin, dsn: str
) -> None:
    mine, gone = [await uploaded(database, store, team) for _ in range(2)]
    deleted(admin, gone.id, 0)
    opened = await psycopg.AsyncConnection.connect(dsn, row_factory=psycopg.rows.dict_row)
    async with opened as connection:
        wanted = [mine.id, gone.id, UUID(int=1)]
        files = await queries.read_files(connection, team.who.workspace_id, wanted)
        assert list(files) == [mine.id]
        assert (files[mine.id].media.mime_type, files[mine.id].media.width) == ("image/png", 8)
        assert await queries.read_files(connection, UUID(int=2), wanted) == {}
        assert await store.files(files).read(files[mine.id].media) == picture()
        await store.delete([mine.storage_key])
        with pytest.raises(NotPublished):
            await store.files(files).read(files[mine.id].media)


def test_the_folder_is_the_systems_users_alone(tmp_path: Path) -> None:
    store = local_store(tmp_path / "data")
    assert not (tmp_path / "data").exists()
    assert store._store
    assert (tmp_path / "data" / "media").stat().st_mode & 0o777 == 0o700
