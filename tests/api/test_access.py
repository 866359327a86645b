"""Who may do what: every route, without a token, from another workspace, as a viewer."""

from __future__ import annotations

import json
import re
from uuid import UUID

import httpx
import pytest

from postclock.app import openapi_document
from tests.api.asking import POSTS, Admin, Json, ahead, made, refused, stored, wish
from tests.api.browsing import connected
from tests.fixtures import pictures
from tests.fixtures.servers import Api
from tests.fixtures.workspaces import Team

PUBLIC = {
    ("GET", "/api/v1/auth/first-owner"), ("POST", "/api/v1/auth/first-owner"),
    ("POST", "/api/v1/auth/sign-in"), ("POST", "/api/v1/auth/sign-out"),
    ("GET", "/api/v1/cron/info/service"), ("GET", "/healthz"), ("GET", "/readyz"),
}  # fmt: skip
BY_SECRET = {("GET", "/api/v1/cron/publish-scheduled"), ("POST", "/api/v1/cron/publish-scheduled")}
OF_A_POST = ("", "/publish", "/retry", "/restore", "/duplicate", "/attempts")
PLATFORMS = "/api/v1/platforms"
"""It names what people type to connect an account, such as a password."""
HERE = "0199f0a4-5b7e-7c3d-9a55-0b1c2d3e4f50"


def routes() -> list[tuple[str, str]]:
    paths: Json = json.loads(openapi_document())["paths"]
    found = [(verb.upper(), path) for path, verbs in paths.items() for verb in verbs]
    return sorted(set(found) - PUBLIC - BY_SECRET)


@pytest.fixture(scope="module")
def guarded() -> list[tuple[str, str]]:
    return routes()


def test_every_other_route_needs_somebody(
    api: Api, admin: Admin, guarded: list[tuple[str, str]]
) -> None:
    assert len(guarded) >= 18
    wrong: list[dict[str, str]] = [
        {}, {"Authorization": "Bearer pc_wrong"}, {"Authorization": "Bearer"},
        {"Authorization": "Basic YTpi"}, {"Authorization": "pc_wrong"},
        {"Authorization": "Bearer " + "x" * 5000}, {"Cookie": "postclock_session=wrong"},
        {"Cookie": "postclock_session="},
    ]  # fmt: skip
    with api.client() as nobody:
        for verb, template in guarded:
            path = re.sub(r"{\w+}", HERE, template)
            for headers in wrong:
                body: Json | None = {} if verb in ("POST", "PUT") else None
                told = {"Origin": api.url} | headers
                answer = nobody.request(verb, path, json=body, headers=told)
                assert answer.status_code == 401, (verb, path, headers, answer.text)
                assert answer.json()["code"] == "not_signed_in"
                assert answer.headers["www-authenticate"] == "Bearer"
        answer = nobody.get(POSTS, headers={b"Authorization": "Bearer pc_wröng".encode()})
        refused(answer, 401, "not_signed_in")
    assert stored(admin, "posts") == 0


def test_another_workspaces_post_is_not_there(
    client: httpx.Client, stranger: httpx.Client, team: Team
) -> None:
    post = made(client, wish(scheduled_at=ahead()))
    path = f"{POSTS}/{post['id']}"
    for suffix in OF_A_POST:
        verb = "GET" if suffix in ("", "/attempts") else "POST"
        refused(stranger.request(verb, path + suffix), 404, "not_found")
    refused(stranger.put(path, json={"topic": "mine"}), 404, "not_found")
    refused(stranger.delete(path), 404, "not_found")
    assert stranger.get(POSTS).json()["items"] == []
    assert (
        stranger.get(POSTS, params={"account_id": str(team.account("twitter"))}).json()["items"]
        == []
    )
    lines = stranger.get("/api/v1/activity", params={"post_id": post["id"]}).json()["items"]
    assert lines == []
    assert client.get(path).json() == post | {"quotas": []}


