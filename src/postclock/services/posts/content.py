"""What a post says: reading ``content``, finding its targets, and checking each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from postclock.errors import Problem
from postclock.services.accounts.model import Account
from postclock.services.platforms.base import Platform
from postclock.services.platforms.capabilities import Capabilities

SYSTEM_KEY = "_publishLog"
"""Written by the system on failure; ignored where an author's ``content`` carries it back."""
ACCOUNTS_KEY = "accounts"
NO_SUCH_ACCOUNT = "This workspace has no such account."


@dataclass(frozen=True, slots=True)
class Count:
    """How long one account's text is, as its platform counts."""

    platform: str
    account_id: UUID
    count: int
    maximum: int
    unit: str


@dataclass(frozen=True, slots=True)
class MediaUse:
    """A file that a post carries; ``alt`` instead of the file's own words, if given."""

    id: UUID
    alt: str | None = None


def place_of(content: Mapping[str, Any], platform: str, account_id: UUID, what: str) -> str:
    """Where ``content`` says ``what`` (text, media) to one account: in its own words, or in its
    platform's."""
    own = content.get(ACCOUNTS_KEY, {}).get(str(account_id), {})
    return f"{ACCOUNTS_KEY}.{account_id}" if what in own else platform


def text_for(content: Mapping[str, Any], platform: str, account_id: UUID) -> str:
    """What ``content`` says to one account: its own text, else its platform's."""
    return str(_said(content, platform, account_id, "text") or "")


def media_for(content: Mapping[str, Any], platform: str, account_id: UUID) -> list[MediaUse]:
    """What ``content`` shows to one account: its own files, else its platform's."""
    return _uses(_said(content, platform, account_id, "media"))


@dataclass(frozen=True, slots=True)
class ThreadPart:
    """One more post of a thread, as content says it."""

    text: str
    media: Sequence[MediaUse]


def thread_for(content: Mapping[str, Any], platform: str, account_id: UUID) -> list[ThreadPart]:
    """The posts that follow the first one of an account: its own, else its platform's."""
    said = _said(content, platform, account_id, "thread") or []
    return [ThreadPart(str(one.get("text") or ""), _uses(one.get("media"))) for one in said]


def options_for(content: Mapping[str, Any], platform: str, account_id: UUID) -> dict[str, Any]:
    """What an author chose beside words and files: its own, else its platform's."""
    return dict(_said(content, platform, account_id, "options") or {})


def _uses(named: Any) -> list[MediaUse]:
    return [MediaUse(UUID(one["id"]), one.get("alt")) for one in named or ()]


def _said(content: Mapping[str, Any], platform: str, account_id: UUID, what: str) -> Any:
    own = content.get(ACCOUNTS_KEY, {}).get(str(account_id), {})
    return own[what] if what in own else content.get(platform, {}).get(what)


def media_ids(content: Mapping[str, Any]) -> set[UUID]:
    """Every file that ``content`` names anywhere."""
    general = [said for key, said in content.items() if key not in (SYSTEM_KEY, ACCOUNTS_KEY)]
    own = content.get(ACCOUNTS_KEY, {}).values()
    posts = [part for said in (*general, *own) for part in (said, *(said.get("thread") or ()))]
    return {UUID(one["id"]) for part in posts for one in part.get("media") or ()}


def merge(stored: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """``given`` in place of ``stored``, keeping what the system wrote."""
    kept = {key: value for key, value in stored.items() if key == SYSTEM_KEY}
    return {key: value for key, value in given.items() if key != SYSTEM_KEY} | kept


def resolve_targets(
    accounts: Sequence[Account],
    platforms: Sequence[str],
    named: Sequence[UUID],
    known: Mapping[str, Capabilities],
) -> tuple[list[Account], list[Problem]]:
    """The accounts that ``platforms`` and ``named`` mean, and what is wrong with the request."""
    problems = []
    chosen = {a.id: a for a in accounts if a.id in set(named)}
    for i, account_id in enumerate(named):
        if account_id not in chosen:
            problems.append(Problem("account_unknown", NO_SUCH_ACCOUNT, f"accounts.{i}"))
    for i, platform in enumerate(dict.fromkeys(platforms)):
        found, problem = _of_platform(platform, accounts, chosen, known, f"platforms.{i}")
        chosen |= {a.id: a for a in found}
        problems += problem
    return list(chosen.values()), problems


def _of_platform(
    platform: str,
    accounts: Sequence[Account],
    chosen: Mapping[UUID, Account],
    known: Mapping[str, Capabilities],
    field: str,
) -> tuple[list[Account], list[Problem]]:
    if platform not in known:
        names = ", ".join(known)
        message = f"“{platform[:40]}” is not a platform. Postclock knows: {names}."
        return [], [Problem("platform_unknown", message, field)]
    if any(account.platform == platform for account in chosen.values()):
        return [], []
    label = known[platform].label
    mine = [a for a in accounts if a.platform == platform and a.status != "disconnected"]
    if not mine:
        message = f"No {label} account is connected."
        return [], [Problem("account_missing", message, field)]
    if len(mine) > 1:
        names = ", ".join(f"@{account.handle}" for account in mine)
        message = f"There are several {label} accounts ({names}): name the ones you mean."
        return [], [Problem("account_ambiguous", message, field)]
    return mine, []


def content_problems(
    content: Mapping[str, Any], known: Mapping[str, Capabilities], accounts: Sequence[Account]
) -> list[Problem]:
    """What of ``content`` belongs to no platform, and to none of the workspace's ``accounts``."""
    strange = [key for key in content if key not in known and key not in (SYSTEM_KEY, ACCOUNTS_KEY)]
    mine = {str(account.id) for account in accounts}
    foreign = [key for key in content.get(ACCOUNTS_KEY, {}) if key not in mine]
    return [
        Problem("platform_unknown", f"“{key[:40]}” is not a platform.", f"content.{key[:40]}")
        for key in strange
    ] + [
        Problem("account_unknown", NO_SUCH_ACCOUNT, f"content.{ACCOUNTS_KEY}.{key}")
        for key in foreign
    ]


def count_texts(
    content: Mapping[str, Any], targets: Sequence[Account], platforms: Mapping[str, Platform]
) -> list[Count]:
    """How long each target's text is."""
    counts = []
    for account in targets:
        platform = platforms[account.platform]
        limits = platform.capabilities.text
        text = text_for(content, account.platform, account.id)
        counts.append(
            Count(account.platform, account.id, platform.count(text), limits.maximum, limits.unit)
        )
    return counts
