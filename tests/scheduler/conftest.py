"""Rows of the test's own, and the clock it owns."""

from __future__ import annotations

import pytest

from tests.fixtures.clocks import OwnedClock
from tests.scheduler.rows import Admin, Rows


@pytest.fixture
def rows(admin: Admin) -> Rows:
    return Rows(admin)


@pytest.fixture
def clock() -> OwnedClock:
    return OwnedClock()
