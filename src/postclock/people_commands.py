"""``postclock user`` and ``postclock token``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from postclock.clock import HostClock
from postclock.complaints import plain_errors
from postclock.config import load_settings
from postclock.db.session import Tx, open_database
from postclock.errors import NotFound
from postclock.installation import Installation, opened
from postclock.log import set_up_logging
from postclock.services.accounts.service import connect
from postclock.services.people import queries, service

users = typer.Typer(no_args_is_help=True, help="People.")
tokens = typer.Typer(no_args_is_help=True, help="API tokens.")

Email = Annotated[str, typer.Option(help="Whose.")]
Password = Annotated[
    str,
    typer.Option(
        prompt=True, hide_input=True, confirmation_prompt=True, envvar="POSTCLOCK_PASSWORD",
        help="At least 10 characters; asked for when left out.",
    ),
]  # fmt: skip


def _in_transaction(work: Callable[[Installation, Tx], Awaitable[str]]) -> None:
    """Print what ``work`` answers, once it is committed."""

    async def transact(here: Installation) -> str:
        database = open_database(here.dsn, "postclock-cli", HostClock())
        async with database.as_system() as tx:
            said = await work(here, tx)
        await database.close()
        return said

    set_up_logging()
    with plain_errors(), opened(load_settings(), migrates=False) as here:
        print(asyncio.run(transact(here)))


async def _begin(here: Installation, tx: Tx, new: service.NewOwner) -> None:
    """A person who owns a workspace of their own, with its sandbox accounts."""
    from postclock.app import sandbox_accounts

    who = await service.create_owner(tx, new)
    await connect(tx, here.ring, who.workspace_id, sandbox_accounts(who.workspace_id))


@users.callback()
def _users() -> None:
    """People."""


@users.command("create")
def create_user(
    email: Email,
    password: Password,
    name: Annotated[str, typer.Option(help="What they are called.")] = "",
    time_zone: Annotated[str, typer.Option(help="Of their workspace.")] = "UTC",
) -> None:
    """Make a person with a workspace of their own.

    Example: `postclock user create --email ada@example.org --name Ada`
    """

    async def work(here: Installation, tx: Tx) -> str:
        if await queries.user_by_email(tx, email):
            raise service.email_taken(email)
        said = name or email.partition("@")[0]
        await _begin(here, tx, service.NewOwner(email, said, password, time_zone=time_zone))
        return f"{email} can sign in now."

    _in_transaction(work)


@users.command("password")
def set_password(email: Email, password: Password) -> None:
    """Give a person a new password, and sign them out everywhere.

    Example: `postclock user password --email ada@example.org`
    """

    async def work(_here: Installation, tx: Tx) -> str:
        await service.set_password(tx, email, password)
        return f"{email} can sign in with the new password."

    _in_transaction(work)


@tokens.callback()
def _tokens() -> None:
    """API tokens."""


@tokens.command("create")
def create_token(
    email: Email,
    name: Annotated[str, typer.Option(help="What it is for.")] = "command line",
) -> None:
    """Print a new API token; on an empty installation its person becomes the first owner.

    Example: `TOKEN=$(postclock token create --email ada@example.org)`
    """

    async def work(here: Installation, tx: Tx) -> str:
        await queries.lock_first_owner(tx)
        if await service.owner_needed(tx):
            said = email.partition("@")[0]
            await _begin(here, tx, service.NewOwner(email, said, None))
        user = await queries.user_by_email(tx, email)
        if user is None:
            raise NotFound("not_found", f"Nobody here has the address {email}.")
        return await service.create_token(tx, user.id, name)

    _in_transaction(work)
