"""LinkedIn's twin over real HTTP: posts, what is cut, what is refused, who may read."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from postclock.sandbox.credentials import SandboxAccount, sandbox_account
from postclock.sandbox.linkedin_pages import pages_of
from tests.sandbox.rig import Answer, Api, Running
from tests.sandbox.test_bad_input import BODIES

pytestmark = pytest.mark.asyncio

PERSON, HANDLE, SECRETS = sandbox_account("linkedin", "acme")
TOKEN = SECRETS["access_token"]
BAKERY, WORKSHOP, ARCHIVE = (
    page.urn for page in pages_of(SandboxAccount("linkedin", PERSON, HANDLE))
)
ME = f"urn:li:person:{PERSON}"
HEADERS = {"LinkedIn-Version": "202609", "X-Restli-Protocol-Version": "2.0.0"}
DISTRIBUTION = {
    "feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": [],
}  # fmt: skip


def wish(commentary: str = "Hello", author: str = ME, **more: Any) -> dict[str, Any]:
    return {
        "author": author, "commentary": commentary, "visibility": "PUBLIC",
        "distribution": DISTRIBUTION, "lifecycleState": "PUBLISHED", **more,
    }  # fmt: skip


async def ask(api: Api, method: str, path: str, **options: Any) -> Answer:
    headers = {**HEADERS, **options.pop("headers", {})}
    token = options.pop("token", TOKEN)
    return await api(method, f"/linkedin{path}", token=token, headers=headers, **options)


async def post(api: Api, **body: Any) -> Answer:
    return await ask(api, "POST", "/rest/posts", json=wish(**body))


async def texts(api: Api) -> list[str]:
    return [entry["text"] for entry in (await api("GET", "/ledger")).json]


@pytest.mark.parametrize("author", [ME, BAKERY, WORKSHOP])
async def test_a_post_answers_with_its_urn_alone(author: str, api_anywhere: Api) -> None:
    answer = await post(api_anywhere, author=author)
    assert (answer.status, answer.body) == (201, b"")
    urn = answer.headers["X-RestLi-Id"]
    assert urn.startswith("urn:li:share:")
    [entry] = (await api_anywhere("GET", "/ledger")).json
    account = PERSON if author == ME else author
    assert (entry["id"], entry["account"], entry["text"]) == (urn, account, "Hello")
    page = await api_anywhere("GET", f"/linkedin/feed/update/{urn}")
    assert (page.status, page.headers["Location"]) == (303, f"../../../#linkedin-{urn}")


@pytest.mark.parametrize(
    ("commentary", "shown", "stored"),
    [
        ("Doors (at 9)", "Doors ", "Doors "),
        (r"Doors \(at 9\)", "Doors (at 9)", r"Doors \(at 9\)"),
        ("a_b", "a", "a"),
        ("x #foo y", "x #foo y", r"x {hashtag|\#|foo} y"),
        (r"#foo\_bar", "#foo_bar", r"{hashtag|\#|foo\_bar}"),
        (r"{hashtag|\#|foo}!", "#foo!", r"{hashtag|\#|foo}!"),
        ("a #1", "a ", "a "),
        ("C# ", "C", "C"),
        (r"a \b", "a ", "a "),
        ("@[Acme](urn:li:organization:1) x", "@[Acme](urn:li:organization:1) x",
         "@[Acme](urn:li:organization:1) x"),
        ("@[Acme](urn:li:share:1) x", "", ""),
    ],
)  # fmt: skip
async def test_the_text_ends_at_the_first_reserved_sign(
    api: Api, commentary: str, shown: str, stored: str
) -> None:
    assert (await post(api, author=BAKERY, commentary=commentary)).status == 201
    assert await texts(api) == [shown]
    [element] = (await listed(api, BAKERY)).json["elements"]
    assert (element["commentary"], element["author"]) == (stored, BAKERY)


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({"LinkedIn-Version": ""}, 400, "VERSION_MISSING"),
        ({"LinkedIn-Version": "202511"}, 426, "NONEXISTENT_VERSION"),
        ({"LinkedIn-Version": "202612"}, 426, "NONEXISTENT_VERSION"),
        ({"LinkedIn-Version": "2026"}, 426, "NONEXISTENT_VERSION"),
        ({"X-Restli-Protocol-Version": "1.0.0"}, 400, "PROTOCOL_VERSION"),
    ],
)
async def test_headers_are_looked_at(
    given: dict[str, str], status: int, code: str, api: Api
) -> None:
    answer = await ask(api, "POST", "/rest/posts", json=wish(), headers=given)
    assert (answer.status, answer.json["code"]) == (status, code)
    for version in ("202512", "202611"):
        newer = await ask(
            api, "POST", "/rest/posts", json=wish(version), headers={"LinkedIn-Version": version}
        )
        assert newer.status == 201


POLL = {
    "question": "Which?", "options": [{"text": "Tea"}, {"text": "Coffee"}],
    "settings": {"duration": "ONE_DAY"},
}  # fmt: skip
CARD = {"source": "https://ex.org/", "title": "t"}


@pytest.mark.parametrize("content", [{"poll": POLL}, {"article": CARD}])
async def test_polls_and_cards(content: dict[str, Any], api: Api) -> None:
    assert (await post(api, author=BAKERY, content=content)).status == 201
    [element] = (await listed(api, BAKERY)).json["elements"]
    assert element["content"] == content


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"commentary": "a" * 3001}, 400, "FIELD_LENGTH_TOO_LONG"),
        ({"commentary": " "}, 422, "UNPROCESSABLE_ENTITY"),
        ({"visibility": "ALL"}, 400, "INVALID_VALUE_FOR_FIELD"),
        ({"visibility": "CONNECTIONS", "author": BAKERY}, 400, "INVALID_VALUE_FOR_FIELD"),
        ({"distribution": {}}, 400, "MISSING_FIELD"),
        ({"odd": 1}, 400, "INVALID_VALUE_FOR_FIELD"),
        ({"content": {"poll": POLL, "article": CARD}}, 400, "INVALID_VALUE_FOR_FIELD"),
        ({"content": {"article": {"source": "https://ex.org/"}}}, 400, "MISSING_FIELD"),
        ({"content": {"media": {"id": "urn:li:image:none"}}}, 400, "INVALID_URN_ID"),
        ({"content": {"media": {"id": "urn:li:video:none"}}}, 400, "INVALID_VIDEO_ID"),
        (
            {"content": {"multiImage": {"images": [{"id": "urn:li:image:one"}]}}},
            400, "INVALID_VALUE_FOR_FIELD",
        ),
        ({"author": "urn:li:organization:urn:li:organization:1"}, 403, "ACCESS_DENIED"),
        ({"author": "acme"}, 400, "INVALID_URN_TYPE"),
        ({"author": ARCHIVE}, 403, "ACCESS_DENIED"),
        ({"author": "urn:li:person:other"}, 403, "ACCESS_DENIED"),
    ],
)  # fmt: skip
async def test_what_is_refused(body: dict[str, Any], status: int, code: str, api: Api) -> None:
    answer = await post(api, **body)
    said = answer.json
    inputs = said.get("errorDetails", {}).get("inputErrors", [{}])
    assert (answer.status, said["status"]) == (status, status)
    assert said.get("code", inputs[0].get("code")) == code
    assert await texts(api) == []


@pytest.mark.parametrize("name", BODIES)
async def test_a_bad_body_is_refused(name: str, api: Api) -> None:
    paths = ["/rest/posts", "/rest/images?action=initializeUpload"]
    paths += ["/rest/videos?action=initializeUpload", "/rest/videos?action=finalizeUpload"]
    for path in [*paths, "/rest/socialActions/urn%3Ali%3Ashare%3A1/comments"]:
        answer = await ask(api, "POST", path, data=BODIES[name], encoded=True)
        assert 400 <= answer.status < 500, (path, answer.body)
        assert answer.json["status"] == answer.status
    assert await texts(api) == []


async def test_the_same_again_names_the_first(running: Running, api: Api) -> None:
    first = (await post(api)).headers["x-restli-id"]
    again = await post(api)
    assert again.status == 422
    assert again.json["message"] == f"Content is a duplicate of {first}"
    assert again.json["errorDetails"]["inputErrors"][0]["code"] == "DUPLICATE_POST"
    assert (await post(api, author=BAKERY)).status == 201
    assert (await post(api, content={"article": CARD})).status == 201
    running.clock.advance(minutes=10)
    assert (await post(api)).status == 201


async def test_nobody_reads_a_persons_posts(api: Api) -> None:
    await post(api)
    assert (await listed(api, ME)).status == 403
    assert (await listed(api, BAKERY)).json["elements"] == []
    other = sandbox_account("linkedin", "other")[2]["access_token"]
    assert (await listed(api, BAKERY, token=other)).status == 403
    bare = await listed(api, BAKERY, encoded=False)
    assert (bare.status, bare.json["code"]) == (400, "ILLEGAL_ARGUMENT")
    unnamed = await listed(api, BAKERY, headers={"X-RestLi-Method": "GET"})
    assert unnamed.status == 400


async def test_a_page_lists_its_newest_first(running: Running, api: Api) -> None:
    made = []
    for n in range(3):
        running.clock.advance(seconds=1)
        made.append((await post(api, author=BAKERY, commentary=f"n{n}")).headers["x-restli-id"])
    await comment(api, made[0], BAKERY)
    page = (await listed(api, BAKERY, count="2")).json["elements"]
    assert [one["id"] for one in page] == made[:0:-1]
    assert page[0]["createdAt"] == int(running.clock.now().timestamp() * 1000)
    rest = (await listed(api, BAKERY, count="2", start="2")).json["elements"]
    assert [one["id"] for one in rest] == made[:1]
    one = await ask(api, "GET", f"/rest/posts/{quote(made[0], safe='')}", encoded=True)
    assert one.json["id"] == made[0]


async def test_comments_are_plain_and_posts_can_be_taken_back(api: Api) -> None:
    urn = (await post(api)).headers["x-restli-id"]
    answer = await comment(api, urn, ME, r"plain (text) \_")
    assert answer.status == 201
    assert answer.headers["x-restli-id"] == answer.json["id"]
    assert await texts(api) == ["Hello", r"plain (text) \_"]
    assert (await comment(api, "urn:li:share:1", ME)).status == 404
    assert (await comment(api, urn, BAKERY, of="urn:li:share:1")).status == 400
    path = f"/rest/posts/{quote(urn, safe='')}"
    other = sandbox_account("linkedin", "other")[2]["access_token"]
    assert (await ask(api, "DELETE", path, encoded=True, token=other)).status == 403
    for _ in range(2):
        assert (await ask(api, "DELETE", path, encoded=True)).status == 204
    assert (await comment(api, urn, ME)).status == 404


async def test_tokens_that_are_none(api: Api) -> None:
    for token in ("wrong", "sandbox-twitter-1-acme"):
        answer = await ask(api, "POST", "/rest/posts", json=wish(), token=token)
        assert (answer.status, answer.json["code"]) == (401, "INVALID_ACCESS_TOKEN")


async def comment(api: Api, urn: str, actor: str, text: str = "x", of: str = "") -> Answer:
    body = {"actor": actor, "object": of or urn, "message": {"text": text}}
    path = f"/rest/socialActions/{quote(urn, safe='')}/comments"
    return await ask(api, "POST", path, json=body, encoded=True)


async def listed(api: Api, author: str, **more: Any) -> Answer:
    options = {name: more.pop(name) for name in ("token", "headers") if name in more}
    encoded = more.pop("encoded", True)
    query = {"author": author, "q": "author", "sortBy": "CREATED", **more}
    safe = "" if encoded else ":"
    words = "&".join(f"{name}={quote(value, safe=safe)}" for name, value in query.items())
    options.setdefault("headers", {"X-RestLi-Method": "FINDER"})
    return await ask(api, "GET", f"/rest/posts?{words}", encoded=True, **options)
