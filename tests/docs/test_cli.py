"""docs/reference/cli.md says what `postclock --help` says."""

from __future__ import annotations

import typer.main
from typer.core import TyperGroup

from postclock.cli import app
from tests.docs.cli_reference import PAGE, commands, page


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text() == page(), "run: python -m tests.docs.cli_reference"


def test_every_command_shows_an_example() -> None:
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    without = [name for name, command in commands(root) if "Example:" not in (command.help or "")]
    assert without == []


def test_every_option_is_explained() -> None:
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    silent = [
        f"{name} {option.name}"
        for name, command in commands(root)
        for option in command.params
        if not getattr(option, "help", "")
    ]
    assert silent == []
