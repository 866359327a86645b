"""EmbeddedPostgres as real processes use it: as root, and as a plain user.

Run by root, the plain user is a throw-away one, with a copy of the code that it can read.
"""

from __future__ import annotations

import os
import secrets
import signal
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.db.parties import DEADLINE, Ground, Side, ask, do, own_ground, throw_away_users_ground


@pytest.fixture(scope="module", params=["root", "plain"])
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    root = os.geteuid() == 0
    if request.param == "root" and not root:
        pytest.skip("PostgreSQL started by root: run the tests as root to see it")
    with throw_away_users_ground() if root and request.param == "plain" else own_ground() as made:
        yield made


@pytest.fixture
def side(ground: Ground) -> Iterator[Side]:
    """A data directory that other tests used before; they left its server stopped."""
    side = ground.side("kept")
    yield side
    side.clear_away()


@pytest.fixture
def fresh(ground: Ground) -> Iterator[Side]:
    """A data directory that is not there yet."""
    side = ground.side(secrets.token_hex(4))
    yield side
    side.clear_away()


@pytest.fixture
def long(ground: Ground) -> Iterator[Side]:
    """A data directory at a path too long for a socket."""
    side = ground.side("long-" * 20)
    yield side
    side.clear_away()


def test_it_is_made_started_and_stopped(fresh: Side) -> None:
    party = fresh.join(shared_preload_libraries="pg_stat_statements")
    dsn = party.dsn()
    assert ask(dsn, "SELECT current_database()") == "postclock"
    assert ask(dsn, "SHOW listen_addresses") == ""
    assert ask(dsn, "SHOW data_checksums") == "on"
    assert ask(dsn, "SHOW server_encoding") == "UTF8"
    assert ask(dsn, "SHOW shared_preload_libraries") == "pg_stat_statements"
    party.leave()
    assert not fresh.note().exists()


def test_what_was_written_is_there_after_a_restart(side: Side) -> None:
    first = side.join()
    do(first.dsn(), "CREATE TABLE kept_by_stop AS SELECT 7 AS number")
    first.leave()
    second = side.join()
    assert ask(second.dsn(), "SELECT number FROM kept_by_stop") == 7
    second.leave()


def test_a_wrong_password_is_refused(side: Side) -> None:
    party = side.join()
    dsn = party.dsn()
    secret = dsn.partition("postgres:")[2].partition("@")[0]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        ask(dsn.replace(secret, "guess"), "SELECT 1")
    assert stat.S_IMODE((side.home / "password").stat().st_mode) == 0o600
    assert stat.S_IMODE((side.home / "run").stat().st_mode) == 0o700
    party.leave()


def test_the_last_to_leave_stops_it(side: Side) -> None:
    first, second = side.join(), side.join()
    dsn = first.dsn()
    assert second.dsn() == dsn
    first.leave()
    assert ask(dsn, "SELECT 1") == 1
    second.leave()
    assert not side.note().exists()


def test_several_may_start_at_the_same_instant(fresh: Side) -> None:
    parties = [fresh.join() for _ in range(4)]
    assert len({party.dsn() for party in parties}) == 1
    pid = fresh.pid()
    for party in parties[1:]:
        party.leave()
    assert fresh.pid() == pid
    parties[0].leave()
    assert not fresh.note().exists()


def test_kill_9_of_one_leaves_the_other_served(side: Side) -> None:
    first, second = side.join(), side.join()
    dsn = first.dsn()
    assert second.dsn() == dsn
    first.kill()
    assert ask(dsn, "SELECT 1") == 1
    second.leave()
    assert not side.note().exists()


def test_kill_9_of_all_leaves_a_server_that_the_next_adopts(side: Side) -> None:
    first, second = side.join(), side.join()
    assert first.dsn() == second.dsn()
    pid = side.pid()
    first.kill()
    second.kill()
    third = side.join()
    assert ask(third.dsn(), "SELECT 1") == 1
    assert side.pid() == pid
    third.leave()
    assert not side.note().exists()


def test_kill_9_of_the_server_too_is_recovered_from(side: Side) -> None:
    first = side.join()
    dsn = first.dsn()
    do(dsn, "CREATE TABLE kept_by_log AS SELECT 7 AS number")
    first.kill()
    os.kill(side.pid(), signal.SIGKILL)
    second = side.join()
    assert ask(second.dsn(), "SELECT number FROM kept_by_log") == 7
    second.leave()


