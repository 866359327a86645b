"""Connecting accounts, for the first time and again."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from postclock.audit import queries as audit
from postclock.audit.model import Event, Kind
from postclock.crypto import KeyRing
from postclock.db.session import Tx
from postclock.ids import new_id
from postclock.services.accounts import queries
from postclock.services.accounts.model import Account, Credential, NewAccount
from postclock.services.accounts.secrets import seal


async def connect(
    tx: Tx, ring: KeyRing, workspace_id: UUID, new: Iterable[NewAccount], actor: UUID | None = None
) -> list[Account]:
    """Connect accounts to a workspace, their secrets sealed; runs in a system transaction.

    A profile that the workspace has already keeps its account, with its posts: it is connected
    again.
    """
    await queries.connect_one_at_a_time(tx, workspace_id)
    accounts, events = [], []
    for one in new:
        account = await queries.lock_profile(
            tx, workspace_id, one.platform, one.server, one.remote_id, sandbox=one.sandbox
        )
        kind, verb = Kind.ACCOUNT_RECONNECTED, "Connected again:"
        if account is None:
            kind, verb = Kind.ACCOUNT_CONNECTED, "Connected"
            account = _blank(tx, workspace_id, one)
        _write(tx, account, one)
        await tx.session.flush()
        await _keep_secrets(tx, ring, account, one)
        accounts.append(account)
        details = {"account_id": account.id, "platform": account.platform}
        message = f"{verb} @{account.handle}"
        events.append(Event(workspace_id, kind, message, None, actor, details))
    await tx.session.flush()
    await audit.append(tx, *events)
    return accounts


def _blank(tx: Tx, workspace_id: UUID, new: NewAccount) -> Account:
    account = Account(
        id=new_id(), workspace_id=workspace_id, platform=new.platform, remote_id=new.remote_id,
        server=new.server, sandbox=new.sandbox, created_at=tx.now,
    )  # fmt: skip
    tx.session.add(account)
    return account


def _write(tx: Tx, account: Account, new: NewAccount) -> None:
    account.handle, account.name, account.kind = new.handle, new.name, new.kind
    account.avatar_url, account.way, account.scopes = new.avatar_url, new.way, list(new.scopes)
    account.status, account.problem, account.warned_at = "connected", None, None
    account.renew_at, account.login_ends_at = new.lasting.renew_at, new.lasting.ends_at
    account.connected_at = account.updated_at = tx.now


async def _keep_secrets(tx: Tx, ring: KeyRing, account: Account, new: NewAccount) -> None:
    key_id, sealed = seal(ring, account.id, new.secrets)
    stored = await queries.get_credential(tx, account.id)
    if stored is None:
        stored = Credential(account_id=account.id, workspace_id=account.workspace_id)
        tx.session.add(stored)
    stored.key_id, stored.secrets, stored.updated_at = key_id, sealed, tx.now
    # Who renews the old login at this moment must not put it in place of this one.
    stored.renewing_until = stored.renewing_by = None
