"""Tells people what became of their posts: an activity line and a notification, with the record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from postclock.audit.model import Event, Kind
from postclock.audit.queries import APPEND, appended
from postclock.scheduler.ports import Change
from postclock.services.notifications.model import Notice, NotificationKind
from postclock.services.notifications.queries import NOTIFY_PEOPLE, notified
from postclock.services.platforms.base import Capabilities

READ = """
SELECT d.id, d.post_id, d.workspace_id, d.platform, d.account_id, d.state, d.late_ms, d.remote_id,
       d.permalink, d.error_code, d.error_message, d.wake_at, a.handle, p.topic, p.content
  FROM deliveries d JOIN posts p ON p.id = d.post_id JOIN accounts a ON a.id = d.account_id
 WHERE d.post_id = ANY (%s) AND d.state <> 'canceled' ORDER BY d.platform, d.id
"""
NEEDS_LOGIN = """
UPDATE accounts SET status = 'needs_login', updated_at = %s
 WHERE id = ANY (%s) AND status = 'connected'
"""

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
        if not changes:
            return
        rows = await connection.execute(READ, [[change.post_id for change in changes]])
        of_post: dict[UUID, list[DictRow]] = {change.post_id: [] for change in changes}
        for row in await rows.fetchall():
            of_post[row["post_id"]].append(row)
        told = [self._tell(change, of_post[change.post_id]) for change in changes]
        events = [event for one, _ in told for event in one]
        notices = [notice for _, one in told for notice in one]
        if events:
            await connection.execute(APPEND, appended(events, now))
        if notices:
            await connection.execute(NOTIFY_PEOPLE, notified(notices, now))
        if held := [row["account_id"] for row in _moved(changes, of_post, "held")]:
            await connection.execute(NEEDS_LOGIN, [now, held])

    def _tell(
        self, change: Change, deliveries: Sequence[DictRow]
    ) -> tuple[list[Event], list[Notice]]:
        events: list[Event] = []
        notices: list[Notice] = []
        for row in deliveries:
            if row["id"] in change.moved:
                event, notice = self._of_delivery(change, row, change.moved[row["id"]])
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
        self, change: Change, row: DictRow, state: str
    ) -> tuple[list[Event], list[Notice]]:
        label, workspace, post = self._name(row), change.workspace_id, change.post_id
        error = row["error_message"] or ""
        match state:
            case "scheduled":
                at = row["wake_at"].isoformat(timespec="seconds") if row["wake_at"] else "soon"
                message = f"{label}: not published yet, next try {at}. {error}"
                return [Event(workspace, Kind.DELIVERY_RETRY, message, post)], []
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

    def _summary(self, deliveries: Sequence[DictRow]) -> str:
        subject = _subject(deliveries[0])
        parts = [f"{self._name(row)} {_said(row)}" for row in deliveries]
        return f"{subject}: {'; '.join(parts)}" if subject else "; ".join(parts)

    def _name(self, row: DictRow) -> str:
        return f"{self._labels.get(row['platform'], row['platform'])} @{row['handle']}"


def _moved(
    changes: Sequence[Change], of_post: Mapping[UUID, Sequence[DictRow]], state: str
) -> list[DictRow]:
    return [
        row
        for change in changes
        for row in of_post[change.post_id]
        if change.moved.get(row["id"]) == state
    ]


def _said(row: DictRow) -> str:
    if row["state"] == "published":
        late = row["late_ms"]
        return "published" if late is None else f"published {late / 1000:+.3f} s"
    words = row["state"].replace("_", " ")
    return f"{words}: {row['error_message']}" if row["error_message"] else words


def _result(row: DictRow) -> dict[str, Any]:
    keys = (
        "platform", "account_id", "handle", "state", "remote_id", "permalink", "late_ms",
        "error_code", "error_message",
    )  # fmt: skip
    return {key: row[key] for key in keys}


def _subject(row: DictRow) -> str:
    """The topic, else the first words of the text."""
    topic: str = row["topic"]
    text: str = topic or row["content"].get(row["platform"], {}).get("text", "")
    line = text.strip().splitlines()[0] if text.strip() else ""
    return f"“{line[:60]}{'…' if len(line) > 60 else ''}”" if line else ""
