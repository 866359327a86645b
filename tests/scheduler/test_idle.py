"""The idle budget: a publishing node with nothing to do sends at most 200 statements a day.

A day of the owned clock passes in as many steps as the node wakes. The database counts what the
node's own role sends, whatever it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.rows import DictRow

from postclock.db.engine import node_pool
from postclock.publishing.lineage import Lineage
from postclock.scheduler.queries import FAR_FUTURE
from tests.fixtures.clocks import OwnedClock
from tests.scheduler.resident import Node, resident
from tests.scheduler.rows import Rows, second
from tests.scheduler.scripted import until

DAY = 86_400.0
BUDGET = 200
COUNT = """
SELECT coalesce(sum(calls), 0)::integer AS n FROM pg_stat_statements s
  JOIN pg_roles r ON r.oid = s.userid WHERE r.rolname = %s
"""


@pytest.fixture
def role(admin: psycopg.Connection[DictRow]) -> Iterator[str]:
    """A role that the node alone uses."""
    name = f"node_{uuid4().hex[:12]}"
    admin.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    create = sql.SQL("CREATE ROLE {} LOGIN SUPERUSER PASSWORD 'node'")
    admin.execute(create.format(sql.Identifier(name)))
    yield name
    admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


async def pass_a_day(node: Node, clock: OwnedClock) -> int:
    """Move the clock from one wake-up to the next; how many there were."""
    end, wakes = clock.boottime() + DAY, 0
    while clock.boottime() < end:
        asked = node.timer._asked_at
        clock.move(max((node.timer._until - clock.now()).total_seconds(), 0.001))
        await until(lambda: node.timer._asked_at > asked)  # noqa: B023
        await until(lambda: node.ears.hear and node.ears.patience == float("inf"))
        await node.asleep()
        wakes += 1
    return wakes


async def test_a_node_with_nothing_to_do_keeps_the_budget(
    dsn: str, role: str, rows: Rows, clock: OwnedClock
) -> None:
    rows.post(rows.account(), due=second(40 * DAY))
    mine = make_conninfo(dsn, user=role, password="node")
    async with node_pool(mine, "postclock-test", greet=Lineage().greet) as pool:
        async with resident(pool, clock, mine) as node:
            at_start = rows.one(COUNT, role)["n"]
            wakes = await pass_a_day(node, clock)
            idle = rows.one(COUNT, role)["n"] - at_start
        # Each new connection is set up by one statement and recognised by another.
        renewed = 2 * DAY / pool.max_lifetime
    assert node.timer._act_at < FAR_FUTURE
    assert 95 <= wakes <= 97
    assert wakes <= idle
    assert idle + renewed <= BUDGET, f"{idle} statements, and {renewed:.0f} for new connections"
