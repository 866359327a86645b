"""What a person decides about a delivery whose outcome could not be found out.

It is there (the link is its receipt), it is not (send it again), or leave it. What the attempts and
looks showed stays on record; the activity log says who decided what. Deciding the same again
changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from uuid import UUID

from postclock.audit.model import Kind
from postclock.db.session import Tx
from postclock.errors import Conflict, Invalid, NotFound, Problem
from postclock.services.accounts.model import Account
from postclock.services.people.model import Who
from postclock.services.platforms.base import Owner
from postclock.services.platforms.quotas import Windows
from postclock.services.platforms.registry import CAPABILITIES
from postclock.services.posts import schedule, settle_queries
from postclock.services.posts.model import Delivery, Post
from postclock.services.posts.quota_queries import WAITING
from postclock.services.posts.reservations import Standing, reserve
from postclock.services.posts.schedule import Platforms


@dataclass(frozen=True, slots=True)
class Case:
    """A delivery a person decides about; its post is locked."""

    post: Post
    delivery: Delivery
    account: Account

    @property
    def name(self) -> str:
        return f"{CAPABILITIES[self.account.platform].label} @{self.account.handle}"


async def open_case(tx: Tx, post: Post, delivery_id: UUID) -> Case:
    """The delivery of ``post``; raises NotFound."""
    found = await settle_queries.get_delivery(tx, post.id, delivery_id)
    if found is None:
        raise NotFound("not_found", "This post has no such delivery.")
    return Case(post, *found)


async def confirm(
    tx: Tx, who: Who, platforms: Platforms, case: Case, link: str, sandbox_page: str
) -> None:
    """It is there, at ``link``; raises Invalid when that is no post of this account, Conflict when
    another delivery holds it or the outcome is no longer open."""
    remote_id = _remote_id(platforms, case.account, link.strip(), sandbox_page)
    if remote_id is None:
        message = f"This is not the address of a post of {case.name}."
        raise Invalid(
            "link_not_a_post", message, problems=[Problem("link_not_a_post", message, "permalink")]
        )
    if case.delivery.state == "published" and case.delivery.remote_id == remote_id:
        return
    _require_unconfirmed(case)
    await settle_queries.confirm(tx, case.delivery.id, remote_id, link.strip())
    await _tell(tx, who, case, Kind.DELIVERY_CONFIRMED, f"{case.name}: it is published, {link}")


async def send_again(
    tx: Tx, who: Who, platforms: Platforms, windows: Windows, case: Case, *, accept: bool
) -> Sequence[Standing]:
    """It is not there: send it again now; raises Invalid for what its platform would refuse, and
    for a quota without room unless ``accept``."""
    post = case.post
    # Sent again, it has a moment of its own; all that was only scheduled has its post's.
    if case.delivery.state in WAITING and case.delivery.due_at != post.scheduled_at:
        return ()
    _require_unconfirmed(case)
    await schedule.require_sendable(tx, platforms, post, [case.account])
    standings = await reserve(tx, windows, post, [case.account], tx.now, accept=accept)
    await settle_queries.rearm(tx, case.delivery.id, tx.now)
    message = f"{case.name}: it is not there, sent again"
    await _tell(tx, who, case, Kind.DELIVERY_SENT_AGAIN, message)
    return standings


async def leave(tx: Tx, who: Who, case: Case) -> None:
    """Leave it as it is; the other two can still be chosen."""
    _require_unconfirmed(case)
    if case.delivery.left_at is None:
        case.delivery.left_at = tx.now
        await _tell(tx, who, case, Kind.DELIVERY_LEFT, f"{case.name}: left unconfirmed")


def _require_unconfirmed(case: Case) -> None:
    if case.delivery.state != "unconfirmed":
        state = case.delivery.state.replace("_", " ")
        raise Conflict("not_unconfirmed", f"{case.name} is {state}: there is nothing to settle.")


def _remote_id(platforms: Platforms, account: Account, link: str, sandbox_page: str) -> str | None:
    """The id of the account's post that ``link`` shows. What is on a pretend platform is shown on
    the sandbox's page, by whatever name this server is reached."""
    if not account.sandbox:
        owner = Owner(account.remote_id, account.handle, account.server)
        return platforms[account.platform].remote_id_in(link, owner)
    try:
        parts = urlsplit(link)
    except ValueError:
        return None
    page = urlsplit(sandbox_page).path.rstrip("/")
    platform, _, remote_id = unquote(parts.fragment).partition("-")
    here = parts.scheme in ("http", "https") and parts.path.rstrip("/") == page
    return remote_id or None if here and platform == account.platform else None


async def _tell(tx: Tx, who: Who, case: Case, kind: Kind, message: str) -> None:
    details = {"delivery_id": case.delivery.id, "account_id": case.account.id}
    await schedule.tell(tx, who, case.post, kind, message, details)
