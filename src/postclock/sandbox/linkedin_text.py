"""LinkedIn's twin: its little text. Source: the contract sheet of LinkedIn, section 2b.

The text is cut at the first reserved character that is neither escaped nor part of an element.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_UNITS = 3000
RESERVED = r"\\|{}@\[\]()<>#*_~"

_TOKEN = re.compile(
    rf"""
    (?P<plain>[^{RESERVED}]+)
    | \\(?P<sign>[{RESERVED}])
    | @\[(?P<name>(?:\\[{RESERVED}]|[^{RESERVED}])+)\]
      \((?P<urn>urn:li:(?:organization|person):[\w-]+)\)
    | \{{hashtag\|\\?\#\|(?P<tag>(?:\\_|[^\W_])+)\}}
    | \#(?P<bare>(?:\\_|[^\W_])*[^\W\d_](?:\\_|[^\W_])*)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Commentary:
    """What is kept of a text: as people read it, and as reads give it back."""

    shown: str
    stored: str


def read_commentary(given: str) -> Commentary:
    """What LinkedIn keeps of ``given``."""
    shown, stored = [], []
    at = 0
    while found := _TOKEN.match(given, at):
        at = found.end()
        if found["tag"] or found["bare"]:
            word = found["tag"] or found["bare"]
            shown.append("#" + word.replace(r"\_", "_"))
            stored.append(rf"{{hashtag|\#|{word}}}")
        elif found["name"]:
            shown.append(f"@[{_unescaped(found['name'])}]({found['urn']})")
            stored.append(found[0])
        else:
            shown.append(found["plain"] or found["sign"])
            stored.append(found[0])
    return Commentary("".join(shown), "".join(stored))


def units(text: str) -> int:
    """UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _unescaped(text: str) -> str:
    return re.sub(rf"\\([{RESERVED}])", r"\1", text)
