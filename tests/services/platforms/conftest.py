"""What the platform clients' tests share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from postclock.http import Http

from .scripted import OwnedClock, ScriptedServer, scripted_server


@pytest_asyncio.fixture
async def http() -> AsyncIterator[Http]:
    async with Http(5.0) as client:
        yield client


@pytest_asyncio.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with scripted_server() as scripted:
        yield scripted


@pytest.fixture
def clock() -> OwnedClock:
    return OwnedClock()
