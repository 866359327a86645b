"""What passes between a client and its twin while one case is published, the same each time.

What is drawn by lot (a port, a token of a consent, an upload's name) is told by a name instead,
numbered where there are several. Instants and ids made of them come from the clock, which begins
at the same moment for every case.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.conformance.cases import Case
from tests.conformance.driver import Delivery
from tests.conformance.stage import DEADLINE, Served, staged_for
from tests.platforms.recorder import Exchange, RecordingHttp

HERE = Path(__file__).parent
DRAWN = {
    "jwt": re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+"),
    "token": re.compile(r"sandbox-(?:access|refresh)-[\w-]{32}"),
    "file": re.compile(r"(?:(?<=(?:image|video):)|(?<=(?:image|video)%3A))[\w-]{16}\b"),
    "session": re.compile(r"(?<=upload_id=)[\w-]{43}"),
    "log": re.compile(r"\b[0-9a-f]{32}\b"),
    "task": re.compile(r"(?<=~v2-1\.)\d+"),
}


def place(case: Case) -> Path:
    """Where a case's exchanges are kept."""
    name = f"{case.kind}-{case.profile}" if case.profile else case.kind
    return HERE / case.platform.name / f"{name}.json"


async def played(case: Case, served: Served) -> str:
    """The case's exchanges, as they stand in its file."""
    http = RecordingHttp(DEADLINE)
    async with staged_for(case, served, http) as stage:
        made = Delivery(stage.platform, stage.login, case.draft, stage.files, stage.clock)
        await made.run()
    return written(http.exchanges, served.url)


def written(exchanges: list[Exchange], at: str) -> str:
    """As text, with nothing in it that is drawn by lot."""
    text = json.dumps(exchanges, ensure_ascii=False, indent=1) + "\n"
    host = at.removeprefix("http://")
    text = text.replace(f"{at}/sandbox/", "/").replace(at, "https://postclock.test")
    text = text.replace(host, "postclock.test").replace(host.replace(":", "%3A"), "postclock.test")
    for name, pattern in DRAWN.items():
        text = named(text, name, pattern)
    return text


def named(text: str, name: str, pattern: re.Pattern[str]) -> str:
    """``text`` with all that fits ``pattern`` told by its name and number."""
    numbers: dict[str, int] = {}
    return pattern.sub(
        lambda found: f"<{name}-{numbers.setdefault(found[0], len(numbers) + 1)}>", text
    )
