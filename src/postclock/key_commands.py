"""``postclock keys``."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import typer

from postclock.clock import HostClock
from postclock.complaints import plain_errors
from postclock.config import load_settings
from postclock.db.session import open_database
from postclock.installation import Installation, opened
from postclock.log import set_up_logging
from postclock.services.accounts.rotation import Rotated, rotate

keys = typer.Typer(no_args_is_help=True, help="The keys that seal accounts' tokens.")


@keys.callback()
def _keys() -> None:
    """The keys that seal accounts' tokens."""


@keys.command("rotate")
def rotate_keys() -> None:
    """Seal everything anew under the first key of POSTCLOCK_SECRET_KEYS; safe to repeat.

    Example: `POSTCLOCK_SECRET_KEYS="k2:…,k1:…" postclock keys rotate`
    """

    async def work(here: Installation) -> Mapping[str, Rotated]:
        database = open_database(here.dsn, "postclock-cli", HostClock())
        done = await rotate(database, here.ring)
        await database.close()
        return done

    set_up_logging()
    with plain_errors(), opened(load_settings(), migrates=False) as here:
        newest = next(iter(here.ring.keys))
        done = asyncio.run(work(here))
    print(f"Sealed anew under “{newest}”: {told(done)}.")
    if lost := sum(one.unreadable for one in done.values()):
        print(f"{lost} cannot be opened by any key given: put the key that sealed them behind.")
        raise typer.Exit(1)


def told(done: Mapping[str, Rotated]) -> str:
    """How many of each."""
    names = {"credentials": "logins", "app_keys": "app keys", "visits": "visits"}
    return ", ".join(f"{one.done} {names[table]}" for table, one in done.items())
