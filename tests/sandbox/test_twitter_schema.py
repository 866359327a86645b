"""X's twin answers as X's own OpenAPI document says."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from postclock.sandbox.credentials import sandbox_account
from tests.fixtures.published import OpenApi
from tests.sandbox.pictures import MP4, picture
from tests.sandbox.rig import Answer, Api, Running

pytestmark = pytest.mark.asyncio

ME = sandbox_account("twitter", "acme")[0]
FIELDS = "tweet.fields=created_at,entities,author_id"


class Document:
    """X's OpenAPI document, to hold answers against."""

    def __init__(self, path: Path) -> None:
        self._published = OpenApi(path)

    def errors(self, path: str, method: str, answer: Answer) -> list[str]:
        kind = answer.headers["content-type"]
        return self._published.of_answer(path, method, answer.status, kind, answer.json)


@pytest.fixture
def document(platform_data: Path) -> Document:
    return Document(platform_data / "x-openapi-2.167.json")


async def test_answers_match_the_published_schemas(
    api: Api, document: Document, twitter_token: str
) -> None:
    async def ask(method: str, path: str, **options: Any) -> Answer:
        return await api(method, "/twitter" + path, token=twitter_token, **options)

    created = await ask("POST", "/2/tweets", json={"text": "see https://example.com/x & y"})
    tweet_id = created.json["data"]["id"]
    long = await ask("POST", "/2/tweets", json={"text": "x" * 281})
    unknown = await ask("POST", "/2/tweets", json={"text": "x", "nope": 1})
    reply = {"in_reply_to_tweet_id": "1"}
    lost = await ask("POST", "/2/tweets", json={"text": "x", "reply": reply})
    me = await ask("GET", "/2/users/me?user.fields=verified")
    mine = await ask("GET", f"/2/users/{ME}/tweets?{FIELDS}")
    nobody = await ask("GET", "/2/users/1/tweets")
    deleted = await ask("DELETE", f"/2/tweets/{tweet_id}")
    empty = await ask("GET", f"/2/users/{ME}/tweets")

    statuses = [answer.status for answer in (created, long, unknown, lost, me, mine, deleted)]
    assert statuses == [201, 400, 400, 404, 200, 200, 200]
    assert nobody.json["errors"][0]["resource_id"] == "1"
    for answer in (created, long, unknown, lost):
        assert document.errors("/2/tweets", "post", answer) == []
    assert document.errors("/2/users/me", "get", me) == []
    for answer in (mine, nobody, empty):
        assert document.errors("/2/users/{id}/tweets", "get", answer) == []
    assert document.errors("/2/tweets/{id}", "delete", deleted) == []


PHOTO = {"media": b64encode(picture()).decode(), "media_category": "tweet_image"}
FILM = {"media_category": "tweet_video", "total_bytes": len(MP4)}
PIECE = {"media": b64encode(MP4).decode(), "segment_index": 0}
UPLOAD = "/2/media/upload"


async def test_answers_to_uploads_match_the_published_schemas(
    api: Api, running: Running, document: Document, twitter_token: str
) -> None:
    async def ask(method: str, path: str, **options: Any) -> Answer:
        return await api(method, "/twitter" + path, token=twitter_token, **options)

    whole = await ask("POST", UPLOAD, json=PHOTO)
    begun = await ask("POST", f"{UPLOAD}/initialize", json=FILM)
    video = begun.json["data"]["id"]
    appended = await ask("POST", f"{UPLOAD}/{video}/append", json=PIECE)
    done = await ask("POST", f"{UPLOAD}/{video}/finalize")
    running.clock.advance(seconds=1)
    working = await ask("GET", f"{UPLOAD}?command=STATUS&media_id={video}")
    refused = await ask("POST", UPLOAD, json={**PHOTO, "media": "aGk="})
    missing = await ask("GET", f"{UPLOAD}?media_id=1")
    assert working.json["data"]["processing_info"]["state"] == "in_progress"
    assert (refused.status, missing.status) == (400, 404)
    for path, method, answer in (
        (UPLOAD, "post", whole),
        (UPLOAD, "post", refused),
        (f"{UPLOAD}/initialize", "post", begun),
        (f"{UPLOAD}/{{id}}/append", "post", appended),
        (f"{UPLOAD}/{{id}}/finalize", "post", done),
        (UPLOAD, "get", working),
        (UPLOAD, "get", missing),
    ):
        assert document.errors(path, method, answer) == [], path


async def test_answers_about_shown_media_match_the_published_schemas(
    api: Api, document: Document, twitter_token: str
) -> None:
    async def ask(method: str, path: str, **options: Any) -> Answer:
        return await api(method, "/twitter" + path, token=twitter_token, **options)

    media_id = (await ask("POST", UPLOAD, json=PHOTO)).json["data"]["id"]
    alt = {"id": media_id, "metadata": {"alt_text": {"text": "blue"}}}
    told = await ask("POST", "/2/media/metadata", json=alt)
    early = await ask("POST", "/2/tweets", json={"media": {"media_ids": ["12"]}})
    created = await ask("POST", "/2/tweets", json={"media": {"media_ids": [media_id]}})
    fields = "media.fields=url,alt_text,width,height,type&expansions=attachments.media_keys"
    mine = await ask("GET", f"/2/users/{ME}/tweets?{FIELDS},attachments&{fields}")
    assert (early.status, created.status) == (400, 201)
    assert mine.json["includes"]["media"][0]["alt_text"] == "blue"
    for path, method, answer in (
        ("/2/media/metadata", "post", told),
        ("/2/tweets", "post", early),
        ("/2/tweets", "post", created),
        ("/2/users/{id}/tweets", "get", mine),
    ):
        assert document.errors(path, method, answer) == [], path


async def test_the_check_notices_a_wrong_answer(document: Document) -> None:
    wrong = Answer(201, {"content-type": "application/json"}, b'{"data":{"id":12}}')
    assert len(document.errors("/2/tweets", "post", wrong)) == 2
