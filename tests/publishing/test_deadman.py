"""The sign of life: sent while due work moves, never otherwise, and never in the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
import pytest_asyncio
from aiohttp import web
from psycopg import OperationalError

from postclock.config import WrongSetting, load_settings
from postclock.publishing.deadman import Watch, signs_of_life
from postclock.scheduler.queries import Told
from tests.fixtures.clocks import OwnedClock
from tests.scheduler.scripted import until


class Questions:
    """A timer's work that answers as the test says."""

    def __init__(self, clock: OwnedClock) -> None:
        self._clock = clock
        self.next_at: datetime | None = None
        self.away = False

    async def claim(self) -> bool:
        if self.away:
            raise OperationalError("away")
        return True

    async def ask(self, *, echo: bool) -> Told:
        await self.claim()
        return Told(self._clock.now(), self.next_at, None)

    async def relieved(self) -> None: ...


class Alarm:
    """The service that waits for calls, over real HTTP."""

    def __init__(self) -> None:
        self.calls: list[web.BaseRequest] = []
        self.status = 200
        self.url = ""

    async def answer(self, request: web.BaseRequest) -> web.Response:
        self.calls.append(request)
        return web.Response(status=self.status)


@pytest_asyncio.fixture
async def alarm() -> AsyncIterator[Alarm]:
    one = Alarm()
    runner = web.ServerRunner(web.Server(one.answer))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    one.url = f"http://127.0.0.1:{runner.addresses[0][1]}/ping/7?id=a"
    yield one
    await runner.cleanup()


@pytest.fixture
def clock() -> OwnedClock:
    return OwnedClock()


@pytest.fixture
def questions(clock: OwnedClock) -> Questions:
    return Questions(clock)


@pytest.fixture
def watch(clock: OwnedClock, questions: Questions) -> Watch:
    return Watch(questions, clock)


async def test_nothing_moves_before_the_database_has_answered(
    watch: Watch, questions: Questions
) -> None:
    assert not watch.moves
    await watch.ask(echo=False)
    assert watch.moves
    questions.away = True
    with pytest.raises(OperationalError):
        await watch.claim()
    assert not watch.moves
    questions.away = False
    await watch.claim()
    assert watch.moves


async def test_what_is_due_for_over_a_minute_does_not_move_unless_deliveries_end(
    watch: Watch, questions: Questions, clock: OwnedClock
) -> None:
    questions.next_at = clock.now() + timedelta(seconds=30)
    await watch.ask(echo=False)
    clock.move(90)
    assert watch.moves
    clock.move(1)
    assert not watch.moves
    watch.ended()
    assert watch.moves
    clock.move(61)
    assert not watch.moves
    questions.next_at = None
    await watch.ask(echo=False)
    assert watch.moves


async def test_it_calls_at_its_interval_while_work_moves_and_not_otherwise(
    watch: Watch, questions: Questions, clock: OwnedClock, alarm: Alarm
) -> None:
    settings = load_settings({"DEADMAN_URL": alarm.url, "CRON_SECRET": "a-cron-secret"})

    async def next_round() -> None:
        await until(lambda: clock.sleepers)
        clock.move(60)

    async with signs_of_life(settings, clock, watch):
        await next_round()
        assert alarm.calls == []
        await watch.ask(echo=False)
        await next_round()
        await until(lambda: len(alarm.calls) == 1)
        await next_round()
        await until(lambda: len(alarm.calls) == 2)
        questions.away = True
        with pytest.raises(OperationalError):
            await watch.ask(echo=False)
        for _ in range(3):
            await next_round()
        await until(lambda: clock.sleepers)
    assert len(alarm.calls) == 2
    first = alarm.calls[0]
    assert (first.method, first.path_qs) == ("GET", "/ping/7?id=a")
    assert not {"authorization", "cookie"} & {name.lower() for name in first.headers}
    assert "a-cron-secret" not in str(first.raw_headers)


async def test_a_call_that_fails_is_told_once_a_change(
    watch: Watch, clock: OwnedClock, alarm: Alarm, capsys: pytest.CaptureFixture[str]
) -> None:
    await watch.ask(echo=False)
    alarm.status = 500
    settings = load_settings({"DEADMAN_URL": alarm.url, "DEADMAN_INTERVAL": "5"})
    async with signs_of_life(settings, clock, watch):
        for count in range(1, 7):
            await until(lambda: clock.sleepers)
            assert len(alarm.calls) == count
            alarm.status = 500 if count < 3 else 204
            clock.move(5)
    told = capsys.readouterr().out
    assert told.count("refused: 500") == 1
    assert told.count("sign_of_life=heard") == 1


async def test_an_address_that_nobody_answers_at_is_no_harm(
    watch: Watch, clock: OwnedClock, alarm: Alarm, capsys: pytest.CaptureFixture[str]
) -> None:
    await watch.ask(echo=False)
    settings = load_settings({"DEADMAN_URL": "http://127.0.0.1:9/ping"})
    async with signs_of_life(settings, clock, watch):
        await until(lambda: clock.sleepers)
        clock.move(60)
        await until(lambda: clock.sleepers)
    assert capsys.readouterr().out.count("unreachable") == 1


async def test_without_an_address_nothing_runs(watch: Watch, clock: OwnedClock) -> None:
    before = len(asyncio.all_tasks())
    async with signs_of_life(load_settings({}), clock, watch):
        assert len(asyncio.all_tasks()) == before


@pytest.mark.parametrize("bad", ["alarm.example", "https://a.example/x#y", "ftp://a.example/"])
def test_an_address_that_cannot_be_called_is_refused_and_not_repeated(bad: str) -> None:
    with pytest.raises(WrongSetting, match="DEADMAN_URL") as refused:
        load_settings({"DEADMAN_URL": bad})
    assert bad not in str(refused.value)
