"""Write the recorded exchanges anew: ``python -m tests.platforms.record [PLATFORM …]``."""

from __future__ import annotations

import asyncio
import sys

from tests.conformance.stage import serving
from tests.platforms.played import played, plays


def main(names: list[str]) -> None:
    """Play everything of the platforms, by default of all, and keep what passed."""
    with serving() as served:
        made = {
            play.place: asyncio.run(played(play, served))
            for play in plays()
            if not names or play.case.platform.name in names
        }
    for folder in {path.parent for path in made}:
        folder.mkdir(exist_ok=True)
        for old in folder.glob("*.json"):
            old.unlink()
    for path, text in made.items():
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
