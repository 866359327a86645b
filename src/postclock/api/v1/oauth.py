"""Connecting an account with a platform's consent: out with the browser, back, and pick."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from postclock.api.deps import PartsOf, Signed, is_secure
from postclock.api.v1.visit_shapes import ConnectWish, PickWish, StartOut, VisitOut
from postclock.services.accounts.visits import LIFE

router = APIRouter(prefix="/oauth", tags=["oauth"])

COOKIES = "/api/v1/oauth"
"""Where a visit's cookie is sent, and nowhere else."""


def _cookie(visit_id: UUID) -> str:
    return f"postclock_visit_{visit_id.hex}"


@router.post("/{platform}/start", status_code=201)
async def start_oauth(
    platform: str, body: ConnectWish, parts: PartsOf, who: Signed, request: Request,
    response: Response,
) -> StartOut:  # fmt: skip
    """Begin: open `authorize_url` in the browser that asked, within ten minutes.

    Where app keys are missing it is a 422 `setup_required` with `variable` and `callback_url`.
    """
    started = await parts.visits.start(who, body.errand(platform))
    response.set_cookie(
        _cookie(started.visit_id), started.browser, max_age=int(LIFE.total_seconds()),
        path=COOKIES, httponly=True, samesite="lax", secure=is_secure(request, parts.settings),
    )  # fmt: skip
    return StartOut(authorize_url=started.authorize_url, visit_id=started.visit_id)


@router.get("/{platform}/callback", include_in_schema=False)
async def return_from_platform(platform: str, parts: PartsOf, request: Request) -> Response:
    """Where the platform sends the browser back; it goes on to the web app."""

    def cookie(visit_id: UUID) -> str | None:
        return request.cookies.get(_cookie(visit_id))

    back = await parts.visits.came_back(platform, dict(request.query_params), cookie)
    told = {"visit": str(back.visit_id or ""), "problem": back.problem or ""}
    query = urlencode({name: value for name, value in told.items() if value})
    answer = RedirectResponse(f"{parts.settings.public_url}/accounts/?{query}", 303)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    if back.visit_id:
        answer.delete_cookie(_cookie(back.visit_id), path=COOKIES)
    return answer


@router.get("/visits/{visit_id:uuid}")
async def get_visit(visit_id: UUID, parts: PartsOf, who: Signed) -> VisitOut:
    """What came of a visit: what to pick from, what was connected, or what went wrong."""
    return VisitOut.of(await parts.visits.look(who, visit_id))


@router.post("/visits/{visit_id:uuid}/connect")
async def connect_profiles(visit_id: UUID, body: PickWish, parts: PartsOf, who: Signed) -> VisitOut:
    """Connect the profiles that were picked; one that is known already is connected again."""
    return VisitOut.of(await parts.visits.pick(who, visit_id, body.profiles))
