"""Tells people what became of their posts: an activity line and a notification, with the record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from postclock.audit.model import Event, Kind
from postclock.publishing.queries import TELL, telling
from postclock.scheduler.ports import Change
from postclock.services.notifications.model import Notice, NotificationKind
from postclock.services.platforms.capabilities import Capabilities

Row = Mapping[str, Any]
"""A delivery as ``Change`` tells of it."""

FINAL: Mapping[str, tuple[Kind, NotificationKind, str]] = {
    "published": (
        Kind.POST_PUBLISHED, NotificationKind.POST_PUBLISHED, "Scheduled post published!",
    ),
    "partially_published": (
        Kind.POST_PARTIALLY_PUBLISHED, NotificationKind.POST_FAILED, "Post published only in part",
    ),
    "failed": (Kind.POST_FAILED, NotificationKind.POST_FAILED, "Scheduled post failed"),
    "missed": (Kind.POST_MISSED, NotificationKind.POST_MISSED, "Post missed its moment"),
    "unconfirmed": (
        Kind.POST_UNCONFIRMED, NotificationKind.POST_UNCONFIRMED, "Is this post published?",
    ),
}  # fmt: skip


class PeopleWitness:
    """The scheduler's Witness: writes to the activity log and to people's notifications."""

    def __init__(self, capabilities: Mapping[str, Capabilities]) -> None:
        self._labels = {name: one.label for name, one in capabilities.items()}

    async def recorded(
        self, connection: AsyncConnection[DictRow], changes: Sequence[Change], now: datetime
    ) -> None:
        told = [self._tell(change) for change in changes]
        events = [event for one, _ in told for event in one]
        notices = [notice for _, one in told for notice in one]
        logged_out = {
            row["account_id"]: row["error_message"] or "Connect the account again."
            for change in changes
            for row in change.deliveries
            if _state(change, row) == "held" and row["error_code"] != "paused"
        }
        if events or notices or logged_out:
            await connection.execute(TELL, telling(events, notices, logged_out, now))

    def _tell(self, change: Change) -> tuple[list[Event], list[Notice]]:
        deliveries = change.deliveries
        events: list[Event] = []
        notices: list[Notice] = []
        for row in deliveries:
            if state := _state(change, row):
                event, notice = self._of_delivery(change, row, state)
                events += event
                notices += notice
        if change.status != change.was and change.status in FINAL and deliveries:
            kind, notification, title = FINAL[change.status]
            results = [_result(row) for row in deliveries]
            body = self._summary(deliveries)
            events.append(
                Event(change.workspace_id, kind, body, change.post_id, details={"results": results})
            )
            notices.append(Notice(change.workspace_id, notification, title, body, change.post_id))
        return events, notices

    def _of_delivery(
        self, change: Change, row: Row, state: str
    ) -> tuple[list[Event], list[Notice]]:
        label, workspace, post = self._name(row), change.workspace_id, change.post_id
        error = row["error_message"] or ""
        match state:
            case "scheduled" if row["stage_failures"]:
                return self._not_staged(change, row)
            case "scheduled":
                at = _moment(row["wake_at"])
                message = f"{label}: not published yet, next try {at}. {error}"
                return [Event(workspace, Kind.DELIVERY_RETRY, message, post)], []
            case "held" if row["error_code"] == "paused":
                return [Event(workspace, Kind.DELIVERY_HELD, f"{label}: {error}", post)], []
            case "unknown" if row["error_message"]:
                message = f"{label}: the answer was lost, asking the platform. {error}"
                return [Event(workspace, Kind.DELIVERY_UNKNOWN, message, post)], []
            case "held":
                body = f"{label} needs you: connect the account again. {error}"
                notice = Notice(
                    workspace, NotificationKind.ACCOUNT_NEEDS_LOGIN,
                    f"{label} is disconnected", body, post,
                )  # fmt: skip
                return [Event(workspace, Kind.ACCOUNT_NEEDS_LOGIN, body, post)], [notice]
            case "twice":
                body = f"{label} accepted this post twice. Look at the account and remove one."
                notice = Notice(
                    workspace, NotificationKind.POSSIBLE_DUPLICATE, "Posted twice?", body, post
                )
                return [Event(workspace, Kind.DELIVERY_TWICE, body, post)], [notice]
            case _:
                return [], []

    def _not_staged(self, change: Change, row: Row) -> tuple[list[Event], list[Notice]]:
        """Its people are warned at the first failure, while there is time."""
        workspace, post = change.workspace_id, change.post_id
        message = (
            f"{self._name(row)}: not uploaded yet, next try {_moment(row['wake_at'])}. "
            f"{row['error_message'] or ''}"
        )
        event = Event(workspace, Kind.DELIVERY_STAGING_FAILED, message, post)
        if row["stage_failures"] > 1:
            return [event], []
        body = f"{message} There is time until {_moment(row['due_at'])}."
        title = "An upload does not work yet"
        return [event], [Notice(workspace, NotificationKind.STAGING_FAILED, title, body, post)]

    def _summary(self, deliveries: Sequence[Row]) -> str:
        subject = _subject(deliveries[0])
        parts = [f"{self._name(row)} {_said(row)}" for row in deliveries]
        return f"{subject}: {'; '.join(parts)}" if subject else "; ".join(parts)

    def _name(self, row: Row) -> str:
        return f"{self._labels.get(row['platform'], row['platform'])} @{row['handle']}"


def _state(change: Change, row: Row) -> str | None:
    """The state this delivery moved to, if it moved."""
    return change.moved.get(UUID(row["id"]))


def _moment(at: str) -> str:
    """An instant as JSON has it, to the second."""
    return datetime.fromisoformat(at).isoformat(timespec="seconds")


def _said(row: Row) -> str:
    if row["state"] == "published":
        late = row["late_ms"]
        return "published" if late is None else f"published {late / 1000:+.3f} s"
    words = row["state"].replace("_", " ")
    return f"{words}: {row['error_message']}" if row["error_message"] else words


def _result(row: Row) -> dict[str, Any]:
    keys = (
        "platform", "account_id", "handle", "state", "remote_id", "permalink", "late_ms",
        "error_code", "error_message",
    )  # fmt: skip
    return {key: row[key] for key in keys}


def _subject(row: Row) -> str:
    """The topic, else the first words of the text."""
    topic: str = row["topic"]
    text: str = topic or row["text"] or ""
    line = text.strip().splitlines()[0] if text.strip() else ""
    return f"“{line[:60]}{'…' if len(line) > 60 else ''}”" if line else ""
