"""What a person at the command line can act on: one sentence and exit code 1, never a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import typer
from rich.console import Console
from rich.markup import escape
from sqlalchemy.exc import DBAPIError

from postclock.config import WrongSetting
from postclock.crypto import WrongKey
from postclock.errors import PostclockError

screen = Console(stderr=True, highlight=False)


@contextmanager
def plain_errors() -> Iterator[None]:
    """Say what is wrong in a sentence, and end."""
    try:
        yield
    except PostclockError as error:
        words = " ".join(problem.message for problem in error.problems) or error.detail
        raise _ended(words) from None
    except (WrongSetting, WrongKey) as error:
        raise _ended(str(error)) from None
    except psycopg.Error as error:
        raise _refused(error) from None
    except DBAPIError as error:
        raise _refused(error.orig or error) from None


def _refused(error: BaseException) -> typer.Exit:
    words = " ".join(str(error).split())
    return _ended(f"the database refused: {words} (`postclock doctor` looks at what it may be)")


def _ended(words: str) -> typer.Exit:
    screen.print(f"[bold red]postclock:[/] {escape(words)}", soft_wrap=True)
    return typer.Exit(1)
