"""Pages through the whole product: consent, picking, and a reel that is worked on afterwards."""

from __future__ import annotations

from typing import Any

import httpx

from tests.api.asking import Admin, Json, ahead, cron, made, read
from tests.api.browsing import OAUTH, came_back, consented, seen, started
from tests.fixtures.videos import video

WANTED = [
    "pages_show_list", "pages_manage_posts", "pages_read_engagement", "pages_manage_engagement",
    "business_management",
]  # fmt: skip
CALLS = 1000
NO_WAIT = "UPDATE deliveries SET wake_at = now() WHERE state IN ('scheduled', 'unknown')"


def test_pages_are_picked_and_a_reel_is_followed_until_it_is_public(
    client: httpx.Client, admin: Admin
) -> None:
    begun = started(client, "facebook", "page", sandbox=True)
    allowed: Any = {"scopes[]": WANTED}
    came_back(client, consented(client, begun["authorize_url"], **allowed))
    visit = seen(client, begun["visit_id"])
    offered = {one["name"]: one for one in visit["profiles"]}
    assert set(offered) == {"Ada", "Ada’s club", "Ada’s paper", "Ada’s shop"}
    assert "may not publish" in offered["Ada’s club"]["problem"]
    picked = [offered[name]["remote_id"] for name in ("Ada", "Ada’s shop")]
    answer = client.post(f"{OAUTH}/visits/{visit['id']}/connect", json={"profiles": picked})
    accounts = answer.json()["accounts"]
    assert len(accounts) == 2, answer.text

    post = made(client, asked(client, accounts))
    settled = until_settled(client, admin, post)
    assert settled["status"] == "published", settled["deliveries"]
    found = [one for one in client.get("/sandbox/ledger").json() if one["platform"] == "facebook"]
    assert sorted(one["account"] for one in found if one["text"] == "A reel") == sorted(picked)
    assert [one["text"] for one in found].count("First!") == 2
    assert len(found) == 4


def asked(client: httpx.Client, accounts: list[str]) -> Json:
    """A reel with a first comment."""
    content = video("mp4", (540, 960), seconds=3, rate=24)
    sent = client.post("/api/v1/media", files={"file": ("reel.mp4", content)})
    assert sent.status_code == 201, sent.text
    options = {"kind": "reel", "title": "T", "first_comment": "First!"}
    said = {"text": "A reel", "media": [{"id": sent.json()["id"]}], "options": options}
    return {
        "topic": "A reel", "content": {"facebook": said}, "accounts": accounts,
        "scheduled_at": ahead(-1),
    }  # fmt: skip


def until_settled(client: httpx.Client, admin: Admin, post: Json) -> Json:
    """The post after as many cron calls as it takes to be public; no wait is waited out."""
    for _ in range(CALLS):
        admin.execute(
            "UPDATE deliveries SET wake_at = now() WHERE state IN ('scheduled', 'unknown')"
        )
        cron(client)
        now = read(client, post)
        if now["status"] not in ("scheduled", "publishing"):
            return now
    return read(client, post)
