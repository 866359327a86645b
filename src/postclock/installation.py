"""What every command needs of an installation: its settings, its database, its keys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from postclock.config import Settings
from postclock.crypto import KeyRing, keys_from_file, parse_keys
from postclock.db.directories import make_data_dir
from postclock.db.embedded import EmbeddedPostgres
from postclock.db.schema import HEAD, require_current, revision
from postclock.errors import Unavailable
from postclock.services.platforms.quotas import windows
from postclock.services.platforms.registry import app_keys, tuning

KEY_FILE = "secret.key"


@dataclass(frozen=True, slots=True)
class Installation:
    """An opened installation."""

    settings: Settings
    dsn: str
    direct: str
    """The same database with nothing in between, for all but requests."""
    ring: KeyRing


@contextmanager
def opened(settings: Settings, *, migrates: bool) -> Iterator[Installation]:
    """The installation, its database reachable and at this version's schema.

    The database that Postclock brings is brought up to date by whoever comes first; another one
    only when ``migrates``. Raises Unavailable, Invalid or WrongKey with a sentence.
    """
    tuning(settings.platform_settings)
    app_keys(settings.apps)
    windows(settings.quotas)  # a wrong setting is told before anything is opened
    if settings.database_url is None:
        with EmbeddedPostgres(settings.data_dir) as dsn:
            if revision(dsn) != HEAD:
                _migrate(dsn)
            yield Installation(settings, dsn, dsn, key_ring(settings))
        return
    direct = settings.database_direct_url or settings.database_url
    if migrates:
        _migrate(direct)
    require_current(direct)
    yield Installation(settings, settings.database_url, direct, key_ring(settings))


def _migrate(dsn: str) -> None:
    # Its libraries are read in only by who migrates: a node is there sooner without them.
    from postclock.db.migrate import migrate

    migrate(dsn)


def key_ring(settings: Settings) -> KeyRing:
    """The keys given by POSTCLOCK_SECRET_KEYS, else those kept in the data directory."""
    if settings.secret_keys is not None:
        return parse_keys(settings.secret_keys)
    try:
        return keys_from_file(make_data_dir(settings.data_dir) / KEY_FILE)
    except OSError as error:
        raise Unavailable(
            "data_dir_unusable",
            f"{error.filename or settings.data_dir}: {error.strerror}. "
            "Set POSTCLOCK_DATA_DIR to a directory of your own.",
        ) from None
