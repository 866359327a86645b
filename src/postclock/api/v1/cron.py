"""The outside trigger: an external caller, about every minute, for hosts with no resident node."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Header
from pydantic import BaseModel, Field

from postclock.api.deps import PartsOf
from postclock.config import Settings
from postclock.crypto import same_secret
from postclock.errors import NotSignedIn, Unavailable

router = APIRouter(prefix="/cron", tags=["cron"])


class CronReport(BaseModel):
    """What one call did, in posts."""

    processed: int = Field(examples=[2])
    published: int = Field(examples=[2])
    failed: int = Field(examples=[0])
    retried: int = Field(description="To be tried or looked for again.", examples=[0])
    skipped: int = Field(description="In another node's hands, or not done in time.", examples=[0])
    remaining: int = Field(description="Posts that are due and not done.", examples=[0])
    next_due_at: datetime | None


class CronInfo(BaseModel):
    """How to call the trigger; tells nothing about anybody's posts."""

    service: str = "postclock"
    configured: bool = Field(description="Whether a secret is set.")
    scheduler: str = Field(examples=["exact"])
    path: str = "/api/v1/cron/publish-scheduled"
    methods: list[str] = ["GET", "POST"]
    headers: list[str] = ["X-Cron-Secret", "Authorization: Bearer"]
    max_posts_per_run: int
    max_retry_count: int


@router.get("/publish-scheduled", name="publish_scheduled_by_get")
@router.post("/publish-scheduled", name="publish_scheduled")
async def publish_scheduled(
    parts: PartsOf,
    x_cron_secret: Annotated[str | None, Header()] = None,
    authorization: Annotated[str | None, Header()] = None,
) -> CronReport:
    """Publish what is due: at most `MAX_POSTS_PER_RUN` posts and 25 s a call."""
    _require_secret(parts.settings, x_cron_secret, authorization)
    report = await parts.cron.run()
    return CronReport(
        processed=report.processed, published=report.published, failed=report.failed,
        retried=report.retried, skipped=report.skipped, remaining=report.remaining,
        next_due_at=report.next_due_at,
    )  # fmt: skip


def _require_secret(settings: Settings, header: str | None, authorization: str | None) -> None:
    if settings.cron_secret is None:
        raise Unavailable(
            "cron_not_set_up", "No CRON_SECRET is set, so nothing is published by cron calls."
        )
    scheme, _, token = (authorization or "").partition(" ")
    given = header if header is not None else token if scheme.lower() == "bearer" else ""
    if not same_secret(given, settings.cron_secret):
        raise NotSignedIn(
            "cron_secret_wrong", "The cron secret is missing or wrong: nothing was processed."
        )


@router.get("/info/service")
async def cron_info(parts: PartsOf) -> CronInfo:
    """How the trigger is set up; public."""
    settings = parts.settings
    return CronInfo(
        configured=settings.cron_secret is not None, scheduler=settings.scheduler,
        max_posts_per_run=settings.max_posts_per_run, max_retry_count=settings.max_retry_count,
    )  # fmt: skip
