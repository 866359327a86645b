"""Who a credential of the pretend platforms belongs to: it says so itself.

No account has to be opened first. A token names its platform, account and handle, and the
account comes into being when the twin first sees it:

    bluesky      app password  ``sandbox-bluesky-<did>-<handle>``
    the others   bearer token  ``sandbox-<platform>-<account id>-<handle>``

Such a token never expires. One that does comes from a consent page (grants.py).
"""

from __future__ import annotations

import re
from base64 import b32encode
from dataclasses import dataclass
from hashlib import sha256

BEGINNERS = ("twitter", "bluesky", "mastodon")
"""The platforms that a new workspace has pretend accounts of: a text alone is a post there, so the
first one can be written at once. Accounts of the others are connected on their consent pages."""
MAX_HANDLE = 15
"""X's limit for a username, the shortest of the three."""

_TOKEN = re.compile(r"sandbox-([a-z]+)-([A-Za-z0-9_]{1,64})-([A-Za-z0-9_.-]{1,64})", re.ASCII)
_DID = re.compile(
    r"sandbox-bluesky-(did:plc:[a-z2-7]{24})-([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8})", re.ASCII
)


@dataclass(frozen=True, slots=True)
class SandboxAccount:
    """A pretend account: where it lives, its lasting id there, and the name people see."""

    platform: str
    remote_id: str
    handle: str


def sandbox_account(platform: str, workspace_slug: str) -> tuple[str, str, dict[str, str]]:
    """The remote id, handle and secrets of a workspace's pretend account; always the same.

    Secrets: ``{"identifier", "password"}`` for bluesky, ``{"access_token"}`` for the others.
    """
    digest = sha256(f"{platform}:{workspace_slug}".encode("utf-8", "replace")).digest()
    if platform == "bluesky":
        did = "did:plc:" + b32encode(digest)[:24].decode().lower()
        handle = f"{_slug(workspace_slug, '-')[:63].strip('-')}.sandbox.test"
        password = f"sandbox-bluesky-{did}-{handle}"
        return did, handle, {"identifier": did, "password": password}
    number = str(10**17 + int.from_bytes(digest[:8]) % (9 * 10**17))
    handle = _slug(workspace_slug, "_")[:MAX_HANDLE]
    return number, handle, {"access_token": f"sandbox-{platform}-{number}-{handle}"}


def account_of(platform: str, secret: str) -> SandboxAccount | None:
    """The account a token or app password names, or None if it is not one of this platform's."""
    pattern = _DID if platform == "bluesky" else _TOKEN
    match = pattern.fullmatch(secret)
    if match is None or not secret.startswith(f"sandbox-{platform}-"):
        return None
    *_, remote_id, handle = match.groups()
    return SandboxAccount(platform, remote_id, handle)


def _slug(text: str, filler: str) -> str:
    return re.sub(r"[^a-z0-9]+", filler, text.lower()).strip(filler) or "sandbox"
