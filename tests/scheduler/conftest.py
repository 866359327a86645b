"""Rows of the test's own, the clock it owns, and a runner it feeds."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from postclock.db.engine import Pool
from tests.fixtures.clocks import OwnedClock
from tests.scheduler.fed import Node, make_node
from tests.scheduler.rows import Admin, Rows


@pytest.fixture
def rows(admin: Admin) -> Rows:
    return Rows(admin)


@pytest.fixture
def clock() -> OwnedClock:
    return OwnedClock()


@pytest_asyncio.fixture
async def node(pool: Pool, clock: OwnedClock) -> AsyncIterator[Node]:
    made = make_node(pool, clock)
    made.runner.start()
    yield made
    made.publisher.gate.set()
    await made.runner.stop()
