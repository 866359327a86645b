"""What a route is given: the parts of the program, who is asking, and an open transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from postclock.api.live import Changes
from postclock.config import Settings
from postclock.crypto import KeyRing
from postclock.db.session import Database, Tx
from postclock.errors import Forbidden, NotSignedIn
from postclock.http import Http
from postclock.publishing.cron import Cron
from postclock.publishing.taking_back import TakeBack
from postclock.scheduler.clocksync import SyncedClock
from postclock.services.accounts.apps import Apps
from postclock.services.accounts.model import NewAccount
from postclock.services.accounts.visits import Visits
from postclock.services.media.arriving import Arrivals
from postclock.services.media.links import Signer
from postclock.services.media.storage import MediaStore
from postclock.services.people.model import Who
from postclock.services.people.service import who_is
from postclock.services.platforms.base import Platform
from postclock.services.platforms.quotas import Windows

COOKIE = "postclock_session"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
bearer_scheme = HTTPBearer(auto_error=False, description="A token of `postclock token create`.")


@dataclass(frozen=True, slots=True)
class Parts:
    """The program's parts that routes need; made by the composition root."""

    settings: Settings
    database: Database
    clock: SyncedClock
    ring: KeyRing
    platforms: Mapping[str, Platform]
    quotas: Windows
    changes: Changes
    http: Http
    media: MediaStore
    signer: Signer
    arrivals: Arrivals
    sandbox_accounts: Callable[[UUID], list[NewAccount]]
    cron: Cron
    apps: Apps
    visits: Visits
    take_back: TakeBack


def parts_of(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


PartsOf = Annotated[Parts, Depends(parts_of)]


async def system_tx(parts: PartsOf) -> AsyncIterator[Tx]:
    """A transaction that sees everything: only for routes where nobody is signed in yet."""
    async with parts.database.as_system() as tx:
        yield tx


async def signed_in(
    request: Request, parts: PartsOf, _shown: Annotated[object, Depends(bearer_scheme)]
) -> Who:
    """Who is asking, by bearer token or by cookie; raises NotSignedIn."""
    bearer = _bearer(request)
    session = request.cookies.get(COOKIE)
    if bearer is None and session is not None:
        require_same_origin(request, parts.settings)
    if bearer is None and session is None:
        raise _not_signed_in("Sign in, or send an API token as Authorization: Bearer ….")
    async with parts.database.as_user(None) as tx:
        who = await who_is(tx, session=session, bearer=bearer)
    if who is None:
        raise _not_signed_in(
            "This API token is not valid." if bearer else "Your session has ended: sign in again."
        )
    return who


def _bearer(request: Request) -> str | None:
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise _not_signed_in("The Authorization header must be: Bearer, a space, the token.")
    return token.strip()


def _not_signed_in(detail: str) -> NotSignedIn:
    return NotSignedIn("not_signed_in", detail, headers={"WWW-Authenticate": "Bearer"})


def require_same_origin(request: Request, settings: Settings) -> None:
    """Refuse a change that another site's page asks for with this browser's cookie."""
    if request.method in SAFE:
        return
    origin = request.headers.get("origin")
    if origin is not None:
        own = {f"{urlsplit(settings.public_url).scheme}://{urlsplit(settings.public_url).netloc}"}
        host = request.headers.get("host", "")
        own |= {f"http://{host}", f"https://{host}"}
        allowed = origin in own
    else:
        allowed = request.headers.get("sec-fetch-site") in ("same-origin", "none")
    if not allowed:
        raise Forbidden(
            "cross_site",
            "This request did not come from Postclock's own pages. "
            "Programs use an API token instead of a cookie.",
        )


Signed = Annotated[Who, Depends(signed_in)]


async def user_tx(parts: PartsOf, who: Signed) -> AsyncIterator[Tx]:
    """The request's transaction, seeing only what the person may see; committed when it is done."""
    async with parts.database.as_user(who.user_id) as tx:
        yield tx


UserTx = Annotated[Tx, Depends(user_tx, scope="function")]
SystemTx = Annotated[Tx, Depends(system_tx, scope="function")]


def is_secure(request: Request, settings: Settings) -> bool:
    """Whether the browser reached us by HTTPS, also through a proxy that the server trusts."""
    return urlsplit(settings.public_url).scheme == "https" or request.url.scheme == "https"
