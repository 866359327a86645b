"""How a video is cut for TikTok (contract sheet 4.b.3).

Chunks of 5 to 64 MB; ``count = floor(size / chunk)``, so the last one carries the rest and is the
largest. It is sent at the moment of publishing: the smaller it is, the less is left for then.
"""

from __future__ import annotations

from dataclasses import dataclass

SMALLEST = 5_242_880
LARGEST = 64_000_000
MOST = 1000


@dataclass(frozen=True, slots=True)
class Cut:
    """``count`` chunks of ``chunk`` bytes, the last one longer by what is left."""

    size: int
    chunk: int

    @property
    def count(self) -> int:
        return max(self.size // self.chunk, 1)

    @property
    def last_start(self) -> int:
        return (self.count - 1) * self.chunk

    @property
    def last_size(self) -> int:
        return self.size - self.last_start


def cut(size: int, chunk: int) -> Cut:
    """``size`` bytes in chunks of ``chunk``, as the rules have it; a small video is one chunk."""
    return Cut(size, size if size < SMALLEST else min(max(chunk, SMALLEST), LARGEST, size))


def even_cut(size: int, wanted: int = SMALLEST) -> Cut:
    """As many chunks of at least ``wanted`` bytes as there may be, nearly equal: the last one is
    hardly longer than the others."""
    at_least = min(max(wanted, SMALLEST), LARGEST // 2)  # what is over 64 MB must be split
    count = min(size // at_least, MOST)
    return cut(size, size // count) if count else cut(size, size)


def content_range(start: int, end: int, total: int) -> str:
    """``Content-Range`` of the bytes from ``start`` to ``end`` (exclusive)."""
    return f"bytes {start}-{end - 1}/{total}"
