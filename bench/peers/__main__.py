"""``python -m bench.peers NAME prepare|fill|work|about [PLAN]``, run by the peers' own Python."""

from __future__ import annotations

import importlib
import json
import sys
from typing import cast

from bench import priority
from bench.peers.contract import Peer, Place
from bench.plan import Plan


def main(name: str, action: str, *plan: str) -> None:
    """Do one thing with one peer."""
    peer = cast("Peer", importlib.import_module(f"bench.peers.{name}"))
    if action == "about":
        print(json.dumps({"version": peer.VERSION, "settings": peer.SETTINGS}))
        return
    place = Place.of_environment()
    match action:
        case "prepare":
            peer.prepare(place)
        case "fill":
            peer.fill(place, Plan.loaded(plan[0]))
        case "work":
            priority.ask()
            peer.work(place)


if __name__ == "__main__":
    main(*sys.argv[1:])
