"""The Facebook client against a scripted server: what is sent, and what comes of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from postclock.http import Http
from postclock.scheduler.model import (
    CannotTell,
    Found,
    Resume,
)
from postclock.services.platforms.base import (
    Login,
    LoginRevoked,
    OutcomeUnknown,
    RateLimited,
    UploadGone,
)
from postclock.services.platforms.drafting import Draft
from postclock.services.platforms.facebook import Facebook

from .facebook_answers import (
    ENDS,
    FEED,
    PAGE,
    TOKEN,
    film,
    login_at,
    staged,
    status,
)
from .graph_cases import body
from .pictures import Saves, draft, paths, picture
from .scripted import NOW, OwnedClock, ScriptedServer

NONE: frozenset[str] = frozenset()
TEXT = Draft("Hello\nsee https://example.org/a")


@pytest.fixture
def facebook(http: Http, clock: OwnedClock) -> Facebook:
    return Facebook(http, clock)


@pytest.fixture
def login(server: ScriptedServer) -> Login:
    return login_at(server.url)


async def test_a_text_is_one_call(facebook: Facebook, login: Login, server: ScriptedServer) -> None:
    link = {"id": f"{PAGE}_5", "permalink_url": "https://www.facebook.com/acme/posts/5"}
    server.answers(200, {**link, "created_time": "2026-11-22T09:00:00+0000"})
    receipt = await facebook.publish(login, TEXT, {}, Saves())
    assert (receipt.remote_id, receipt.permalink, receipt.accepted_at) == (
        f"{PAGE}_5", link["permalink_url"], NOW,
    )  # fmt: skip
    (seen,) = server.seen
    assert paths([seen]) == [FEED]
    assert seen.json == {"message": TEXT.text}
    assert seen.headers["Authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in str(seen.query)


async def test_photos_and_links_are_named_and_nothing_empty_is_sent(
    facebook: Facebook, login: Login, server: ScriptedServer
) -> None:
    server.answers(200, {"id": f"{PAGE}_6"})
    receipt = await facebook.publish(login, draft("", "", text=" "), staged("11", "12"), Saves())
    assert receipt.permalink == f"https://www.facebook.com/{PAGE}_6"
    server.answers(200, {"id": f"{PAGE}_7"})
    linked = Draft("", options={"link": "https://example.org/"})
    await facebook.publish(login, linked, {}, Saves())
    assert [seen.json for seen in server.seen] == [
        {"attached_media": [{"media_fbid": "11"}, {"media_fbid": "12"}]},
        {"link": "https://example.org/"},
    ]


async def test_what_is_not_wholly_up_is_never_sent(
    facebook: Facebook, login: Login, server: ScriptedServer
) -> None:
    entry = {"id": "77", "kind": "reel", "expires_at": ENDS}
    half = {"media": {str(picture(1).id): entry}}
    for kind, before in (
        ("post", {}), ("reel", half), ("post", {"media": {k: {**v, "done": True} for k, v in
        half["media"].items()}}),
    ):  # fmt: skip
        with pytest.raises(UploadGone):
            await facebook.publish(login, film(kind), before, Saves())
    assert server.seen == []


@pytest.mark.parametrize(
    ("kind", "path", "form"),
    [
        (
            "post", f"/video/v26.0/{PAGE}/videos",
            "upload_phase=finish&upload_session_id=177&title=T&description=A+film",
        ),
        (
            "reel", f"/v26.0/{PAGE}/video_reels",
            "upload_phase=finish&video_id=77&video_state=PUBLISHED&title=T&description=A+film",
        ),
    ],
)  # fmt: skip
async def test_a_finished_video_is_still_worked_on(
    kind: str, path: str, form: str, facebook: Facebook, login: Login, server: ScriptedServer
) -> None:
    server.answers(200, {"success": True})
    saves = Saves()
    before = staged("77", kind=kind, session="177")
    with pytest.raises(OutcomeUnknown) as raised:
        await facebook.publish(login, film(kind, title="T"), before, saves)
    assert (raised.value.problem.code, raised.value.answered) == ("processing", True)
    assert (server.seen[0].path, server.seen[0].body.decode()) == (path, form)
    assert saves.last["finished"] == "77"


async def test_stories_answer_with_their_post(
    facebook: Facebook, login: Login, server: ScriptedServer
) -> None:
    server.answers(200, {"success": True, "post_id": "31"})
    shown = Draft("", (picture(),), options={"kind": "story"})
    receipt = await facebook.publish(login, shown, staged("11"), Saves())
    assert receipt.permalink == "https://www.facebook.com/stories/31"
    server.answers(200, {"success": True, "post_id": "32"})
    moving = staged("77", kind="story")
    assert (await facebook.publish(login, film("story"), moving, Saves())).remote_id == "32"
    assert [seen.body.decode() for seen in server.seen] == [
        "photo_id=11", "upload_phase=finish&video_id=77",
    ]  # fmt: skip


async def test_a_lost_answer_is_of_unknown_outcome(
    facebook: Facebook, login: Login, server: ScriptedServer
) -> None:
    server.drops()
    with pytest.raises(OutcomeUnknown) as raised:
        await facebook.publish(login, TEXT, {}, Saves())
    assert not raised.value.answered
    server.answers(500, body(1))
    with pytest.raises(OutcomeUnknown):
        await facebook.publish(login, TEXT, {}, Saves())
    server.answers(400, body(80001), {"X-Business-Use-Case-Usage":
        '{"1784": [{"type": "pages", "estimated_time_to_regain_access": 7}]}'})  # fmt: skip
    with pytest.raises(RateLimited) as limited:
        await facebook.publish(login, TEXT, {}, Saves())
    assert limited.value.until == NOW + timedelta(minutes=7)


async def test_the_first_comment_goes_below_the_post(
    facebook: Facebook, login: Login, server: ScriptedServer
) -> None:
    said = Draft("Hello", options={"first_comment": "First!"})
    server.answers(200, {"id": f"{PAGE}_5"})
    server.answers(200, {"id": f"{PAGE}_5_1"})
    receipt = await facebook.publish(login, said, {}, Saves())
    assert (receipt.remote_id, receipt.note) == (f"{PAGE}_5", "")
    assert server.seen[-1].path == f"/v26.0/{PAGE}_5/comments"
    assert server.seen[-1].body == b"message=First%21"


@pytest.mark.parametrize("lost", [True, False])
async def test_a_comment_that_fails_leaves_the_post_published(
    lost: bool, facebook: Facebook, login: Login, server: ScriptedServer
) -> None:
    said, saves = Draft("Hello", options={"first_comment": "First!"}), Saves()
    server.answers(200, {"id": f"{PAGE}_5"})
    if lost:
        server.drops()
    else:
        server.answers(400, body(200, None, "Permissions error"))
    receipt = await facebook.publish(login, said, {}, saves)
    assert receipt.remote_id == f"{PAGE}_5"
    assert receipt.note
    again = await facebook.publish(login, said, saves.last, saves)
    assert (again.remote_id, len(server.seen)) == (receipt.remote_id, 2)


async def test_a_video_that_is_found_gets_its_comment_below_its_post(
    facebook: Facebook, login: Login, server: ScriptedServer
) -> None:
    shown, saves = film("reel", first_comment="First!"), Saves()
    server.answers(200, status("ready", "complete", "published", post_id="88"))
    found = await facebook.find(login, shown, staged("77", kind="reel"), NOW, NONE, saves)
    assert found == Resume()
    assert await facebook.find(login, shown, saves.last, NOW, NONE, saves) == Resume()
    server.answers(200, {"id": "77", "post_id": "88"})
    server.answers(200, {"id": "c"})
    receipt = await facebook.publish(login, shown, saves.last, saves)
    assert receipt.remote_id == "77"
    assert server.seen[-1].path == f"/v26.0/{PAGE}_88/comments"
    assert isinstance(await facebook.find(login, shown, saves.last, NOW, NONE, saves), Found)


async def test_taking_back_what_is_gone_is_no_error(
    facebook: Facebook, login: Login, server: ScriptedServer
) -> None:
    server.answers(200, {"success": True})
    server.answers(400, body(100, 33))
    for _ in range(2):
        await facebook.delete(login, f"{PAGE}_5")
    assert paths(server.seen) == [f"DELETE /v26.0/{PAGE}_5"] * 2
    server.answers(400, body(200))
    with pytest.raises(LoginRevoked):
        await facebook.delete(login, f"{PAGE}_5")


async def test_without_a_token_nothing_is_sent(facebook: Facebook, server: ScriptedServer) -> None:
    bare = Login(server.url, PAGE, "acme", {})
    with pytest.raises(LoginRevoked):
        await facebook.publish(bare, TEXT, {}, Saves())
    with pytest.raises(LoginRevoked):
        await facebook.refresh(bare)
    assert isinstance(await facebook.find(bare, TEXT, {}, NOW, NONE), CannotTell)
    assert not facebook.needs_refresh(bare, NOW)
    assert server.seen == []
