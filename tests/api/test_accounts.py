"""Accounts: picked where a login opens several, connected by typing, removed; and app keys."""

from __future__ import annotations

import socket
from collections.abc import Callable

import httpx
import pytest
from starlette.types import ASGIApp

from postclock.app import create_app
from postclock.config import load_settings
from postclock.crypto import KeyRing
from postclock.sandbox.credentials import sandbox_account
from tests.api.asking import POSTS, Admin, Json, ahead, made, move, read, refused, stored, wish
from tests.api.browsing import OAUTH, came_back, connected, consented, seen, started
from tests.fixtures.servers import Api
from tests.fixtures.workspaces import Team

ACCOUNTS, KEYS = "/api/v1/accounts", "/api/v1/app-keys"
APP = {"client_id": "the-id", "client_secret": "the-secret"}


def handles(client: httpx.Client, platform: str) -> list[str]:
    items = client.get(ACCOUNTS).json()["items"]
    return [one["handle"] for one in items if one["platform"] == platform]


def test_where_a_login_opens_several_a_person_picks(client: httpx.Client) -> None:
    before = handles(client, "facebook")
    visit = connected(client, "facebook", "page", "ada")
    assert (visit["status"], visit["accounts"]) == ("pick", [])
    assert handles(client, "facebook") == before
    shown = {one["remote_id"]: one for one in visit["profiles"]}
    assert len(shown) == 4
    barred = [one["remote_id"] for one in shown.values() if one["problem"]]
    free = [name for name in shown if name not in barred]
    path = f"{OAUTH}/visits/{visit['id']}/connect"
    problem = refused(
        client.post(path, json={"profiles": [free[0], barred[0], "x"]}), 422,
        "profile_refused", "profile_unknown",
    )  # fmt: skip
    assert [one["field"] for one in problem["problems"]] == ["profiles.1", "profiles.2"]
    refused(client.post(path, json={"profiles": []}), 422, "missing")
    done = client.post(path, json={"profiles": free[:2]}).json()
    assert (done["status"], len(done["accounts"]), done["profiles"]) == ("connected", 2, [])
    assert client.post(path, json={"profiles": free}).json() == done, "again it changes nothing"
    assert len(handles(client, "facebook")) == len(before) + 2


def test_picking_tells_what_is_connected_already(client: httpx.Client) -> None:
    visit = connected(client, "facebook", "page", "ada")
    first = next(one["remote_id"] for one in visit["profiles"] if not one["problem"])
    path = f"{OAUTH}/visits/{visit['id']}/connect"
    [account] = client.post(path, json={"profiles": [first]}).json()["accounts"]
    again = connected(client, "facebook", "page", "ada")
    known = {one["remote_id"]: one["account_id"] for one in again["profiles"]}
    assert known.pop(first) == account
    assert set(known.values()) == {None}
    reconnected = connected(client, "facebook", "page", "ada", account_id=account)
    assert (reconnected["status"], reconnected["accounts"]) == ("connected", [account])


def test_scopes_that_were_not_granted_are_named(client: httpx.Client) -> None:
    begun = started(client, "facebook", "page", sandbox=True)
    some: Json = {"scopes[]": ["pages_show_list", "pages_read_engagement"]}
    told = came_back(client, consented(client, begun["authorize_url"], "ada", **some))
    assert told["problem"] == "scopes_missing"
    assert "pages_manage_posts" in seen(client, begun["visit_id"])["problem"]["message"]


def test_a_typed_login_connects_at_once(client: httpx.Client, admin: Admin) -> None:
    _, handle, secrets = sandbox_account("bluesky", "typed")
    fields = {"identifier": handle, "password": secrets["password"]}
    asked = {"platform": "bluesky", "way": "app_password", "fields": fields, "sandbox": True}
    visit = client.post(f"{ACCOUNTS}/connect", json=asked).json()
    assert visit["status"] == "connected", visit
    [account] = visit["accounts"]
    assert secrets["password"] not in str(visit)
    admin.execute("UPDATE accounts SET status = 'needs_login' WHERE id = %s", [account])
    again = client.post(f"{ACCOUNTS}/connect", json={**asked, "account_id": account}).json()
    assert again["accounts"] == [account]
    wrong = {**asked, "fields": {**fields, "password": "canary-password-wrong"}}
    answer = client.post(f"{ACCOUNTS}/connect", json=wrong)
    refused(answer, 422, "login_refused")
    assert "canary-password-wrong" not in answer.text
    for fields in ({}, {"identifier": "no handle"}):
        refused(
            client.post(f"{ACCOUNTS}/connect", json={**asked, "fields": fields}), 422,
            "login_refused",
        )  # fmt: skip


