"""X's twin answers as X's own OpenAPI document says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from postclock.sandbox.credentials import sandbox_account
from tests.sandbox.rig import Answer, Api

pytestmark = pytest.mark.asyncio

ME = sandbox_account("twitter", "acme")[0]
FIELDS = "tweet.fields=created_at,entities,author_id"


class Document:
    """X's OpenAPI document, to hold answers against."""

    def __init__(self, path: Path) -> None:
        self._document = _plain(json.loads(path.read_text("utf-8")))

    def errors(self, path: str, method: str, answer: Answer) -> list[str]:
        responses = self._document["paths"][path][method]["responses"]
        response = responses.get(str(answer.status), responses["default"])
        schema = response["content"][answer.headers["content-type"]]["schema"]
        whole = {**schema, "components": self._document["components"]}
        validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
        return [str(error) for error in validator.iter_errors(answer.json)]


def _plain(node: Any) -> Any:
    """OpenAPI 3.0's ``nullable`` in JSON Schema's words."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    out = {key: _plain(value) for key, value in node.items() if key != "nullable"}
    if node.get("nullable") is True and isinstance(node.get("type"), str):
        out["type"] = [node["type"], "null"]
    return out


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


async def test_the_check_notices_a_wrong_answer(document: Document) -> None:
    wrong = Answer(201, {"content-type": "application/json"}, b'{"data":{"id":12}}')
    assert len(document.errors("/2/tweets", "post", wrong)) == 2
