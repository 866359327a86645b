"""What the framework found wrong with a request, in Postclock's own codes and sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from postclock.errors import Problem
from postclock.services.posts.model import SETTABLE

SYSTEM_STATUSES = (
    "publishing", "published", "partially_published", "failed", "missed", "unconfirmed",
)  # fmt: skip

SENTENCES: Mapping[str, tuple[str, str]] = {
    "extra_forbidden": ("unknown_field", "There is no such field."),
    "missing": ("missing", "This field is required."),
    "json_invalid": ("json_invalid", "The body is not valid JSON."),
    "string_unicode": ("text_unstorable", "This text has half a character (a lone surrogate)."),
    "model_attributes_type": ("wrong_type", "This must be a JSON object."),
    "model_type": ("wrong_type", "This must be a JSON object."),
    "dict_type": ("wrong_type", "This must be a JSON object."),
    "list_type": ("wrong_type", "This must be a list."),
    "string_type": ("wrong_type", "This must be text."),
    "uuid_type": ("id_invalid", "This is not an id: ids are UUIDs."),
    "uuid_parsing": ("id_invalid", "This is not an id: ids are UUIDs."),
    "string_pattern_mismatch": ("wrong_format", "This has characters that are not allowed here."),
}
"""By the framework's kind of error: our code, and a sentence for a person."""

CODES: Mapping[str, str] = {
    "string_too_long": "too_long",
    "too_long": "too_long",
    "string_too_short": "missing",
    "too_short": "missing",
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
    "literal_error": "not_a_choice",
}
"""Where the framework's own sentence says it well."""


def problem_of(error: Mapping[str, Any]) -> Problem:
    """One of the framework's findings as a problem; the value that was sent is not repeated."""
    where = ".".join(str(part)[:60] for part in error["loc"] if part not in ("body", "query"))
    kind, given = str(error["type"]), error.get("input")
    if where == "status" and kind == "literal_error":
        return _wrong_status(given)
    if kind in SENTENCES:
        code, message = SENTENCES[kind]
        return Problem(code, message, where or None)
    message = str(error["msg"]).removeprefix("Value error, ")
    code = "text_unstorable" if "NUL" in message else CODES.get(kind, "wrong_type")
    return Problem(code, message, where or None)


def _wrong_status(given: Any) -> Problem:
    settable = ", ".join(sorted(SETTABLE))
    if given in SYSTEM_STATUSES:
        message = f"Only Postclock sets “{given}”. You can set: {settable}."
        return Problem("status_not_settable", message, "status")
    return Problem("status_unknown", f"A status is one of: {settable}.", "status")
