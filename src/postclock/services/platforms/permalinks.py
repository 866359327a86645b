"""Reading a post's address, as a person copies it from their browser."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit


def path_in(link: str, hosts: frozenset[str], path: re.Pattern[str]) -> re.Match[str] | None:
    """The match of ``path`` with the whole path of ``link``, if it is a web page of ``hosts``."""
    if any(sign.isspace() for sign in link.strip()):  # urlsplit drops some of them
        return None
    try:
        parts = urlsplit(link.strip())
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or host not in hosts:
        return None
    return path.fullmatch(unquote(parts.path).rstrip("/"))
