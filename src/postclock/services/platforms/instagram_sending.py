"""Publishing on Instagram (contract sheet 1.e): the one call, and whether a refusal is true."""

from __future__ import annotations

from dataclasses import dataclass

from postclock.clock import Clock
from postclock.http import Http, HttpFailure, Response
from postclock.scheduler.model import Receipt
from postclock.services.platforms.answers import publishing
from postclock.services.platforms.base import (
    Login,
    LoginExpired,
    LoginRevoked,
    OutcomeUnknown,
    PlatformError,
    UploadGone,
)
from postclock.services.platforms.graph import bearer
from postclock.services.platforms.graph_answers import GraphTable, read_error
from postclock.services.platforms.instagram_answers import FLAGGED, LABEL
from postclock.services.platforms.instagram_containers import Containers, Door, token_of
from postclock.services.platforms.instagram_looking import Looking
from postclock.services.platforms.json_reading import field, word

SETTLING = 5.0
"""Seconds after which a container tells what became of an attempt that was refused as spam."""


@dataclass(frozen=True, slots=True)
class Sending:
    """Publishes containers of one account."""

    http: Http
    clock: Clock
    containers: Containers
    answers: GraphTable
    looking: Looking

    @property
    def _login(self) -> Login:
        return self.looking.login

    @property
    def _door(self) -> Door:
        return self.looking.door

    async def published(self, number: str) -> Receipt:
        """``media_publish`` of a container; raises a PlatformError."""
        with publishing(LABEL):
            answer = await self.http.request(
                "POST",
                self._door.at(f"{self._door.who}/media_publish"),
                json={"creation_id": number},
                headers=bearer(token_of(self._login)),
            )
        media_id = word(field(answer.json(), "id"))
        if answer.ok and media_id:
            return await self.looking.shown(media_id, answer)
        raise await self._judged(number, answer)

    async def _judged(self, number: str, answer: Response) -> PlatformError:
        """What a refusal means: it is believed once the container says that it is not published.

        A limit that is reached, or a block, has been answered to what was published all the same.
        """
        error = self.answers.error(answer, self._login, self.clock.now())
        if isinstance(error, OutcomeUnknown | LoginExpired | LoginRevoked):
            return error
        said = read_error(answer)
        if said is not None and said.subcode == FLAGGED:
            await self.clock.sleep(SETTLING)
        status = await self._status(number)
        unread = not status and not isinstance(error, UploadGone)
        return _maybe(error.answer) if unread or status == "PUBLISHED" else error

    async def _status(self, number: str) -> str:
        try:
            return (await self.containers.status(self._login, self._door, number)).code
        except HttpFailure:
            return ""

    async def comment(self, media_id: str, text: str) -> None:
        """A comment below what was published; raises a PlatformError."""
        with publishing(LABEL):
            answer = await self.http.request(
                "POST", self._door.at(f"{media_id}/comments"), json={"message": text},
                headers=bearer(token_of(self._login)),
            )  # fmt: skip
        if not answer.ok or not word(field(answer.json(), "id")):
            raise self.answers.error(answer, self._login, self.clock.now())


def _maybe(answer: str | None = None) -> OutcomeUnknown:
    message = f"{LABEL} refused it, and yet it may be published: it is looked for."
    return OutcomeUnknown("refused_but_published", message, answered=True, answer=answer)
