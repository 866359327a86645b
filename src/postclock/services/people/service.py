"""The first owner, signing in and out, tokens, and the workspace's settings."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from uuid import UUID

from pwdlib import PasswordHash

from postclock.crypto import new_token, same_secret, token_hash
from postclock.db.session import Tx
from postclock.errors import Conflict, Forbidden, Invalid, NotFound, NotSignedIn, Problem
from postclock.ids import new_id
from postclock.services.people import queries
from postclock.services.people.model import ApiToken, Membership, Session, User, Who, Workspace
from postclock.services.people.zones import zone_problems

SESSION_LIFE = timedelta(days=30)
PASSWORD_MIN = 10
SETUP_KEY = "setup_link"
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@dataclass(frozen=True, slots=True)
class NewOwner:
    """The person who begins an installation, and the workspace they begin with."""

    email: str
    name: str
    password: str | None
    workspace_name: str = ""
    time_zone: str = "UTC"


async def make_setup_link(tx: Tx, public_url: str) -> str | None:
    """A new one-time link for the first owner, or None when there is one already.

    The link made before it no longer works.
    """
    if await queries.anybody(tx):
        return None
    token = new_token()
    await queries.put_state(tx, SETUP_KEY, {"sha256": token_hash(token).hex()})
    return f"{public_url}/welcome/?token={token}"


async def owner_needed(tx: Tx) -> bool:
    """Whether nobody has begun yet."""
    return not await queries.anybody(tx)


async def check_setup_token(tx: Tx, token: str) -> None:
    """Raise unless ``token`` is the printed link's and nobody used it."""
    await queries.lock_first_owner(tx)
    if await queries.anybody(tx):
        raise Conflict("owner_exists", "This installation has its first owner: sign in instead.")
    state = await queries.get_state(tx, SETUP_KEY)
    if not state or not same_secret(state["sha256"], token_hash(token).hex()):
        raise Forbidden(
            "setup_link_wrong",
            "This link is not the one that was printed last. Start Postclock again and open the "
            "link it prints.",
        )


async def create_owner(tx: Tx, new: NewOwner) -> Who:
    """Make a person and a workspace they own; raises Invalid with all problems."""
    problems = _problems(new)
    if problems:
        raise Invalid("invalid", "The account could not be made.", problems=problems)
    hashed = await asyncio.to_thread(_hasher().hash, new.password or new_token())
    user = User(
        id=new_id(), email=new.email.strip(), name=new.name.strip(), created_at=tx.now,
        password_hash=hashed,
    )  # fmt: skip
    name = new.workspace_name.strip() or f"{user.name}’s workspace"
    workspace = Workspace(
        id=new_id(), name=name, time_zone=new.time_zone, after_publishing="keep", created_at=tx.now
    )
    tx.session.add_all([user, workspace])
    await tx.session.flush()
    tx.session.add(
        Membership(workspace_id=workspace.id, user_id=user.id, role="owner", created_at=tx.now)
    )
    await tx.session.flush()
    return Who(user.id, workspace.id, "owner")


async def want_mail(tx: Tx, who: Who, *, wanted: bool) -> User:
    """Whether the person is mailed what needs them."""
    user = await queries.get_user(tx, who.user_id)
    user.mail_notices = wanted
    await tx.session.flush()
    return user


def _password_problems(password: str) -> list[Problem]:
    if len(password) >= PASSWORD_MIN:
        return []
    return [Problem("password_short", f"Use at least {PASSWORD_MIN} characters.", "password")]


def email_taken(email: str) -> Conflict:
    """Somebody has this address already."""
    return Conflict("email_taken", f"Somebody has the address {email} already.")


def _problems(new: NewOwner) -> list[Problem]:
    problems = []
    if not EMAIL.fullmatch(new.email.strip()):
        problems.append(Problem("email_invalid", "This is not an e-mail address.", "email"))
    if not new.name.strip():
        problems.append(Problem("name_missing", "Tell us your name.", "name"))
    if new.password is not None:
        problems += _password_problems(new.password)
    problems += zone_problems(new.time_zone)
    return problems


