"""A notification as a mail: what happened, in plain words, and where to look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from html import escape
from uuid import UUID

from postclock.services.notifications.model import NotificationKind

MAILED = frozenset({
    NotificationKind.ACCOUNT_NEEDS_LOGIN, NotificationKind.ACCOUNT_LOGIN_ENDS,
    NotificationKind.POST_FAILED, NotificationKind.POST_MISSED, NotificationKind.POST_UNCONFIRMED,
    NotificationKind.POSSIBLE_DUPLICATE, NotificationKind.STAGING_FAILED,
})  # fmt: skip
"""What needs a person; the rest can wait until somebody looks."""
LINE = "font:16px/1.5 system-ui,sans-serif;color:#1a1a1a;max-width:36rem"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notification to mail, and to whom."""

    id: UUID
    workspace_id: UUID
    workspace: str
    kind: str
    title: str
    body: str
    post_id: UUID | None
    recipients: tuple[str, ...]


def compose(some: Sequence[Waiting], sender: str, public_url: str, now: datetime) -> EmailMessage:
    """One mail of what the same people must hear of the same workspace."""
    first = some[0]
    title = first.title if len(some) == 1 else f"{len(some)} things need you: {first.title}"
    message = EmailMessage()
    message["Subject"] = _one_line(f"[{first.workspace}] {title}")
    message["From"], message["To"] = sender, ", ".join(first.recipients)
    message["Date"] = format_datetime(now)
    domain = parseaddr(sender)[1].rpartition("@")[2]
    message["Message-ID"] = make_msgid(idstring=first.id.hex, domain=domain)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n\n".join([*(_text(one, public_url) for one in some), _foot(public_url)]))
    told = "".join(_html(one, public_url) for one in some)
    foot = f'<p style="color:#666">{escape(_foot(public_url))}</p>'
    page = f'<!doctype html><html><body style="{LINE}">{told}{foot}</body></html>'
    message.add_alternative(page, subtype="html")
    return message


def _text(one: Waiting, public_url: str) -> str:
    return f"{one.title}\n\n{one.body}\n\n{_where(one, public_url)}"


def _html(one: Waiting, public_url: str) -> str:
    address = escape(_where(one, public_url), quote=True)
    body = escape(one.body).replace("\n", "<br>")
    return (
        f"<h2>{escape(one.title)}</h2><p>{body}</p>"
        f'<p><a href="{address}">Open it in Postclock</a></p>'
    )


def _where(one: Waiting, public_url: str) -> str:
    return f"{public_url}/posts/?post={one.post_id}" if one.post_id else f"{public_url}/accounts/"


def _foot(public_url: str) -> str:
    return f"Postclock at {public_url} sends this. In its settings you can turn it off."


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]
