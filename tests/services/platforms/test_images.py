"""What each platform takes of pictures, in numbers, before anything is sent."""

from __future__ import annotations

import pytest

from postclock.http import Http
from postclock.services.platforms.base import Platform
from postclock.services.platforms.capabilities import ImageLimits
from postclock.services.platforms.drafting import Draft
from postclock.services.platforms.images import image_problems
from postclock.services.platforms.registry import PLATFORMS, build_platforms

from .pictures import picture
from .scripted import OwnedClock

NAMES = [
    one.name for one in PLATFORMS if one.capabilities.images and not one.capabilities.needs_media
]
LIMITS = ImageLimits(2, frozenset({"image/png", "image/jpeg"}), 5_000_000, 100, 1_000_000)
MOVING = ImageLimits(1, frozenset({"image/gif"}), 15_000_000, 100)


@pytest.fixture(params=NAMES)
def platform(request: pytest.FixtureRequest, http: Http, clock: OwnedClock) -> Platform:
    return build_platforms(http, clock)[request.param]


def told(*media: object, limits: ImageLimits | None = LIMITS) -> list[tuple[str, str | None, str]]:
    found = image_problems("Net", media, limits, moving=MOVING)  # type: ignore[arg-type]
    return [(problem.code, problem.field, problem.message) for problem in found]


def test_each_limit_is_told_with_both_numbers() -> None:
    wrong = picture(
        1, size=7_240_000, mime_type="image/webp", width=2000, height=1000, alt="x" * 103
    )
    assert told(picture(2), wrong) == [
        ("media_type_refused", "media.1", "Net takes JPEG, PNG, this one is WebP."),
        ("media_too_large", "media.1", "Net takes images up to 5 MB, this one is 7.24 MB."),
        (
            "media_too_many_pixels",
            "media.1",
            "Net takes images up to 1.0 million pixels, this one has 2000 × 1000 (2.0 million).",
        ),
        (
            "alt_too_long",
            "media.1.alt",
            "Net takes 100 characters of alt text, this one has 103: shorten by 3.",
        ),
    ]


def test_what_is_just_over_is_not_shown_as_just_right() -> None:
    [(_, _, message)] = told(picture(1, size=5_000_001))
    assert message == "Net takes images up to 5 MB, this one is 5.000001 MB."
    assert told(picture(1, size=5_000_000)) == []


def test_too_many_the_same_and_none_at_all() -> None:
    many = [picture(n) for n in (1, 2, 3)]
    assert told(*many) == [("media_too_many", "media", "Net takes up to 2 pictures, these are 3.")]
    assert [code for code, _, _ in told(picture(1), picture(1))] == ["media_twice"]
    assert [code for code, _, _ in told(picture(1), limits=None)] == ["media_refused"]
    assert told(limits=None) == []


def test_a_moving_picture_stands_alone_under_its_own_limits() -> None:
    gif = picture(1, mime_type="image/gif", animated=True, size=14_000_000)
    assert told(gif) == []
    assert [code for code, _, _ in told(gif, picture(2))] == ["media_mixed"]


def test_a_picture_needs_no_text_where_none_is_required(platform: Platform) -> None:
    told = [problem.code for problem in platform.check(Draft("", (picture(),)))]
    assert told == (["text_missing"] if platform.capabilities.text.required else [])
    assert platform.check(Draft("words", (picture(),))) == []
    assert [problem.code for problem in platform.check(Draft(""))] == ["text_missing"]


def test_each_platform_refuses_what_is_over_its_limits(platform: Platform) -> None:
    limits = platform.capabilities.images
    assert limits is not None
    label = platform.capabilities.label
    large = Draft("words", (picture(size=limits.max_bytes + 1),))
    [problem] = platform.check(large)
    assert (problem.code, problem.field) == ("media_too_large", "media.0")
    assert problem.message.startswith(f"{label} takes images up to ")
    many = Draft("words", tuple(picture(n) for n in range(limits.most + 1)))
    assert [found.code for found in platform.check(many)] == ["media_too_many"]
    wordy = Draft("words", (picture(alt="x" * (limits.max_alt + 1)),))
    assert [found.code for found in platform.check(wordy)] == ["alt_too_long"]


def test_uploads_begin_ahead_but_not_before_they_would_be_gone(platform: Platform) -> None:
    assert platform.lead(Draft("words")) is None
    lead = platform.lead(Draft("", (picture(),)))
    assert lead is not None
    assert lead < platform.capabilities.keeps_uploads
