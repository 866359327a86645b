"""What the YouTube client decides alone: what it takes, its titles, tags and addresses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from postclock.http import Http
from postclock.services.platforms.base import (
    Owner,
)
from postclock.services.platforms.drafting import Draft, Media
from postclock.services.platforms.youtube import YouTube
from postclock.services.platforms.youtube_options import YouTubeOptions, tags_length, title_of

from .scripted import OwnedClock
from .youtube_stage import film


@pytest.fixture
def youtube(http: Http, clock: OwnedClock) -> YouTube:
    return YouTube(http, clock)


@pytest.mark.parametrize(
    ("text", "options", "codes"),
    [
        ("About it", {"title": "T"}, []),
        ("", {"title": "T"}, []),
        ("About it", {}, []),
        ("", {}, ["title_missing"]),
        (" \n ", {}, ["title_missing"]),
        ("a < b", {"title": "T"}, ["text_forbidden_character"]),
        ("a", {"title": "a > b"}, ["title_forbidden_character"]),
        ("ä" * 2500, {"title": "T"}, []),
        ("ä" * 2500 + "b", {"title": "T"}, ["text_too_long"]),
        ("a", {"title": "t" * 101}, ["option_invalid"]),
        ("a", {"privacy": "secret"}, ["option_invalid"]),
        ("a", {"colour": "red"}, ["option_unknown"]),
        ("a", {"tags": [""]}, ["option_invalid"]),
        ("a", {"tags": ["t" * 249, "t" * 250]}, []),
        ("a", {"tags": ["t" * 250, "t" * 250]}, ["tags_too_long"]),
        ("a", {"made_for_kids": True, "first_comment": "Hi"}, ["comments_disabled"]),
    ],
)
def test_what_is_refused_before_it_is_sent(
    text: str, options: dict[str, Any], codes: list[str], youtube: YouTube
) -> None:
    problems = youtube.check(Draft(text, (film(),), options=options))
    assert [problem.code for problem in problems] == codes
    assert all(problem.field for problem in problems)


def still(n: int, **more: Any) -> Media:
    given: dict[str, Any] = {"mime_type": "image/jpeg", "size": 9, "width": 8, "height": 6}
    return Media(UUID(int=n), **(given | more))


@pytest.mark.parametrize(
    ("media", "fields"),
    [
        ([], [("media_needed", "media")]),
        ([still(1)], [("media_needed", "media")]),
        ([film(), film(id=8)], [("media_too_many", "media")]),
        ([still(1, alt="words"), film()], []),
        ([still(1), still(2), film()], [("media_too_many", "media")]),
        ([film(), still(1, mime_type="image/gif")], [("media_type_refused", "media.1")]),
        ([film(), still(1, size=52_428_801)], [("media_too_large", "media.1")]),
        ([film(mime_type="video/x-matroska")], [("media_type_refused", "media.0")]),
        ([film(size=274_877_906_945)], [("media_too_large", "media.0")]),
        ([film(duration=43201.0)], [("video_too_long", "media.0")]),
    ],
)
def test_the_files_it_takes(
    media: list[Media], fields: list[tuple[str, str]], youtube: YouTube
) -> None:
    problems = youtube.check(Draft("a", tuple(media)))
    assert [(problem.code, problem.field) for problem in problems] == fields


def test_a_setting_says_how_long_a_video_may_be(http: Http, clock: OwnedClock) -> None:
    youtube = YouTube(http, clock, {"max_seconds": "900"})
    [problem] = youtube.check(Draft("a", (film(duration=901.0),)))
    assert problem.message == "YouTube takes up to 900 s of video, this is 901.0 s."


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("First line\nmore", "First line"),
        ("\n\n  Second  \n", "Second"),
        ("w" * 100, "w" * 100),
        ("w" * 101, "w" * 99 + "…"),
        ("word " * 30, ("word " * 19).strip() + "…"),
    ],
)
def test_without_a_title_the_first_line_is_one(text: str, title: str) -> None:
    assert title_of(YouTubeOptions(), Draft(text)) == title
    assert len(title) <= 100
    assert title_of(YouTubeOptions(title="Mine"), Draft(text)) == "Mine"


def test_tags_are_counted_with_commas_and_quotes() -> None:
    assert [tags_length(tags) for tags in ([], ["ab"], ["a b"], ["ab", "c d"])] == [0, 2, 5, 8]


@pytest.mark.parametrize(
    ("link", "video_id"),
    [
        ("https://www.youtube.com/watch?v=abc-_fghijk", "abc-_fghijk"),
        ("https://m.youtube.com/watch?app=x&v=abc-_fghijk&t=3", "abc-_fghijk"),
        ("https://youtu.be/abc-_fghijk?si=x", "abc-_fghijk"),
        ("https://youtube.com/shorts/abc-_fghijk/", "abc-_fghijk"),
        ("https://www.youtube.com/watch?v=short", None),
        ("https://www.youtube.com/watch", None),
        ("https://www.youtube.com/@ada", None),
        ("https://www.youtube.com/playlist?list=abc-_fghijk", None),
        ("https://example.org/watch?v=abc-_fghijk", None),
        ("javascript:alert(1)", None),
    ],
)
def test_a_link_names_a_video(link: str, video_id: str | None, youtube: YouTube) -> None:
    assert youtube.remote_id_in(link, Owner("UC1", "ada")) == video_id


def test_uploads_begin_an_hour_ahead_and_more_for_large_ones(youtube: YouTube) -> None:
    assert youtube.lead(Draft("words alone")) is None
    assert youtube.lead(Draft("a", (film(size=3_600_000_000),))) == timedelta(hours=2)