def test_a_server_is_read_as_people_write_it(client: httpx.Client, admin: Admin) -> None:
    for said, code in (
        ("", "server_missing"), ("http://social.example", "server_invalid"),
        ("127.0.0.1", "server_invalid"), ("[::1]", "server_invalid"), ("a b", "server_invalid"),
        ("localhost", "server_invalid"), ("social.example:99999999", "server_invalid"),
    ):  # fmt: skip
        answer = client.post(f"{OAUTH}/mastodon/start", json={"way": "server", "server": said})
        refused(answer, 422, code)
    answer = client.post(
        f"{OAUTH}/mastodon/start", json={"way": "server", "server": "@ada@Social.invalid"}
    )
    assert answer.status_code == 503
    assert answer.json()["code"] == "platform_unreachable"
    assert stored(admin, "app_keys") == stored(admin, "visits") == 0


def test_the_sandbox_is_one_server(client: httpx.Client, admin: Admin) -> None:
    visit = connected(client, "mastodon", "server", "ada")
    assert visit["status"] == "connected"
    assert connected(client, "mastodon", "server", "grace")["status"] == "connected"
    assert stored(admin, "app_keys") == 1, "registered once"


def test_a_removed_account_leaves_its_history_and_takes_its_secrets(
    client: httpx.Client, admin: Admin, team: Team
) -> None:
    account = str(team.account("twitter"))
    waiting = made(client, wish(scheduled_at=ahead(3600)))
    both = made(client, wish("twitter", "bluesky", scheduled_at=ahead(3600)))
    gone = made(client, wish(scheduled_at=ahead(3600), text="Out"))
    move(admin, gone, "published")
    assert client.delete(f"{ACCOUNTS}/{account}").json() == {"posts": 2}
    assert "demo" not in " ".join(handles(client, "twitter"))
    removed = client.get(ACCOUNTS, params={"removed": True}).json()["items"]
    assert {one["id"]: one["status"] for one in removed}[account] == "disconnected"
    assert read(client, waiting)["status"] == "ready_to_publish"
    states = {one["platform"]: one["state"] for one in read(client, both)["deliveries"]}
    assert states == {"twitter": "canceled", "bluesky": "scheduled"}
    assert read(client, gone)["status"] == "published"
    row = admin.execute("SELECT 1 FROM credentials WHERE account_id = %s", [account]).fetchone()
    assert row is None
    notices = client.get("/api/v1/notifications").json()["items"]
    assert notices[0]["kind"] == "account_removed"
    assert "2 posts" in notices[0]["body"]
    refused(client.delete(f"{ACCOUNTS}/{account}"), 404, "not_found")
    refused(client.post(POSTS, json=wish()), 422, "account_missing")


def test_nothing_is_removed_while_it_is_being_sent(
    client: httpx.Client, stranger: httpx.Client, admin: Admin, team: Team
) -> None:
    account = str(team.account("twitter"))
    post = made(client, wish(scheduled_at=ahead(3600)))
    for state in ("sending", "unknown"):
        move(admin, post, state)
        refused(client.delete(f"{ACCOUNTS}/{account}"), 409, "already_publishing")
    move(admin, post, "held")
    refused(stranger.delete(f"{ACCOUNTS}/{account}"), 404, "not_found")
    admin.execute("UPDATE memberships SET role = 'editor'")
    refused(client.delete(f"{ACCOUNTS}/{account}"), 403, "role_forbids")
    admin.execute("UPDATE memberships SET role = 'admin'")
    assert client.delete(f"{ACCOUNTS}/{account}").json() == {"posts": 1}


