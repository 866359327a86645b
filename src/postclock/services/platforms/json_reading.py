"""Reading JSON that a stranger sent: whatever is not as expected reads as absent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def instant(value: Any) -> datetime | None:
    """An ISO 8601 string as an aware datetime, or None."""
    try:
        read = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def field(value: Any, *path: str) -> Any:
    """What lies at ``path`` inside nested JSON objects, or None."""
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a JSON list; anything else is left out."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def words(value: Any) -> list[str]:
    """The strings and numbers of a JSON list, as text; anything else is left out."""
    return [found for item in value if (found := word(item))] if isinstance(value, list) else []


def word(value: Any) -> str:
    """A JSON string or number as text; anything else is empty."""
    return (
        str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
    )
