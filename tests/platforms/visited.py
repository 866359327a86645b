"""A person who connects a pretend account: through the consent page, or by typing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import httpx

from postclock.sandbox.credentials import sandbox_account
from postclock.services.platforms.base import LoginRevoked, Refused
from postclock.services.platforms.connecting import AppKeys, Visit, Way
from tests.conformance.stage import Stage
from tests.platforms.recorder import Exchange

CALLBACK = "https://postclock.example/api/v1/oauth/callback"
HANDLE = "ada"


async def connected(stage: Stage, way: Way, exchanges: list[Exchange]) -> None:
    """Connect by ``way`` and renew the first profile's login, where it can be renewed."""
    platform, login = stage.platform, stage.login
    visit = Visit(
        login.base_url, login.hosts, CALLBACK, "the-state", "v" * 43 if way.pkce else "", login.app
    )
    if way.kind == "typed":
        _, handle, secrets = sandbox_account(platform.name, HANDLE)
        given = {**secrets, "identifier": handle}
    else:
        if way.asks_server:
            visit = replace(visit, server=login.base_url)
            visit = replace(visit, app=await platform.register(visit))
        url = platform.authorize_url(way, visit)
        given = await consented(url, exchanges)
    profile = next(one for one in await platform.profiles(way, visit, given) if not one.problem)
    await renewed(stage, profile.secrets, visit.app)


async def renewed(stage: Stage, secrets: Mapping[str, str], app: AppKeys | None) -> None:
    """Its login once more; of one that lasts nothing is asked."""
    stage.clock.at = stage.platform.lasting(secrets).renew_at or stage.clock.at
    login = replace(stage.login, secrets=secrets, app=app)
    try:
        await stage.platform.refresh(login)
    except (LoginRevoked, Refused):
        return


async def consented(url: str, exchanges: list[Exchange]) -> dict[str, str]:
    """Allow everything on the consent page; the query with which the browser comes back."""
    async with httpx.AsyncClient() as browser:
        page = await browser.get(url)
        assert page.status_code == 200, page.text
        ticked = re.findall(r'name="scopes\[\]" value="([^"]+)"', page.text)
        said = {"decision": "approve", "handle": HANDLE, "scopes[]": ticked}
        answer = await browser.post(url, data=said)
    assert answer.status_code == 302, answer.text
    back = answer.headers["location"]
    asked = httpx.URL(url)
    told = {"url": str(asked.copy_with(query=None)), "query": asked.query.decode().split("&")}
    came = {"status": 302, "headers": {"Location": back}}
    exchanges.append({"request": {"browser": "GET", **told}, "answer": came})
    return dict(httpx.URL(back).params)