def test_an_account_tells_its_quota(client: httpx.Client) -> None:
    items = {one["platform"]: one for one in client.get(ACCOUNTS).json()["items"]}
    before = items["twitter"]["quota"]
    assert (before["limit"], before["window_seconds"]) == (300, 10800)
    made(client, wish(scheduled_at=ahead(60)))
    after = {one["platform"]: one for one in client.get(ACCOUNTS).json()["items"]}
    assert after["twitter"]["quota"]["left"] == before["left"] - 1
    assert after["mastodon"]["quota"] is None


def shown(client: httpx.Client, keys: str = "twitter") -> Json:
    found: Json = client.get(f"{KEYS}/{keys}").json()
    return found


def test_app_keys_are_entered_and_their_secret_never_told(
    api: Api, client: httpx.Client, stranger: httpx.Client, admin: Admin
) -> None:
    assert shown(client) == {
        "keys": "twitter", "platforms": ["twitter"], "client_id": None, "source": None,
        "variable": "POSTCLOCK_APP_TWITTER",
        "callback_urls": [f"{api.url}/api/v1/oauth/twitter/callback"],
    }  # fmt: skip
    answer = client.put(f"{KEYS}/twitter", json=APP)
    assert answer.json()["source"] == "workspace"
    told = answer.text + client.get(KEYS).text + client.get("/api/v1/activity").text
    assert "the-secret" not in told
    assert shown(client)["client_id"] == "the-id"
    row = admin.execute("SELECT to_jsonb(k)::text AS all FROM app_keys k").fetchone()
    assert row is not None
    assert "the-secret" not in row["all"]
    assert ready(client)
    begun = started(client, "twitter", "profile")
    assert "client_id=the-id" in begun["authorize_url"]
    assert shown(stranger)["client_id"] is None
    assert client.delete(f"{KEYS}/twitter").status_code == 204
    assert client.delete(f"{KEYS}/twitter").status_code == 204
    assert not ready(client)


def ready(client: httpx.Client) -> bool:
    items = client.get("/api/v1/platforms").json()["items"]
    [platform] = [one for one in items if one["name"] == "twitter"]
    return bool(platform["ways"][0]["ready"])


def test_what_cannot_be_entered(client: httpx.Client, admin: Admin) -> None:
    refused(client.put(f"{KEYS}/myspace", json=APP), 404, "not_found")
    refused(client.get(f"{KEYS}/myspace"), 404, "not_found")
    spaces = {"client_id": "a b", "client_secret": "c\td"}
    refused(client.put(f"{KEYS}/twitter", json=spaces), 422, "app_keys_invalid", "app_keys_invalid")
    refused(client.put(f"{KEYS}/twitter", json={}), 422, "missing", "missing")
    for role in ("editor", "viewer"):
        admin.execute("UPDATE memberships SET role = %s", [role])
        for answer in (
            client.put(f"{KEYS}/twitter", json=APP), client.delete(f"{KEYS}/twitter"),
            client.get(KEYS), client.get(f"{KEYS}/twitter"),
        ):  # fmt: skip
            refused(answer, 403, "role_forbids")


@pytest.fixture
def furnished(dsn: str, ring: KeyRing, serve_app: Callable[[ASGIApp, socket.socket], str]) -> str:
    """A server whose environment names an app."""
    listening = socket.create_server(("127.0.0.1", 0))
    given = {
        "POSTCLOCK_PORT": str(listening.getsockname()[1]), "POSTCLOCK_SCHEDULER": "off",
        "POSTCLOCK_APP_TWITTER": "of-the-environment:and-its-secret",
    }  # fmt: skip
    return serve_app(create_app(load_settings(given), dsn, ring), listening)


def test_the_environments_app_stands_everywhere(furnished: str, team: Team) -> None:
    headers = {"Authorization": f"Bearer {team.token}"}
    with httpx.Client(base_url=furnished, headers=headers, trust_env=False) as client:
        found = shown(client)
        assert (found["client_id"], found["source"]) == ("of-the-environment", "environment")
        assert ready(client)
        refused(client.put(f"{KEYS}/twitter", json=APP), 409, "app_keys_in_environment")
        refused(client.delete(f"{KEYS}/twitter"), 409, "app_keys_in_environment")
        begun = started(client, "twitter", "profile")
        assert "client_id=of-the-environment" in begun["authorize_url"]
        assert "and-its-secret" not in client.get(KEYS).text + begun["authorize_url"]
