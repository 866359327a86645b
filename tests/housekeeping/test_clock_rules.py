"""A government changes its clocks: what was chosen by a wall clock moves with it, and is told.

The changed rules are real compiled ones: a directory in which a zone has another zone's file.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from whenever import clear_tzcache, get_tzpath, reset_tzpath

from postclock.db.session import Database, open_database
from postclock.housekeeping.clock_rules import AGAIN, BATCH, LISTED, follow_clock_rules
from postclock.http import Http
from postclock.services.people.zones import PACKAGE, rules_version
from postclock.services.platforms.registry import build_platforms
from postclock.services.posts.moments import moment_by_present_rules
from tests.fixtures.clocks import OwnedClock
from tests.scheduler.rows import NOW, Admin, Rows

SUMMER = datetime(2027, 7, 1, 9, 30)  # noqa: DTZ001 (a wall clock's time)
WINTER = datetime(2027, 1, 4, 9, 30)  # noqa: DTZ001
IN_SUMMER = datetime(2027, 7, 1, 7, 30, tzinfo=UTC)
IN_WINTER = datetime(2027, 1, 4, 8, 30, tzinfo=UTC)
Change = Callable[..., None]
PLATFORMS = build_platforms(Http(1), OwnedClock())


@pytest.fixture
def change(tmp_path: Path) -> Iterator[Change]:
    """Put other rules in force: each zone named gets the compiled rules of another."""
    before = get_tzpath()

    def put(version: str, **zones: str) -> None:
        directory = tmp_path / version
        directory.joinpath("Europe").mkdir(parents=True)
        directory.joinpath("tzdata.zi").write_text(f"# version {version}\n")
        for city, like in zones.items():
            shutil.copy(PACKAGE / like, directory / "Europe" / city)
        reset_tzpath([directory])

    yield put
    reset_tzpath(before)
    clear_tzcache()


@pytest.fixture
def clock() -> OwnedClock:
    return OwnedClock()


@pytest_asyncio.fixture
async def house(dsn: str, clock: OwnedClock) -> AsyncIterator[Database]:
    opened = open_database(dsn, "postclock-test", clock)
    yield opened
    await opened.close()


@pytest.fixture
def rows(admin: Admin) -> Rows:
    return Rows(admin)


def chosen(
    rows: Rows, wall: datetime, zone: str = "Europe/Berlin", fold: int | None = None, **more: Any
) -> UUID:
    """A post armed for a wall clock's time, as the present rules read it."""
    at = moment_by_present_rules(wall, zone, fold)
    account = more.pop("account", None) or rows.account()
    post = rows.post(account, due=at, workspace=more.pop("workspace", None))
    rows.sql.execute(
        "UPDATE posts SET scheduled_at = %s, local_time = %s, time_zone = %s, fold = %s,"
        " account_ids = %s, topic = %s WHERE id = %s",
        [at, wall, zone, fold, [account], more.pop("topic", "Launch"), post],
    )
    assert not more
    return post


def told(rows: Rows, what: str) -> list[dict[str, Any]]:
    return rows.all(f"SELECT * FROM {what} ORDER BY id")


async def test_when_summer_time_is_abolished_summers_posts_move(
    rows: Rows, house: Database, change: Change
) -> None:
    summer, winter = chosen(rows, SUMMER), chosen(rows, WINTER)
    elsewhere = chosen(rows, SUMMER, "Europe/Paris")
    assert rows.told(summer)["scheduled_at"] == IN_SUMMER
    assert await follow_clock_rules(house, PLATFORMS) == 0
    change("2099a", Berlin="Africa/Lagos")  # UTC+1 all year
    assert await follow_clock_rules(house, PLATFORMS) == 1

    after = rows.told(summer)
    assert after["scheduled_at"] == rows.delivery(summer)["due_at"] == IN_SUMMER + _hours(1)
    assert rows.delivery(summer)["wake_at"] == IN_SUMMER + _hours(1)
    assert (after["local_time"], after["status"], after["version"]) == (SUMMER, "scheduled", 1)
    assert rows.told(winter)["scheduled_at"] == rows.delivery(winter)["due_at"] == IN_WINTER
    assert rows.delivery(elsewhere)["due_at"] == IN_SUMMER

    (line,) = told(rows, "activity_logs")
    assert (line["kind"], line["post_id"], line["actor_id"]) == ("post.moved", summer, None)
    assert line["details"]["was"] == "2027-07-01T07:30:00+00:00"
    assert line["details"]["scheduled_at"] == "2027-07-01T08:30:00+00:00"
    (notice,) = told(rows, "notifications")
    assert (notice["kind"], notice["post_id"]) == ("posts_moved", summer)
    assert notice["title"] == "Clocks go by new rules: 1 post moved"
    assert notice["body"] == (
        "Launch: 2027-07-01 09:30 in Europe/Berlin is 2027-07-01 08:30 UTC now, "
        "not 2027-07-01 07:30 UTC."
    )
    assert await follow_clock_rules(house, PLATFORMS) == 0
    assert len(told(rows, "notifications")) == 1


async def test_a_time_that_is_skipped_now_is_the_first_after_the_gap(
    rows: Rows, house: Database, change: Change
) -> None:
    # New York's clocks go forward at 2:00 on 14 March 2027; Berlin's do not that day.
    post = chosen(rows, datetime(2027, 3, 14, 2, 40))  # noqa: DTZ001
    change("2099a", Berlin="America/New_York")
    assert await follow_clock_rules(house, PLATFORMS) == 1
    assert rows.delivery(post)["due_at"] == datetime(2027, 3, 14, 7, tzinfo=UTC)


