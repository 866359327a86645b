"""Writes docs/reference/cli.md from the command line itself.

``python -m tests.docs.cli_reference`` writes the page anew; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import typer.main
from typer.core import TyperCommand, TyperGroup, TyperOption

from postclock.cli import app

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"
HEAD = """\
# The command line

Written from the program itself; `make test` compares this page with it. `postclock COMMAND --help`
says the same on a terminal. Every command reads its settings from the environment:
[settings](settings.md). A command that cannot do its work prints one sentence and ends with 1.
"""

Command = TyperCommand | TyperGroup


def page() -> str:
    """The whole page."""
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    return "\n".join([HEAD, *(section(name, one) for name, one in commands(root))])


def commands(group: TyperGroup, before: str = "postclock") -> Iterator[tuple[str, Command]]:
    """Every command that help shows, with the words that call it."""
    for name, command in group.commands.items():
        if command.hidden:
            continue
        if isinstance(command, TyperGroup):
            yield from commands(command, f"{before} {name}")
        elif isinstance(command, TyperCommand):
            yield f"{before} {name}", command


def section(name: str, command: Command) -> str:
    """One command: what it does, an example, its options."""
    said = "\n".join(line.strip() for line in (command.help or "").strip().splitlines())
    options = [option for option in command.params if isinstance(option, TyperOption)]
    table = ["| option | default | meaning |", "| --- | --- | --- |", *map(row, options)]
    return "\n".join([f"## {name}", "", said, "", *([*table, ""] if options else [])])


def row(option: TyperOption) -> str:
    """One option; a setting of the environment that fills it is named."""
    default = "required" if option.required else f"`{option.default}`" if option.default else "–"
    words = (option.help or "").strip()
    if option.envvar:
        words += f" Or set `{option.envvar}`."
    return f"| `{' '.join(option.opts)}` | {default} | {words} |"


if __name__ == "__main__":
    PAGE.write_text(page())
