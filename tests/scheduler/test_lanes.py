"""Lanes: who leaves now, who waits, who is given back and to which moment."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from uuid import UUID

from postclock.ids import new_id
from postclock.scheduler.lanes import IN_ALL, PER_ACCOUNT, PER_PLATFORM, WAITING, Lanes
from postclock.scheduler.model import Claim, Target
from postclock.scheduler.ports import Prepared
from postclock.scheduler.states import State
from tests.scheduler.rows import NOW, second


def prepared(account: UUID, platform: str = "twitter") -> Prepared:
    target = Target(account, platform, "r", "ada", None, True, "connected", None, None)
    claim = Claim(
        delivery_id=new_id(), post_id=new_id(), workspace_id=new_id(), fence=1,
        state=State.CLAIMED, due_at=NOW, instant=NOW, failures=0, looks=0, staged={},
        stage_failures=0, late_policy="publish", late_grace_seconds=None, pause=None, told_at=NOW,
        resent=False, doubted_at=None, settled_at=None, content={}, target=target,
    )  # fmt: skip
    return Prepared(claim, {}, None)


def crowd(count: int, platform: str = "twitter") -> list[Prepared]:
    account = new_id()
    return [prepared(account, platform) for _ in range(count)]


def test_an_account_has_four_in_flight_and_eight_behind_them() -> None:
    lanes, many = Lanes(), crowd(20)
    leaving, returning = lanes.admit(many, NOW)
    assert leaving == many[:PER_ACCOUNT]
    assert [one for one, _ in returning] == many[PER_ACCOUNT + WAITING :]
    assert (lanes.flying, lanes.waiting) == (4, 8)


def test_what_is_given_back_is_spaced_by_how_long_requests_take() -> None:
    lanes = Lanes()
    _, returning = lanes.admit(crowd(16), NOW)
    moments = [free for _, free in returning]
    gaps = {round((b - a).total_seconds(), 6) for a, b in pairwise(moments)}
    assert gaps == {0.025}
    assert moments[0] == second(9 * 0.1 / 4)


def test_the_next_of_an_account_leaves_when_one_lands() -> None:
    lanes, many = Lanes(), crowd(6)
    leaving, _ = lanes.admit(many, NOW)
    assert lanes.land(leaving[0], 0.2) == [many[4]]
    assert lanes.admit([many[4]], NOW) == ([many[4]], [])
    for one in many[1:4]:
        for nxt in lanes.land(one, 0.2):
            lanes.admit([nxt], NOW)
    assert [lanes.land(one, 0.2) for one in many[4:]] == [[], []]
    assert (lanes.flying, lanes.waiting, lanes.room) == (0, 0, IN_ALL)


def test_a_busy_account_does_not_hold_up_another() -> None:
    lanes = Lanes()
    lanes.admit(crowd(50), NOW)
    other = crowd(1)
    assert lanes.admit(other, NOW) == (other, [])


def test_a_slow_account_is_given_longer_spaces() -> None:
    lanes, many = Lanes(), crowd(20)
    leaving, before = lanes.admit(many, NOW)
    nxt = lanes.land(leaving[0], 8.0)
    _, after = lanes.admit([*nxt, *(one for one, _ in before)], NOW)

    def first(returned: list[tuple[Prepared, datetime]]) -> datetime:
        return returned[0][1]

    assert first(after) > first(before)


def test_a_full_platform_makes_its_accounts_wait_and_no_other() -> None:
    lanes = Lanes()
    flying = [one for _ in range(PER_PLATFORM // PER_ACCOUNT) for one in crowd(PER_ACCOUNT)]
    assert lanes.admit(flying, NOW) == (flying, [])
    late, other = crowd(1), crowd(1, "bluesky")
    assert lanes.admit([*late, *other], NOW) == (other, [])
    assert lanes.land(flying[0], 0.1) == late


def test_a_free_place_goes_to_a_lane_that_may_use_it() -> None:
    lanes = Lanes()
    full = {
        platform: [one for _ in range(16) for one in crowd(4, platform)]
        for platform in ("twitter", "bluesky")
    }
    for many in full.values():
        lanes.admit(many, NOW)
    blocked, next_up = crowd(1, "twitter"), crowd(1, "bluesky")
    assert lanes.admit([*blocked, *next_up], NOW) == ([], [])
    assert lanes.land(full["bluesky"][0], 0.1) == next_up
