"""Writes what happened, in batches: as many endings as came while the last batch was written."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from uuid import UUID

import psycopg
import structlog
from psycopg.rows import DictRow
from psycopg_pool import PoolClosed, PoolTimeout

from postclock.clock import Clock
from postclock.db.engine import Pool
from postclock.scheduler.ports import Change, Witness
from postclock.scheduler.record import Ending, record

log = structlog.get_logger(__name__)

BATCH = 200
LONGEST_WAIT = 5.0
STOP_PATIENCE = 15.0
BLOCKED = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)
REFUSED = (psycopg.DataError, psycopg.IntegrityError, *BLOCKED)
AWAY = (psycopg.Error, PoolTimeout, PoolClosed, OSError)


class Recorder:
    """Start it, ``put`` endings, stop it: stop returns when everything is written.

    A batch that the database refuses (a lock, a value) is halved until the one at fault stands
    alone; one that the witness stumbles over is written untold. While the database is away the
    endings wait here; should the process die meanwhile, their leases run out and the platform is
    asked.
    """

    def __init__(
        self, pool: Pool, witness: Witness, clock: Clock, written: Callable[[Ending], None]
    ) -> None:
        self._pool, self._witness, self._clock, self._written = pool, witness, clock, written
        self._queue: asyncio.Queue[Ending | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="recorder")

    async def stop(self) -> None:
        """Return when everything put so far is written, or the database stays away too long.

        What is not written then is found out by whoever takes the leases over.
        """
        self._queue.put_nowait(None)
        if self._task:
            _, late = await asyncio.wait({self._task}, timeout=STOP_PATIENCE)
            for task in late:
                log.error("record_given_up", endings=self._queue.qsize())
                task.cancel()

    async def broken(self) -> None:
        """Return when the recorder has stopped working; raises what stopped it."""
        if self._task:
            await asyncio.shield(self._task)

    def put(self, ending: Ending) -> None:
        """Have ``ending`` written; ``written`` is called when it is."""
        self._queue.put_nowait(ending)

    async def _run(self) -> None:
        stopping = False
        while not stopping:
            batch: list[Ending | None] = [await self._queue.get()]
            while len(batch) < BATCH and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            stopping = None in batch
            await self._record([ending for ending in batch if ending is not None])

    async def _record(self, endings: Sequence[Ending]) -> None:
        if not endings:
            return
        wait, tell = 0.05, True
        while True:
            try:
                await self._write(endings, tell=tell)
                break
            except REFUSED as error:
                if await self._halve(endings, error):
                    return
            except AWAY as error:
                log.warning("record_waits", endings=len(endings), error=str(error))
            except Exception as error:
                # Whatever the layers above stumble over, what happened must be written.
                if await self._split(endings):
                    return
                log.error("witness_stumbled", exc_info=error)
                tell = False
                continue
            await self._clock.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)
        for ending in endings:
            self._written(ending)

    async def _halve(self, endings: Sequence[Ending], error: psycopg.Error) -> bool:
        """Try the halves of a refused batch on their own; False for one that may yet work."""
        if await self._split(endings):
            return True
        if isinstance(error, psycopg.OperationalError):
            return False
        # Its lease runs out and the platform is asked again: nothing is lost, nothing sent twice.
        log.error("record_refused", delivery=str(endings[0].claim.delivery_id), error=str(error))
        self._written(endings[0])
        return True

    async def _split(self, endings: Sequence[Ending]) -> bool:
        """Record the halves on their own; False when there is only one."""
        if len(endings) == 1:
            return False
        middle = len(endings) // 2
        await self._record(endings[:middle])
        await self._record(endings[middle:])
        return True

    async def _write(self, endings: Sequence[Ending], *, tell: bool) -> None:
        now = self._clock.now()
        async with self._pool.connection() as connection, connection.transaction():
            moved, told = await record(connection, endings, now=now)
            if tell:
                await self._witness.recorded(connection, _changes(moved, told), now)


def _changes(moved: Sequence[DictRow], told: Sequence[DictRow]) -> list[Change]:
    of_post: dict[UUID, dict[UUID, str]] = defaultdict(dict)
    for row in moved:
        of_post[row["post_id"]][row["id"]] = row["state"]
    return [
        Change(
            post_id=row["post_id"], workspace_id=row["workspace_id"], was=row["was"],
            status=row["status"], removed=row["removed"], moved=of_post[row["post_id"]],
            deliveries=row["deliveries"] or [],
        )
        for row in told
        if row["post_id"] in of_post
    ]  # fmt: skip
