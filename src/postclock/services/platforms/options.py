"""An author's own choices for a platform, read by the platform's model."""

from __future__ import annotations

from typing import TypeVar, get_args

from pydantic import BaseModel, ValidationError

from postclock.errors import Problem
from postclock.services.platforms.drafting import Draft

Where = tuple[int | str, ...]
Model = TypeVar("Model", bound=BaseModel)


def read_options(model: type[Model], draft: Draft) -> tuple[Model | None, list[Problem]]:
    """The draft's options as ``model`` reads them; None with every problem where it cannot."""
    try:
        return model.model_validate(dict(draft.options)), []
    except ValidationError as error:
        return None, [
            _problem(model, one["loc"], one["type"], one["msg"]) for one in error.errors()
        ]


def chosen(model: type[Model], draft: Draft) -> Model:
    """The options of a draft that was checked."""
    return model.model_validate(dict(draft.options))


def _problem(model: type[BaseModel], where: Where, kind: str, said: str) -> Problem:
    field = ".".join(["options", *map(str, where)])
    if kind == "extra_forbidden":
        return Problem("option_unknown", f"There is no such choice: {where[-1]}.", field)
    title = _title(model, where)
    if kind == "missing":
        return Problem("option_missing", f"{title}: this has to be chosen.", field)
    words = said.removeprefix("Value error, ").rstrip(".")
    return Problem("option_invalid", f"{title}: {words[:1].lower()}{words[1:]}.", field)


def _title(model: type[BaseModel], where: Where) -> str:
    """What the choice is called on the form: the innermost name on the way to it."""
    found, inside = "Options", model
    for name in map(str, where):
        info = inside.model_fields.get(name)
        if info is None:
            break
        found = info.title or name.replace("_", " ").capitalize()
        parts = (info.annotation, *get_args(info.annotation))
        inner = [one for one in parts if isinstance(one, type) and issubclass(one, BaseModel)]
        if not inner:
            break
        inside = inner[0]
    return found
