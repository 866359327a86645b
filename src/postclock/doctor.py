"""``postclock doctor``: looks at everything an installation needs, and says what to do."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from postclock.clock import HostClock
from postclock.config import Settings
from postclock.crypto import WrongKey
from postclock.db.embedded import EmbeddedPostgres
from postclock.db.engine import sync_engine
from postclock.db.schema import require_current
from postclock.errors import PostclockError
from postclock.installation import KEY_FILE, key_ring
from postclock.publishing.alarms import HOUSE_UNKEPT
from postclock.services.people.zones import rules_version

MAX_OFFSET = 1.0
HOUSEKEEPING = """
SELECT to_timestamp(max(defer_timestamp)) FROM procrastinate.procrastinate_periodic_defers
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, whether it is well, and what to know or do."""

    what: str
    ok: bool
    words: str


def examine(settings: Settings) -> list[Finding]:
    """Every finding, the database's first."""
    return [*_database(settings), _zones(), _port(settings), _keys(settings), _cron(settings)]


def _database(settings: Settings) -> Iterator[Finding]:
    if settings.database_url is not None:
        yield from _schema_and_clock(settings.database_url)
        return
    try:
        with EmbeddedPostgres(settings.data_dir) as dsn:
            yield from _schema_and_clock(dsn)
    except PostclockError as error:
        yield Finding("database", False, error.detail)


def _schema_and_clock(dsn: str) -> Iterator[Finding]:
    try:
        with sync_engine(dsn) as engine, engine.connect() as connection:
            version = connection.scalar(sa.text("SHOW server_version"))
            clock = HostClock()
            before = clock.now()
            told = connection.scalar(sa.text("SELECT clock_timestamp()"))
            middle = before + (clock.now() - before) / 2
            assert isinstance(told, datetime)
    except sa.exc.OperationalError as error:
        advice = "Is PostgreSQL running, and is DATABASE_URL right?"
        yield Finding("database", False, f"{str(error.orig).strip()} {advice}")
        return
    yield Finding("database", True, f"PostgreSQL {version} answers.")
    try:
        require_current(dsn)
        yield Finding("schema", True, "up to date.")
        yield _housekeeping(dsn, told)
    except PostclockError as error:
        yield Finding("schema", False, error.detail)
    yield _clock((told.astimezone(UTC) - middle).total_seconds())


def _housekeeping(dsn: str, now: datetime) -> Finding:
    with sync_engine(dsn) as engine, engine.connect() as connection:
        begun = connection.scalar(sa.text(HOUSEKEEPING))
    if begun is None:
        return Finding("housekeeping", True, "not begun yet; `postclock serve` does it.")
    words = f"last begun for {begun.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if now - begun > HOUSE_UNKEPT:
        advice = "`postclock serve` does it, and its log says why it does not"
        return Finding("housekeeping", False, f"{words}: {advice}.")
    return Finding("housekeeping", True, f"{words}.")


def _clock(offset: float) -> Finding:
    words = f"this machine is {abs(offset) * 1000:.1f} ms {'behind' if offset > 0 else 'ahead of'}"
    ok = abs(offset) <= MAX_OFFSET
    advice = "." if ok else ": let chrony or systemd-timesyncd set both machines' clocks."
    return Finding("clock", ok, f"{words} the database{advice}")


def _zones() -> Finding:
    version = rules_version()
    if version == "unknown":
        words = "the rules in force do not say their version; is PYTHONTZPATH right?"
        return Finding("time zones", False, words)
    return Finding("time zones", True, f"clocks go by the rules of {version}.")


def _port(settings: Settings) -> Finding:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            words = (
                f"{settings.host}:{settings.port} is not free ({error.strerror}). "
                "Fine if Postclock runs there; else set POSTCLOCK_PORT."
            )
            return Finding("port", _is_postclock(settings), words)
    return Finding("port", True, f"{settings.host}:{settings.port} is free.")


def _is_postclock(settings: Settings) -> bool:
    host = settings.base_url.removeprefix("http://").rpartition(":")[0].strip("[]")
    try:
        with socket.create_connection((host, settings.port), timeout=2) as probe:
            probe.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            return b'"ok"' in probe.recv(4096) + probe.recv(4096)
    except OSError:
        return False


def _keys(settings: Settings) -> Finding:
    try:
        ring = key_ring(settings)
    except (WrongKey, OSError) as error:
        return Finding("keys", False, str(error))
    if settings.secret_keys is not None:
        return Finding("keys", True, f"{len(ring.keys)} from POSTCLOCK_SECRET_KEYS.")
    path = settings.data_dir / KEY_FILE
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        return Finding("keys", False, f"others can read {path}: run `chmod 600 {path}`.")
    return Finding("keys", True, f"in {path}; back it up, without it no account can be used.")


def _cron(settings: Settings) -> Finding:
    if settings.cron_secret is not None:
        return Finding("cron", True, "CRON_SECRET is set; the cron endpoint answers.")
    if settings.scheduler == "cron":
        words = (
            "POSTCLOCK_SCHEDULER is cron, but without CRON_SECRET every call is refused: set it."
        )
        return Finding("cron", False, words)
    return Finding("cron", True, "no CRON_SECRET: the cron endpoint is off.")
