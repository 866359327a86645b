"""Pictures: uploaded ahead by real processes, through a kill and a slow platform, posted once."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from postclock.db.directories import temporary_data_dir
from postclock.db.session import Database
from postclock.http import Http
from postclock.services.media import service as media
from postclock.services.media.storage import local_store
from postclock.services.platforms.registry import build_platforms
from postclock.services.posts import service
from postclock.services.posts.model import Wish
from tests.fixtures.pictures import picture
from tests.fixtures.workspaces import Team
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


async def upload(database: Database, team: Team, home: Path) -> UUID:
    """A picture in the store that the nodes read."""
    who = team.who
    kept = await media.receive(
        local_store(home), who.workspace_id, "sun.png", io.BytesIO(picture())
    )
    async with database.as_user(who.user_id) as tx:
        return (await media.add(tx, who, kept, "A red square")).id


async def schedule_pictures(
    database: Database, team: Team, picture_id: UUID, count: int, seconds: float
) -> None:
    """Posts with a picture, one a platform and turn, all due at once."""
    async with Http(5) as http, database.as_user(team.who.user_id) as tx:
        platforms = build_platforms(http, database.clock)
        due = (tx.now + timedelta(seconds=seconds)).isoformat()
        for i in range(count):
            says = {"text": f"picture {i}", "media": [{"id": str(picture_id)}]}
            content = dict.fromkeys(team.accounts, says)
            accounts = [account.id for account in team.accounts.values()]
            wish = Wish(content=content, accounts=accounts, scheduled_at=due)
            await service.create(tx, team.who, platforms, wish)


def states(admin: Admin) -> dict[str, int]:
    rows = admin.execute("SELECT state, count(*) AS n FROM deliveries GROUP BY state").fetchall()
    return {row["state"]: row["n"] for row in rows}


async def test_they_are_uploaded_before_the_moment_and_leave_at_it(
    dsn: str, database: Database, team: Team, admin: Admin
) -> None:
    with temporary_data_dir() as home, sandbox_process() as sandbox:
        env = {**node_env(dsn, sandbox), "POSTCLOCK_DATA_DIR": str(home)}
        picture_id = await upload(database, team, home)
        with process("node", env=env) as node:
            node.wait_for("node_started")
            await schedule_pictures(database, team, picture_id, 2, 15)
            wait_until(lambda: states(admin) == {"staged": 6}, lambda: states(admin))
            assert ledger(sandbox) == [], "nothing is public before its moment"
            wait_until(lambda: statuses(admin) == {"published": 2}, lambda: statuses(admin))
        accepted_once(sandbox, 6)
        assert all(len(entry["media"]) == 1 for entry in ledger(sandbox))
        row = admin.execute("SELECT min(late_ms) AS least FROM deliveries").fetchone()
        assert row is not None
        assert row["least"] >= 0


async def test_a_node_killed_while_it_uploads_costs_nothing_but_time(
    dsn: str, database: Database, team: Team, admin: Admin
) -> None:
    with temporary_data_dir() as home, sandbox_process() as sandbox:
        env = {**node_env(dsn, sandbox), "POSTCLOCK_DATA_DIR": str(home)}
        picture_id = await upload(database, team, home)
        with process("node", env=env) as doomed:
            doomed.wait_for("node_started")
            await schedule_pictures(database, team, picture_id, 4, 5)
            wait_until(lambda: "staging" in states(admin), lambda: states(admin))
            doomed.kill()
        admin.execute("UPDATE deliveries SET wake_at = now() WHERE state = 'staging'")
        with process("node", env=env):
            wait_until(lambda: statuses(admin) == {"published": 4}, lambda: statuses(admin))
        accepted_once(sandbox, 12)


async def test_a_lost_answer_to_a_post_with_a_picture_is_asked_for(
    dsn: str, database: Database, team: Team, admin: Admin
) -> None:
    with temporary_data_dir() as home, sandbox_process() as sandbox:
        env = {**node_env(dsn, sandbox), "POSTCLOCK_DATA_DIR": str(home)}
        picture_id = await upload(database, team, home)
        for platform in team.accounts:
            put_fault(sandbox, platform, "commit_then_drop", 1)
        with process("node", env=env):
            await schedule_pictures(database, team, picture_id, 2, 3)
            wait_until(lambda: statuses(admin) == {"published": 2}, lambda: statuses(admin))
        accepted_once(sandbox, 6)
