"""Clients for the people of the API's tests."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
import pytest_asyncio

from postclock.db.session import Database
from tests.fixtures.servers import Api
from tests.fixtures.workspaces import Team, make_team


@pytest.fixture
def client(api: Api, team: Team) -> Iterator[httpx.Client]:
    """The team's owner, with an API token."""
    with api.client(team) as opened:
        yield opened


@pytest_asyncio.fixture
async def other(database: Database, team: Team) -> Team:
    """Another workspace on the same installation."""
    return await make_team(database, "bob")


@pytest.fixture
def stranger(api: Api, other: Team) -> Iterator[httpx.Client]:
    """The owner of the other workspace."""
    with api.client(other) as opened:
        yield opened
