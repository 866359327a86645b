"""What this process has opened is told nobody: its secrets are cut out of errors and logs.

Platforms repeat tokens in their answers, and libraries repeat addresses with tokens in them. So
whoever opens a secret notes it here, and whatever leaves the process in words is looked through.
Only what was noted lately is kept.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from urllib.parse import quote

KEPT = 2000
SHORTEST = 8
"""Characters; what is shorter would be cut out of ordinary words."""
TELLING = 16
"""Characters of its beginning that give a longer secret away."""
HIDDEN = "[secret]"

_NAMES = re.compile(r"token|password|secret|jwt|verifier", re.IGNORECASE)
_NO_SECRETS = ("_at", "_in", "_type")
_noted: OrderedDict[str, None] = OrderedDict()


def note(secrets: Iterable[str]) -> None:
    """These must never be told."""
    for secret in secrets:
        if len(secret) >= SHORTEST:
            for written in {secret, quote(secret, safe="")}:
                _noted[written] = None
                _noted.move_to_end(written)
    while len(_noted) > KEPT:
        _noted.popitem(last=False)


def note_named(values: Mapping[str, str]) -> None:
    """Of these, what its name calls a secret."""
    note(
        value
        for name, value in values.items()
        if _NAMES.search(name) and not name.endswith(_NO_SECRETS)
    )


def hide(text: str) -> str:
    """``text`` without anything that was noted, nor the beginning of it where words were cut."""
    found = [secret for secret in _noted if secret[:TELLING] in text]
    for secret in sorted(found, key=len, reverse=True):
        text = _cut_out(secret, text)
    return text


def _cut_out(secret: str, text: str) -> str:
    at = text.find(secret[:TELLING])
    while at >= 0:
        length = TELLING
        while length < len(secret) and text[at + length : at + length + 1] == secret[length]:
            length += 1
        length = min(length, len(secret))
        text = text[:at] + HIDDEN + text[at + length :]
        at = text.find(secret[:TELLING], at + len(HIDDEN))
    return text
