"""Mastodon's twin over real HTTP."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from postclock.sandbox.credentials import sandbox_account
from postclock.sandbox.mastodon_text import html, length
from tests.sandbox.rig import Answer, Api, Running

ME, HANDLE, SECRETS = sandbox_account("mastodon", "acme")
TOKEN = SECRETS["access_token"]
OTHER = sandbox_account("mastodon", "other")[2]["access_token"]
STATUSES = "/mastodon/api/v1/statuses"


def plain(content: str) -> str:
    """A status' HTML as its reader sees it."""
    lines = content.replace("</p><p>", "\n\n").replace("<br />", "\n")
    return unescape(re.sub(r"<[^>]+>", "", lines))


def poll(*options: str, seconds: int = 3600) -> dict[str, Any]:
    return {"options": list(options), "expires_in": seconds}


async def post(api: Api, text: str, *, key: str | None = None, token: str = TOKEN) -> Answer:
    headers = {"Idempotency-Key": key} if key else {}
    return await api("POST", STATUSES, token=token, headers=headers, json={"status": text})


@pytest.mark.asyncio
@pytest.mark.parametrize("form", ["json", "data"])
async def test_a_status_is_accepted_and_read_back(
    api_anywhere: Api, anywhere: Running, form: str
) -> None:
    text = "1 < 2 & see https://www.example.com/a/very/long/path/that/is/cut?x=1, #Tag\n\nbye\nnow"
    options = {form: {"status": text, "visibility": "unlisted", "spoiler_text": "cw"}}
    created = await api_anywhere("POST", STATUSES, token=TOKEN, **options)
    assert created.status == 200
    status = created.json
    assert plain(status["content"]) == text
    assert status["content"].startswith("<p>1 &lt; 2 &amp; see <a href=")
    assert status["created_at"] == "2026-11-22T09:00:00.004Z"
    assert (status["visibility"], status["spoiler_text"]) == ("unlisted", "cw")
    assert status["account"]["acct"] == HANDLE
    assert status["url"] == f"{api_anywhere.url}/mastodon/@{HANDLE}/{status['id']}"

    path = f"{STATUSES}/{status['id']}"
    assert (await api_anywhere("GET", path)).json == status
    source = await api_anywhere("GET", path + "/source", token=TOKEN)
    assert source.json == {"id": status["id"], "text": text, "spoiler_text": "cw"}
    timeline = f"/mastodon/api/v1/accounts/{ME}/statuses"
    assert (await api_anywhere("GET", timeline)).json == []
    anywhere.clock.advance(seconds=1)
    assert (await api_anywhere("GET", timeline)).json == [status]
    link = await api_anywhere("GET", status["url"].removeprefix(api_anywhere.url))
    assert (link.status, link.headers["location"]) == (303, f"../../#mastodon-{status['id']}")


@pytest.mark.asyncio
async def test_an_idempotency_key_gives_the_original_for_an_hour(
    api: Api, running: Running
) -> None:
    first = await post(api, "once", key="k1")
    again = await post(api, "once", key="k1")
    assert (again.status, again.json) == (200, first.json)
    assert (await post(api, "once", key="k2")).json["id"] != first.json["id"]
    assert (await post(api, "once", key="k1", token=OTHER)).json["account"]["id"] != ME
    assert len((await api("GET", "/ledger?platform=mastodon")).json) == 3

    running.clock.advance(minutes=59, seconds=59)
    assert (await post(api, "once", key="k1")).json["id"] == first.json["id"]
    running.clock.advance(seconds=1)
    assert (await post(api, "once", key="k1")).json["id"] != first.json["id"]


@pytest.mark.asyncio
async def test_without_a_key_the_same_text_is_posted_again(api: Api) -> None:
    assert (await post(api, "twice")).json["id"] != (await post(api, "twice")).json["id"]


@pytest.mark.asyncio
async def test_quota_headers_use_iso_instants(api: Api) -> None:
    created = await post(api, "hello")
    assert created.headers["X-RateLimit-Limit"] == "300"
    assert created.headers["X-RateLimit-Remaining"] == "299"
    assert created.headers["X-RateLimit-Reset"] == "2026-11-22T12:00:00.004321Z"
    read = await api("GET", f"{STATUSES}/{created.json['id']}")
    assert read.headers["X-RateLimit-Reset"] == "2026-11-22T09:05:00.004321Z"
    deleted = await api("DELETE", f"{STATUSES}/{created.json['id']}", token=TOKEN)
    assert deleted.headers["X-RateLimit-Limit"] == "30"


