"""Breaks nodes for a while and counts what became of the posts: `make chaos`.

Then the two proofs that `make test` has in a short form are run in full: a million schedules in
virtual time, and the query plans among two million rows.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from python_env import PYTHON, ensure_packages, environment
from steps import ROOT, SetupError, alone

IN_FULL = (
    PYTHON, "-m", "pytest", "-q",
    "tests/scheduler/test_simulation.py", "tests/scheduler/test_plan.py",
)  # fmt: skip
SIZES = {"SIM_SCHEDULES": "1000000", "PENDING": "1000000"}


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
    codes = [
        subprocess.run([*command, *sys.argv[1:]], env=environment(), cwd=ROOT).returncode,
        subprocess.run(IN_FULL, env={**environment(), **SIZES}, cwd=ROOT).returncode,
    ]
    sys.exit(any(codes))


if __name__ == "__main__":
    main()
