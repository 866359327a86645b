"""The oracle itself: a client that guesses is caught, and so is one that says what is not so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from postclock.http import Http
from postclock.scheduler.model import Absent, CannotTell, Receipt, Sighting, Staged
from postclock.services.platforms.base import Login, NotPublished
from postclock.services.platforms.drafting import Draft, Save, unsaved
from postclock.services.platforms.twitter import Twitter
from tests.conformance.cases import Case
from tests.conformance.stage import Stage, serving, staged_for
from tests.conformance.test_conformance import SETTLES, delivery, verify

CASE = Case(Twitter, "text", Draft("Once m0"))
NOT_AT_ONCE = timedelta(0)
"""X refuses nothing as a duplicate."""


class Guessing(Twitter):
    """Says that nothing arrived, without asking."""

    async def find(self, *_asked: object, **_more: object) -> Sighting:
        return Absent()


class Careless(Twitter):
    """Takes a lost answer for a post that certainly did not arrive."""

    async def publish(
        self, login: Login, draft: Draft, staged: Staged, save: Save = unsaved
    ) -> Receipt:
        try:
            return await super().publish(login, draft, staged, save)
        except Exception as error:
            raise NotPublished("not_sent", "It did not arrive.") from error


class Boastful(Twitter):
    """Says that it is published without having sent anything."""

    async def publish(
        self, login: Login, draft: Draft, staged: Staged, save: Save = unsaved
    ) -> Receipt:
        return Receipt("1")


class Silent(Twitter):
    """Never knows."""

    async def find(self, *_asked: object, **_more: object) -> Sighting:
        return CannotTell("Nobody knows.")


async def played(client: type[Twitter], stage: Stage, fault: str | None) -> None:
    async with Http(10) as http:
        stage.platform = client(http, stage.clock)
        if fault:
            stage.fail(fault)
        made = delivery(stage, CASE)
        await made.run()
        verify(stage, CASE, made, SETTLES)


@pytest.mark.parametrize(
    ("client", "fault", "caught"),
    [
        (Guessing, "commit_then_drop", "twice"),
        (Careless, "commit_then_drop", "twice"),
        (Boastful, None, "0 of 1 parts are public"),
        (Silent, "commit_then_drop", "unconfirmed"),
    ],
)
async def test_what_is_wrong_is_seen(client: type[Twitter], fault: str | None, caught: str) -> None:
    with serving() as served:
        async with staged_for(CASE, served, duplicates=NOT_AT_ONCE) as stage:
            with pytest.raises(AssertionError, match=caught):
                await played(client, stage, fault)


async def test_the_true_client_passes_the_same() -> None:
    with serving() as served:
        async with staged_for(CASE, served, duplicates=NOT_AT_ONCE) as stage:
            await played(Twitter, stage, "commit_then_drop")
