"""An author's own choices for a platform, read by the platform's model."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from postclock.errors import Problem
from postclock.services.platforms.drafting import Draft

Model = TypeVar("Model", bound=BaseModel)


def read_options(model: type[Model], draft: Draft) -> tuple[Model | None, list[Problem]]:
    """The draft's options as ``model`` reads them; None with every problem where it cannot."""
    try:
        return model.model_validate(dict(draft.options)), []
    except ValidationError as error:
        return None, [_problem(one["loc"], one["type"], one["msg"]) for one in error.errors()]


def chosen(model: type[Model], draft: Draft) -> Model:
    """The options of a draft that was checked."""
    return model.model_validate(dict(draft.options))


def _problem(where: tuple[int | str, ...], kind: str, said: str) -> Problem:
    field = ".".join(["options", *map(str, where)])
    if kind == "extra_forbidden":
        return Problem("option_unknown", f"There is no such choice: {where[-1]}.", field)
    name = str(where[-1]).replace("_", " ") if where else "options"
    words = said.removeprefix("Value error, ")
    return Problem("option_invalid", f"{name[:1].upper()}{name[1:]}: {words}.", field)
