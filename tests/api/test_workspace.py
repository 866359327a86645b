"""The workspace and what is told about it: settings, accounts, platforms, notifications."""

from __future__ import annotations

from uuid import uuid4

import httpx

from postclock.sandbox.credentials import BEGINNERS
from postclock.services.platforms.registry import CAPABILITIES
from tests.api.asking import Admin, ahead, cron, fields, ids, made, refused, wish
from tests.fixtures.workspaces import Team

WORKSPACE = "/api/v1/workspace"
NOTIFICATIONS = "/api/v1/notifications"


def test_settings_are_changed_one_by_one(client: httpx.Client, team: Team) -> None:
    before = client.get(WORKSPACE).json()
    assert before["id"] == str(team.who.workspace_id)
    client.put(WORKSPACE, json={"name": " Harbour "}).raise_for_status()
    client.put(WORKSPACE, json={"timeZone": "Asia/Kathmandu"}).raise_for_status()
    answer = client.put(WORKSPACE, json={"after_publishing": "remove"})
    assert answer.json() == client.get(WORKSPACE).json() == before | {
        "name": "Harbour", "time_zone": "Asia/Kathmandu", "after_publishing": "remove",
    }  # fmt: skip
    line = client.get("/api/v1/activity").json()["items"][0]
    assert (line["kind"], line["actor_id"]) == ("workspace.changed", str(team.who.user_id))
    assert line["details"] == {"after_publishing": "remove"}


def test_wrong_settings_are_not_saved(client: httpx.Client) -> None:
    before = client.get(WORKSPACE).json()
    wrong = {"name": "  ", "time_zone": "Mars/Olympus"}
    answer = client.put(WORKSPACE, json=wrong)
    assert answer.status_code == 422
    assert sorted(fields(answer.json())) == ["name", "time_zone"]
    refused(client.put(WORKSPACE, json={"after_publishing": "burn"}), 422, "not_a_choice")
    refused(client.put(WORKSPACE, json={"role": "owner"}), 422, "unknown_field")
    refused(client.put(WORKSPACE, json={"name": "x" * 201}), 422, "too_long")
    assert client.get(WORKSPACE).json() == before


def test_accounts_are_listed_without_secrets(
    client: httpx.Client, stranger: httpx.Client, team: Team
) -> None:
    items = client.get("/api/v1/accounts").json()["items"]
    assert {a["platform"]: a["id"] for a in items} == {
        name: str(account.id) for name, account in team.accounts.items()
    }
    assert set(items[0]) == {
        "id", "platform", "handle", "name", "avatar_url", "kind", "way", "server", "remote_id",
        "sandbox", "status", "problem", "renew_at", "login_ends_at", "quota", "paused_at",
        "blocked_until", "connected_at", "created_at",
    }  # fmt: skip
    assert all(a["sandbox"] and a["status"] == "connected" for a in items)
    theirs = stranger.get("/api/v1/accounts").json()["items"]
    assert not {a["id"] for a in theirs} & {a["id"] for a in items}


def test_platforms_tell_how_they_count(client: httpx.Client) -> None:
    items = client.get("/api/v1/platforms").json()["items"]
    assert [p["name"] for p in items] == list(CAPABILITIES)
    for platform in items:
        limits = CAPABILITIES[platform["name"]].text
        assert platform["label"] == CAPABILITIES[platform["name"]].label
        assert platform["text"] == {
            "maximum": limits.maximum, "unit": limits.unit, "counting": limits.counting,
            "url_length": limits.url_length, "maximum_bytes": limits.maximum_bytes,
            "required": limits.required,
        }  # fmt: skip


def test_notifications_are_read(client: httpx.Client, stranger: httpx.Client) -> None:
    posts = [made(client, wish(text=f"n{n}", scheduled_at=ahead(-1)))["id"] for n in range(3)]
    cron(client)
    told = client.get(NOTIFICATIONS).json()
    assert {n["post_id"] for n in told["items"]} == set(posts)
    assert {n["kind"] for n in told["items"]} == {"post_published"}
    assert (told["unread_count"], told["next_cursor"]) == (3, None)
    first = told["items"][0]
    assert first["title"]
    read = client.post(f"{NOTIFICATIONS}/{first['id']}/read").json()
    assert read["read_at"] is not None
    assert client.post(f"{NOTIFICATIONS}/{first['id']}/read").json() == read
    unread = client.get(NOTIFICATIONS, params={"unread": True}).json()
    assert first["id"] not in ids(unread)
    assert (len(unread["items"]), unread["unread_count"]) == (2, 2)
    refused(stranger.post(f"{NOTIFICATIONS}/{first['id']}/read"), 404, "not_found")
    refused(client.post(f"{NOTIFICATIONS}/{uuid4()}/read"), 404, "not_found")
    assert stranger.post(f"{NOTIFICATIONS}/read-all").json() == {"read": 0}
    assert client.post(f"{NOTIFICATIONS}/read-all").json() == {"read": 2}
    assert client.get(NOTIFICATIONS).json()["unread_count"] == 0


def test_notifications_and_activity_come_in_pages(client: httpx.Client, admin: Admin) -> None:
    for n in range(5):
        made(client, wish(text=f"n{n}", scheduled_at=ahead(-1)))
    cron(client)
    for table in ("notifications", "activity_logs"):
        admin.execute(f"UPDATE {table} SET created_at = '2026-01-01T00:00:00.5Z'")
    for path, expected in ((NOTIFICATIONS, 5), ("/api/v1/activity", 15 + len(BEGINNERS))):
        seen: list[str] = []
        page = {"next_cursor": None}
        while not seen or page["next_cursor"]:
            params = {"limit": 2} | ({"cursor": page["next_cursor"]} if seen else {})
            page = client.get(path, params=params).json()
            seen += ids(page)
        assert (len(seen), len(set(seen))) == (expected, expected)


def test_activity_tells_who_did_what(client: httpx.Client, team: Team) -> None:
    post = made(client, wish(status="ready_to_publish"))
    client.put(f"/api/v1/posts/{post['id']}", json={"topic": "x"}).raise_for_status()
    client.delete(f"/api/v1/posts/{post['id']}").raise_for_status()
    client.post(f"/api/v1/posts/{post['id']}/restore").raise_for_status()
    lines = client.get("/api/v1/activity", params={"post_id": post["id"]}).json()["items"]
    assert [line["kind"] for line in lines] == [
        "post.restored", "post.deleted", "post.edited", "post.created",
    ]  # fmt: skip
    assert {line["actor_id"] for line in lines} == {str(team.who.user_id)}
    assert all(line["message"] and line["post_id"] == post["id"] for line in lines)
    connected = client.get("/api/v1/activity").json()["items"][-3:]
    assert {line["kind"] for line in connected} == {"account.connected"}
