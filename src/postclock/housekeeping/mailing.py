"""Mails what needs a person, soon after it happened; each once.

It costs nothing while nothing happens: a LISTEN connection tells it, besides a look every half
hour. Several servers may do it; each notification is taken by one of them.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import psycopg
import structlog
from sqlalchemy.exc import SQLAlchemyError

from postclock.clock import Clock
from postclock.config import Settings
from postclock.db.listen import Listener
from postclock.db.session import Database, open_database
from postclock.scheduler.clocksync import SyncedClock
from postclock.services.notifications.mail import Waiting, compose
from postclock.services.notifications.mail_queries import MAIL_CHANNEL, give_back, take_to_mail
from postclock.smtp import MailNotSent, MailRefused, MailServer, read_address, send_mail

log = structlog.get_logger(__name__)

BATCH = 50
GATHER = 5.0
"""Seconds: what happens together goes into one mail."""
LOOK = 1800.0
FIRST_WAIT, LONGEST_WAIT = 30.0, 1800.0


@dataclass(frozen=True, slots=True)
class Pace:
    """In seconds: how long what happens together is gathered, and how soon a failure is retried."""

    gather: float = GATHER
    first_wait: float = FIRST_WAIT


@dataclass(frozen=True, slots=True)
class Mailer:
    """Sends what waits."""

    database: Database
    server: MailServer
    sender: str
    public_url: str

    async def send_waiting(self) -> tuple[int, int]:
        """How many mails left, and how many must be tried again."""
        sent = waiting = 0
        while True:
            async with self.database.as_system() as tx:
                taken = await take_to_mail(tx, BATCH)
                now = tx.now
            for some in _together(taken):
                message = compose(some, self.sender, self.public_url, now)
                try:
                    await send_mail(self.server, message, some[0].recipients)
                    sent += 1
                except MailNotSent as error:
                    log.warning("mail_not_sent", error=str(error))
                    waiting += 1
                    async with self.database.as_system() as tx:
                        await give_back(tx, some)
                except MailRefused as error:
                    log.error("mail_refused", error=str(error))
            if len(taken) < BATCH or waiting:
                return sent, waiting


def _together(taken: Sequence[Waiting]) -> list[list[Waiting]]:
    """By workspace and by who hears of it; what nobody wants to hear of is left out."""
    groups: defaultdict[tuple[UUID, tuple[str, ...]], list[Waiting]] = defaultdict(list)
    for one in taken:
        if one.recipients:
            groups[one.workspace_id, one.recipients].append(one)
    return list(groups.values())


@asynccontextmanager
async def mailing(
    settings: Settings, dsn: str, clock: Clock, pace: Pace = Pace()
) -> AsyncIterator[None]:
    """Mail in the background for as long as the block lasts, if settings say by which server."""
    if settings.smtp_url is None or settings.mail_from is None:
        yield
        return
    work = _work(settings, read_address(settings.smtp_url), settings.mail_from, dsn, clock, pace)
    task = asyncio.create_task(work, name="mailing")
    try:
        yield
    finally:
        while not task.done():  # wait_for of older Pythons may swallow one at the last moment
            task.cancel()
            await asyncio.wait({task}, timeout=1)


async def _work(
    settings: Settings, server: MailServer, sender: str, dsn: str, clock: Clock, pace: Pace
) -> None:
    synced, told = SyncedClock(clock), asyncio.Event()
    database = open_database(dsn, "postclock-mail", synced, synced.observe)
    mailer = Mailer(database, server, sender, settings.public_url)

    def listening(now: bool) -> None:
        if now:  # what happened before was not heard
            told.set()

    listener = Listener(
        dsn, "postclock-mail-listen", [MAIL_CHANNEL], clock,
        heard=lambda _channel, _payload: told.set(), listening=listening,
    )  # fmt: skip
    hearing = asyncio.create_task(listener.run(), name="mail-listener")
    try:
        await _for_ever(mailer, told, clock, pace)
    finally:
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)
        await database.close()


async def _for_ever(mailer: Mailer, told: asyncio.Event, clock: Clock, pace: Pace) -> None:
    wait = LOOK
    while True:
        await clock.wait(told, wait)
        await clock.sleep(pace.gather)
        told.clear()
        try:
            _, waiting = await mailer.send_waiting()
        except (psycopg.Error, SQLAlchemyError, OSError) as error:
            log.warning("mailing_interrupted", error=type(error).__name__)
            waiting = 1
        if not waiting:
            wait = LOOK
        else:
            wait = pace.first_wait if wait == LOOK else min(wait * 2, LONGEST_WAIT)
