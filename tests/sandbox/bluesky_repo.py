"""A signed-in client of one repository on Bluesky's twin."""

from __future__ import annotations

from typing import Any

from postclock.sandbox.credentials import sandbox_account
from tests.sandbox.rig import Answer, Api

ACCOUNT = sandbox_account("bluesky", "acme")
POST = "app.bsky.feed.post"
RKEY = "3n2vatvvt2223"


def record(text: str = "Hello", **more: Any) -> dict[str, Any]:
    return {"$type": POST, "text": text, "createdAt": "2026-11-22T09:00:00.000Z", **more}


class Repo:
    """A signed-in client of one repository."""

    def __init__(self, api: Api, session: dict[str, str]) -> None:
        self._api = api
        self.session = session
        self.did = session["did"]

    async def write(self, call: str, **body: Any) -> Answer:
        whole = {"repo": self.did, "collection": POST, **body}
        return await self._api(
            "POST",
            f"/bluesky/xrpc/com.atproto.repo.{call}",
            token=self.session["accessJwt"],
            json=whole,
        )

    async def read(self, call: str, **query: str) -> Answer:
        whole = {"repo": self.did, "collection": POST, **query}
        return await self._api("GET", f"/bluesky/xrpc/com.atproto.repo.{call}", params=whole)


async def sign_in(api: Api, **login: str) -> Answer:
    return await api("POST", "/bluesky/xrpc/com.atproto.server.createSession", json=login)


async def open_repo(api: Api, secrets: dict[str, str] = ACCOUNT[2]) -> Repo:
    return Repo(api, (await sign_in(api, **secrets)).json)


async def server(api: Api, method: str, call: str, token: str) -> Answer:
    return await api(method, f"/bluesky/xrpc/com.atproto.server.{call}", token=token)
