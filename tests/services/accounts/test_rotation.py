"""Sealed anew under the newest key: everything, whatever came before, as often as one likes."""

from __future__ import annotations

import pytest

from postclock.crypto import KeyRing, WrongKey
from postclock.db.session import Database
from postclock.ids import new_id
from postclock.services.accounts.apps import Apps
from postclock.services.accounts.rotation import BATCH, Rotated, rotate
from postclock.services.accounts.secrets import seal_in, unseal, unseal_in
from postclock.services.platforms.connecting import AppKeys
from tests.api.asking import Admin
from tests.fixtures.workspaces import RING, Team

NEWER = KeyRing({"newer": b"n" * 32, **RING.keys})
ONLY_NEWER = KeyRing({"newer": b"n" * 32})
COPY = """
INSERT INTO visits (id, workspace_id, user_id, platform, way, sandbox, state_hash, browser_hash,
                    key_id, sealed, created_at, expires_at)
VALUES (%s, %s, %s, 'a', 'a', true, %s, '', %s, %s, now(), now() + interval '1 hour')
"""


async def fill(database: Database, admin: Admin, team: Team) -> int:
    """App keys and more visits than fit into a batch; how many visits."""
    async with database.as_system() as tx:
        app = AppKeys("id", "app-secret")
        await Apps({}, RING).keep(tx, team.who.workspace_id, "some", None, app)
    for i in range(BATCH + 5):
        row = new_id()
        key_id, sealed = seal_in(RING, "visits", row, {"i": i})
        who = team.who
        admin.execute(COPY, [row, who.workspace_id, who.user_id, str(i).encode(), key_id, sealed])
    return BATCH + 5


async def test_everything_is_sealed_anew_and_once(
    database: Database, admin: Admin, team: Team
) -> None:
    visits = await fill(database, admin, team)
    accounts = len(team.accounts)
    assert await rotate(database, NEWER) == {
        "credentials": Rotated(accounts, 0), "app_keys": Rotated(1, 0),
        "visits": Rotated(visits, 0),
    }  # fmt: skip
    assert set((await rotate(database, NEWER)).values()) == {Rotated(0, 0)}
    for row in admin.execute("SELECT account_id, key_id, secrets FROM credentials").fetchall():
        assert unseal(ONLY_NEWER, row["account_id"], row["key_id"], row["secrets"])
    [keys] = admin.execute("SELECT id, key_id, secret FROM app_keys").fetchall()
    opened = unseal_in(ONLY_NEWER, "app_keys", keys["id"], keys["key_id"], keys["secret"])
    assert opened == "app-secret"


async def test_what_no_key_opens_stays_and_is_counted(
    database: Database, admin: Admin, team: Team
) -> None:
    before = admin.execute("SELECT * FROM credentials ORDER BY account_id").fetchall()
    done = await rotate(database, ONLY_NEWER)
    assert done["credentials"] == Rotated(0, len(team.accounts))
    assert admin.execute("SELECT * FROM credentials ORDER BY account_id").fetchall() == before


async def test_a_value_moved_to_another_row_is_not_opened(
    database: Database, admin: Admin, team: Team
) -> None:
    admin.execute(
        "UPDATE credentials SET secrets = (SELECT secrets FROM credentials ORDER BY account_id"
        " LIMIT 1)"
    )
    done = await rotate(database, NEWER)
    assert done["credentials"] == Rotated(1, len(team.accounts) - 1)
    rows = admin.execute("SELECT account_id, key_id, secrets FROM credentials").fetchall()
    unopened = 0
    for row in rows:
        try:
            unseal(NEWER, row["account_id"], row["key_id"], row["secrets"])
        except WrongKey:
            unopened += 1
    assert unopened == len(rows) - 1


def test_a_ring_tells_no_key() -> None:
    assert repr(NEWER) == "KeyRing(newer, test)"
    with pytest.raises(WrongKey, match="has no key"):
        ONLY_NEWER.decrypt("test", b"x" * 40, "a")
