"""/api/v1/system: what an owner sees of the installation, and what others do not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import httpx
import psycopg
import pytest

from postclock.publishing.alarms import Findings, alarms
from postclock.publishing.system_queries import MOST_COUNTED, Server
from postclock.services.people.zones import rules_version
from tests.api.asking import Admin, ahead, cron, made, move, refused, wish
from tests.fixtures.servers import Api

SYSTEM = "/api/v1/system"
NOW = datetime.fromisoformat("2026-11-22T09:00:00+00:00")


@contextmanager
def a_node_listens(dsn: str, name: str) -> Iterator[None]:
    """What a node leaves in pg_stat_activity."""
    with psycopg.connect(dsn, application_name=f"postclock-node:{name}"):
        yield


def codes(answer: httpx.Response) -> list[str]:
    return [warning["code"] for warning in answer.json()["server"]["warnings"]]


def test_a_new_installation_has_nothing_to_tell(client: httpx.Client) -> None:
    told = client.get(SYSTEM).raise_for_status().json()
    server = told.pop("server")
    assert told == {
        "scheduler": "off", "nodes_listening": 0,
        "due": {"overdue": 0, "oldest_overdue_seconds": None, "moves": True},
        "need_a_person": {"held": 0, "unconfirmed": 0, "missed": 0},
        "punctuality": {"count": 0, "p50": None, "p95": None, "p99": None},
    }  # fmt: skip
    assert server["database_version"].startswith("18.")
    assert server["tzdata_version"] == rules_version()
    assert abs(server["clock_offset_ms"]) < 100
    assert (server["synchronous_standby"], server["housekeeping_at"]) == (False, None)
    assert (server["nodes"], server["warnings"]) == ([], [])


def test_nobody_else_is_told(api: Api) -> None:
    with api.client() as nobody:
        refused(nobody.get(SYSTEM), 401, "not_signed_in")


def test_who_may_not_administer_sees_how_posts_fare_and_nothing_of_the_server(
    client: httpx.Client, admin: Admin
) -> None:
    admin.execute("UPDATE memberships SET role = 'editor'")
    told = client.get(SYSTEM).json()
    assert told["server"] is None
    assert told["due"]["moves"] is True


def test_the_nodes_that_listen(client: httpx.Client, dsn: str) -> None:
    with a_node_listens(dsn, "host-a:1:ab"), a_node_listens(dsn, "host-b:2:cd"):
        told = client.get(SYSTEM).json()
    assert told["nodes_listening"] == 2
    assert [node["name"] for node in told["server"]["nodes"]] == ["host-a:1:ab", "host-b:2:cd"]
    assert all(node["since"] for node in told["server"]["nodes"])


def test_due_work_that_does_not_move(client: httpx.Client, admin: Admin) -> None:
    for _ in range(3):
        made(client, wish(scheduled_at=ahead(-1)))
    made(client, wish(scheduled_at=ahead()))
    assert client.get(SYSTEM).json()["due"]["moves"] is True
    admin.execute("UPDATE deliveries SET wake_at = now() - interval '90 s' WHERE due_at < now()")
    told = client.get(SYSTEM)
    due = told.json()["due"]
    assert (due["overdue"], due["moves"]) == (3, False)
    assert due["oldest_overdue_seconds"] == pytest.approx(90, abs=15)
    assert codes(told) == ["due_work_stuck"]


def test_what_needs_a_person_is_the_workspaces_own(
    client: httpx.Client, stranger: httpx.Client, admin: Admin
) -> None:
    for state in ("held", "unconfirmed", "unconfirmed", "missed", "failed", "published"):
        move(admin, made(client, wish(scheduled_at=ahead())), state)
    admin.execute(
        "UPDATE deliveries SET left_at = now() WHERE id ="
        " (SELECT id FROM deliveries WHERE state = 'unconfirmed' ORDER BY id LIMIT 1)"
    )
    expected = {"held": 1, "unconfirmed": 1, "missed": 1}
    assert client.get(SYSTEM).json()["need_a_person"] == expected
    nothing = dict.fromkeys(expected, 0)
    assert stranger.get(SYSTEM).json()["need_a_person"] == nothing


def test_punctuality_is_the_last_days_and_the_workspaces_own(
    client: httpx.Client, stranger: httpx.Client, admin: Admin
) -> None:
    for late in (3, 1, 2, 900):
        post = made(client, wish(text=str(late), scheduled_at=ahead(-1)))
        cron(client)
        admin.execute("UPDATE deliveries SET late_ms = %s WHERE post_id = %s", [late, post["id"]])
    told = client.get(SYSTEM).json()["punctuality"]
    assert told == {"count": 4, "p50": 2, "p95": 900, "p99": 900}
    assert stranger.get(SYSTEM).json()["punctuality"]["count"] == 0
    admin.execute("UPDATE deliveries SET due_at = now() - interval '25 h' WHERE late_ms = 900")
    assert client.get(SYSTEM).json()["punctuality"] == {"count": 3, "p50": 2, "p95": 3, "p99": 3}


def test_a_transaction_that_is_left_open(client: httpx.Client, dsn: str) -> None:
    with psycopg.connect(dsn) as forgotten:
        forgotten.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        forgotten.execute("SELECT 1")
        told = client.get(SYSTEM).json()["server"]
    assert 0 < told["oldest_transaction_seconds"] < 60
    assert told["warnings"] == []


WELL = Server("18", 0, False, 0.0, 5.0, NOW - timedelta(hours=20))


def raised(server: Server = WELL, **more: object) -> list[str]:
    found: dict[str, object] = {
        "now": NOW, "expects_nodes": True, "nodes": 1, "oldest_overdue_at": None, "offset_ms": 1.0,
    }  # fmt: skip
    return [one.code for one in alarms(Findings(server=server, **(found | more)))]  # type: ignore[arg-type]


def server(**more: object) -> Server:
    fields = {name: getattr(WELL, name) for name in Server.__slots__}
    return Server(**(fields | more))


def test_each_alarm_is_raised_by_its_cause_alone() -> None:
    assert raised() == []
    assert raised(nodes=0) == ["no_node_listens"]
    assert raised(nodes=0, expects_nodes=False) == []
    assert raised(oldest_overdue_at=NOW - timedelta(seconds=60)) == []
    assert raised(oldest_overdue_at=NOW - timedelta(seconds=61)) == ["due_work_stuck"]
    assert raised(offset_ms=-1001.0) == ["clocks_disagree"]
    assert raised(server(oldest_snapshot=61.0)) == ["old_transaction"]
    assert raised(server(notifications=0.51)) == ["notifications_pile_up"]
    assert raised(server(standbys=1)) == ["standby_not_synchronous"]
    assert raised(server(standbys=1, synchronous=True)) == []
    assert raised(server(housekeeping_at=NOW - timedelta(days=3))) == ["housekeeping_late"]
    assert raised(server(housekeeping_at=None)) == []


def test_the_count_of_overdue_work_is_bounded(admin: Admin, client: httpx.Client) -> None:
    made(client, wish(scheduled_at=ahead()))
    admin.execute("SET session_replication_role = replica")
    admin.execute(
        "INSERT INTO deliveries (id, workspace_id, post_id, account_id, platform, state, due_at,"
        " wake_at, created_at, updated_at)"
        " SELECT gen_random_uuid(), workspace_id, gen_random_uuid(), account_id, platform,"
        " 'scheduled', now(), now() - interval '5 s', now(), now()"
        " FROM deliveries, generate_series(1, %s)", [MOST_COUNTED + 50],
    )  # fmt: skip
    assert client.get(SYSTEM).json()["due"]["overdue"] == MOST_COUNTED