def test_a_stale_note_whose_number_is_anothers_by_now(side: Side) -> None:
    first = side.join()
    first.dsn()
    note = side.note().read_text()
    first.leave()
    other_place = side.data_dir.with_name("other")
    other = side.join(other_place)
    other_dsn = other.dsn()
    another = (other_place / "postgres/data/postmaster.pid").read_text().split()[0]
    owner = (side.home / "data").stat()
    side.note().write_text("\n".join([another, *note.splitlines()[1:], ""]))
    os.chown(side.note(), owner.st_uid, owner.st_gid)
    second = side.join()
    assert ask(second.dsn(), "SELECT 1") == 1
    assert str(side.pid()) != another
    second.leave()
    assert ask(other_dsn, "SELECT 1") == 1
    other.leave()


def test_a_server_of_an_earlier_release_is_adopted_and_stopped(side: Side) -> None:
    first = side.join()
    dsn = first.dsn()
    for copy in (side.home / "programs").glob("*"):
        copy.rename(copy.with_name("18.0.0"))
    second = side.join()
    assert second.dsn() == dsn
    assert ask(dsn, "SELECT 1") == 1
    first.leave()
    second.leave()
    assert not side.note().exists()
    side.join().leave_after_joining()
    assert not (side.home / "programs" / "18.0.0").exists()


def test_half_of_an_initdb_is_made_anew(fresh: Side) -> None:
    half = fresh.put("data.new/PG_VERSION", "18\n").parent
    party = fresh.join()
    assert ask(party.dsn(), "SELECT 1") == 1
    assert not half.exists()
    party.leave()


def test_another_major_version_is_refused_with_instructions(fresh: Side) -> None:
    data = fresh.put("data/PG_VERSION", "17\n").parent
    said = fresh.join().refusal()
    assert "database_other_major" in said
    assert "PostgreSQL 17" in said
    assert "pg_dump" in said
    assert [path.name for path in data.iterdir()] == ["PG_VERSION"]


def test_ctrl_c_does_not_reach_the_server(side: Side) -> None:
    first, second = side.join(), side.join()
    dsn = first.dsn()
    assert second.dsn() == dsn
    os.killpg(first.process.pid, signal.SIGINT)
    first.process.wait(DEADLINE)
    assert ask(dsn, "SELECT 1") == 1
    second.leave()


def test_a_swept_away_socket_is_put_back(side: Side) -> None:
    first = side.join()
    dsn = first.dsn()
    (side.home / "run" / ".s.PGSQL.5432").unlink()
    second = side.join()
    assert second.dsn() == dsn
    assert ask(dsn, "SELECT 1") == 1
    first.leave()
    second.leave()


def test_a_long_path_gets_a_short_socket_directory(long: Side) -> None:
    first, second = long.join(), long.join()
    dsn = first.dsn()
    assert second.dsn() == dsn
    assert ask(dsn, "SELECT 1") == 1
    place = Path((long.home / "socket-directory").read_text())
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert place.stat().st_uid == (long.home / "data").stat().st_uid
    first.leave()
    second.leave()
    assert not place.exists()


def test_somebody_elses_short_directory_is_not_used(long: Side) -> None:
    with tempfile.TemporaryDirectory() as trap:
        Path(trap).chmod(0o777)
        note = long.put("socket-directory", trap)
        party = long.join()
        assert ask(party.dsn(), "SELECT 1") == 1
        assert note.read_text() != trap
        party.leave()


def test_no_directory_that_is_not_ours_is_changed(fresh: Side) -> None:
    def look() -> dict[Path, tuple[int, int, int]]:
        found = {place: place.stat() for place in (*fresh.data_dir.parents, Path("/var/lib"))}
        return {place: (at.st_mode, at.st_uid, at.st_gid) for place, at in found.items()}

    before = look()
    fresh.join().leave_after_joining()
    assert look() == before
    runs_as_another = fresh.home.stat().st_uid != (fresh.home / "data").stat().st_uid
    assert stat.S_IMODE(fresh.home.stat().st_mode) == (0o711 if runs_as_another else 0o700)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's PostgreSQL runs as another user")
def test_a_closed_parent_is_refused_and_left_closed() -> None:
    with own_ground() as ground:
        closed = ground.place / "closed"
        closed.mkdir(0o700)
        said = ground.side("closed/data").join().refusal()
        assert "data_dir_closed" in said
        assert str(closed) in said
        assert "POSTCLOCK_DATA_DIR" in said
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_a_data_directory_that_cannot_be_made_is_refused(fresh: Side) -> None:
    said = fresh.join(Path("/proc/postclock")).refusal()
    assert "data_dir_unusable" in said
    assert "POSTCLOCK_DATA_DIR" in said
