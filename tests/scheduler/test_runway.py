"""The runway: who flies, and how many are intended behind them."""

from __future__ import annotations

from postclock.ids import new_id
from postclock.scheduler.ports import Prepared
from postclock.scheduler.runway import BEHIND, IN_ALL, PER_PLATFORM, Runway
from tests.scheduler.test_lanes import prepared


class Field:
    """A runway, and what flies over it."""

    def __init__(self) -> None:
        self.flying: list[Prepared] = []
        self.runway = Runway(lambda one, _last_write: self.flying.append(one))

    def start(self, count: int, platform: str = "twitter") -> None:
        self.runway.intending(platform, count)
        for _ in range(count):
            self.runway.take_off(prepared(new_id(), platform), 0.0)

    def land(self, count: int, seconds: float = 0.01) -> None:
        for _ in range(count):
            if following := self.runway.land(self.flying.pop(0), seconds):
                self.flying.append(following[0])


def test_a_platform_has_sixty_four_in_flight_and_the_others_follow_in_turn() -> None:
    field = Field()
    field.start(100)
    assert len(field.flying) == PER_PLATFORM
    field.land(10)
    assert len(field.flying) == PER_PLATFORM
    field.land(60)
    assert len(field.flying) == 30


def test_a_full_platform_holds_up_no_other() -> None:
    field = Field()
    field.start(100)
    field.start(3, "bluesky")
    assert sum(one.claim.target.platform == "bluesky" for one in field.flying) == 3


def test_a_node_has_so_many_in_flight_and_a_free_place_goes_to_whoever_waits() -> None:
    field = Field()
    for platform in "abcdef":
        field.start(PER_PLATFORM, platform)
    assert len(field.flying) == IN_ALL
    field.land(PER_PLATFORM)
    assert len(field.flying) == IN_ALL
    assert {one.claim.target.platform for one in field.flying} == set("bcde")


def test_the_faster_a_platform_the_more_is_intended_behind_what_flies() -> None:
    rooms = {}
    for seconds in (0.005, 1.0, 8.0):
        field = Field()
        field.start(200)
        field.land(200, seconds)
        rooms[seconds] = field.runway.room("twitter", 1000)
    assert rooms[0.005] == PER_PLATFORM + BEHIND
    assert rooms[1.0] == 2 * PER_PLATFORM
    assert PER_PLATFORM < rooms[8.0] < PER_PLATFORM + 10


def test_more_is_intended_only_when_it_is_worth_a_commit() -> None:
    field = Field()
    field.start(300)
    field.land(200, 0.005)
    field.start(field.runway.room("twitter", 1000))
    assert field.runway.room("twitter", 1000) == 0
    field.land(10, 0.005)
    assert field.runway.room("twitter", 1000) == 0
    field.land(90, 0.005)
    assert field.runway.room("twitter", 1000) == 100
    assert field.runway.room("twitter", 50) == 0, "so few can wait for more"


def test_what_is_being_committed_counts() -> None:
    field = Field()
    field.runway.intending("twitter", PER_PLATFORM * 2)
    assert field.runway.room("twitter", 1000) == 0
    field.runway.intending("twitter", -PER_PLATFORM * 2)
    assert field.runway.room("twitter", 1000) == PER_PLATFORM * 2
