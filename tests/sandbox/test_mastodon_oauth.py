"""Apps, consent and tokens of Mastodon's twin."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from postclock.sandbox.grants import challenge_of
from tests.sandbox.rig import Answer, Api

BACK = "https://app.test/back"
SCOPES = "write:statuses read:accounts"
VERIFIER = "v" * 50


async def register(api: Api, **more: Any) -> Answer:
    form = {"client_name": "App", "redirect_uris": BACK, "scopes": SCOPES, **more}
    return await api("POST", "/mastodon/api/v1/apps", data=form)


def asking(app: Any, **more: str) -> str:
    query = {
        "response_type": "code", "client_id": app["client_id"], "redirect_uri": BACK,
        "scope": SCOPES, "state": "s", **more,
    }  # fmt: skip
    return f"/mastodon/oauth/authorize?{urlencode(query)}"


async def came_back(api: Api, page: str, decision: str = "approve") -> dict[str, str]:
    answer = await api("POST", page, data={"decision": decision, "profile": "grace"})
    assert answer.status == 302, answer.body
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


async def token(api: Api, app: Any, code: str, **more: str) -> Answer:
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": BACK,
        "client_id": app["client_id"], "client_secret": app["client_secret"], **more,
    }  # fmt: skip
    return await api("POST", "/mastodon/oauth/token", data=form)


async def test_a_token_for_what_was_asked(api_anywhere: Api) -> None:
    api = api_anywhere
    app = (await register(api)).json
    assert (app["name"], app["redirect_uris"], app["scopes"]) == ("App", [BACK], SCOPES.split())
    page = asking(app, code_challenge=challenge_of(VERIFIER), code_challenge_method="S256")
    assert b"write:statuses" in (await api("GET", page)).body
    given = await came_back(api, page)
    assert given["state"] == "s"
    answer = await token(api, app, given["code"], code_verifier=VERIFIER)
    assert (answer.json["token_type"], answer.json["scope"]) == ("Bearer", SCOPES)
    granted = answer.json["access_token"]
    me = await api("GET", "/mastodon/api/v1/accounts/verify_credentials", token=granted)
    assert (me.json["username"], me.json["display_name"]) == ("grace", "Grace")
    for method, path in (("POST", "/mastodon/api/v2/media"), ("GET", "/mastodon/api/v1/media/1")):
        outside = await api(method, path, token=granted)
        assert (outside.status, outside.json) == (
            403,
            {"error": "This action is outside the authorized scopes"},
        )
    form = {"client_id": app["client_id"], "client_secret": app["client_secret"], "token": granted}
    assert (await api("POST", "/mastodon/oauth/revoke", data=form)).json == {}
    me = await api("GET", "/mastodon/api/v1/accounts/verify_credentials", token=granted)
    assert (me.status, me.json) == (401, {"error": "The access token was revoked"})


async def test_a_postclock_that_tries_things_out_is_known(api: Api) -> None:
    app = {"client_id": "postclock-sandbox", "client_secret": "pretend"}
    given = await came_back(api, asking(app))
    assert (await token(api, app, given["code"])).json["scope"] == SCOPES
    wrong = {**app, "client_secret": "guessed"}
    assert (await token(api, wrong, given["code"])).json["error"] == "invalid_client"


async def test_the_secret_may_come_by_basic(api: Api) -> None:
    app = (await register(api)).json
    given = await came_back(api, asking(app))
    secret = b64encode(f"{app['client_id']}:{app['client_secret']}".encode()).decode()
    form = {"grant_type": "authorization_code", "code": given["code"], "redirect_uri": BACK}
    headers = {"Authorization": f"Basic {secret}"}
    answer = await api("POST", "/mastodon/oauth/token", data=form, headers=headers)
    assert answer.status == 200, answer.json


@pytest.mark.parametrize(
    ("more", "status", "error"),
    [
        ({"code": "other"}, 400, "invalid_grant"),
        ({"redirect_uri": "https://elsewhere.test"}, 400, "invalid_grant"),
        ({"code_verifier": "wrong"}, 400, "invalid_grant"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
async def test_a_token_is_refused(api: Api, more: dict[str, str], status: int, error: str) -> None:
    app = (await register(api)).json
    page = asking(app, code_challenge=challenge_of(VERIFIER), code_challenge_method="S256")
    given = await came_back(api, page)
    answer = await token(api, app, **{"code": given["code"], "code_verifier": VERIFIER} | more)
    assert (answer.status, answer.json["error"]) == (status, error)


async def test_what_a_consent_page_does_not_ask(api: Api) -> None:
    app = (await register(api)).json
    for bad in (asking({"client_id": "x"}), asking(app, redirect_uri="https://elsewhere.test")):
        answer = await api("GET", bad)
        assert answer.status == 400
    assert (await came_back(api, asking(app), "deny"))["error"] == "access_denied"
    for more, error in (
        ({"scope": "write:media"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        (
            {"code_challenge": "x", "code_challenge_method": "plain"},
            "invalid_code_challenge_method",
        ),
    ):
        answer = await api("GET", asking(app, **more))
        assert f"error={error}" in answer.headers["Location"]


@pytest.mark.parametrize(
    "more",
    [{"client_name": " "}, {"redirect_uris": "not an address"}, {"scopes": "write:everything"}],
)
async def test_an_app_that_is_not_registered(api: Api, more: dict[str, str]) -> None:
    answer = await register(api, **more)
    assert answer.status == 422
    assert answer.json["error"].startswith("Validation failed: ")


async def test_what_the_server_says_of_itself(api: Api) -> None:
    said = (await api("GET", "/mastodon/.well-known/oauth-authorization-server")).json
    assert said["authorization_endpoint"] == f"{api.url}/mastodon/oauth/authorize"
    assert said["code_challenge_methods_supported"] == ["S256"]