async def set_password(tx: Tx, email: str, password: str) -> None:
    """Give a person a new password and end their sessions; raises NotFound or Invalid."""
    if problems := _password_problems(password):
        raise Invalid("invalid", "The password was not changed.", problems=problems)
    user = await queries.user_by_email(tx, email)
    if user is None:
        raise NotFound("not_found", f"Nobody here has the address {email}.")
    user.password_hash = await asyncio.to_thread(_hasher().hash, password)
    await queries.delete_sessions_of(tx, user.id)


async def sign_in(tx: Tx, email: str, password: str) -> tuple[Who, str]:
    """The person, and a new session's token; raises NotSignedIn, telling no more than needed."""
    user = await queries.user_by_email(tx, email)
    # The same work for an address nobody has, so that its absence cannot be timed.
    known = user.password_hash if user else _nobody()
    right = await asyncio.to_thread(_hasher().verify, password, known)
    if not right or user is None:
        raise NotSignedIn("wrong_credentials", "E-mail address or password is wrong.")
    membership = await queries.first_membership(tx, user.id)
    if membership is None:
        raise Forbidden("no_workspace", "You belong to no workspace any more.")
    who = Who(user.id, membership.workspace_id, membership.role)
    return who, await open_session(tx, who)


@cache
def _nobody() -> str:
    return _hasher().hash(new_token())


async def open_session(tx: Tx, who: Who) -> str:
    """A new session; its token, of which only a hash is kept."""
    token = new_token()
    tx.session.add(
        Session(
            token_hash=token_hash(token), user_id=who.user_id, workspace_id=who.workspace_id,
            created_at=tx.now, expires_at=tx.now + SESSION_LIFE,
        )
    )  # fmt: skip
    await tx.session.flush()
    return token


async def sign_out(tx: Tx, token: str) -> None:
    """End the session of ``token``, if there is one."""
    await queries.delete_session(tx, token_hash(token))


async def who_is(tx: Tx, *, session: str | None, bearer: str | None) -> Who | None:
    """The person behind a bearer token or, without one, behind a session's cookie."""
    if bearer is not None:
        return await queries.who_has_api_token(tx, token_hash(bearer))
    if session is not None:
        return await queries.who_has_session(tx, token_hash(session), tx.now)
    return None


async def create_token(tx: Tx, user_id: UUID, name: str) -> str:
    """A new API token of the person for their first workspace; only its hash is kept."""
    membership = await queries.first_membership(tx, user_id)
    if membership is None:
        raise Forbidden("no_workspace", "This person belongs to no workspace.")
    token = f"pc_{new_token()}"
    tx.session.add(
        ApiToken(
            id=new_id(), workspace_id=membership.workspace_id, user_id=user_id, name=name,
            token_hash=token_hash(token), created_at=tx.now,
        )
    )  # fmt: skip
    await tx.session.flush()
    return token


@dataclass(frozen=True, slots=True)
class WorkspaceChange:
    """Which settings of a workspace to change; None leaves one as it is."""

    name: str | None = None
    time_zone: str | None = None
    after_publishing: str | None = None
    after_failure: str | None = None
    late_policy: str | None = None


async def update_workspace(tx: Tx, who: Who, change: WorkspaceChange) -> Workspace:
    """Change the settings that are given; raises Invalid with all problems."""
    name, time_zone = change.name, change.time_zone
    problems = zone_problems(time_zone) if time_zone is not None else []
    if name is not None and not name.strip():
        problems.append(Problem("name_missing", "A workspace needs a name.", "name"))
    if problems:
        raise Invalid("invalid", "The settings were not saved.", problems=problems)
    workspace = await queries.get_workspace(tx, who.workspace_id)
    workspace.name = name.strip() if name is not None else workspace.name
    workspace.time_zone = time_zone or workspace.time_zone
    workspace.after_publishing = change.after_publishing or workspace.after_publishing
    workspace.after_failure = change.after_failure or workspace.after_failure
    workspace.late_policy = change.late_policy or workspace.late_policy
    await tx.session.flush()
    return workspace
