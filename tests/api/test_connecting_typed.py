"""Connecting through the API where a handle is typed, and where a server is asked for consent."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.asking import Json, refused
from tests.api.browsing import connected, started

ACCOUNTS = "/api/v1/accounts"
PASSWORD = "sand-boxp-assw-ordx"


def typed(client: httpx.Client, **values: str) -> httpx.Response:
    body: dict[str, Any] = {"platform": "bluesky", "way": "app_password", "sandbox": True}
    return client.post(f"{ACCOUNTS}/connect", json={**body, "fields": values})


def account(client: httpx.Client, account_id: str) -> Json:
    items = client.get(ACCOUNTS).json()["items"]
    return next(one for one in items if one["id"] == account_id)


def test_an_app_password_connects_and_connects_again(client: httpx.Client) -> None:
    answer = typed(client, identifier="@grace.sandbox.test", password=PASSWORD)
    assert answer.status_code == 200, answer.text
    [new] = answer.json()["accounts"]
    assert account(client, new)["handle"] == "grace.sandbox.test"
    again = typed(client, identifier="grace.sandbox.test", password=PASSWORD)
    assert again.json()["accounts"] == [new]


@pytest.mark.parametrize(
    ("identifier", "password"), [("grace.sandbox.test", "wrong"), ("nobody.example", PASSWORD)]
)
def test_what_was_typed_wrong_is_told(client: httpx.Client, identifier: str, password: str) -> None:
    answer = typed(client, identifier=identifier, password=password)
    problem = refused(answer, answer.status_code, "login_refused")
    assert answer.status_code in (409, 422)
    assert password not in str(problem)


def test_a_pretend_server_registers_us_and_gives_consent(client: httpx.Client) -> None:
    [new] = connected(client, "mastodon", "server", "grace")["accounts"]
    assert account(client, new)["handle"] == "grace"
    assert connected(client, "mastodon", "server", "grace")["accounts"] == [new]


def test_a_real_server_has_to_be_named(client: httpx.Client) -> None:
    answer = client.post("/api/v1/oauth/mastodon/start", json={"way": "server"})
    refused(answer, 422, "server_missing")
    begun = started(client, "mastodon", "server", sandbox=True)
    assert "/sandbox/mastodon/web/oauth/authorize?" in begun["authorize_url"]
