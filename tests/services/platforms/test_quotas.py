"""How many posts an account may publish, as QUOTAS says."""

from __future__ import annotations

import pytest

from postclock.errors import Invalid
from postclock.scheduler.model import Window
from postclock.services.platforms.quotas import DECLARED, windows

DAY = 86400


@pytest.mark.parametrize("setting", [None, "", "  "])
def test_without_the_setting_what_platforms_declare_holds(setting: str | None) -> None:
    assert dict(windows(setting)) == {
        "twitter": (Window(300, 10800),),
        "instagram": (Window(25, DAY),),
        "linkedin": (Window(100, DAY),),
        "tiktok": (Window(30, DAY),),
        "youtube": (Window(100, DAY),),
    }


@pytest.mark.parametrize("setting", ["off", " OFF "])
def test_off_is_no_quota_anywhere(setting: str) -> None:
    assert windows(setting) == {}


def test_what_is_named_is_replaced_and_the_rest_stays() -> None:
    got = windows("twitter = 100/3h + 500 / 1d, mastodon=7/90s,, youtube=OFF")
    assert got["twitter"] == (Window(100, 10800), Window(500, DAY))
    assert got["mastodon"] == (Window(7, 90),)
    assert "youtube" not in got
    assert got["instagram"] == DECLARED["instagram"]


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ("myspace=1/1h", "myspace"), ("=1/1h", "“”"), ("twitter", "twitter="),
        ("twitter=", "twitter="), ("twitter=300", "twitter=300"), ("twitter=0/3h", "twitter=0/3h"),
        ("twitter=-1/3h", "twitter=-1/3h"), ("twitter=3/59s", "twitter=3/59s"),
        ("twitter=3/32d", "twitter=3/32d"), ("twitter=3/1w", "twitter=3/1w"),
        ("twitter=³/1h", "twitter=³/1h"), ("twitter=1/1h+off", "off"),
        ("twitter=1/1h,twitter=2/1h", "twice"), ("Twitter=1/1h", "Twitter"),
        ("twitter=9999999/1h", "9999999"), ("twitter=on", "twitter=on"),
    ],
)  # fmt: skip
def test_a_wrong_part_is_refused_and_named(setting: str, named: str) -> None:
    with pytest.raises(Invalid) as caught:
        windows(setting)
    (problem,) = caught.value.problems
    assert problem.message.startswith("QUOTAS: ")
    assert named in problem.message


def test_every_wrong_part_is_named_at_once() -> None:
    with pytest.raises(Invalid) as caught:
        windows("myspace=x, twitter=y, mastodon=1/1h, bluesky=1/1y")
    told = " ".join(problem.message for problem in caught.value.problems)
    assert [name in told for name in ("myspace=x", "twitter=y", "bluesky=1/1y")] == [True] * 3
    assert len(caught.value.problems) == 4
