"""Files that a pretend platform fetches by itself, as some platforms do: from a public address."""

from __future__ import annotations

from urllib.parse import urlsplit

import aiohttp

PATIENCE = 10.0
"""Seconds for one file."""


async def fetch(url: str, *, most: int, agent: str) -> bytes | None:
    """What stands at ``url``; None where it cannot be had: no file, a redirect, too large."""
    if urlsplit(url).scheme not in ("http", "https"):
        return None
    headers = {"User-Agent": agent, "Accept-Encoding": "identity"}
    whole = aiohttp.ClientTimeout(total=PATIENCE)
    try:
        async with (
            aiohttp.ClientSession(timeout=whole, headers=headers) as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            if answer.status != 200:
                return None
            content = await answer.content.read(most + 1)
            while len(content) <= most and (more := await answer.content.read(most + 1)):
                content += more
            return content if content and len(content) <= most else None
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return None
