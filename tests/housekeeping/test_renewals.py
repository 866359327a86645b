"""Logins renewed ahead at the pretend platforms, and people told of those that end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from postclock.config import Settings, load_settings
from postclock.crypto import KeyRing
from postclock.db.session import Database
from postclock.housekeeping.renewals import Renewals, tell_ending
from postclock.services.platforms.registry import PLATFORMS
from tests.api.asking import Admin, ahead, made, now, wish
from tests.api.browsing import connected
from tests.fixtures.servers import Api
from tests.fixtures.workspaces import RING, Team

PLATFORM = PLATFORMS[0]


@pytest.fixture
def client(api: Api, team: Team) -> Iterator[httpx.Client]:
    with api.client(team) as opened:
        yield opened


@pytest.fixture
def here(api: Api, tmp_path: Path) -> Settings:
    port = api.url.rpartition(":")[2]
    return load_settings({"POSTCLOCK_PORT": port, "POSTCLOCK_DATA_DIR": str(tmp_path)})


@pytest.fixture
def account(client: httpx.Client) -> str:
    """A profile connected with consent, its login to be renewed."""
    way = PLATFORM.ways[0].name
    return str(connected(client, PLATFORM.name, way, "ada")["accounts"][0])


def row(admin: Admin, account: str) -> dict[str, Any]:
    found = admin.execute(
        "SELECT a.status, a.problem, a.renew_at, a.login_ends_at, c.secrets, c.renewing_by"
        "  FROM accounts a JOIN credentials c ON c.account_id = a.id WHERE a.id = %s", [account]
    ).fetchone()  # fmt: skip
    assert found is not None
    return found


def due(admin: Admin, account: str, **more: Any) -> None:
    """Let the time come to renew it."""
    admin.execute(
        "UPDATE accounts SET renew_at = now() - interval '1 minute', login_ends_at = %s"
        " WHERE id = %s", [more.get("ends_at"), account],
    )  # fmt: skip


def notices(admin: Admin, kind: str) -> list[dict[str, Any]]:
    found = "SELECT title, body FROM notifications WHERE kind = %s ORDER BY id"
    return admin.execute(found, [kind]).fetchall()


async def test_what_is_due_is_renewed_and_keeps_its_times(
    database: Database, dsn: str, admin: Admin, here: Settings, account: str
) -> None:
    before = row(admin, account)
    assert before["renew_at"] > now()
    assert await Renewals(here, dsn, RING).work(database) == 0
    due(admin, account)
    assert await Renewals(here, dsn, RING).work(database) == 1
    after = row(admin, account)
    assert after["secrets"] != before["secrets"]
    assert after["renew_at"] > now()
    assert (after["status"], after["renewing_by"]) == ("connected", None)
    due(admin, account)
    assert await Renewals(here, dsn, RING).work(database) == 1, "a rotated token is good"


async def test_two_servers_renew_it_once(
    database: Database, dsn: str, admin: Admin, here: Settings, account: str
) -> None:
    due(admin, account)
    first, second = Renewals(here, dsn, RING), Renewals(here, dsn, RING)
    await asyncio.gather(first.work(database), second.work(database))
    assert row(admin, account)["status"] == "connected"
    due(admin, account)
    assert await first.work(database) == 1


async def test_only_a_revocation_disconnects(
    api: Api, database: Database, dsn: str, admin: Admin, here: Settings, account: str
) -> None:
    due(admin, account)
    away = here.model_copy(update={"sandbox_url_given": "http://127.0.0.1:9"})
    assert await Renewals(away, dsn, RING).work(database) == 0
    assert row(admin, account)["status"] == "connected"
    blind = Renewals(here, dsn, KeyRing({"other": b"o" * 32}))
    assert await blind.work(database) == 0
    assert row(admin, account)["status"] == "connected"
    remote = admin.execute("SELECT remote_id FROM accounts WHERE id = %s", [account]).fetchone()
    assert remote is not None
    api.sandbox.grants[PLATFORM.name].revoke(remote["remote_id"])
    assert await Renewals(here, dsn, RING).work(database) == 0
    found = row(admin, account)
    assert found["status"] == "needs_login"
    assert found["problem"]
    [notice] = notices(admin, "account_needs_login")
    assert "@ada" in notice["title"]
    assert await Renewals(here, dsn, RING).work(database) == 0
    assert len(notices(admin, "account_needs_login")) == 1


async def test_people_hear_at_seven_three_and_one_day_and_at_the_end(
    database: Database, admin: Admin, client: httpx.Client, account: str
) -> None:
    post = wish(platforms=[], accounts=[account], scheduled_at=ahead(20 * 86400))
    made(client, post)
    told = []
    for left in (8.0, 6.9, 6.8, 2.9, 2.5, 0.9, 0.1, -0.1, -2):
        admin.execute(
            "UPDATE accounts SET renew_at = NULL, login_ends_at = %s,"
            " warned_at = warned_at - (login_ends_at - %s) WHERE id = %s",
            [now() + timedelta(days=left), now() + timedelta(days=left), account],
        )
        told.append(await tell_ending(database, {}))
        assert await tell_ending(database, {}) == 0, "once"
    assert told == [0, 1, 0, 1, 0, 1, 0, 1, 0]
    titles = [notice["title"] for notice in notices(admin, "account_login_ends")]
    assert [title.rpartition("@ada ")[2] for title in titles] == [
        "ends in 7 days", "ends in 3 days", "ends in 1 day", "has ended",
    ]  # fmt: skip
    assert "1 post is scheduled after that" in notices(admin, "account_login_ends")[0]["body"]


async def test_a_login_that_cannot_be_renewed_near_its_end_is_told_with_the_reason(
    database: Database, dsn: str, admin: Admin, here: Settings, account: str
) -> None:
    away = here.model_copy(update={"sandbox_url_given": "http://127.0.0.1:9"})
    admin.execute("UPDATE accounts SET login_ends_at = now() + interval '3 hours' WHERE id = %s",
                  [account])  # fmt: skip
    assert await Renewals(away, dsn, RING).work(database) == 1
    [notice] = notices(admin, "account_login_ends")
    assert "could not be renewed by itself" in notice["body"]
    assert row(admin, account)["status"] == "connected"


async def test_an_author_is_warned_before_scheduling(
    admin: Admin, client: httpx.Client, account: str
) -> None:
    asked = wish(platforms=[], accounts=[account], scheduled_at=ahead(86400))

    def warned() -> list[str]:
        answer = client.post("/api/v1/posts/check", json=asked).json()
        return [one["code"] for one in answer["warnings"]]

    assert warned() == []
    admin.execute("UPDATE accounts SET renew_at = NULL, login_ends_at = now() + interval '1 hour'")
    assert warned() == ["login_ends_first"]
    admin.execute("UPDATE accounts SET status = 'needs_login', login_ends_at = NULL")
    assert warned() == ["login_needed"]