@pytest.mark.parametrize(("fold", "hour"), [(None, 5), (0, 5), (1, 6)])
async def test_a_time_that_is_shown_twice_now_is_by_the_stored_fold_else_the_first(
    rows: Rows, house: Database, change: Change, fold: int | None, hour: int
) -> None:
    post = chosen(rows, datetime(2027, 11, 7, 1, 30), fold=fold)  # noqa: DTZ001
    change("2099a", Berlin="America/New_York")
    assert await follow_clock_rules(house, PLATFORMS) == 1
    assert rows.delivery(post)["due_at"] == datetime(2027, 11, 7, hour, 30, tzinfo=UTC)


@pytest.mark.parametrize("state", ["staging", "claimed", "sending", "unknown"])
async def test_what_a_node_has_in_its_hands_stays(
    rows: Rows, house: Database, change: Change, state: str
) -> None:
    account = rows.account()
    post = chosen(rows, SUMMER, account=account)
    rows.put(post, state, account)
    before = rows.delivery(post)
    change("2099a", Berlin="Africa/Lagos")
    assert await follow_clock_rules(house, PLATFORMS) == 0
    assert rows.delivery(post) == before
    assert told(rows, "notifications") == []


async def test_a_draft_moves_without_being_armed_and_what_is_past_stays(
    rows: Rows, house: Database, change: Change, clock: OwnedClock
) -> None:
    draft, past, gone = chosen(rows, SUMMER), chosen(rows, WINTER), chosen(rows, SUMMER)
    rows.disarm(draft)
    rows.sql.execute("UPDATE posts SET deleted_at = %s WHERE id = %s", [NOW, gone])
    clock.move((IN_WINTER - NOW).total_seconds())
    change("2099a", Berlin="Africa/Cairo")  # UTC+2, and +3 in summer
    assert await follow_clock_rules(house, PLATFORMS) == 1
    assert rows.told(draft)["scheduled_at"] == IN_SUMMER - _hours(1)
    assert rows.state(draft) == "canceled"
    assert rows.told(past)["scheduled_at"] == IN_WINTER
    assert rows.told(gone)["scheduled_at"] == IN_SUMMER


async def test_older_rules_move_nothing_back_and_the_same_are_looked_at_weekly(
    rows: Rows, house: Database, change: Change, clock: OwnedClock
) -> None:
    change("2099b", Berlin="Africa/Lagos")
    post = chosen(rows, SUMMER)
    assert await follow_clock_rules(house, PLATFORMS) == 0
    change("2099a")
    assert await follow_clock_rules(house, PLATFORMS) == 0
    assert rows.told(post)["scheduled_at"] == IN_SUMMER + _hours(1)
    # A server that still went by the old rules has scheduled another since.
    late = chosen(rows, SUMMER)
    rows.arm(late, rows.told(late)["account_ids"], IN_SUMMER)
    rows.sql.execute("UPDATE posts SET scheduled_at = %s WHERE id = %s", [IN_SUMMER, late])
    reset_tzpath([Path(get_tzpath()[0]).parent / "2099b"])
    assert await follow_clock_rules(house, PLATFORMS) == 0
    clock.move(AGAIN.total_seconds())
    assert await follow_clock_rules(house, PLATFORMS) == 1
    assert rows.delivery(late)["due_at"] == IN_SUMMER + _hours(1)


async def test_each_workspace_hears_of_its_own_and_a_long_list_is_cut(
    rows: Rows, house: Database, change: Change
) -> None:
    other = rows.new_workspace()
    for i in range(LISTED + 3):
        chosen(rows, SUMMER + timedelta(minutes=i), topic=f"Post {i}")
    theirs = chosen(rows, SUMMER, account=rows.account(workspace=other), workspace=other)
    change("2099a", Berlin="Africa/Lagos")
    assert await follow_clock_rules(house, PLATFORMS) == LISTED + 4
    by_workspace = {row["workspace_id"]: row for row in told(rows, "notifications")}
    assert by_workspace[other]["post_id"] == theirs
    ours = by_workspace[rows.workspace]
    assert ours["title"] == f"Clocks go by new rules: {LISTED + 3} posts moved"
    assert len(ours["body"].splitlines()) == LISTED + 1
    assert ours["body"].endswith("3 more are in the activity log.")


async def test_more_than_a_batch_moves_whole(rows: Rows, house: Database, change: Change) -> None:
    account = rows.account()
    count = BATCH + 5
    for i in range(count):
        chosen(rows, SUMMER + timedelta(seconds=i), account=account)
    change("2099a", Berlin="Africa/Lagos")
    assert await follow_clock_rules(house, PLATFORMS) == count
    late = rows.one(
        "SELECT min(due_at) AS first, count(*) FILTER (WHERE due_at = scheduled_at) AS same"
        " FROM deliveries JOIN posts p ON p.id = post_id"
    )
    assert (late["first"], late["same"]) == (IN_SUMMER + _hours(1), count)


def test_the_rules_in_force_are_the_packages_and_say_their_version(change: Change) -> None:
    assert get_tzpath() == (str(PACKAGE),)
    assert rules_version() == _version_in(PACKAGE / "tzdata.zi")
    change("2099z")
    assert rules_version() == "2099z"


def _version_in(source: Path) -> str:
    return source.read_text().split("\n", 1)[0].split()[-1]


def _hours(count: int) -> timedelta:
    return timedelta(hours=count)
