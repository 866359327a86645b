"""Pages of a list: a cursor is the place after the last item, opaque to its reader."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Query

from postclock.errors import Invalid, Problem

Limit = Annotated[int, Query(ge=1, le=100, description="How many items at most.")]
Cursor = Annotated[
    str | None, Query(max_length=200, description="`next_cursor` of the page before.")
]
Place = tuple[datetime, UUID]
Row = TypeVar("Row")


def read_cursor(cursor: str | None) -> Place | None:
    """The place ``cursor`` names; raises Invalid for one that nobody handed out."""
    if cursor is None:
        return None
    try:
        at, _, key = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")
        place = datetime.fromisoformat(at), UUID(key)
        if place[0].tzinfo is None:
            raise ValueError
        return place
    except (ValueError, UnicodeError):
        message = "This cursor is not one that a list answered."
        problems = [Problem("cursor_invalid", message, "cursor")]
        raise Invalid("cursor_invalid", message, problems=problems) from None


def page(
    rows: Sequence[Row], limit: int, place: Callable[[Row], Place]
) -> tuple[Sequence[Row], str | None]:
    """The first ``limit`` of ``rows`` (one more was asked for) and the cursor after them."""
    if len(rows) <= limit:
        return rows, None
    shown = rows[:limit]
    at, key = place(shown[-1])
    return shown, base64.urlsafe_b64encode(f"{at.isoformat()}|{key}".encode()).decode()
