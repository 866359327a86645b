"""The notes in MP4 and QuickTime files: where a phone writes the place, the device and the time.

They are blanked where they stand, so that every offset in the file stays true and no frame is
touched: a ``udta`` or ``meta`` box becomes a ``free`` one of the same size.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

_ENTERED = frozenset({b"moov", b"trak"})
_BLANKED = frozenset({b"udta", b"meta", b"uuid"})
MOST = 32 << 20
"""Bytes of a box that is blanked; notes are far smaller."""
BOXES = 10_000
"""Boxes that are looked at; a file with more is not one that a camera wrote."""


@dataclass(frozen=True, slots=True)
class Patch:
    """What stands at ``offset`` instead."""

    offset: int
    content: bytes


def notes(file: BinaryIO) -> list[Patch]:
    """What blanks the notes of ``file``; raises ValueError when its end is missing."""
    end = file.seek(0, os.SEEK_END)
    if sum(box.size for box in _boxes(file, 0, end, enter=False)) < end:
        raise ValueError("its last box is not whole")
    return [
        Patch(at, name)
        for box in islice(_boxes(file, 0, end), BOXES)
        if box.name in _BLANKED and box.size <= MOST
        for at, name in ((box.at + 4, b"free"), (box.at + box.head, bytes(box.size - box.head)))
    ]


@dataclass(frozen=True, slots=True)
class Box:
    """A box: its name, where it begins, how long it is, and how long its head is."""

    name: bytes
    at: int
    size: int
    head: int


def _boxes(file: BinaryIO, start: int, end: int, *, enter: bool = True) -> Iterator[Box]:
    """Each box from ``start`` to ``end``; those of a film and of its tracks are entered."""
    at = start
    while at + 8 <= end:
        file.seek(at)
        raw = file.read(16)
        size, name, head = int.from_bytes(raw[:4]), raw[4:8], 8
        if size == 1:
            size, head = int.from_bytes(raw[8:16]), 16
        elif size == 0:
            size = end - at
        if size < head or at + size > end:
            return
        yield Box(name, at, size, head)
        if enter and name in _ENTERED:
            yield from _boxes(file, at + head, at + size)
        at += size


def patched(piece: bytes, offset: int, patches: Sequence[Patch]) -> bytes:
    """``piece``, which stands at ``offset`` of its file, as the file is with ``patches``."""
    for patch in patches:
        start = max(offset, patch.offset)
        end = min(offset + len(piece), patch.offset + len(patch.content))
        if start < end:
            new = patch.content[start - patch.offset : end - patch.offset]
            piece = piece[: start - offset] + new + piece[end - offset :]
    return piece
