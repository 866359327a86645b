"""The sandbox's own refusals (not the platforms'), in Postclock's one error shape."""

from __future__ import annotations

from dataclasses import asdict

from postclock.errors import PostclockError
from postclock.sandbox.answers import JsonAnswer


def problem_answer(error: PostclockError) -> JsonAnswer:
    """An ``application/problem+json`` answer that lists every problem."""
    body = {
        "type": "about:blank",
        "title": error.title,
        "status": error.status,
        "code": error.code,
        "detail": error.detail,
        "problems": [asdict(problem) for problem in error.problems],
        **error.extra,
    }
    return JsonAnswer(
        body, error.status, headers=error.headers, media_type="application/problem+json"
    )
