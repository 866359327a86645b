"""What our client sends to X, and what its twin answers, is what X's OpenAPI document says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.published import OpenApi

RECORDED = sorted((Path(__file__).parent / "twitter").glob("*.json"))
OAUTH = "/2/oauth2/token"
"""Not in the document."""
RENAMED = "tweet.fields"
"""The document calls it ``post.fields`` in one place and as it is in others."""


@pytest.fixture
def document(platform_data: Path) -> OpenApi:
    return OpenApi(platform_data / "x-openapi-2.167.json")


def exchanges(path: Path) -> list[tuple[str, str, dict[str, Any], dict[str, Any] | None]]:
    """Each request's path and method, itself, and its answer unless that was lost."""
    return [
        (one["request"]["url"].removeprefix("/twitter"), one["request"]["method"].lower(),
         one["request"], one.get("answer"))
        for one in json.loads(path.read_text("utf-8"))
        if "method" in one["request"] and not one["request"]["url"].endswith(OAUTH)
    ]  # fmt: skip


def body_of(request: dict[str, Any]) -> tuple[str, Any]:
    """A request's media type and body; files of a form are as good as any text."""
    if "multipart" in request:
        parts = {part["name"]: part.get("text", "") for part in request["multipart"]}
        return "multipart/form-data", parts
    return "application/json", request.get("json")


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_what_was_recorded_fits(path: Path, document: OpenApi) -> None:
    seen = exchanges(path)
    assert seen
    for url, method, request, answer in seen:
        query = dict(one.split("=", 1) for one in request.get("query", ()))
        query.pop(RENAMED, None)
        assert document.of_query(url, method, query) == [], f"{method} {url}"
        assert document.of_body(url, method, *body_of(request)) == [], f"{method} {url}"
        if answer:
            told = answer["status"], "application/json", answer["json"]
            assert document.of_answer(url, method, *told) == [], f"{method} {url}"


def test_every_call_of_the_client_is_among_them() -> None:
    made = {
        (method, re.sub(r"\d{17,}", "{id}", url).removeprefix("/2"))
        for path in RECORDED
        for url, method, _, _ in exchanges(path)
    }
    assert made == {
        ("post", "/tweets"), ("delete", "/tweets/{id}"), ("get", "/users/me"),
        ("get", "/users/{id}/tweets"), ("post", "/media/upload"), ("get", "/media/upload"),
        ("post", "/media/upload/initialize"), ("post", "/media/upload/{id}/append"),
        ("post", "/media/upload/{id}/finalize"), ("post", "/media/metadata"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("url", "body"),
    [
        ("/2/tweets", {"text": "x", "extra": 1}),
        ("/2/tweets", {"poll": {"options": ["one"], "duration_minutes": 60}}),
        ("/2/tweets", {"reply": {"in_reply_to_tweet_id": "abc"}}),
        ("/2/media/upload/initialize", {"media_type": "video/ogg"}),
        ("/2/media/metadata", {"metadata": {}}),
    ],
)
def test_the_check_notices_a_wrong_request(url: str, body: Any, document: OpenApi) -> None:
    assert document.of_body(url, "post", "application/json", body)
    assert document.of_query("/2/tweets", "post", {"nope": "1"}) == ["nope is no parameter"]
