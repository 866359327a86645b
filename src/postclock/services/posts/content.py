"""What a post says: reading ``content``, finding its targets, and checking each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from postclock.errors import Problem
from postclock.services.accounts.model import Account
from postclock.services.platforms.base import Capabilities, Draft, Platform

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


def text_for(content: Mapping[str, Any], platform: str, account_id: UUID) -> str:
    """What ``content`` says to one account: its own text, else its platform's."""
    own = content.get(ACCOUNTS_KEY, {}).get(str(account_id), {})
    general = content.get(platform, {})
    return str(own.get("text", general.get("text", "")))


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


def check_texts(
    content: Mapping[str, Any], targets: Sequence[Account], platforms: Mapping[str, Platform]
) -> list[Problem]:
    """Everything the platforms would refuse, for every target."""
    problems: list[Problem] = []
    for account in targets:
        text = text_for(content, account.platform, account.id)
        own = str(account.id) in content.get(ACCOUNTS_KEY, {})
        where = f"{ACCOUNTS_KEY}.{account.id}" if own else account.platform
        problems += [
            Problem(problem.code, problem.message, f"content.{where}.text")
            for problem in platforms[account.platform].check(Draft(text))
        ]
    return list(dict.fromkeys(problems))


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