def test_a_viewer_reads_and_changes_nothing(client: httpx.Client, admin: Admin, team: Team) -> None:
    post = made(client, wish(scheduled_at=ahead()))
    path = f"{POSTS}/{post['id']}"
    for role in ("viewer", "approver"):
        admin.execute("UPDATE memberships SET role = %s", [role])
        register = {"post_id": post["id"], "scheduled_at": ahead(), "platform": "twitter"}
        changes = [
            client.post(POSTS, json=wish()), client.put(path, json={"topic": "x"}),
            client.delete(path), client.put("/api/v1/workspace", json={"name": "x"}),
            client.post("/content/register-scheduled", json=register),
            client.post("/api/v1/content/register-scheduled", json=register),
            *(client.post(path + action) for action in OF_A_POST[1:-1]),
        ]  # fmt: skip
        for answer in changes:
            refused(answer, 403, "role_forbids")
        readable = ("accounts", "activity", "notifications", "workspace", "auth/session")
        for reading in (POSTS, path, f"{path}/attempts", *(f"/api/v1/{name}" for name in readable)):
            assert client.get(reading).status_code == 200
        assert client.post(f"{POSTS}/check", json=wish()).status_code == 200
    assert client.get(path).json() == post | {"quotas": []}


def test_an_editor_writes_posts_but_not_settings(client: httpx.Client, admin: Admin) -> None:
    admin.execute("UPDATE memberships SET role = 'editor'")
    assert made(client, wish())
    refused(client.put("/api/v1/workspace", json={"name": "x"}), 403, "role_forbids")
    admin.execute("UPDATE memberships SET role = 'admin'")
    assert client.put("/api/v1/workspace", json={"name": "x"}).status_code == 200


def test_no_secret_is_ever_told(
    client: httpx.Client, admin: Admin, team: Team, guarded: list[tuple[str, str]]
) -> None:
    post = made(client, wish(scheduled_at=ahead(-1)))
    picture = client.post("/api/v1/media", files={"file": ("a.png", pictures.picture())}).json()
    campaign = client.post("/api/v1/campaigns", json={"name": "Spring"}).json()
    client.post("/api/v1/cron/publish-scheduled", headers={"X-Cron-Secret": "cron-secret"})
    made_here = {"post_id": post, "media_id": picture, "campaign_id": campaign}
    here = {name: one["id"] for name, one in made_here.items()}
    here |= {"visit_id": connected(client, "twitter", "profile", "ada")["id"], "keys": "twitter"}
    told = ""
    for verb, template in guarded:
        if verb == "GET" and not template.endswith(("/stream", "/poster", "{upload_id}")):
            answer = client.get(template.format_map(here))
            assert answer.status_code == 200, template
            told += answer.text if template != PLATFORMS else ""
    row = admin.execute(
        "SELECT password_hash, encode(secrets, 'hex') AS sealed FROM users, credentials"
    )
    secrets = [value for each in row.fetchall() for value in each.values()]
    for secret in (*secrets, team.token, "secrets", "password", "access_token", "cron-secret"):
        assert secret not in told


def test_a_malformed_id_is_nobodys(client: httpx.Client) -> None:
    for wrong in ("1", "x" * 36, f"{HERE}0", "%00", "%ED%A0%80", "%F0%9F%95%90"):
        refused(client.get(f"{POSTS}/{wrong}"), 404, "not_found")
        refused(client.post(f"/api/v1/notifications/{wrong}/read"), 404, "not_found")
    refused(client.get(f"{POSTS}/{UUID(int=0)}"), 404, "not_found")
    for name in ("account_id", "post_id"):
        path = POSTS if name == "account_id" else "/api/v1/activity"
        refused(client.get(path, params={name: "x"}), 422, "id_invalid")
    refused(client.post(POSTS, json={"accounts": ["x", 1]}), 422, "id_invalid", "id_invalid")


def test_what_is_not_there(client: httpx.Client) -> None:
    for path in ("/api/v1/nothing", "/api", "/api/v1/nothing/", f"{POSTS}/{HERE}/nothing"):
        refused(client.get(path, follow_redirects=True), 404, "not_found")
        refused(client.post(path, json={}, follow_redirects=True), 404, "not_found")
    assert client.get(f"{POSTS}/", follow_redirects=True).status_code == 200
    answer = client.delete(POSTS)
    refused(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, POST"
    answer = client.get("/content/register-scheduled")
    refused(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"
