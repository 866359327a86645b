"""The same chance for all who send: a node asks for priority, so all it is measured beside do."""

from __future__ import annotations

import os
from contextlib import suppress


def ask() -> None:
    """Before any thread or child is there, as ``postclock node`` asks; refused to plain users."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, -10)
