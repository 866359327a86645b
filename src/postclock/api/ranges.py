"""The Range header: which bytes of a file are asked for (RFC 9110, one range)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ONE = re.compile(r"bytes=(?:(\d{1,19})-(\d{0,19})|-(\d{1,19}))")


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes ``start`` to ``end`` (exclusive)."""

    start: int
    end: int

    def content_range(self, size: int) -> str:
        """As the answer's header says it."""
        return f"bytes {self.start}-{self.end - 1}/{size}"


class Unsatisfiable(Exception):
    """No byte of what is asked for exists."""


def read_range(header: str | None, size: int) -> Span | None:
    """What ``header`` asks of a file of ``size`` bytes; None for all of it: also for several
    ranges and for what cannot be read, which a server may ignore. Raises Unsatisfiable."""
    found = _ONE.fullmatch(header.strip()) if header else None
    if not found:
        return None
    first, last, suffix = found.groups()
    if suffix is not None:
        start, end = max(0, size - int(suffix)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return None
    if start >= end:
        raise Unsatisfiable
    return Span(start, end)
