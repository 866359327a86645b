"""Every error as application/problem+json, with all problems at once. Bad input is never a 500."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
import structlog
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from starlette.exceptions import HTTPException

from postclock.api.unacceptable import problem_of
from postclock.crypto import WrongKey
from postclock.errors import PostclockError, Problem

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"


class ProblemItem(BaseModel):
    """One thing that is wrong, and where."""

    code: str = Field(examples=["text_too_long"])
    message: str = Field(examples=["X counts 301 of 280 characters: shorten by 21."])
    field: str | None = Field(None, examples=["content.twitter.text"])


class ProblemDocument(BaseModel):
    """The one shape of every error."""

    type: str = Field(examples=["about:blank#text_too_long"])
    title: str = Field(examples=["Not acceptable"])
    status: int = Field(examples=[422])
    code: str = Field(examples=["text_too_long"])
    detail: str
    problems: list[ProblemItem] = Field(default_factory=list)


def problem_response(
    status: int,
    title: str,
    code: str,
    detail: str,
    *,
    problems: Sequence[Problem] = (),
    extra: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """One error, written down."""
    body = {
        **(extra or {}),
        "type": f"about:blank#{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
        "problems": [{"code": p.code, "message": p.message, "field": p.field} for p in problems],
    }
    return JSONResponse(
        jsonable_encoder(body), status, headers=dict(headers or {}), media_type=MEDIA_TYPE
    )


def add_error_handlers(app: FastAPI) -> None:
    """Teach ``app`` to answer every error in the one shape."""
    app.add_exception_handler(PostclockError, _ours)
    app.add_exception_handler(RequestValidationError, _unacceptable)
    app.add_exception_handler(HTTPException, _from_framework)
    app.add_exception_handler(DBAPIError, _database)
    app.add_exception_handler(psycopg.OperationalError, _away)
    app.add_exception_handler(PoolExhausted, _pool)
    app.add_exception_handler(WrongKey, _locked)
    app.add_exception_handler(Exception, _unexpected)


async def _ours(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, PostclockError)
    return problem_response(
        error.status, error.title, error.code, error.detail,
        problems=error.problems, extra=error.extra, headers=error.headers,
    )  # fmt: skip


async def _unacceptable(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    problems = [problem_of(each) for each in error.errors()]
    unreadable = any(each["type"] == "json_invalid" for each in error.errors())
    first = problems[0]
    detail = first.message if len(problems) == 1 else f"{len(problems)} things to mend."
    status, title = (400, "Unreadable request") if unreadable else (422, "Not acceptable")
    return problem_response(status, title, first.code, detail, problems=problems)


FRAMEWORK = {
    400: ("Unreadable request", "unreadable", "The body is not JSON in UTF-8, or nested too deep."),
    404: ("Not found", "not_found", "There is nothing at this address."),
    405: ("Method not allowed", "method_not_allowed", "This address does not take this method."),
    413: ("Too large", "body_too_large", ""),
}
"""What the framework refuses by itself: title, code, and our sentence (else its own)."""


async def _from_framework(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == 405 and (methods := _methods(request)):
        headers["Allow"] = ", ".join(methods)
    title, code, detail = FRAMEWORK.get(error.status_code, ("Error", "http_error", ""))
    return problem_response(
        error.status_code, title, code, detail or str(error.detail), headers=headers
    )


def _methods(request: Request) -> list[str]:
    """All that this address takes; the framework names those of one route only."""
    app: FastAPI = request.app
    paths = app.openapi()["paths"]
    for template in sorted(paths, key=lambda path: path.count("{")):
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), request.url.path):
            return sorted(verb.upper() for verb in paths[template])
    return []


async def _database(_request: Request, error: Exception) -> JSONResponse:
    cause = getattr(error, "orig", None)
    if isinstance(cause, psycopg.errors.LockNotAvailable):
        return problem_response(
            503, "Unavailable", "busy", "This is being changed by somebody else: try again.",
            headers={"Retry-After": "1"},
        )  # fmt: skip
    if isinstance(cause, psycopg.OperationalError):
        return await _away(_request, cause)
    return await _unexpected(_request, error)


async def _away(_request: Request, error: Exception) -> JSONResponse:
    log.warning("database_away", error=str(error))
    return problem_response(
        503, "Unavailable", "database_away",
        "The database does not answer. Nothing was saved: try again in a moment.",
        headers={"Retry-After": "5"},
    )  # fmt: skip


async def _pool(_request: Request, _error: Exception) -> JSONResponse:
    return problem_response(
        503, "Unavailable", "busy", "Too many requests at once: try again in a moment.",
        headers={"Retry-After": "2"},
    )  # fmt: skip


async def _locked(request: Request, error: Exception) -> JSONResponse:
    log.error("secrets_unreadable", path=request.url.path, error=str(error))
    return problem_response(
        503, "Unavailable", "secrets_unreadable",
        "The key that sealed this is missing from the server's POSTCLOCK_SECRET_KEYS.",
    )  # fmt: skip


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.error("request_failed", path=request.url.path, exc_info=error)
    return problem_response(
        500, "Something went wrong", "internal",
        "Postclock stumbled over this request. It is in the server's log.",
    )  # fmt: skip
