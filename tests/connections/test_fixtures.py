"""The line and the server that the tests beside this one break do break."""

from __future__ import annotations

import time

import psycopg
import pytest

from tests.fixtures.postgres import OwnPostgres
from tests.fixtures.proxy import Proxy, proxy_to


def connect(proxy: Proxy, dsn: str) -> psycopg.Connection:
    return psycopg.connect(proxy.address(dsn), autocommit=True, connect_timeout=2)


def answers(connection: psycopg.Connection) -> bool:
    return connection.execute("SELECT 1").fetchone() == (1,)


def test_a_line_carries_is_reset_refused_and_admitted(dsn: str) -> None:
    with proxy_to(dsn) as proxy:
        with connect(proxy, dsn) as first:
            assert answers(first)
            assert proxy.reset() == 1
            with pytest.raises(psycopg.OperationalError):
                answers(first)
        proxy.refuse()
        with pytest.raises(psycopg.OperationalError, match="refused"):
            connect(proxy, dsn)
        proxy.admit()
        with connect(proxy, dsn) as second:
            assert answers(second)
        assert proxy.carried == 2


def test_a_half_open_line_says_nothing_and_a_new_one_works(dsn: str) -> None:
    with proxy_to(dsn) as proxy:
        listening = connect(proxy, dsn)
        listening.execute("LISTEN a")
        assert proxy.half_open() == 1
        with connect(proxy, dsn) as other:
            other.execute("NOTIFY a")
            assert list(listening.notifies(timeout=0.2)) == []
        assert not listening.closed
        listening.close()


def test_a_slow_line_is_slow_in_both_directions(dsn: str) -> None:
    with proxy_to(dsn) as proxy, connect(proxy, dsn) as connection:
        proxy.delay = 0.1
        began = time.monotonic()
        assert answers(connection)
        assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_what_was_committed_survives_a_restart(postgres: OwnPostgres, mode: str) -> None:
    with psycopg.connect(postgres.dsn, autocommit=True) as before:
        before.execute("CREATE TABLE kept (a integer)")
        postgres.restart(mode)
        with pytest.raises(psycopg.OperationalError):
            answers(before)
    with psycopg.connect(postgres.dsn) as after:
        assert after.execute("SELECT count(*) FROM kept").fetchone() == (0,)
