"""Sets up what the benches need and runs them: `make bench`."""

from __future__ import annotations

import os
import platform
import shutil
import sys

from package_index import uv_environment
from python_env import PYTHON, ensure_packages, environment, uv
from steps import CACHE, ROOT, SetupError, Step, alone, digest, run

PEERS = CACHE / "bench"
LOCK = ROOT / "bench" / "requirements.lock"


def main() -> None:
    """What `make bench` calls; arguments go to `python -m bench`."""
    try:
        with alone():
            ensure_packages(dev=False)
            ensure_peers()
        given = {**environment(), "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
        run([PYTHON, "-m", "bench", *sys.argv[1:]], given)
    except SetupError as error:
        sys.exit(str(error))


def ensure_peers() -> None:
    """The peers, in an environment of their own: nothing of them gets into `.venv`."""
    Step(
        name=f"the peers ({LOCK.relative_to(ROOT)})",
        key=digest(LOCK, platform.python_version()),
        stamp=PEERS / "stamp",
        outputs=[PEERS / "bin" / "python"],
        work=_install,
    ).ensure()


def _install() -> None:
    given = {**environment(), **uv_environment(PYTHON, os.environ)}
    shutil.rmtree(PEERS, ignore_errors=True)
    run([uv(), "venv", "--quiet", "--python", PYTHON, PEERS], given)
    run([uv(), "pip", "sync", "--quiet", "--python", PEERS / "bin" / "python", "--require-hashes",
         LOCK], given)  # fmt: skip


if __name__ == "__main__":
    main()
