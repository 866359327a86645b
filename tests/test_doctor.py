"""doctor: what it finds on a real database."""

from __future__ import annotations

from pathlib import Path

import pytest

from postclock.config import Settings, load_settings
from postclock.doctor import Finding, examine
from postclock.services.people.zones import rules_version
from tests.proof.rig import as_url
from tests.scheduler.rows import Admin


@pytest.fixture
def settings(dsn: str, tmp_path: Path) -> Settings:
    given = {"DATABASE_URL": as_url(dsn), "POSTCLOCK_DATA_DIR": str(tmp_path)}
    return load_settings({**given, "POSTCLOCK_PORT": "18399"})


def found(settings: Settings, what: str) -> Finding:
    (one,) = [finding for finding in examine(settings) if finding.what == what]
    return one


def test_all_is_well(settings: Settings) -> None:
    assert [finding.words for finding in examine(settings) if not finding.ok] == []
    assert rules_version() in found(settings, "time zones").words


def test_when_housekeeping_was_last_begun(settings: Settings, admin: Admin) -> None:
    assert "not begun yet" in found(settings, "housekeeping").words
    admin.execute(
        "INSERT INTO procrastinate.procrastinate_periodic_defers (task_name, defer_timestamp)"
        " VALUES ('a', extract(epoch FROM now() - interval '5 hours'))"
    )
    assert found(settings, "housekeeping").ok
    admin.execute("UPDATE procrastinate.procrastinate_periodic_defers SET defer_timestamp = 86400")
    late = found(settings, "housekeeping")
    assert (late.ok, "1970-01-02" in late.words) == (False, True)
