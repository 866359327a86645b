"""A browser on its way to a pretend platform and back, without a browser."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.api.asking import Json

OAUTH = "/api/v1/oauth"


def started(client: httpx.Client, platform: str, way: str, **more: Any) -> Json:
    """A visit begun; its cookie is in the client's jar."""
    answer = client.post(f"{OAUTH}/{platform}/start", json={"way": way, **more})
    assert answer.status_code == 201, answer.text
    begun: Json = answer.json()
    return begun


def consented(
    client: httpx.Client, url: str, handle: str = "ada", decision: str = "approve", **form: Any
) -> str:
    """Decide on the consent page at ``url``; the address the browser is sent back to."""
    page = client.get(url, headers={"Authorization": ""})
    assert page.status_code == 200, page.text
    ticked = re.findall(r'name="scopes\[\]" value="([^"]+)"', page.text)
    said = {"decision": decision, "handle": handle, "scopes[]": ticked, **form}
    answer = client.post(url, data=said, headers={"Authorization": ""})
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


def came_back(client: httpx.Client, url: str) -> dict[str, str]:
    """What the web app is told once the browser has come back to ``url``."""
    answer = client.get(url, headers={"Authorization": ""})
    assert answer.status_code == 303, answer.text
    place = urlsplit(answer.headers["location"])
    assert place.path == "/accounts/"
    return {name: values[0] for name, values in parse_qs(place.query).items()}


def seen(client: httpx.Client, visit_id: str) -> Json:
    """The visit as the web app reads it."""
    answer = client.get(f"{OAUTH}/visits/{visit_id}")
    assert answer.status_code == 200, answer.text
    visit: Json = answer.json()
    return visit


def connected(client: httpx.Client, platform: str, way: str, handle: str, **more: Any) -> Json:
    """A sandbox profile connected, as the visit tells it."""
    begun = started(client, platform, way, sandbox=True, **more)
    told = came_back(client, consented(client, begun["authorize_url"], handle))
    assert told == {"visit": begun["visit_id"]}, told
    return seen(client, begun["visit_id"])
