"""Record keys that sort by time. Source: the contract sheet of Bluesky, section 3b."""

from __future__ import annotations

import re

ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")


def tid(micros: int, clock_id: int) -> str:
    """The key of an instant: 53 bits of microseconds, 10 bits that tell clocks apart."""
    number = (micros & (1 << 53) - 1) << 10 | clock_id & 1023
    return "".join(ALPHABET[number >> shift & 31] for shift in range(60, -1, -5))
