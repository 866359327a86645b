"""A file that comes in as a form: read once somebody is signed in, and outside any transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any, BinaryIO

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from postclock.api.bodies import Body, Text, too_large
from postclock.api.deps import PartsOf, Signed
from postclock.config import Settings
from postclock.errors import BadRequest, Invalid, Problem, TooLarge
from postclock.services.media.model import MAX_ALT, Limits
from postclock.services.media.service import require_writer

FORM_SLACK = 1 << 16
"""Bytes that the form itself may take beside its file."""
FIELDS = 10
Alt = Annotated[Text, Field(max_length=MAX_ALT)]


class Described(Body):
    """What a form says beside its file."""

    alt_text: Alt = ""


@dataclass(frozen=True, slots=True)
class Received:
    """A file as it came in, spooled to the disk, and what was said of it."""

    name: str
    file: BinaryIO
    alt_text: str


FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "additionalProperties": False,
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "alt_text": {"type": "string", "maxLength": MAX_ALT},
                    },
                }
            }
        },
    }
}
"""How the contract shows the form."""


async def read_form(request: Request, parts: PartsOf, who: Signed) -> AsyncIterator[Received]:
    """The form's file and words; raises Invalid with every problem, TooLarge."""
    require_writer(who)
    try:
        form = await request.form(max_files=1, max_fields=FIELDS)
    except HTTPException as error:
        if error.status_code != 400:
            raise
        raise BadRequest("unreadable", f"The form cannot be read: {error.detail}") from error
    try:
        yield _received(form, parts.settings.media_max_bytes)
    finally:
        await form.close()


def _received(form: FormData, limit: int) -> Received:
    given = form.multi_items()
    words = {name: value for name, value in given if name != "file"}
    problems = _file_problems([value for name, value in given if name == "file"])
    try:
        described = Described.model_validate(words)
    except ValidationError as error:
        found = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
        if not problems:
            raise RequestValidationError(found) from error
        raise RequestValidationError([*found, _missing()]) from error
    if problems:
        raise Invalid(problems[0].code, problems[0].message, problems=problems)
    file = form["file"]
    assert isinstance(file, UploadFile)
    if (file.size or 0) > limit:
        raise TooLarge("body_too_large", too_large(limit))
    return Received(file.filename or "", file.file, described.alt_text)


def _missing() -> dict[str, Any]:
    return {"type": "missing", "loc": ("body", "file"), "msg": "", "input": None}


def _file_problems(files: list[UploadFile | str]) -> list[Problem]:
    if len(files) == 1 and isinstance(files[0], UploadFile):
        return []
    message = "Send one file as multipart/form-data, in the field “file”."
    return [Problem("missing", message, "file")]


def limits_of(settings: Settings) -> Limits:
    """How many bytes a file may have."""
    return Limits(settings.media_max_bytes, settings.video_max_bytes)


ReceivedFile = Annotated[Received, Depends(read_form, scope="function")]
