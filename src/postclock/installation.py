"""What every command needs of an installation: its settings, its database, its keys."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from postclock.config import Settings
from postclock.crypto import KeyRing, keys_from_file, parse_keys
from postclock.db.embedded import EmbeddedPostgres
from postclock.db.migrate import migrate, require_current

KEY_FILE = "secret.key"


@dataclass(frozen=True, slots=True)
class Installation:
    """An opened installation."""

    settings: Settings
    dsn: str
    ring: KeyRing


@contextmanager
def opened(settings: Settings, *, migrates: bool) -> Iterator[Installation]:
    """The installation, its database reachable and at this version's schema.

    The database that Postclock brings is brought up to date by whoever comes first; another one
    only when ``migrates``. Raises Unavailable or WrongKey with a sentence.
    """
    if settings.database_url is None:
        with EmbeddedPostgres(settings.data_dir) as dsn:
            migrate(dsn)
            yield Installation(settings, dsn, key_ring(settings))
        return
    if migrates:
        migrate(settings.database_url)
    require_current(settings.database_url)
    yield Installation(settings, settings.database_url, key_ring(settings))


def key_ring(settings: Settings) -> KeyRing:
    """The keys given by POSTCLOCK_SECRET_KEYS, else those kept in the data directory."""
    if settings.secret_keys is not None:
        return parse_keys(settings.secret_keys)
    make_private(settings.data_dir)
    return keys_from_file(settings.data_dir / KEY_FILE)


def make_private(directory: Path) -> None:
    """Make ``directory`` if it is missing; one that is there already keeps its mode."""
    if not directory.exists():
        directory.mkdir(parents=True, exist_ok=True)
        os.chmod(directory, 0o711)
