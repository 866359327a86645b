"""Failures the twins are told to show, so that every way a platform can fail can be seen."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from postclock.errors import Invalid, Problem

MAX_COUNT = 100_000
MAX_SECONDS = 3600.0


class Fault(StrEnum):
    """What goes wrong with a create call; ``upload_…`` with the call that completes an upload."""

    COMMIT_THEN_DROP = "commit_then_drop"
    """The post becomes public, then the connection closes without an answer."""
    COMMIT_THEN_ERROR = "commit_then_error"
    """The post becomes public, then the platform answers with its own 5xx."""
    DROP_BEFORE_COMMIT = "drop_before_commit"
    """The connection closes without an answer; nothing is published."""
    RATE_LIMIT = "rate_limit"
    """429 with the platform's own headers; free again after ``seconds``."""
    SERVER_ERROR = "server_error"
    """The platform's own 5xx; nothing is published."""
    SLOW = "slow"
    """The post becomes public at once, the answer comes after ``seconds``."""
    UPLOAD_SLOW = "upload_slow"
    """The file is taken, and processed for ``seconds``; no post can show it before."""
    UPLOAD_FAILS = "upload_fails"
    """The file is taken, and its processing fails."""
    UPLOAD_EXPIRES = "upload_expires"
    """The file is taken, and forgotten before a post can show it."""
    UPLOAD_SERVER_ERROR = "upload_server_error"
    """The platform's own 5xx; the file is not kept."""
    UPLOAD_COMMIT_THEN_DROP = "upload_commit_then_drop"
    """The file is taken, then the connection closes without an answer."""
    UPLOAD_DROP = "upload_drop"
    """The connection closes without an answer; the file is not kept."""

    @property
    def of_uploads(self) -> bool:
        return self.value.startswith("upload_")


DEFAULT_SECONDS = {Fault.RATE_LIMIT: 3.0, Fault.SLOW: 5.0, Fault.UPLOAD_SLOW: 30.0}
"""The faults that take ``seconds``, and how long they last when it is not said."""


@dataclass(slots=True)
class QueuedFault:
    """A fault for a platform's next ``count`` calls of its kind: creates or uploads."""

    platform: str
    fault: Fault
    count: int
    seconds: float | None

    def public(self) -> dict[str, Any]:
        """As ``GET /faults`` shows it."""
        shown = {"platform": self.platform, "fault": self.fault.value, "count": self.count}
        return shown if self.seconds is None else {**shown, "seconds": self.seconds}


class Faults:
    """Faults for each platform, used up in the order they were asked for.

    Creates and uploads each have a queue.
    """

    def __init__(self, platforms: Collection[str]) -> None:
        self._platforms = list(platforms)
        self._queues: dict[tuple[str, bool], deque[QueuedFault]] = {
            (name, uploads): deque() for name in platforms for uploads in (False, True)
        }

    def add(self, asked: Any) -> QueuedFault:
        """Queue what a ``PUT /faults`` body asks for; Invalid names every problem in it."""
        problems = [*_shape(asked)] or [*self._problems(asked)]
        if problems:
            raise Invalid(
                "fault_invalid", "The fault was not queued: see the problems.", problems=problems
            )
        fault = Fault(asked["fault"])
        seconds = asked.get("seconds", DEFAULT_SECONDS.get(fault))
        queued = QueuedFault(asked["platform"], fault, asked.get("count", 1), seconds)
        self._queues[queued.platform, fault.of_uploads].append(queued)
        return queued

    def take(self, platform: str, *, upload: bool = False) -> QueuedFault | None:
        """The fault of this create call (or ``upload``), used up by it."""
        queue = self._queues[platform, upload]
        if not queue:
            return None
        first = queue[0]
        first.count -= 1
        if first.count == 0:
            queue.popleft()
        return first

    def clear(self) -> None:
        """Forget all faults."""
        for queue in self._queues.values():
            queue.clear()

    def queued(self) -> list[QueuedFault]:
        """All that is still to come, by platform, in order of use."""
        return [fault for queue in self._queues.values() for fault in queue]

    def _problems(self, asked: dict[str, Any]) -> list[Problem]:
        names = ", ".join(self._platforms)
        kinds = ", ".join(Fault)
        problems = []
        if asked.get("platform") not in self._platforms:
            problems.append(Problem("platform_unknown", f"platform is one of {names}.", "platform"))
        if asked.get("fault") not in [str(fault) for fault in Fault]:
            problems.append(Problem("fault_unknown", f"fault is one of {kinds}.", "fault"))
        if not _whole(asked.get("count", 1), MAX_COUNT):
            words = f"count is a whole number from 1 to {MAX_COUNT}."
            problems.append(Problem("count_invalid", words, "count"))
        if "seconds" in asked:
            problems += _seconds_problems(asked["seconds"], asked.get("fault"))
        return problems


def _shape(asked: Any) -> list[Problem]:
    if not isinstance(asked, dict):
        words = 'The body is a JSON object: {"platform", "fault", "count"}.'
        return [Problem("not_an_object", words)]
    known = ("platform", "fault", "count", "seconds")
    return [
        Problem("field_unknown", f"There is no such field; known are {', '.join(known)}.", name)
        for name in asked
        if name not in known
    ]


def _whole(value: Any, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most


def _seconds_problems(value: Any, fault: Any) -> list[Problem]:
    if (
        not isinstance(value, int | float)
        or isinstance(value, bool)
        or not 0 < value <= MAX_SECONDS
    ):
        words = f"seconds is a number above 0, up to {MAX_SECONDS:g}."
        return [Problem("seconds_invalid", words, "seconds")]
    if fault in list(Fault) and fault not in DEFAULT_SECONDS:
        words = f"seconds goes with {', '.join(DEFAULT_SECONDS)} only."
        return [Problem("seconds_not_taken", words, "seconds")]
    return []
