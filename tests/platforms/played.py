"""What passes between a client and its twin in one play, the same each time.

What is drawn by lot (a port, a token of a consent, an upload's name) is told by a name instead,
numbered where there are several. Instants and ids made of them come from the clock, which begins
at the same moment for every play.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from postclock.services.platforms.base import Refused
from postclock.services.platforms.client import Client
from postclock.services.platforms.connecting import Way
from postclock.services.platforms.registry import PLATFORMS
from tests.conformance.cases import Case, of_platform
from tests.conformance.driver import Delivery
from tests.conformance.stage import DEADLINE, Served, Stage, staged_for
from tests.platforms.recorder import Exchange, RecordingHttp
from tests.platforms.visited import connected

HERE = Path(__file__).parent
DRAWN = {
    "jwt": re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+"),
    "token": re.compile(r"sandbox-[a-z]+-[\w-]{32}(?![\w-])"),
    "code": re.compile(r"(?:(?<=\"code\": \")|(?<=code=))[\w-]{32}(?![\w-])"),
    "file": re.compile(r"(?:(?<=(?:image|video):)|(?<=(?:image|video)%3A))[\w-]{16}(?![\w-])"),
    "session": re.compile(r"(?<=upload_id=)[\w-]{43}"),
    "task": re.compile(r"(?<=~v2-1\.)\d+"),
    "trace": re.compile(r"(?<=\"fbtrace_id\": \")[\w-]+"),
    "log": re.compile(r"\b[0-9a-f]{32}\b"),
}


@dataclass(frozen=True)
class Play:
    """One thing that is recorded: a case published, its answer lost, or an account connected."""

    case: Case
    lost: bool = False
    """The answer of its publishing call is lost; what is found is taken back."""
    way: Way | None = None
    """The account is connected by it, and its login renewed."""

    @property
    def place(self) -> Path:
        """Where its exchanges are kept."""
        if self.way:
            name = f"connect-{self.way.name}"
        else:
            name = f"lost-{self.case.kind}" if self.lost else self.case.kind
        name += f"-{self.case.profile}" if self.case.profile else ""
        return HERE / self.case.platform.name / f"{name}.json"

    def __str__(self) -> str:
        return f"{self.case.platform.name}-{self.place.stem}"


def plays(platforms: tuple[type[Client], ...] = PLATFORMS) -> Iterator[Play]:
    """Everything that is recorded."""
    for platform in platforms:
        cases = list(of_platform(platform))
        yield from (Play(case) for case in cases)
        firsts = {case.profile: case for case in reversed(cases)}
        yield from (Play(case, lost=True) for case in firsts.values())
        yield from (Play(cases[0], way=way) for way in platform.ways)


async def played(play: Play, served: Served) -> str:
    """The exchanges, as they stand in the play's file."""
    http = RecordingHttp(DEADLINE)
    async with staged_for(play.case, served, http) as stage:
        if play.way:
            await connected(stage, play.way, http.exchanges)
        elif play.lost:
            await _lost(stage, play.case)
        else:
            await _delivery(stage, play.case).run()
    return written(http.exchanges, served.url)


async def _lost(stage: Stage, case: Case) -> None:
    stage.fail("commit_then_drop")
    made = _delivery(stage, case)
    await made.run()
    if made.receipt:
        with suppress(Refused):  # not every platform lets an app take a post back
            await stage.platform.delete(made.login, made.receipt.remote_id)


def _delivery(stage: Stage, case: Case) -> Delivery:
    return Delivery(stage.platform, stage.login, case.draft, stage.files, stage.clock)


def written(exchanges: list[Exchange], at: str) -> str:
    """As text, with nothing in it that is drawn by lot."""
    text = json.dumps(exchanges, ensure_ascii=False, indent=1) + "\n"
    host = at.removeprefix("http://")
    text = text.replace(f"{at}/sandbox/", "/").replace(at, "https://postclock.test")
    for address in (host, host.replace(":", "%3A"), host.partition(":")[0]):
        text = text.replace(address, "postclock.test")
    for name, pattern in DRAWN.items():
        text = named(text, name, pattern)
    return text


def named(text: str, name: str, pattern: re.Pattern[str]) -> str:
    """``text`` with all that fits ``pattern`` told by its name and number."""
    numbers: dict[str, int] = {}
    return pattern.sub(
        lambda found: f"<{name}-{numbers.setdefault(found[0], len(numbers) + 1)}>", text
    )
