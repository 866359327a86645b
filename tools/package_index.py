"""Lets uv install from where pip is set to install from."""

from __future__ import annotations

import ast
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

SCOPES = ("global.", "site.", "user.", "install.", ":env:.")
"""Of what `pip config list` says, later ones win."""

UV_OWN = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS",
          "UV_NO_INDEX", "UV_CONFIG_FILE")  # fmt: skip


def uv_environment(python: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """What to add to the environment of uv; nothing when uv is set up itself."""
    if any(name in environ for name in UV_OWN) or any(map(Path.exists, _uv_files(environ))):
        return {}
    asked = subprocess.run(
        [python, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    return translated(pip_settings(asked.stdout))


def pip_settings(listing: str) -> dict[str, str]:
    """The settings in the words of `pip config list`, by their name without the scope."""
    settings: dict[str, str] = {}
    lines = [line.partition("=") for line in listing.splitlines() if "=" in line]
    for scope in SCOPES:
        for name, _, value in lines:
            if name.startswith(scope):
                settings[name.removeprefix(scope)] = str(ast.literal_eval(value))
    return settings


def translated(pip: Mapping[str, str]) -> dict[str, str]:
    """pip's settings as uv's variables; folders that do not exist are left out."""
    uv = {
        "UV_DEFAULT_INDEX": _present(pip.get("index-url", "").split()),
        "UV_INDEX": _present(pip.get("extra-index-url", "").split()),
        "UV_FIND_LINKS": _present(pip.get("find-links", "").split()),
    }
    said = {name: ("," if name == "UV_FIND_LINKS" else " ").join(places)
            for name, places in uv.items() if places}  # fmt: skip
    if "UV_INDEX" in said:
        # Like pip: an index that has some other version of a package does not hide the rest.
        said["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    if pip.get("no-index", "").lower() in ("1", "true", "yes", "on"):
        said["UV_NO_INDEX"] = "1"
    if "cert" in pip and "SSL_CERT_FILE" not in os.environ:
        said["SSL_CERT_FILE"] = pip["cert"]
    return said


def _present(places: Sequence[str]) -> list[str]:
    return [place for place in places if _is_remote(place) or _local(place).exists()]


def _is_remote(place: str) -> bool:
    return urlsplit(place).scheme not in ("", "file")


def _local(place: str) -> Path:
    return Path(unquote(urlsplit(place).path)).expanduser()


def _uv_files(environ: Mapping[str, str]) -> list[Path]:
    homes = [environ.get("XDG_CONFIG_HOME") or Path("~/.config").expanduser()]
    return [Path(home, "uv", "uv.toml") for home in (*homes, "/etc/xdg", "/etc")]
