"""Finding a post among those an account shows (contract sheet 4.e), where no task tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from postclock.http import Http
from postclock.scheduler.model import CannotTell
from postclock.services.platforms.answers import look_refused, looking
from postclock.services.platforms.base import Login
from postclock.services.platforms.drafting import Draft
from postclock.services.platforms.json_reading import field, objects, word
from postclock.services.platforms.text import comparable
from postclock.services.platforms.tiktok_answers import LABEL, bearer, succeeded, url, words_of
from postclock.services.platforms.timeline import CLOCK_SKEW

FIELDS = "id,title,video_description,create_time,share_url"
PAGE = 20
CUT_AT = 150
"""Characters after which a listed caption may be cut."""


async def find_listed(
    http: Http, login: Login, draft: Draft, since: datetime, taken: frozenset[str]
) -> tuple[str, str] | CannotTell | None:
    """The id and address of the oldest listed post with this caption since ``since``; None when
    there is none.

    Raises LoginExpired, and OutcomeUnknown when a later look may succeed.
    """
    with looking(LABEL):
        answer = await http.request(
            "POST", url(login, "/v2/video/list/"), params={"fields": FIELDS},
            headers=bearer(login), json={"max_count": PAGE},
        )  # fmt: skip
    videos = field(answer.json(), "data", "videos")
    if not succeeded(answer) or not isinstance(videos, list):
        return look_refused(LABEL, answer, words_of(answer))
    wanted = {comparable(text) for text in (draft.text, draft.options.get("title") or "")} - {""}
    matches = [
        (at, word(one.get("id")), word(one.get("share_url")))
        for one in objects(videos)
        if (at := _created(one)) and at >= since - CLOCK_SKEW
        and word(one.get("id")) not in taken and _shows(one, wanted)
    ]  # fmt: skip
    return min(matches)[1:] if matches else None


def _shows(one: Mapping[str, Any], wanted: set[str]) -> bool:
    shown = [comparable(word(one.get(name))) for name in ("title", "video_description")]
    return any(
        text == whole or (len(text) >= CUT_AT - 1 and whole.startswith(text.rstrip("….")))
        for text in filter(None, shown)
        for whole in wanted
    )


def _created(one: Mapping[str, Any]) -> datetime | None:
    seconds = one.get("create_time")
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 < seconds < 1 << 34:
        return None
    return datetime.fromtimestamp(seconds, UTC)
