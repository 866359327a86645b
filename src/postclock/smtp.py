"""Mail out: where it leaves by, and the one distinction that keeps it from leaving twice.

MailFailure
├── MailNotSent    the server took nothing: it may be sent again
└── MailRefused    the server will never take it, or may have taken it: never again
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

TIMEOUT = 20.0
StartTls = Literal["auto", "always", "never"]
START_TLS: dict[str, bool | None] = {"auto": None, "always": True, "never": False}


class MailFailure(Exception):
    """A mail did not go out, or nobody knows."""


class MailNotSent(MailFailure):
    """The server took nothing; it may be sent again."""


class MailRefused(MailFailure):
    """The server will not take it, or may have taken it: it is not sent again."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail leaves by."""

    host: str
    port: int
    tls: bool
    """TLS from the first byte on; else STARTTLS as ``start_tls`` says."""
    start_tls: bool | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def read_address(url: str) -> MailServer:
    """What ``smtp://user:password@host:587?starttls=always`` or ``smtps://…`` says.

    Raises ValueError with a sentence that repeats nothing of it.
    """
    example = "must be such as smtps://user:password@mail.example.org"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(example) from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/"):
        raise ValueError(example)
    asked = parse_qs(parts.query, keep_blank_values=True)
    said = asked.pop("starttls", ["auto"])[-1]
    if asked or said not in START_TLS:
        raise ValueError("takes only starttls=auto, always or never after the question mark")
    tls = parts.scheme == "smtps"
    return MailServer(
        parts.hostname, port or (465 if tls else 587), tls, False if tls else START_TLS[said],
        unquote(parts.username) if parts.username else None,
        unquote(parts.password) if parts.password else None,
    )  # fmt: skip


async def send_mail(server: MailServer, message: EmailMessage, recipients: Sequence[str]) -> None:
    """Hand ``message`` over for ``recipients``; raises MailNotSent or MailRefused.

    A recipient whom the server refuses keeps it from none of the others.
    """
    import aiosmtplib  # every process reads settings, and few send mail

    client = aiosmtplib.SMTP(
        hostname=server.host, port=server.port, use_tls=server.tls, start_tls=server.start_tls,
        username=server.user, password=server.password, timeout=TIMEOUT,
    )  # fmt: skip
    try:
        await client.connect()
    except (aiosmtplib.SMTPException, OSError) as error:
        raise MailNotSent(_words(error)) from error
    try:
        await client.send_message(message, recipients=list(recipients))
    except aiosmtplib.SMTPRecipientsRefused as error:
        raise _refused(max(one.code for one in error.recipients), error) from error
    except aiosmtplib.SMTPResponseException as error:
        raise _refused(error.code, error) from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise MailRefused(f"no clear answer: {_words(error)}") from error
    else:
        with suppress(aiosmtplib.SMTPException, OSError):  # it is taken, however we part
            await client.quit()
    finally:
        client.close()


def _refused(code: int, error: Exception) -> MailFailure:
    """By SMTP a code of 4xx is for now, 5xx for ever."""
    failure = MailNotSent if code < 500 else MailRefused
    return failure(_words(error))


def _words(error: BaseException) -> str:
    return str(error)[:300] or type(error).__name__
