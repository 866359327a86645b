"""The bare loop: the product's HTTP client posting as fast as it can, and nothing else.

``python -m bench.loop URL PREFIX COUNT IN_FLIGHT``
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator

import uvloop

from bench import priority
from postclock.http import Http


async def post_all(url: str, prefix: str, count: int, in_flight: int) -> None:
    """Post ``count`` keys, ``in_flight`` at once."""
    numbers = iter(range(count))
    async with Http(30) as http:
        began = time.process_time()
        async with asyncio.TaskGroup() as workers:
            for _ in range(in_flight):
                workers.create_task(_post(http, url, prefix, numbers))
        print(f"cpu_seconds {time.process_time() - began}", flush=True)


async def _post(http: Http, url: str, prefix: str, numbers: Iterator[int]) -> None:
    for i in numbers:
        key = f"{prefix}-{i}"
        headers = {"Authorization": "Bearer secret"}
        await http.request("POST", f"{url}/{key}", headers=headers, json={"text": key})


if __name__ == "__main__":
    priority.ask()
    to, named, many, at_once = sys.argv[1:]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(post_all(to, named, int(many), int(at_once)))