@pytest.mark.asyncio
@pytest.mark.parametrize("token", [None, "wrong"])
async def test_a_stranger_gets_mastodons_401(api: Api, token: str | None) -> None:
    answer = await api("POST", STATUSES, token=token, json={"status": "x"})
    assert (answer.status, answer.json) == (401, {"error": "The access token is invalid"})
    assert "X-RateLimit-Reset" in answer.headers


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({}, 422, "Validation failed: Text can't be blank"),
        ({"status": " \n"}, 422, "Validation failed: Text can't be blank"),
        ({"status": "a" * 501}, 422, "Validation failed: Text character limit of 500 exceeded"),
        ({"status": "x", "visibility": "all"}, 422, "Visibility"),
        ({"status": "x", "poll": {"options": ["a"]}}, 422, "more than one item"),
        ({"status": "x", "poll": poll("a", "b", "c", "d", "e")}, 422, "too many items"),
        ({"status": "x", "poll": poll("a", " ")}, 422, "can't be blank"),
        ({"status": "x", "poll": poll("a", "a")}, 422, "duplicates"),
        ({"status": "x", "poll": poll("a", "b" * 51)}, 422, "longer than 50"),
        ({"status": "x", "poll": poll("a", "b", seconds=299)}, 422, "too short"),
        ({"status": "x", "poll": poll("a", "b", seconds=2_629_747)}, 422, "too long"),
        ({"status": "", "poll": poll("a", "b"), "media_ids": ["1"]}, 422, "can't be blank"),
        ({"status": "x", "poll": poll("a", "b"), "media_ids": ["1"]}, 422, "media and a poll"),
        ({"status": "x", "poll": ["a", "b"]}, 400, "poll is not an object"),
        ({"status": "x", "scheduled_at": "2030-01-01T00:00:00Z"}, 422, "Scheduled statuses"),
        ({"status": "x", "media_ids": ["1"]}, 404, "Record not found"),
        ({"status": "x", "in_reply_to_id": "1"}, 404, "Record not found"),
        ({"status": ["x"]}, 400, "status is not a readable text"),
        ({"status": "nul \0"}, 400, "status is not a readable text"),
        ({"status": "\ud800"}, 400, "status is not a readable text"),
        (["status"], 422, "Text can't be blank"),
    ],
)
async def test_a_bad_status_is_refused(api: Api, body: Any, status: int, error: str) -> None:
    answer = await api("POST", STATUSES, token=TOKEN, json=body)
    assert answer.status == status
    assert error in answer.json["error"]
    assert (await api("GET", "/ledger")).json == []


@pytest.mark.asyncio
async def test_a_thread_and_its_end(api: Api, running: Running) -> None:
    first = (await post(api, "one")).json["id"]
    reply = {"status": "two", "in_reply_to_id": first}
    second = (await api("POST", STATUSES, token=TOKEN, json=reply)).json
    assert second["in_reply_to_id"] == first
    running.clock.advance(seconds=1)
    path = f"/mastodon/api/v1/accounts/{ME}/statuses?exclude_replies=true"
    assert [status["id"] for status in (await api("GET", path)).json] == [first]

    gone = f"{STATUSES}/{first}"
    assert (await api("DELETE", gone, token=OTHER)).status == 404
    deleted = await api("DELETE", gone, token=TOKEN)
    assert (deleted.status, deleted.json["text"]) == (200, "one")
    assert (await api("GET", gone)).json == {"error": "Record not found"}
    assert (await api("DELETE", gone, token=TOKEN)).status == 404


@pytest.mark.asyncio
async def test_statuses_come_newest_first_in_pages(api: Api, running: Running) -> None:
    ids = []
    for number in range(5):
        running.clock.advance(seconds=1)
        ids.append((await post(api, f"n{number}")).json["id"])
    running.clock.advance(seconds=1)

    async def ask(query: str) -> list[str]:
        path = f"/mastodon/api/v1/accounts/{ME}/statuses?{query}"
        return [status["id"] for status in (await api("GET", path)).json]

    assert await ask("limit=2") == [ids[4], ids[3]]
    assert await ask(f"limit=2&max_id={ids[3]}") == [ids[2], ids[1]]
    assert await ask(f"since_id={ids[2]}") == [ids[4], ids[3]]
    assert await ask(f"limit=2&min_id={ids[0]}") == [ids[2], ids[1]]
    answer = await api("GET", f"/mastodon/api/v1/accounts/{ME}/statuses?limit=2")
    assert f"max_id={ids[3]}" in answer.headers["Link"]
    bad = await api("GET", f"/mastodon/api/v1/accounts/{ME}/statuses?max_id=x")
    assert bad.status == 400


@pytest.mark.asyncio
async def test_who_am_i_and_where(api: Api) -> None:
    me = (await api("GET", "/mastodon/api/v1/accounts/verify_credentials", token=TOKEN)).json
    assert (me["id"], me["acct"], me["source"]["privacy"]) == (ME, HANDLE, "public")
    instance = (await api("GET", "/mastodon/api/v2/instance")).json
    statuses = instance["configuration"]["statuses"]
    assert (statuses["max_characters"], statuses["characters_reserved_per_url"]) == (500, 23)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hello", 5),
        ("👨‍👩‍👧‍👦é", 2),
        ("https://example.com/" + "a" * 200, 23),
        ("(https://example.com/a).", 26),
        ("see http://ex.org, ok", 4 + 23 + 4),
        ("example.com", 11),
        ("hi @ann@social.example", 7),
        ("hi @ann", 7),
    ],
)
def test_length(text: str, expected: int) -> None:
    assert length(text) == expected


def test_html_never_lets_markup_through() -> None:
    nasty = '<script>"\' https://ex.org/"onx=<b> #<i> &amp;'
    content = html(nasty, "http://sandbox.test/mastodon")
    assert plain(content) == nasty
    assert re.findall(r"<(?!/?(?:p|a|span|br)\b)", content) == []
    assert 'onx="' not in content


@pytest.mark.asyncio
async def test_a_poll_comes_as_json_or_by_a_form(api: Api) -> None:
    asked = {"status": "Tea?", "poll": {**poll("Yes", "No"), "hide_totals": True}}
    shown = (await api("POST", STATUSES, token=TOKEN, json=asked)).json["poll"]
    assert [option["title"] for option in shown["options"]] == ["Yes", "No"]
    assert [option["votes_count"] for option in shown["options"]] == [None, None]
    assert (shown["multiple"], shown["expires_at"][:13]) == (False, "2026-11-22T10")
    form = [
        ("status", "Tea?"), ("poll[options][]", "Yes"), ("poll[options][]", "No"),
        ("poll[expires_in]", "300"), ("poll[multiple]", "true"),
    ]  # fmt: skip
    shown = (await api("POST", STATUSES, token=TOKEN, data=form)).json["poll"]
    assert ([option["title"] for option in shown["options"]], shown["multiple"]) == (
        ["Yes", "No"],
        True,
    )
