"""What the nightly jobs are given."""

from __future__ import annotations

from pathlib import Path

import pytest

from postclock.config import Settings, load_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """As nobody set anything, but with a data directory of the test's own."""
    return load_settings({"POSTCLOCK_DATA_DIR": str(tmp_path)})
