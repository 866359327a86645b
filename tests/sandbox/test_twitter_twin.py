"""X's twin over real HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from postclock.sandbox.credentials import sandbox_account
from tests.sandbox.rig import MORNING, Api, Running

pytestmark = pytest.mark.asyncio

OTHER = sandbox_account("twitter", "other")[2]["access_token"]
ME = sandbox_account("twitter", "acme")[0]
ALL = "tweet.fields=created_at,entities,author_id,referenced_tweets"


async def test_a_post_is_accepted_and_listed(
    api: Api, running: Running, twitter_token: str
) -> None:
    text = "Tom & Jerry <3 https://example.com/a?b=c and example.org."
    created = await api("POST", "/twitter/2/tweets", token=twitter_token, json={"text": text})
    assert created.status == 201
    tweet_id = created.json["data"]["id"]
    assert created.json["data"]["edit_history_post_ids"] == [tweet_id]

    listed = await api("GET", f"/twitter/2/users/{ME}/tweets?{ALL}", token=twitter_token)
    (post,) = listed.json["data"]
    assert post["text"] == created.json["data"]["text"]
    assert "&amp;" in post["text"]
    assert "&lt;3" in post["text"]
    assert "example" not in post["text"]
    urls = post["entities"]["urls"]
    assert [url["expanded_url"] for url in urls] == [
        "https://example.com/a?b=c",
        "http://example.org",
    ]
    for url in urls:
        assert post["text"][url["start"] : url["end"]] == url["url"]
    assert post["created_at"] == "2026-11-22T09:00:00.000Z"
    assert listed.json["meta"] == {"result_count": 1, "newest_id": tweet_id, "oldest_id": tweet_id}

    (entry,) = (await api("GET", "/ledger")).json
    assert entry["text"] == text
    assert entry["id"] == tweet_id
    assert entry["account"] == ME
    assert running.app.ledger.get("twitter", tweet_id) is not None


async def test_every_answer_tells_the_quota(api: Api, running: Running, twitter_token: str) -> None:
    first = await api("POST", "/twitter/2/tweets", token=twitter_token, json={"text": "1"})
    running.clock.advance(minutes=1)
    second = await api("POST", "/twitter/2/tweets", token=twitter_token, json={"text": "1"})
    assert second.status == 403
    resets = int(MORNING.timestamp()) + 1 + 15 * 60
    for answer, left in ((first, "99"), (second, "98")):
        assert answer.headers["x-rate-limit-limit"] == "100"
        assert answer.headers["x-rate-limit-remaining"] == left
        assert answer.headers["x-rate-limit-reset"] == str(resets)
        assert answer.headers["x-app-limit-24hour-limit"] == "10000"
    running.clock.advance(minutes=15)
    third = await api("POST", "/twitter/2/tweets", token=twitter_token, json={"text": "3"})
    assert third.headers["x-rate-limit-remaining"] == "99"
    me = await api("GET", "/twitter/2/users/me", token=twitter_token)
    assert me.headers["x-rate-limit-limit"] == "75"
    assert me.json["data"]["id"] == ME


async def test_the_same_text_is_refused_for_an_hour(
    api: Api, running: Running, twitter_token: str
) -> None:
    async def post(token: str) -> Any:
        return await api("POST", "/twitter/2/tweets", token=token, json={"text": "again"})

    created = await post(twitter_token)
    again = await post(twitter_token)
    assert (created.status, again.status) == (201, 403)
    assert again.json == {
        "detail": "You are not allowed to create a Tweet with duplicate content.",
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
    }
    assert (await post(OTHER)).status == 201
    running.clock.advance(hours=1)
    assert (await post(twitter_token)).status == 201
    assert (await post(twitter_token)).status == 403


async def test_a_deleted_post_leaves_the_timeline_but_not_the_ledger(
    api: Api, twitter_token: str
) -> None:
    created = await api("POST", "/twitter/2/tweets", token=twitter_token, json={"text": "gone"})
    path = f"/twitter/2/tweets/{created.json['data']['id']}"
    assert (await api("DELETE", path, token=OTHER)).status == 403
    deleted = await api("DELETE", path, token=twitter_token)
    assert (deleted.status, deleted.json) == (200, {"data": {"deleted": True}})
    listed = await api("GET", f"/twitter/2/users/{ME}/tweets", token=twitter_token)
    assert listed.json == {"meta": {"result_count": 0}}
    (entry,) = (await api("GET", "/ledger?platform=twitter")).json
    assert entry["deleted_at"] == "2026-11-22T09:00:00.004321Z"
    again = await api("POST", "/twitter/2/tweets", token=twitter_token, json={"text": "gone"})
    assert again.status == 201


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic abc", "Bearer ", "Bearer"])
async def test_a_stranger_gets_xs_401(api: Api, header: str | None) -> None:
    headers = {"Authorization": header} if header else {}
    answer = await api("POST", "/twitter/2/tweets", headers=headers, json={"text": "x"})
    assert answer.status == 401
    assert answer.json == {
        "title": "Unauthorized",
        "type": "about:blank",
        "status": 401,
        "detail": "Unauthorized",
    }
    assert "x-rate-limit-limit" in answer.headers


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"text": "字" * 141}, "text"),
        ({"text": ""}, "text"),
        ({"text": "  \n"}, "text"),
        ({}, "text"),
        ({"text": "a\ufeff"}, "text"),
        ({"text": "nul \0"}, "text"),
        ({"text": 5}, "text"),
        ({"text": None}, "text"),
        ({"text": "x", "mood": "good"}, "mood"),
        ({"text": "x", "media": {"media_ids": ["1"]}}, "media.media_ids"),
        ({"text": "x", "media": {"media_ids": []}}, "media.media_ids"),
        ({"text": "x", "reply": {"in_reply_to_tweet_id": "abc"}}, "reply.in_reply_to_tweet_id"),
        ({"text": "x", "poll": {"options": ["a"], "duration_minutes": 5}}, "poll.options"),
        ({"text": "x", "reply_settings": "nobody"}, "reply_settings"),
        (["text"], "body"),
    ],
)
async def test_a_body_its_schema_forbids_is_refused(
    api: Api, twitter_token: str, body: Any, place: str
) -> None:
    answer = await api("POST", "/twitter/2/tweets", token=twitter_token, json=body)
    assert answer.status == 400
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json["type"] == "https://api.x.com/2/problems/invalid-request"
    assert [list(error["parameters"]) for error in answer.json["errors"]] == [[place]]
    assert (await api("GET", "/ledger")).json == []


async def test_replies_and_quotes_need_a_post_of_ones_own(api: Api, twitter_token: str) -> None:
    async def post(token: str, **body: Any) -> Any:
        return await api("POST", "/twitter/2/tweets", token=token, json=body)

    first = (await post(twitter_token, text="one")).json["data"]["id"]
    reply = {"in_reply_to_tweet_id": first}
    mine = await post(twitter_token, text="two", reply=reply)
    assert mine.status == 201
    stranger = await post(OTHER, text="hello", reply=reply)
    assert stranger.status == 403
    assert stranger.json["type"].endswith("/not-authorized-for-resource")
    lost = await post(twitter_token, text="three", quote_tweet_id="1")
    assert lost.status == 404
    assert lost.json["type"].endswith("/resource-not-found")

    path = f"/twitter/2/users/{ME}/tweets?{ALL}"
    listed = (await api("GET", path, token=twitter_token)).json["data"]
    assert listed[0]["referenced_tweets"] == [{"type": "replied_to", "id": first}]
    plain = (await api("GET", path + "&exclude=replies", token=twitter_token)).json["data"]
    assert [tweet["id"] for tweet in plain] == [first]


async def test_a_timeline_is_newest_first_in_pages_and_windows(
    api: Api, running: Running, twitter_token: str
) -> None:
    ids = []
    for number in range(7):
        answer = await api(
            "POST", "/twitter/2/tweets", token=twitter_token, json={"text": f"n{number}"}
        )
        ids.append(answer.json["data"]["id"])
        running.clock.advance(seconds=10)

    async def ask(query: str) -> Any:
        return (await api("GET", f"/twitter/2/users/{ME}/tweets?{query}", token=twitter_token)).json

    def shown(page: Any) -> list[str]:
        return [tweet["id"] for tweet in page.get("data", [])]

    first = await ask("max_results=5")
    assert shown(first) == ids[:1:-1]
    rest = await ask(f"max_results=5&pagination_token={first['meta']['next_token']}")
    assert shown(rest) == [ids[1], ids[0]]
    assert "next_token" not in rest["meta"]
    assert shown(await ask("start_time=2026-11-22T09:00:50Z")) == [ids[6], ids[5]]
    assert shown(await ask("end_time=2026-11-22T09:00:10Z")) == [ids[0]]
    assert shown(await ask(f"since_id={ids[4]}")) == [ids[6], ids[5]]
    assert shown(await ask(f"until_id={ids[1]}")) == [ids[0]]


@pytest.mark.parametrize(
    "query",
    [
        "max_results=4",
        "max_results=x",
        "start_time=yesterday",
        "start_time=2026-11-22T09:00:00",
        "since_id=-1",
        "exclude=likes",
        "pagination_token=zz",
        "nonsense=1",
    ],
)
async def test_a_query_its_schema_forbids_is_refused(
    api: Api, twitter_token: str, query: str
) -> None:
    answer = await api("GET", f"/twitter/2/users/{ME}/tweets?{query}", token=twitter_token)
    assert answer.status == 400
    assert answer.json["type"].endswith("/invalid-request")


async def test_a_permalink_leads_to_the_page(api: Api) -> None:
    answer = await api("GET", "/twitter/acme/status/12")
    assert (answer.status, answer.headers["location"]) == (303, "../../../#twitter-12")
