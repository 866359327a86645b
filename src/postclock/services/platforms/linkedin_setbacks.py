"""What is kept of LinkedIn's refusals for a later attempt or look (contract sheet 2c, 2e)."""

from __future__ import annotations

from datetime import datetime, timedelta

from postclock.http import Response
from postclock.scheduler.model import Staged
from postclock.services.platforms.answers import moment
from postclock.services.platforms.base import (
    Duplicate,
    NotReady,
    PlatformError,
    RateLimited,
    UploadGone,
)
from postclock.services.platforms.drafting import Save
from postclock.services.platforms.json_reading import instant
from postclock.services.platforms.linkedin_answers import duplicate_of, next_try
from postclock.services.platforms.linkedin_finding import DUPLICATE

THROTTLED, UNREADY = "throttled", "unready_at"
"""In ``staged``: how many 429s came in a row; since when the media are said to be processed."""
PROCESSING = timedelta(minutes=30)
"""How long they may be."""


async def kept(
    error: PlatformError, answer: Response, staged: Staged, save: Save, now: datetime
) -> PlatformError:
    """The error to raise for ``answer`` to a create, once what matters later is saved.

    The post that a duplicate names is for the look after a lost answer.
    """
    match error:
        case Duplicate():
            if named := duplicate_of(answer):
                await save({**staged, DUPLICATE: {"id": named, "at": now.isoformat()}})
        case NotReady():
            return await _patient(error, staged, save, now)
        case RateLimited() if answer.status == 429:
            before = int(staged.get(THROTTLED, 0))
            named_at = moment(answer.headers.get("Retry-After"), now)
            error.until = named_at or next_try(before, now)
            await save({**staged, THROTTLED: before + 1})
    return error


async def _patient(error: NotReady, staged: Staged, save: Save, now: datetime) -> PlatformError:
    """``error``, or after half an hour of it that the media shall be uploaded again."""
    began = instant(staged.get(UNREADY)) or now
    if now - began < PROCESSING:
        await save({**staged, UNREADY: began.isoformat()})
        return error
    await save({name: value for name, value in staged.items() if name != UNREADY})
    message = "LinkedIn did not get done with the media: they are uploaded again."
    return UploadGone("media_missing", message, answer=error.answer)
