"""TikTok's twin, by its contract sheet: consent, scopes, tokens that rotate."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from tests.sandbox.rig import Answer, Api, Running

BACK = "https://our.test/callback"
AT = "/tiktok/v2/post/publish/"


async def code_of(api: Api, **form: str) -> dict[str, str]:
    query = {
        "client_key": "key", "response_type": "code", "redirect_uri": BACK, "state": "s",
        "scope": "user.info.basic,video.publish,video.upload",
    }  # fmt: skip
    path = "/tiktok/web/v2/auth/authorize/"
    page = await api("GET", path, params=query)
    assert b"video.publish" in page.body
    said = {"decision": "approve", "profile": "ada", **form}
    fields = [*said.items(), *(("scopes[]", one) for one in query["scope"].split(",")[:2])]
    answer = await api("POST", path, params=query, data=fields)
    assert answer.status == 302
    found = parse_qs(urlsplit(answer.headers["Location"]).query)
    return {name: value[0] for name, value in found.items()}


async def tokens(api: Api, **form: str) -> Answer:
    keys = {"client_key": "key", "client_secret": "secret"}
    return await api("POST", "/tiktok/v2/oauth/token/", data={**keys, **form})


async def test_a_code_is_good_once_and_a_refresh_token_too(api: Api, running: Running) -> None:
    given = await code_of(api)
    assert given["scopes"] == "user.info.basic,video.publish"
    form = {"grant_type": "authorization_code", "code": given["code"], "redirect_uri": BACK}
    first = (await tokens(api, **form)).json
    assert (first["expires_in"], first["scope"]) == (7200, given["scopes"])
    assert (await tokens(api, **form)).json["error"] == "invalid_grant"
    path = "/tiktok/v2/user/info/?fields=open_id,display_name"
    user = await api("GET", path, token=first["access_token"])
    assert user.json["data"]["user"]["open_id"] == first["open_id"]
    named = await api("GET", path + ",username", token=first["access_token"])
    assert named.json["error"]["code"] == "scope_not_authorized"
    inbox = await api("POST", f"{AT}inbox/video/init/", token=first["access_token"], json={})
    assert (inbox.status, inbox.json["error"]["code"]) == (401, "scope_not_authorized")
    again = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = (await tokens(api, **again)).json
    assert second["refresh_token"] != first["refresh_token"]
    dead = await tokens(api, **again)
    assert (dead.status, dead.json["error"]) == (200, "invalid_grant")
    running.clock.advance(hours=2)
    late = await api("GET", path, token=second["access_token"])
    assert late.json["error"]["code"] == "access_token_invalid"


async def test_no_means_no(api: Api) -> None:
    assert (await code_of(api, decision="deny"))["error"] == "access_denied"


async def test_who_revokes_is_out(api: Api) -> None:
    given = await code_of(api)
    form = {"grant_type": "authorization_code", "code": given["code"], "redirect_uri": BACK}
    first = (await tokens(api, **form)).json
    await api("POST", "/tiktok/v2/oauth/revoke/", data={"token": first["access_token"]})
    again = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    assert (await tokens(api, **again)).json["error"] == "invalid_grant"
