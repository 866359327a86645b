"""Sets up and passes all tests, one suite after another: `make test`.

`SKIP=e2e,pds make test` leaves suites out. The last line sums up.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from python_env import PYTHON, ensure_packages, environment
from results import Counts, read_junit, summary, table
from steps import CACHE, ROOT, SetupError, alone
from web_env import PDS, WEB, ensure_pds, ensure_web, node_environment, npm, script_missing

RESULTS = CACHE / "results"


@dataclass(frozen=True)
class Suite:
    """A part of the tests: what it needs, how it runs, where its JUnit results are."""

    name: str
    prepare: Callable[[], None]
    command: Callable[[Path], Sequence[str | Path]]
    environment: Callable[[Path], Mapping[str, str]]
    folder: Path = ROOT


def main() -> None:
    """What `make test` calls."""
    try:
        left_out = wanted_out(os.environ.get("SKIP", ""))
    except SetupError as error:
        sys.exit(str(error))
    shutil.rmtree(RESULTS, ignore_errors=True)
    RESULTS.mkdir(parents=True)
    outcomes = [play(suite) for suite in SUITES if suite.name not in left_out]
    print(f"\n{table(outcomes, left_out)}\n\n{summary(outcomes)}", flush=True)
    sys.exit(any(counts.failed for counts in outcomes))


def wanted_out(skip: str) -> list[str]:
    """The suites named in SKIP; raises SetupError for a name that is none."""
    named = [name.strip() for name in skip.split(",") if name.strip()]
    known = [suite.name for suite in SUITES]
    if unknown := set(named) - set(known):
        raise SetupError(
            f"SKIP names no suite: {', '.join(sorted(unknown))}. There are: {', '.join(known)}."
        )
    return [name for name in known if name in named]


def play(suite: Suite) -> Counts:
    """Prepare and run one suite; what keeps it from running is its failure."""
    print(f"\n━━ {suite.name} ━━", flush=True)
    began = time.monotonic()
    results = RESULTS / f"{suite.name}.xml"
    try:
        with alone():
            suite.prepare()
        code = subprocess.run(
            suite.command(results), env=dict(suite.environment(results)), cwd=suite.folder,
            stdin=subprocess.DEVNULL, check=False,
        ).returncode  # fmt: skip
        counts = read_junit(suite.name, results, code)
    except SetupError as error:
        counts = Counts(suite.name, failed=1, trouble=str(error))
    if counts.trouble:
        print(f"{suite.name} failed: {counts.trouble}", flush=True)
    return counts.after(time.monotonic() - began)


def _pytest(*arguments: str) -> Callable[[Path], Sequence[str | Path]]:
    return lambda results: [PYTHON, "-m", "pytest", f"--junitxml={results}", *arguments]


def _npm_script(script: str, *arguments: str) -> Callable[[Path], Sequence[str | Path]]:
    return lambda results: [
        npm(), "run", script, "--", *(word.format(results=results) for word in arguments)
    ]  # fmt: skip


def _prepare_python() -> None:
    ensure_packages(dev=True)


def _prepare_web(script: str) -> Callable[[], None]:
    def prepare() -> None:
        _prepare_python()
        if missing := script_missing(WEB, script):
            raise SetupError(missing)
        ensure_web()

    return prepare


def _prepare_pds() -> None:
    _prepare_python()
    if not (PDS / "package.json").exists():
        raise SetupError("tests/pds/package.json is not there: check it out, or SKIP=pds.")
    ensure_pds()


SUITES = (
    Suite(
        "backend",
        _prepare_python,
        _pytest("-n", "auto", "--durations=15", "-m", "not pds"),
        lambda _: node_environment(),
    ),
    Suite(
        "web",
        _prepare_web("test"),
        _npm_script(
            "test", "--reporter=default", "--reporter=junit", "--outputFile.junit={results}"
        ),
        lambda _: node_environment(),
        WEB,
    ),
    Suite(
        "e2e",
        _prepare_web("e2e"),
        _npm_script("e2e", "--reporter=list,junit"),
        lambda results: {**node_environment(), "PLAYWRIGHT_JUNIT_OUTPUT_FILE": str(results)},
        WEB,
    ),
    Suite("pds", _prepare_pds, _pytest("--durations=5", "-m", "pds"), lambda _: environment()),
)


if __name__ == "__main__":
    main()
