"""Timestamp identifiers: the record keys of the AT protocol (contract sheet 3b, rkey = TID)."""

from __future__ import annotations

_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
_LENGTH = 13
_CLOCK_BITS = 10
CLOCK_IDS = 1 << _CLOCK_BITS


def tid(micros: int, clock_id: int) -> str:
    """13 characters that sort by ``micros`` (since 1970); ``clock_id`` (0 to 1023) breaks ties."""
    number = (micros & ((1 << 53) - 1)) << _CLOCK_BITS | (clock_id % CLOCK_IDS)
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in range(_LENGTH - 1, -1, -1))
