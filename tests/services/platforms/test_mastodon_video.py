"""Videos on Mastodon, and the media of a thread, against a scripted server."""

from __future__ import annotations

from uuid import UUID

import pytest

from postclock.services.platforms.base import Login, UploadGone
from postclock.services.platforms.drafting import Draft, Media, Segment
from postclock.services.platforms.mastodon import Mastodon
from tests.fixtures.files import HeldFiles

from .pictures import Saves, form, paths, picture
from .scripted import ScriptedServer
from .test_mastodon_threads import STAGED, login, mastodon, part, status

__all__ = ["login", "mastodon"]

CREATE = "POST /api/v1/statuses"
VIDEO = Media(UUID(int=5), "video/mp4", 3_000_000, 1080, 1920, "a film", duration=12.0)
FILES = HeldFiles(others=bytes(range(250)) * 12_000)


async def test_a_video_is_sent_in_pieces_and_waited_for(
    mastodon: Mastodon, login: Login, server: ScriptedServer
) -> None:
    draft = Draft("look", thread=(Segment("", (VIDEO,)),))
    server.answers(202, {"id": "50", "url": None})
    server.answers(206, {"id": "50", "url": None})
    server.answers(200, {"id": "50", "url": "https://ex.org/50"})
    FILES.ranges.clear()
    staged = await mastodon.stage(login, draft, STAGED, Saves(), FILES)
    upload = server.seen[0]
    sent = form(upload.body, upload.headers["Content-Type"])
    assert sent["file"] == (FILES.others, "video/mp4")
    assert sent["description"][0] == b"a film"
    assert upload.headers["Content-Length"] == str(len(upload.body))
    assert len(FILES.ranges) == 3
    for number in "12":
        server.answers(200, status(number))
    await mastodon.publish(login, draft, staged, Saves())
    assert server.seen[-1].json == {"status": "", "media_ids": ["50"], "in_reply_to_id": "1"}


async def test_what_is_public_is_not_uploaded_again(
    mastodon: Mastodon, login: Login, server: ScriptedServer
) -> None:
    draft = Draft("a", (picture(1),), (Segment("b", (picture(2),)),))
    server.answers(200, {"id": "52"})
    staged = await mastodon.stage(login, draft, {**STAGED, "parts": [part("1")]}, Saves(), FILES)
    assert list(staged["media"]) == [str(picture(2).id)]
    assert paths(server.seen) == ["POST /api/v2/media"]


async def test_a_part_without_its_media_is_not_sent(
    mastodon: Mastodon, login: Login, server: ScriptedServer
) -> None:
    draft = Draft("a", thread=(Segment("b", (picture(2),)),))
    server.answers(200, status("1"))
    with pytest.raises(UploadGone):
        await mastodon.publish(login, draft, STAGED, Saves())
    assert paths(server.seen) == [CREATE]


@pytest.mark.parametrize(
    ("media", "found"),
    [
        (VIDEO, []),
        (Media(UUID(int=6), "video/avi", 9), ["media_type_refused"]),
        (Media(UUID(int=6), "video/mp4", 103_809_025), ["media_too_large"]),
        (Media(UUID(int=6), "video/mp4", 9, 3840, 2161), ["media_too_many_pixels"]),
        (Media(UUID(int=6), "video/mp4", 9, frame_rate=144.0), ["video_frame_rate"]),
    ],
)
def test_which_videos_are_refused(media: Media, found: list[str], mastodon: Mastodon) -> None:
    assert [problem.code for problem in mastodon.check(Draft("", (media,)))] == found
