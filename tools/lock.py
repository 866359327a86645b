"""Pins every Python package by version and hash: `make lock`."""

from __future__ import annotations

import os
import sys

from package_index import uv_environment
from python_env import DEV_LOCK, PYTHON, RUN_LOCK, UV_LOCK, environment, make_venv, uv
from steps import ROOT, SetupError, alone, run

COMPILE = (
    "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes",
    "--no-emit-index-url", "--no-emit-find-links", "--custom-compile-command", "make lock",
)  # fmt: skip


def main() -> None:
    """Writes the four lock files; arguments go to uv (`--upgrade`, `--upgrade-package NAME`)."""
    more = sys.argv[1:]
    try:
        with alone():
            make_venv()
            start = [str(uv()), *COMPILE, *more]
            given = {**environment(), **uv_environment(PYTHON, os.environ)}
            project = ROOT / "pyproject.toml"
            run([*start, project.name, "--group", "build", "-o", RUN_LOCK.name], given)
            run([*start, project.name, "--group", "build", "--group", "dev",
                 "-c", RUN_LOCK.name, "-o", DEV_LOCK.name], given)  # fmt: skip
            run([*start, "--group", "bootstrap", "-o", str(UV_LOCK.relative_to(ROOT))], given)
            run([*start, "bench/requirements.in", "-c", RUN_LOCK.name,
                 "-o", "bench/requirements.lock"], given)  # fmt: skip
    except SetupError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
