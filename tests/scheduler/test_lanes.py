"""Lanes: who leaves now, who waits, who is given back and to which moment."""

from __future__ import annotations

from itertools import pairwise
from uuid import UUID

from postclock.ids import new_id
from postclock.scheduler.lanes import PER_ACCOUNT, WAITING, Lanes
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


def test_an_account_has_four_leaving_and_eight_behind_them() -> None:
    lanes, many = Lanes(), crowd(20)
    leaving, returning = lanes.admit(many, NOW)
    assert leaving == many[:PER_ACCOUNT]
    assert [one for one, _ in returning] == many[PER_ACCOUNT + WAITING :]


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
    assert lanes.land(leaving[0], 0.2) == many[4]
    assert lanes.admit([many[4]], NOW) == ([many[4]], [])
    assert [lanes.land(one, 0.2) for one in many[1:4]] == [many[5], None, None]
    lanes.admit([many[5]], NOW)
    assert [lanes.land(one, 0.2) for one in many[4:]] == [None, None]
    assert lanes.admit(many, NOW)[0] == many[:PER_ACCOUNT]


def test_a_busy_account_does_not_hold_up_another() -> None:
    lanes = Lanes()
    lanes.admit(crowd(50), NOW)
    other = crowd(1)
    assert lanes.admit(other, NOW) == (other, [])


def test_a_slow_account_is_given_longer_spaces() -> None:
    lanes, many = Lanes(), crowd(20)
    leaving, before = lanes.admit(many, NOW)
    nxt = lanes.land(leaving[0], 8.0)
    assert nxt
    _, after = lanes.admit([nxt, *(one for one, _ in before)], NOW)
    assert after[0][1] > before[0][1]
