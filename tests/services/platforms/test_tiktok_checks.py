"""What TikTok would refuse, told before: words, choices, media; and how a video is cut."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postclock.http import Http
from postclock.services.platforms.drafting import Draft, Media
from postclock.services.platforms.tiktok import TikTok
from postclock.services.platforms.tiktok_chunks import (
    LARGEST,
    MOST,
    SMALLEST,
    content_range,
    cut,
    even_cut,
)
from postclock.services.platforms.tiktok_options import TikTokOptions

from .scripted import OwnedClock
from .test_tiktok import PHOTO, PUBLIC, VIDEO

MILLION = 10**6


@pytest.fixture
def tiktok(http: Http, clock: OwnedClock) -> TikTok:
    return TikTok(http, clock)


def codes(tiktok: TikTok, draft: Draft) -> list[tuple[str, str | None]]:
    return [(problem.code, problem.field) for problem in tiktok.check(draft)]


def test_what_is_right_has_no_problem(tiktok: TikTok) -> None:
    photos = tuple(replace(PHOTO, id=UUID(int=n), alt="a cat") for n in range(1, 36))
    for draft in (
        Draft("x" * 2200, (VIDEO,), options=PUBLIC),
        Draft("", (VIDEO,), options={"mode": "inbox"}),
        Draft("x" * 4000, photos, options={**PUBLIC, "title": "t" * 90}),
    ):
        assert tiktok.check(draft) == []


@pytest.mark.parametrize(
    ("text", "media", "options", "found"),
    [
        ("x", (), PUBLIC, [("media_needed", "media")]),
        ("x", (VIDEO, PHOTO), PUBLIC, [("media_mixed", "media")]),
        ("x", (VIDEO, replace(VIDEO, id=UUID(int=8))), PUBLIC, [("media_too_many", "media")]),
        ("x" * 2201, (VIDEO,), PUBLIC, [("text_too_long", "text")]),
        ("🌍" * 1101, (VIDEO,), PUBLIC, [("text_too_long", "text")]),
        ("x" * 4001, (PHOTO,), PUBLIC, [("text_too_long", "text")]),
        ("x", (VIDEO,), {}, [("privacy_missing", "options.privacy")]),
        ("x", (VIDEO,), {"privacy": "ALL"}, [("option_invalid", "options.privacy")]),
        ("x", (VIDEO,), {**PUBLIC, "odd": 1}, [("option_unknown", "options.odd")]),
        (
            "x", (VIDEO,), {"privacy": "SELF_ONLY", "brand_content": True},
            [("privacy_too_narrow", "options.privacy")],
        ),
        ("x", (PHOTO,), {**PUBLIC, "title": "t" * 91}, [("title_too_long", "options.title")]),
        ("x", (VIDEO,), {**PUBLIC, "cover_ms": 12_001}, [("cover_outside", "options.cover_ms")]),
        ("x", (replace(VIDEO, width=240),), PUBLIC, [("video_too_small", "media.0")]),
        ("x", (replace(VIDEO, width=4097),), PUBLIC, [("video_too_wide", "media.0")]),
        ("x", (replace(VIDEO, frame_rate=15.0),), PUBLIC, [("video_frame_rate", "media.0")]),
        ("x", (replace(VIDEO, duration=601.0),), PUBLIC, [("video_too_long", "media.0")]),
        ("x", (replace(VIDEO, video_codec="av1"),), PUBLIC, [("video_codec_refused", "media.0")]),
        ("x", (replace(VIDEO, size=4 * 10**9 + 1),), PUBLIC, [("media_too_large", "media.0")]),
        ("x", (replace(PHOTO, mime_type="image/png"),), PUBLIC,
         [("media_type_refused", "media.0")]),
    ],
)  # fmt: skip
def test_each_problem_is_told(
    text: str, media: tuple[Media, ...], options: dict[str, Any],
    found: list[tuple[str, str]], tiktok: TikTok,
) -> None:  # fmt: skip
    assert codes(tiktok, Draft(text, media, options=options)) == found


def test_a_small_video_is_told_with_its_numbers(tiktok: TikTok) -> None:
    draft = Draft("x", (replace(VIDEO, width=240, height=426),), options=PUBLIC)
    (problem,) = tiktok.check(draft)
    assert problem.message == "TikTok needs ≥ 360 px on the shorter side, this is 240."


def test_every_choice_is_explained_to_a_person() -> None:
    fields = TikTokOptions.model_json_schema()["properties"]
    assert all(one["title"] for one in fields.values())
    assert "default" not in fields["privacy"] or fields["privacy"]["default"] is None


@pytest.mark.parametrize(
    ("size", "chunk", "expected"),
    [
        (3_000_000, 10 * MILLION, (3_000_000, 1, 3_000_000)),
        (50_000_123, 10 * MILLION, (10 * MILLION, 5, 10_000_123)),
        (64_000_001, 10 * MILLION, (10 * MILLION, 6, 14_000_001)),
        (1_000 * MILLION, 10 * MILLION, (10 * MILLION, 100, 10 * MILLION)),
        (4_000 * MILLION, 10 * MILLION, (10 * MILLION, 400, 10 * MILLION)),
        (64 * MILLION, 64 * MILLION, (64 * MILLION, 1, 64 * MILLION)),
    ],
)
def test_the_sheets_check_values(size: int, chunk: int, expected: tuple[int, int, int]) -> None:
    plan = cut(size, chunk)
    assert (plan.chunk, plan.count, plan.last_size) == expected


@given(st.integers(1, 4_000 * MILLION), st.integers(1, 100 * MILLION))
def test_what_is_left_for_the_moment_is_hardly_more_than_a_part(size: int, wanted: int) -> None:
    plan = even_cut(size, wanted)
    assert plan.count == max(size // plan.chunk, 1) <= MOST
    assert (plan.count - 1) * plan.chunk + plan.last_size == size
    if plan.count == 1:
        assert plan.chunk == size <= LARGEST
    else:
        assert SMALLEST <= plan.chunk <= LARGEST
        assert plan.last_size < plan.chunk + MOST
    if wanted <= SMALLEST:
        assert plan.last_size < 2 * SMALLEST


def test_a_range_ends_with_its_last_byte() -> None:
    assert content_range(10, 20, 20) == "bytes 10-19/20"


def test_a_large_video_begins_earlier_and_none_before_its_upload_would_end(
    tiktok: TikTok,
) -> None:
    leads = [
        tiktok.lead(Draft("x", (replace(VIDEO, size=size),)))
        for size in (MILLION, 600 * MILLION, 4_000 * MILLION)
    ]
    assert leads == sorted(leads, key=str)
    assert all(lead and lead < tiktok.capabilities.keeps_uploads for lead in leads)
    assert tiktok.lead(Draft("x")) is None
