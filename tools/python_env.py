"""The virtual environment `.venv`: exactly what the lock files name, and Postclock itself."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
from pathlib import Path

from package_index import uv_environment
from steps import ROOT, VENV, SetupError, Step, digest, run

PYTHON = VENV / "bin" / "python"
RUN_LOCK = ROOT / "requirements.lock"
DEV_LOCK = ROOT / "requirements-dev.lock"
UV_LOCK = ROOT / "tools" / "requirements-uv.lock"
STAMPS = VENV / "stamps"


def environment() -> dict[str, str]:
    """The environment for all that is run from `.venv`."""
    path = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {**os.environ, "PATH": path, "VIRTUAL_ENV": str(VENV)}


def ensure_packages(*, dev: bool) -> None:
    """`.venv` with the packages to run Postclock; with ``dev`` also those to test it.

    Once there, the latter are kept up to date by every set-up: nothing is put in and taken
    out in turns.
    """
    make_venv()
    dev_stamp = STAMPS / "dev-packages"
    steps = {True: _packages(DEV_LOCK, dev_stamp), False: _packages(RUN_LOCK, STAMPS / "packages")}
    steps[dev or dev_stamp.exists()].ensure()


def make_venv() -> None:
    """`.venv`, made by the Python that runs us; one of another Python is replaced."""
    if _fits():
        return
    with_pip = _uv_elsewhere() is None
    if with_pip and importlib.util.find_spec("ensurepip") is None:
        raise SetupError(
            "This Python cannot make virtual environments with pip. Install its venv module"
            " (on Debian and Ubuntu: apt install python3-venv), or uv."
        )
    pip = [] if with_pip else ["--without-pip"]
    run([sys.executable, "-m", "venv", "--clear", *pip, str(VENV)], os.environ)


def uv() -> Path:
    """uv: the one on PATH, else one that pip puts into `.venv`."""
    if found := _uv_elsewhere():
        return found
    own = VENV / "bin" / "uv"
    if not own.exists():
        if not (VENV / "bin" / "pip").exists():
            run([PYTHON, "-m", "ensurepip"], environment())
        run([PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
             "--require-hashes", "-r", UV_LOCK], environment())  # fmt: skip
    return own


def _packages(lock: Path, stamp: Path) -> Step:
    return Step(
        name=f"Python packages ({lock.name})",
        key=digest(lock, ROOT / "pyproject.toml", str(ROOT), platform.python_version()),
        stamp=stamp,
        outputs=[PYTHON, VENV / "bin" / "postclock"],
        work=lambda: _install(lock),
    )


def _install(lock: Path) -> None:
    program = uv()
    given = {**environment(), **uv_environment(PYTHON, os.environ)}
    target: list[str | Path] = ["--python", PYTHON]
    run([program, "pip", "sync", *target, "--require-hashes", lock], given)
    run([program, "pip", "install", *target, "--quiet", "--no-deps", "--no-build-isolation",
         "--editable", ROOT], given)  # fmt: skip


def _fits() -> bool:
    try:
        noted = dict(
            line.split(" = ", 1) for line in (VENV / "pyvenv.cfg").read_text().splitlines()
        )
    except (OSError, ValueError):
        return False
    return (
        PYTHON.exists()
        and noted.get("version") == platform.python_version()
        and noted.get("command", "").endswith(str(VENV))
    )


def _uv_elsewhere() -> Path | None:
    """uv on PATH, not the one in `.venv` of a shell that has it activated."""
    places = [place for place in os.environ.get("PATH", "").split(os.pathsep)
              if Path(place) != VENV / "bin"]  # fmt: skip
    found = shutil.which("uv", path=os.pathsep.join(places))
    return Path(found) if found else None
