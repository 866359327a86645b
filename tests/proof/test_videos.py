"""A video: uploaded ahead by real processes, hidden until its moment, opened at it, once."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg

from postclock.db.directories import temporary_data_dir
from postclock.db.session import Database
from postclock.http import Http
from postclock.services.media import service as media
from postclock.services.media.storage import local_store
from postclock.services.platforms.registry import build_platforms
from postclock.services.posts import service
from postclock.services.posts.model import Wish
from tests.fixtures.videos import video
from tests.fixtures.workspaces import Team, pretend_account
from tests.proof.rig import (
    accepted_once,
    ledger,
    node_env,
    process,
    put_fault,
    sandbox_process,
    statuses,
    wait_until,
)

Admin = psycopg.Connection[Any]


async def schedule_a_film(database: Database, team: Team, home: Path, seconds: float) -> None:
    """A post with a video, so soon."""
    who, account = team.who, await pretend_account(database, team, "youtube")
    film = await media.receive(local_store(home), who.workspace_id, "f.mp4", io.BytesIO(video()))
    async with Http(5) as http, database.as_user(who.user_id) as tx:
        kept = (await media.add(tx, who, film, "")).id
        says = {"text": "A film", "media": [{"id": str(kept)}], "options": {"title": "Film"}}
        due = (tx.now + timedelta(seconds=seconds)).isoformat()
        wish = Wish(content={"youtube": says}, accounts=[account.id], scheduled_at=due)
        await service.create(tx, who, build_platforms(http, database.clock), wish)


def state_of(admin: Admin) -> str:
    row = admin.execute("SELECT state FROM deliveries").fetchone()
    assert row is not None
    return str(row["state"])


async def test_it_is_uploaded_ahead_and_opened_once_though_both_answers_are_lost(
    dsn: str, database: Database, team: Team, admin: Admin
) -> None:
    with temporary_data_dir() as home, sandbox_process() as sandbox:
        put_fault(sandbox, "youtube", "upload_commit_then_drop", 1)
        put_fault(sandbox, "youtube", "commit_then_drop", 1)
        env = {**node_env(dsn, sandbox), "POSTCLOCK_DATA_DIR": str(home)}
        with process("node", env=env) as node:
            node.wait_for("node_started")
            await schedule_a_film(database, team, home, 20)
            wait_until(lambda: state_of(admin) == "staged", lambda: state_of(admin))
            assert ledger(sandbox) == [], "nothing is public before its moment"
            wait_until(lambda: statuses(admin) == {"published": 1}, lambda: statuses(admin))
        accepted_once(sandbox, 1)
        [entry] = ledger(sandbox)
        assert (entry["text"], len(entry["media"])) == ("A film", 1)
