"""Whatever is sent, the sandbox answers with an error that is meant."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest

from postclock.sandbox.credentials import sandbox_account
from tests.sandbox.rig import Api

pytestmark = pytest.mark.asyncio

TWITTER = sandbox_account("twitter", "acme")[2]["access_token"]
MASTODON = sandbox_account("mastodon", "acme")[2]["access_token"]
PAGE, _, FACEBOOK = sandbox_account("facebook", "acme")
DID, _, BLUESKY = sandbox_account("bluesky", "acme")

EDGES = ("feed", "photo_stories", "12/comments")
UPLOAD_EDGES = ("photos", "videos", "video_reels", "video_stories")

FORM = "multipart/form-data; boundary=b"

BODIES: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"{",
    "not UTF-8": b'{"text":"\xff\xfe"}',
    "a NUL byte": b'{"text":"\0"}',
    "an escaped NUL": b'{"text":"a\\u0000","status":"a\\u0000"}',
    "half a surrogate": b'{"text":"\\ud800","status":"\\ud800"}',
    "a surrogate as a key": b'{"\\ud800":1,"status":"\\udfff"}',
    "a surrogate to quote": b'{"repo":"%s","collection":"app.bsky.feed.post",'
    b'"record":{"$type":"\\ud800"},"text":"","platform":"\\ud800"}' % DID.encode(),
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"text":' * 50_000 + b"1" + b"}" * 50_000,
    "not a number": b'{"text":NaN}',
    "a huge number": b'{"text":' + b"9" * 5000 + b"}",
    "a list": b"[1,2]",
    "a word": b'"text"',
    "null": b"null",
    "wrong types": b'{"text":{},"status":{},"record":5,"repo":[],"rkey":{},"identifier":1}',
}


def too_large(path: str) -> int:
    """Graph answers 400 to everything."""
    return 400 if path.startswith("/facebook/") else 413


async def targets(api: Api) -> list[tuple[str, str, str | None]]:
    path = "/bluesky/xrpc/com.atproto.server.createSession"
    session = (await api("POST", path, json=BLUESKY)).json
    repo = "/bluesky/xrpc/com.atproto.repo."
    return [
        ("POST", "/twitter/2/tweets", TWITTER),
        ("POST", "/mastodon/api/v1/statuses", MASTODON),
        ("POST", path, None),
        *(("POST", repo + c, session["accessJwt"]) for c in ("createRecord", "putRecord")),
        ("POST", repo + "deleteRecord", session["accessJwt"]),
        *(("POST", f"/facebook/v26.0/{PAGE}/{edge}", FACEBOOK["access_token"]) for edge in EDGES),
        ("PUT", "/faults", None),
    ]


async def uploading(api: Api) -> list[tuple[str, str, str | None]]:
    path = "/bluesky/xrpc/com.atproto.server.createSession"
    session = (await api("POST", path, json=BLUESKY)).json
    media = "/twitter/2/media/"
    return [
        ("POST", media + "upload", TWITTER),
        ("POST", media + "upload/initialize", TWITTER),
        ("POST", media + "upload/12/append", TWITTER),
        ("POST", media + "upload/12/finalize", TWITTER),
        ("POST", media + "metadata", TWITTER),
        ("POST", "/mastodon/api/v2/media", MASTODON),
        ("PUT", "/mastodon/api/v1/media/12", MASTODON),
        *(
            ("POST", f"/facebook/v26.0/{PAGE}/{edge}", FACEBOOK["access_token"])
            for edge in UPLOAD_EDGES
        ),
        ("POST", "/facebook/rupload/video-upload/v26.0/12", FACEBOOK["access_token"]),
        ("POST", "/bluesky/xrpc/com.atproto.repo.uploadBlob", session["accessJwt"]),
    ]


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "x"])
async def test_a_bad_body_is_refused_and_nothing_is_kept(api: Api, name: str, kind: str) -> None:
    for method, path, token in await targets(api):
        answer = await api(
            method, path, token=token, data=BODIES[name], headers={"Content-Type": kind}
        )
        assert 400 <= answer.status < 500, (path, answer.body)
        assert isinstance(answer.json, dict)
    assert (await api("GET", "/ledger")).json == []
    assert (await api("GET", "/faults")).json == {"items": []}


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize(
    "kind", ["application/json", "application/x-www-form-urlencoded", "multipart/form-data", FORM]
)
async def test_a_bad_upload_is_refused(api: Api, name: str, kind: str) -> None:
    data = BODIES[name]
    if kind == FORM:
        head = b'--b\r\nContent-Disposition: form-data; name="media"; filename="a"\r\n\r\n'
        data = head + data + b"\r\n--b--\r\n"
    for method, path, token in await uploading(api):
        if path.endswith("uploadBlob") and data:
            continue  # any bytes are a blob
        answer = await api(method, path, token=token, data=data, headers={"Content-Type": kind})
        assert 400 <= answer.status < 500, (path, answer.body)
        assert isinstance(answer.json, dict)


async def test_an_upload_over_its_platforms_limit_is_too_large(api: Api) -> None:
    async def stream() -> Any:
        for _ in range(120):
            yield bytes(1 << 20)

    for method, path, token in await uploading(api):
        answer = await api(method, path, token=token, data=stream(), headers={"Content-Type": FORM})
        assert answer.status == too_large(path), path
        assert isinstance(answer.json, dict)


@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_over_a_mebibyte_is_too_large(api: Api, declared: bool) -> None:
    async def stream() -> Any:
        for _ in range(20):
            yield b"x" * (1 << 16)

    for method, path, token in await targets(api):
        data = BytesIO(b"x" * ((1 << 20) + 1)) if declared else stream()
        headers = {"Content-Type": "application/json"}
        answer = await api(method, path, token=token, data=data, headers=headers)
        assert answer.status == too_large(path), path
        assert isinstance(answer.json, dict)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", ["a.b ", "🇩", "a.", "http://a", "((a)", "@a#1"])
async def test_hostile_texts_are_refused_quickly(api: Api, piece: str) -> None:
    for size in (9_000, 80_000):
        text = (piece * size)[:size]
        tweet = await api("POST", "/twitter/2/tweets", token=TWITTER, json={"text": text})
        assert tweet.status == 400
        path, json = "/mastodon/api/v1/statuses", {"status": text}
        assert (await api("POST", path, token=MASTODON, json=json)).status == 422


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/twitter/1.1/statuses/update.json",
        "/mastodon/api/v1/media",
        "/twitter",
        "/static/",
        "/static/..%2f..%2fapp.py",
        "/static/%00",
    ],
)
async def test_an_unknown_address_is_not_found(api: Api, path: str) -> None:
    answer = await api("GET", path)
    assert answer.status == 404
    assert isinstance(answer.json, dict)


async def test_a_wrong_method_is_refused(api: Api) -> None:
    answer = await api("PUT", "/twitter/2/tweets", token=TWITTER)
    assert (answer.status, answer.headers["allow"]) == (405, "POST")
    assert (await api("POST", "/ledger")).status == 405


async def test_odd_ids_are_not_found(api: Api) -> None:
    for odd in ("%00", "%ff", "x" * 2000, "١٢", "-1"):
        path = f"/mastodon/api/v1/statuses/{odd}"
        assert (await api("GET", path)).status == 404
        answer = await api("GET", f"/twitter/2/users/{odd}/tweets", token=TWITTER)
        assert answer.status == 200
        assert json.dumps(answer.json["errors"])
