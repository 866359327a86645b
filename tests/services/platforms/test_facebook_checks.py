"""What Facebook would refuse, told before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from postclock.clock import HostClock
from postclock.http import Http
from postclock.services.platforms.base import Owner
from postclock.services.platforms.drafting import Draft, Media
from postclock.services.platforms.facebook import Facebook

from .facebook_answers import film
from .pictures import draft, picture

FACEBOOK = Facebook(Http(1), HostClock())


def codes(given: Draft, facebook: Facebook = FACEBOOK) -> list[tuple[str, str | None]]:
    return [(problem.code, problem.field) for problem in facebook.check(given)]


def video(**more: Any) -> Media:
    whole: dict[str, Any] = {"video_codec": "h264", "audio_codec": "aac", **more}
    return replace(film().media[0], **whole)


def of(kind: str, *media: Media, text: str = "", **options: Any) -> Draft:
    return Draft(text, media, options={"kind": kind, **options})


@pytest.mark.parametrize(
    "good",
    [
        Draft("Hello"),
        Draft("", options={"link": "https://example.org/"}),
        Draft("Hello", options={"first_comment": "First!"}),
        draft(*["alt"] * 10, text=""),
        of("post", video(duration=3600.0, width=1920, height=1080), title="A film"),
        of("reel", video(), text="Words", title="A reel", first_comment="First!"),
        of("story", video()),
        of("story", picture()),
    ],
)
def test_what_is_taken(good: Draft) -> None:
    assert codes(good) == []


@pytest.mark.parametrize(
    ("bad", "found"),
    [
        (Draft(""), [("text_missing", "text")]),
        (Draft("a" * 63_207), [("text_too_long", "text")]),
        (Draft("x", options={"kind": "note"}), [("option_invalid", "options.kind")]),
        (Draft("x", options={"place": "1"}), [("option_unknown", "options.place")]),
        (Draft("x", options={"link": "ftp://x"}), [("option_invalid", "options.link")]),
        (Draft("x", options={"link": "https://["}), [("option_invalid", "options.link")]),
        (Draft("x", options={"title": "T"}), [("option_refused", "options.title")]),
        (draft(*[""] * 11), [("media_too_many", "media")]),
        (of("post", picture(), video(), text="x"), [("media_mixed", "media")]),
        (
            of("post", video(), picture(2, size=5_000_000), text="x"),
            [("media_mixed", "media"), ("media_too_large", "media.1")],
        ),
        (of("post", picture(mime_type="image/webp")), [("media_type_refused", "media.0")]),
        (of("post", picture(), link="https://example.org"), [("option_refused", "options.link")]),
        (of("post", video(width=3000, height=1000)), [("video_shape", "media.0")]),
        (of("reel", text="x"), [("kind_refused", "options.kind")]),
        (of("reel", picture()), [("kind_refused", "options.kind")]),
        (of("reel", video(duration=91.0)), [("video_too_long", "media.0")]),
        (of("reel", video(duration=2.0)), [("video_too_short", "media.0")]),
        (of("reel", video(width=360, height=640)), [("video_too_small", "media.0")]),
        (of("reel", video(frame_rate=10.0)), [("video_frame_rate", "media.0")]),
        (of("reel", video(video_codec="mpeg4")), [("video_codec_refused", "media.0")]),
        (of("reel", video(width=1080, height=1080)), [("video_shape", "media.0")]),
        (of("story"), [("kind_refused", "options.kind")]),
        (of("story", picture(1), picture(2)), [("kind_refused", "options.kind")]),
        (of("story", picture(), text="x"), [("text_refused", "text")]),
        (of("story", video(duration=61.0)), [("video_too_long", "media.0")]),
        (of("story", picture(), first_comment="x"), [("option_refused", "options.first_comment")]),
        (of("story", video(), title="x"), [("option_refused", "options.title")]),
    ],
)
def test_what_is_refused(bad: Draft, found: list[tuple[str, str]]) -> None:
    assert codes(bad) == found


def test_a_problem_is_a_sentence_with_its_numbers() -> None:
    said = [
        problem.message for problem in FACEBOOK.check(of("reel", picture(1), video(), text="x"))
    ]
    assert said == [
        "A reel is one video, this has 1 picture and 1 video: choose one, or another kind."
    ]


def test_doubtful_limits_are_settings() -> None:
    said = {"max_photos": "2", "max_message": "5", "story_seconds": "90", "max_alt": "3"}
    tuned = Facebook(Http(1), HostClock(), said)
    assert codes(draft("", "", "", text="x"), tuned) == [("media_too_many", "media")]
    assert codes(Draft("123456"), tuned) == [("text_too_long", "text")]
    assert codes(of("story", video(duration=89.0)), tuned) == []
    assert codes(draft("long"), tuned) == [("alt_too_long", "media.0.alt")]


ACME = Owner("1784", "Acme.Shop")


@pytest.mark.parametrize(
    ("link", "remote_id"),
    [
        ("https://www.facebook.com/1784_55", "1784_55"),
        ("https://www.facebook.com/acme.shop/posts/55/", "1784_55"),
        ("https://m.facebook.com/1784/posts/55?x=1", "1784_55"),
        ("https://facebook.com/permalink.php?story_fbid=55&id=1784", "1784_55"),
        ("https://www.facebook.com/reel/77/", "77"),
        ("https://www.facebook.com/Acme.Shop/videos/77", "77"),
        ("https://www.facebook.com/stories/31", "31"),
        ("https://www.facebook.com/9999_55", None),
        ("https://www.facebook.com/other/posts/55", None),
        ("https://www.facebook.com/permalink.php?story_fbid=pfbid0abc&id=1784", None),
        ("https://www.facebook.com/permalink.php?story_fbid=55&id=1", None),
        ("https://www.facebook.com/permalink.php", None),
        ("https://facebook.com.evil.test/1784_55", None),
        ("https://www.facebook.com/acme.shop", None),
        ("https://[", None),
    ],
)
def test_a_posts_link_tells_its_id(link: str, remote_id: str | None) -> None:
    assert FACEBOOK.remote_id_in(link, ACME) == remote_id
