"""Looks at the code without running it: `make check`. All looks are taken, then it fails."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from python_env import ensure_packages, environment
from steps import ROOT, VENV, SetupError, alone, say
from web_env import WEB, ensure_packages_of_web, node_environment, npm, script_missing

PYTHON_LOOKS = (
    ("ruff", "format", "--check"),
    ("ruff", "check"),
    ("mypy", "--strict"),
    ("lint-imports",),
)
WEB_LOOKS = ("lint", "typecheck")


def main() -> None:
    """What `make check` calls."""
    try:
        with alone():
            ensure_packages(dev=True)
            ensure_packages_of_web()
    except SetupError as error:
        sys.exit(str(error))
    failed = [" ".join(look) for look in PYTHON_LOOKS if not _python(look)]
    failed += [f"web: npm run {look}" for look in WEB_LOOKS if not _web(look)]
    sys.exit(f"Failed: {', '.join(failed)}" if failed else 0)


def _python(look: Sequence[str]) -> bool:
    return _passes([VENV / "bin" / look[0], *look[1:]], environment(), ROOT)


def _web(look: str) -> bool:
    if not (WEB / "package.json").exists():
        return True
    if missing := script_missing(WEB, look):
        print(missing)
        return False
    return _passes([npm(), "run", "--silent", look], node_environment(), WEB)


def _passes(command: Sequence[str | Path], env: Mapping[str, str], folder: Path) -> bool:
    say(" ".join([Path(command[0]).name, *map(str, command[1:])]))
    return subprocess.run(command, env=dict(env), cwd=folder, check=False).returncode == 0


if __name__ == "__main__":
    main()
