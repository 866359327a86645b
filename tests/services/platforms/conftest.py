"""What the platform clients' tests share."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from postclock.http import Http

from .scripted import OwnedClock, ScriptedServer, scripted_server

BESIDE_THE_REPOSITORY = Path(__file__).parents[4] / "shared" / "data"


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


@pytest.fixture
def platform_data() -> Path:
    """The folder with what platforms publish; skips where it is absent."""
    folder = Path(os.environ.get("POSTCLOCK_PLATFORM_DATA") or BESIDE_THE_REPOSITORY)
    if not folder.is_dir():
        pytest.skip("the platforms' published data is not here: set POSTCLOCK_PLATFORM_DATA")
    return folder
