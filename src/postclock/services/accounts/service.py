"""Connecting accounts."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from postclock.audit import queries as audit
from postclock.audit.model import Event, Kind
from postclock.crypto import KeyRing
from postclock.db.session import Tx
from postclock.ids import new_id
from postclock.services.accounts.model import Account, Credential, NewAccount
from postclock.services.accounts.secrets import seal


async def connect(
    tx: Tx, ring: KeyRing, workspace_id: UUID, new: Iterable[NewAccount]
) -> list[Account]:
    """Connect accounts to a workspace, their secrets sealed; runs in a system transaction."""
    accounts = []
    for one in new:
        account = Account(
            id=new_id(), workspace_id=workspace_id, platform=one.platform,
            remote_id=one.remote_id, handle=one.handle, server=one.server, sandbox=one.sandbox,
            status="connected", created_at=tx.now, updated_at=tx.now,
        )  # fmt: skip
        tx.session.add(account)
        await tx.session.flush()
        key_id, sealed = seal(ring, account.id, one.secrets)
        tx.session.add(
            Credential(
                account_id=account.id, workspace_id=workspace_id, key_id=key_id, secrets=sealed,
                updated_at=tx.now,
            )
        )  # fmt: skip
        accounts.append(account)
    await tx.session.flush()
    await audit.append(tx, *(_connected(account) for account in accounts))
    return accounts


def _connected(account: Account) -> Event:
    return Event(
        account.workspace_id, Kind.ACCOUNT_CONNECTED, f"Connected @{account.handle}",
        details={"account_id": account.id, "platform": account.platform},
    )  # fmt: skip
