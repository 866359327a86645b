"""What Instagram takes, what it is asked for with, and where: all without a network."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from postclock.http import Http
from postclock.services.platforms.base import Login, Owner, Refused, UploadGone
from postclock.services.platforms.connecting import Lasting
from postclock.services.platforms.drafting import Draft, Media, Segment
from postclock.services.platforms.instagram import Instagram
from postclock.services.platforms.instagram_media import (
    asked_of_child,
    asked_of_post,
    container_of,
)
from postclock.services.platforms.instagram_options import PostOptions
from postclock.services.platforms.uploads import KEY

from .scripted import NOW, OwnedClock

PICTURE = Media(UUID(int=1), "image/jpeg", 100_000, 1080, 1080)
VIDEO = Media(
    UUID(int=9), "video/mp4", 5_000_000, 1080, 1920, duration=12.0, frame_rate=30.0,
    video_codec="h264", audio_codec="aac",
)  # fmt: skip
COVER = "options.thumb_offset_ms"


@pytest.fixture
def instagram(http: Http, clock: OwnedClock) -> Instagram:
    return Instagram(http, clock)


def pictures(count: int) -> tuple[Media, ...]:
    return tuple(replace(PICTURE, id=UUID(int=n)) for n in range(1, count + 1))


def drafted(text: str = "Look", *media: Media, **options: Any) -> Draft:
    return Draft(text, media or (PICTURE,), options=options)


def codes(instagram: Instagram, draft: Draft) -> list[tuple[str, str | None]]:
    return [(problem.code, problem.field) for problem in instagram.check(draft)]


@pytest.mark.parametrize(
    "draft",
    [
        drafted(),
        drafted("", PICTURE),
        drafted("a" * 2200),
        drafted("#one #two #three #four #five @ada.b not#atag a@b.example"),
        drafted("x", *pictures(10)),
        drafted("x", PICTURE, VIDEO),
        drafted("x", VIDEO, kind="reel", thumb_offset_ms=12_000, share_to_feed=False),
        drafted("x", VIDEO, first_comment="hi", collaborators=["ada", "@grace"]),
        drafted("", replace(PICTURE, width=1080, height=1920), kind="story"),
        drafted("", replace(VIDEO, duration=60.0, size=100_000_000), kind="story"),
    ],
    ids=str,
)
def test_what_it_takes(instagram: Instagram, draft: Draft) -> None:
    assert codes(instagram, draft) == []


@pytest.mark.parametrize(
    ("draft", "found"),
    [
        (Draft("x"), [("media_needed", "media")]),
        (drafted("🌍" * 1101), [("text_too_long", "text")]),
        (drafted(" ".join(f"#t{n}" for n in range(6))), [("hashtags_too_many", "text")]),
        (drafted(" ".join(f"@a{n}" for n in range(21))), [("mentions_too_many", "text")]),
        (drafted("x", *pictures(11)), [("media_too_many", "media")]),
        (drafted("x", PICTURE, kind="reel"), [("kind_refused", "options.kind")]),
        (drafted("x", PICTURE, kind="story"), [("text_refused", "text")]),
        (drafted("", *pictures(2), kind="story"), [("kind_refused", "options.kind")]),
        (drafted("", kind="story", location_id="1"), [("option_refused", "options.location_id")]),
        (drafted("", VIDEO, kind="story", thumb_offset_ms=1), [("option_refused", COVER)]),
        (drafted(thumb_offset_ms=1), [("option_refused", COVER)]),
        (drafted("", VIDEO, thumb_offset_ms=12_001), [("option_refused", COVER)]),
        (drafted(kind="thread"), [("option_invalid", "options.kind")]),
        (drafted(collaborators=[*"abcd"]), [("option_invalid", "options.collaborators")]),
        (drafted("", replace(PICTURE, mime_type="image/png")), [("media_type_refused", "media.0")]),
        (drafted("", replace(VIDEO, duration=2.0)), [("video_too_short", "media.0")]),
        (drafted("", replace(VIDEO, duration=901.0)), [("video_too_long", "media.0")]),
        (drafted("", replace(VIDEO, size=300_000_001)), [("media_too_large", "media.0")]),
        (drafted("", replace(VIDEO, width=2160, height=3840)), [("video_too_wide", "media.0")]),
        (drafted("", replace(VIDEO, video_codec="vp9")), [("video_codec_refused", "media.0")]),
        (drafted("", replace(VIDEO, audio_codec="opus")), [("audio_codec_refused", "media.0")]),
        (drafted("", replace(VIDEO, frame_rate=12.0)), [("video_frame_rate", "media.0")]),
        (drafted("", replace(VIDEO, duration=61.0), kind="story"), [("video_too_long", "media.0")]),
        (
            drafted("", VIDEO, replace(PICTURE, alt="x" * 1001)),
            [("alt_too_long", "media.1.alt")],
        ),
        (Draft("x", (PICTURE,), (Segment("more"),)), [("thread_refused", "thread")]),
    ],
    ids=str,
)  # fmt: skip
def test_what_it_refuses(
    instagram: Instagram, draft: Draft, found: list[tuple[str, str | None]]
) -> None:
    assert codes(instagram, draft) == found


def test_hashtags_are_a_setting_up_to_thirty(http: Http, clock: OwnedClock) -> None:
    wide = Instagram(http, clock, {"max_hashtags": "100"})
    assert codes(wide, drafted(" ".join(f"#t{n}" for n in range(30)))) == []
    [problem] = wide.check(drafted(" ".join(f"#t{n}" for n in range(31))))
    assert problem.message == "Instagram takes up to 30 hashtags, this caption has 31."


@pytest.mark.parametrize(
    ("draft", "asked"),
    [
        (drafted("Hi", replace(PICTURE, alt="a cat")), {"caption": "Hi", "alt_text": "a cat"}),
        (drafted(""), {}),
        (
            drafted("Hi", VIDEO, thumb_offset_ms=0, is_ai_generated=True),
            {
                "caption": "Hi", "media_type": "REELS", "share_to_feed": True, "thumb_offset": 0,
                "is_ai_generated": True,
            },
        ),
        (drafted("", VIDEO, kind="story"), {"media_type": "STORIES"}),
        (
            drafted("Hi", *pictures(2), collaborators=["@ada"], location_id="7"),
            {
                "caption": "Hi", "media_type": "CAROUSEL", "collaborators": ["ada"],
                "location_id": "7",
            },
        ),
    ],
    ids=str,
)  # fmt: skip
def test_what_a_container_is_asked_for_with(draft: Draft, asked: dict[str, Any]) -> None:
    assert asked_of_post(draft, PostOptions.model_validate(draft.options)) == asked


def test_a_part_of_a_carousel_has_no_caption() -> None:
    assert asked_of_child(VIDEO) == {"is_carousel_item": True, "media_type": "VIDEO"}
    assert asked_of_child(replace(PICTURE, alt="a cat")) == {
        "is_carousel_item": True, "alt_text": "a cat",
    }  # fmt: skip


def test_without_a_container_nothing_is_sent() -> None:
    with pytest.raises(UploadGone):
        container_of(drafted(), PostOptions(), {}, NOW)
    with pytest.raises(UploadGone):
        container_of(drafted(), PostOptions(), {KEY: {"container": {"id": "1"}}}, NOW)


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("https://www.instagram.com/p/DAbc-d_9/", "DAbc-d_9"),
        ("https://instagram.com/reel/DAbc-d_9", "DAbc-d_9"),
        ("https://www.instagram.com/ada.b/p/DAbc-d_9/?img_index=1", "DAbc-d_9"),
        ("https://www.instagram.com/stories/ada.b/17841400000000000/", "17841400000000000"),
        ("https://www.instagram.com/grace/p/DAbc-d_9/", None),
        ("https://www.instagram.com/stories/grace/17841400000000000/", None),
        ("https://www.instagram.com/ada.b/", None),
        ("https://example.com/p/DAbc-d_9/", None),
    ],
)
def test_a_post_is_known_by_its_link(instagram: Instagram, link: str, found: str | None) -> None:
    assert instagram.remote_id_in(link, Owner("17841", "ada.b")) == found


def test_a_login_by_itself_is_renewed_ahead_and_a_post_does_not_wait_for_it(
    instagram: Instagram,
) -> None:
    ends = NOW + timedelta(days=60)
    secrets = {
        "way": "instagram", "access_token": "t", "expires_at": ends.isoformat(),
        "issued_at": NOW.isoformat(),
    }  # fmt: skip
    assert instagram.lasting(secrets) == Lasting(ends - timedelta(days=10), ends)
    login = Login("https://g.test", "1", "ada", secrets)
    assert not instagram.needs_refresh(login, ends - timedelta(days=9))
    assert instagram.needs_refresh(login, ends - timedelta(hours=23))
    soon = {**secrets, "expires_at": (NOW + timedelta(days=3)).isoformat()}
    assert instagram.lasting(soon).renew_at == NOW + timedelta(hours=24)
    for lasts in ({"access_token": "t"}, {**secrets, "way": "facebook"}):
        assert instagram.lasting(lasts) == Lasting()


@pytest.mark.parametrize("remote_id", ["17841", "DAbc-d_9"])
async def test_what_no_app_may_delete(instagram: Instagram, remote_id: str) -> None:
    way = "facebook" if remote_id.startswith("D") else "instagram"
    login = Login("https://g.test", "1", "ada", {"way": way, "access_token": "t"})
    with pytest.raises(Refused) as raised:
        await instagram.delete(login, remote_id)
    assert raised.value.problem.code == "delete_unavailable"


@pytest.mark.parametrize(
    ("tuned", "who"), [("user_id", "17841"), ("id", "99"), ("me", "me"), ("odd", "17841")]
)
def test_which_id_publishes_is_a_setting(
    http: Http, clock: OwnedClock, tuned: str, who: str
) -> None:
    instagram = Instagram(http, clock, {"publish_as": tuned, "version": "v27.0"})
    secrets = {"way": "instagram", "access_token": "t", "app_scoped_id": "99"}
    hosts = {"graph": "https://f.test"}
    door = instagram._door(Login("https://g.test/", "17841", "ada", secrets, hosts))
    assert door.at(f"{door.who}/media") == f"https://g.test/v27.0/{who}/media"
    paged = instagram._door(
        Login("https://g.test", "17841", "ada", {**secrets, "way": "facebook"}, hosts)
    )
    assert paged.at(f"{paged.who}/media") == "https://f.test/v27.0/17841/media"
