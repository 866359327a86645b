"""Bluesky threads, choices and deletion against a scripted server."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from postclock.http import Http
from postclock.scheduler.model import Absent, Found
from postclock.services.platforms.base import (
    Login,
    LoginExpired,
    NotPublished,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    UploadGone,
)
from postclock.services.platforms.bluesky import Bluesky
from postclock.services.platforms.dag_cbor import cid, encoded
from postclock.services.platforms.drafting import Draft, Segment

from .pictures import Saves, picture
from .scripted import NOW, OwnedClock, ScriptedServer

NONE: frozenset[str] = frozenset()
DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
POST = "app.bsky.feed.post"
APPLY = "/xrpc/com.atproto.repo.applyWrites"
DRAFT = Draft("one", thread=(Segment("two"), Segment("three #tag")))
COMMENT = Draft("one", options={"first_comment": "and see https://ex.org"})
BLOB = {
    "$type": "blob", "mimeType": "image/png", "size": 30,
    "ref": {"$link": "bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq"},
}  # fmt: skip


@pytest.fixture
def bluesky(http: Http, clock: OwnedClock) -> Bluesky:
    return Bluesky(http, clock)


@pytest.fixture
def login(server: ScriptedServer) -> Login:
    return Login(server.url, DID, "ada.test", {"access_jwt": "a-token"})


def with_blobs(*numbers: int) -> dict[str, Any]:
    until = (NOW + timedelta(hours=1)).isoformat()
    ids = [str(picture(n).id) for n in numbers]
    return {"media": {one: {"blob": BLOB, "expires_at": until} for one in ids}}


def test_identifiers_are_the_sheets() -> None:
    first = {"$type": POST, "text": "Hello", "createdAt": "2026-11-22T09:00:00.000Z"}
    known = "bafyreibuffalw3ubmvdifwlwt73y72ayg6k4trh5uzciyg4bu3ielbrakq"
    assert cid(first) == known
    ref = {"uri": f"at://{DID}/{POST}/3n2vatvvt2223", "cid": known}
    reply = {
        "$type": POST, "text": "World", "createdAt": "2026-11-22T09:00:00.001Z",
        "reply": {"root": ref, "parent": ref},
    }  # fmt: skip
    assert cid(reply) == "bafyreifoxi7d5piogf5o7xihrawb3f7o4ymd4tzkr45gvwrgwhlwh5velq"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "00"), (23, "17"), (24, "1818"), (256, "190100"), (70_000, "1a00011170"),
        (2**40, "1b0000010000000000"), (True, "f5"), (False, "f4"), ("é", "62c3a9"),
        ({"bb": 1, "a": 2}, "a261610262626201"), ([[], {}], "8280a0"),
        ("x" * 24, "7818" + "78" * 24),
    ],
)  # fmt: skip
def test_what_is_written_has_one_form(value: Any, written: str) -> None:
    assert encoded(value).hex() == written


@pytest.mark.parametrize("value", [1.5, -1, None, b"x", {"a": {1.5}}])
def test_what_no_record_of_ours_holds_is_not_written(value: Any) -> None:
    with pytest.raises(TypeError):
        encoded(value)


def test_a_thread_is_planned_as_a_whole(bluesky: Bluesky, login: Login) -> None:
    planned = bluesky.plan(login, DRAFT, {}, "key", NOW)
    posts = [planned, *planned["following"]]
    assert [post["record"]["text"] for post in posts] == ["one", "two", "three #tag"]
    assert [post["record"]["createdAt"][-5:] for post in posts] == [".000Z", ".001Z", ".002Z"]
    keys = [post["rkey"] for post in posts]
    assert keys == sorted(set(keys))
    refs = [
        {"uri": f"at://{DID}/{POST}/{post['rkey']}", "cid": cid(post["record"])} for post in posts
    ]
    assert "reply" not in posts[0]["record"]
    assert posts[1]["record"]["reply"] == {"root": refs[0], "parent": refs[0]}
    assert posts[2]["record"]["reply"] == {"root": refs[0], "parent": refs[1]}
    assert "facets" in posts[2]["record"]
    later = NOW + timedelta(minutes=1)
    assert bluesky.plan(login, Draft("edited"), planned, "other", later) == planned


async def test_a_thread_is_one_call(bluesky: Bluesky, login: Login, server: ScriptedServer) -> None:
    planned = bluesky.plan(login, DRAFT, {}, "key", NOW)
    uris = [f"at://{DID}/{POST}/{one['rkey']}" for one in (planned, *planned["following"])]
    server.answers(200, {"commit": {}, "results": [{"uri": uri, "cid": "c"} for uri in uris]})
    saves = Saves()
    receipt = await bluesky.publish(login, DRAFT, planned, saves)
    assert receipt.remote_id == uris[0]
    assert [part["id"] for part in saves.last["parts"]] == uris
    assert saves.last["parts"][0]["url"] == receipt.permalink
    [seen] = server.seen
    assert (seen.method, seen.path) == ("POST", APPLY)
    assert seen.json == {
        "repo": DID,
        "validate": True,
        "writes": [
            {
                "$type": "com.atproto.repo.applyWrites#create", "collection": POST,
                "rkey": one["rkey"], "value": one["record"],
            }
            for one in (planned, *planned["following"])
        ],
    }  # fmt: skip


async def test_a_first_comment_is_written_with_the_post(
    bluesky: Bluesky, login: Login, server: ScriptedServer
) -> None:
    planned = bluesky.plan(login, COMMENT, {}, "key", NOW)
    [comment] = planned["following"]
    assert comment["record"]["reply"]["parent"]["uri"].endswith(planned["rkey"])
    assert comment["record"]["facets"]
    server.answers(200, {"results": [{"uri": "at://x", "cid": "c"}]})
    assert (await bluesky.publish(login, COMMENT, planned)).remote_id == "at://x"


@pytest.mark.parametrize("body", [{}, {"results": []}, {"results": [{}]}, {"uri": "at://x"}, []])
async def test_an_answer_without_the_posts_is_unclear(
    body: Any, bluesky: Bluesky, login: Login, server: ScriptedServer
) -> None:
    server.answers(200, body)
    planned = bluesky.plan(login, DRAFT, {}, "key", NOW)
    with pytest.raises(OutcomeUnknown):
        await bluesky.publish(login, DRAFT, planned)


async def test_the_first_post_tells_for_the_thread(
    bluesky: Bluesky, login: Login, server: ScriptedServer
) -> None:
    planned = bluesky.plan(login, DRAFT, {}, "key", NOW)
    server.answers(400, {"error": "RecordNotFound"})
    assert await bluesky.find(login, DRAFT, planned, NOW, NONE) == Absent()
    uri = f"at://{DID}/{POST}/{planned['rkey']}"
    server.answers(200, {"uri": uri, "cid": "c", "value": planned["record"]})
    saves = Saves()
    assert isinstance(await bluesky.find(login, DRAFT, planned, NOW, NONE, saves), Found)
    assert len(saves.last["parts"]) == 3


def test_the_files_of_every_post_are_embedded(bluesky: Bluesky, login: Login) -> None:
    draft = Draft("one", thread=(Segment("two", (picture(1, alt="a"), picture(2))),))
    with pytest.raises(UploadGone):
        bluesky.plan(login, draft, with_blobs(1), "key", NOW)
    planned = bluesky.plan(login, draft, with_blobs(1, 2), "key", NOW)
    assert "embed" not in planned["record"]
    embed = planned["following"][0]["record"]["embed"]
    assert [image["alt"] for image in embed["images"]] == ["a", ""]


def test_what_an_author_may_choose(bluesky: Bluesky, login: Login) -> None:
    card = {"uri": "https://ex.org/a", "title": "A", "description": ""}
    options = {"languages": ["de", "pt-BR"], "link_card": card}
    draft = Draft("look", (picture(1),), (Segment("more"),), options)
    assert bluesky.check(draft) == []
    planned = bluesky.plan(login, draft, with_blobs(1), "key", NOW)
    assert planned["record"]["embed"] == {
        "$type": "app.bsky.embed.external",
        "external": {**card, "thumb": BLOB},
    }
    records = [planned["record"], planned["following"][0]["record"]]
    assert [record["langs"] for record in records] == [["de", "pt-BR"]] * 2
    assert "embed" not in records[1]
    bare = bluesky.plan(login, Draft("look", options={"link_card": card}), {}, "key", NOW)
    assert bare["record"]["embed"]["external"] == card


@pytest.mark.parametrize(
    ("draft", "found"),
    [
        (Draft("a", thread=(Segment(""),)), [("text_missing", "thread.0.text")]),
        (Draft("a", thread=(Segment("b" * 301),)), [("text_too_long", "thread.0.text")]),
        (
            Draft("a", thread=(Segment("b"), Segment("", (picture(1, alt="x" * 2001),)))),
            [("alt_too_long", "thread.1.media.0.alt")],
        ),
        (Draft("a", thread=(Segment("b"),) * 100), [("thread_too_long", "thread")]),
        (
            Draft("a", options={"languages": ["english!"]}),
            [("option_invalid", "options.languages.0")],
        ),
        (Draft("a", options={"languages": ["en"] * 4}), [("option_invalid", "options.languages")]),
        (Draft("a", options={"poll": {}}), [("option_unknown", "options.poll")]),
        (
            Draft("a", options={"first_comment": "c" * 301}),
            [("text_too_long", "options.first_comment")],
        ),
        (
            Draft("a", options={"link_card": {"uri": "ftp://x", "title": "t"}}),
            [("option_invalid", "options.link_card.uri")],
        ),
        (
            Draft(
                "a", (picture(1), picture(2)),
                options={"link_card": {"uri": "https://x", "title": "t"}},
            ),
            [("media_mixed", "options.link_card")],
        ),
        (
            Draft(
                "a", (picture(1, size=1_000_001),),
                options={"link_card": {"uri": "https://x", "title": "t"}},
            ),
            [("media_too_large", "media.0")],
        ),
    ],
)  # fmt: skip
def test_what_is_refused_and_where(
    draft: Draft, found: list[tuple[str, str]], bluesky: Bluesky
) -> None:
    assert [(problem.code, problem.field) for problem in bluesky.check(draft)] == found


async def test_taking_a_post_back(bluesky: Bluesky, login: Login, server: ScriptedServer) -> None:
    server.answers(200, {})
    await bluesky.delete(login, f"at://{DID}/{POST}/3n2vatvvt2223")
    [seen] = server.seen
    assert seen.path == "/xrpc/com.atproto.repo.deleteRecord"
    assert seen.json == {"repo": DID, "collection": POST, "rkey": "3n2vatvvt2223"}
    assert seen.headers["Authorization"] == "Bearer a-token"


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, {"error": "InvalidToken"}, LoginExpired),
        (400, {"error": "ExpiredToken"}, LoginExpired),
        (429, {"error": "RateLimitExceeded"}, RateLimited),
        (400, {"error": "InvalidSwap"}, NotPublished),
        (503, "", OutcomeUnknown),
    ],
)
async def test_a_post_that_is_not_taken_back(
    status: int, body: Any, error: type[PlatformError],
    bluesky: Bluesky, login: Login, server: ScriptedServer,
) -> None:  # fmt: skip
    server.answers(status, body)
    with pytest.raises(error):
        await bluesky.delete(login, f"at://{DID}/{POST}/3n2vatvvt2223")
