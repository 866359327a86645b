"""Breaks nodes for a while and counts what became of the posts: `make chaos`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from python_env import PYTHON, ensure_packages, environment
from steps import ROOT, SetupError, alone


def main() -> None:
    """Sets up what the tests need; SECONDS and SEED come from make, other arguments go on."""
    command: list[str | Path] = [
        PYTHON,
        "-m",
        "tests.chaos",
        "--seconds",
        os.environ.get("SECONDS") or "600",
    ]
    if seed := os.environ.get("SEED"):
        command += ["--seed", seed]
    try:
        with alone():
            ensure_packages(dev=True)
    except SetupError as error:
        sys.exit(str(error))
    sys.exit(subprocess.run([*command, *sys.argv[1:]], env=environment(), cwd=ROOT).returncode)


if __name__ == "__main__":
    main()
