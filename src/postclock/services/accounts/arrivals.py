"""What came back from a platform: profiles, ready to be connected, kept sealed until then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from postclock.errors import Invalid, PostclockError, Problem, Unavailable
from postclock.services.accounts.model import Account, NewAccount
from postclock.services.platforms.base import (
    NotPublished,
    OutcomeUnknown,
    Platform,
    PlatformError,
)
from postclock.services.platforms.connecting import Profile


@dataclass(frozen=True, slots=True)
class Inside:
    """What a visit keeps sealed: PKCE's secret on the way out, the profiles on the way back."""

    verifier: str = field(default="", repr=False)
    profiles: tuple[Profile, ...] = field(default=(), repr=False)
    accounts: tuple[UUID, ...] = ()
    """What was connected in the end."""
    problem: Problem | None = None

    def to_json(self) -> dict[str, Any]:
        problem = self.problem
        return {
            "verifier": self.verifier,
            "profiles": [_profile_to_json(one) for one in self.profiles],
            "accounts": [str(one) for one in self.accounts],
            "problem": [problem.code, problem.message] if problem else None,
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Inside:
        return cls(
            said["verifier"],
            tuple(_profile_from_json(one) for one in said["profiles"]),
            tuple(UUID(one) for one in said["accounts"]),
            Problem(*said["problem"]) if said["problem"] else None,
        )

    def connected(self, accounts: Sequence[Account]) -> Inside:
        """The visit is over: nothing secret is kept of it."""
        return Inside(accounts=tuple(account.id for account in accounts))


def _profile_to_json(profile: Profile) -> dict[str, Any]:
    return {
        "remote_id": profile.remote_id, "handle": profile.handle, "name": profile.name,
        "secrets": dict(profile.secrets), "avatar_url": profile.avatar_url, "kind": profile.kind,
        "scopes": list(profile.scopes), "server": profile.server, "problem": profile.problem,
    }  # fmt: skip


def _profile_from_json(said: Mapping[str, Any]) -> Profile:
    return Profile(**{**said, "scopes": tuple(said["scopes"])})


def at_server(profiles: Sequence[Profile], server: str | None) -> tuple[Profile, ...]:
    """The profiles, each with the server it lives on; the one a person named unless it says."""
    return tuple(one if one.server else replace(one, server=server) for one in profiles)


def new_account(platform: Platform, way: str, profile: Profile, *, sandbox: bool) -> NewAccount:
    """The account that ``profile`` becomes."""
    return NewAccount(
        platform.name, profile.remote_id, profile.handle, profile.secrets, profile.server, sandbox,
        profile.name, profile.avatar_url, profile.kind, way, profile.scopes,
        platform.lasting(profile.secrets),
    )  # fmt: skip


def chosen(
    platform: Platform, profiles: Sequence[Profile], account: Account | None
) -> tuple[Profile, ...]:
    """The profiles to connect without asking: the account's own, or the only one there is.

    Raises Invalid when there is none, or none is the account's.
    """
    if account is not None:
        return (_same(platform, profiles, account),)
    open_ones = tuple(one for one in profiles if not one.problem)
    if not open_ones:
        told = profiles[0].problem if profiles else ""
        label = platform.capabilities.label
        raise invalid("profiles_missing", told or f"This login opens no profile on {label}.")
    return open_ones if len(profiles) == 1 else ()


def _same(platform: Platform, profiles: Sequence[Profile], account: Account) -> Profile:
    label = platform.capabilities.label
    for one in profiles:
        if one.remote_id == account.remote_id and one.server == account.server:
            if one.problem:
                raise invalid("profile_refused", one.problem)
            return one
    came = ", ".join(f"@{one.handle}" for one in profiles) or "no profile"
    raise invalid(
        "other_profile",
        f"This account is @{account.handle}, and {label} gave {came}. Sign in there as "
        f"@{account.handle}, or connect the other one as an account of its own.",
    )


def picked(profiles: Sequence[Profile], wanted: Sequence[str]) -> tuple[Profile, ...]:
    """The profiles that a person picked by their ids; raises Invalid with all that is wrong."""
    by_id = {one.remote_id: one for one in profiles}
    problems = []
    for i, remote_id in enumerate(wanted):
        one = by_id.get(remote_id)
        if one is None:
            message = "This login opens no such profile."
            problems.append(Problem("profile_unknown", message, f"profiles.{i}"))
        elif one.problem:
            problems.append(Problem("profile_refused", one.problem, f"profiles.{i}"))
    if problems:
        raise Invalid(problems[0].code, problems[0].message, problems=problems)
    return tuple(by_id[remote_id] for remote_id in dict.fromkeys(wanted))


def as_answer(error: PlatformError) -> PostclockError:
    """What a person is told when a platform lets nobody in."""
    problem = error.problem
    if isinstance(error, NotPublished | OutcomeUnknown):
        return Unavailable("platform_unreachable", problem.message)
    return invalid(problem.code, problem.message)


def invalid(code: str, message: str) -> Invalid:
    """One refusal, in one sentence."""
    return Invalid(code, message, problems=[Problem(code, message)])
