"""Registration by a front end: the stored post decides."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from tests.api.asking import Admin, Json, ahead, cron, made, move, now, put, read, refused, wish

PATHS = ["/content/register-scheduled", "/api/v1/content/register-scheduled"]


@pytest.fixture(params=PATHS)
def path(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


def register(
    client: httpx.Client, path: str, post: Json, at: str, platform: str = "twitter"
) -> httpx.Response:
    asked = {"post_id": post["id"], "scheduled_at": at, "platform": platform}
    return client.post(path, json=asked)


def test_a_stored_post_is_registered_once(client: httpx.Client, path: str) -> None:
    at = ahead()
    post = made(client, wish("twitter", "bluesky", status="ready_to_publish"))
    answer = register(client, path, post, at)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["registered"], told["changed"], told["post"]["status"]) == (
        True,
        True,
        "scheduled",
    )
    assert [d["state"] for d in told["post"]["deliveries"]] == ["scheduled", "scheduled"]
    for platform in ("twitter", "bluesky"):
        again = register(client, path, post, at, platform).json()
        assert (again["registered"], again["changed"]) == (True, False)
    assert read(client, post)["version"] == told["post"]["version"]
    camel = {"postId": post["id"], "scheduledAt": at, "platform": "twitter"}
    assert client.post(path, json=camel).json()["changed"] is False


def test_another_stored_instant_is_a_conflict_with_both(client: httpx.Client, path: str) -> None:
    stored, asked = "2027-03-01T09:30:00+00:00", "2027-03-01T09:31:00+00:00"
    for status in ("scheduled", "ready_to_publish"):
        post = made(client, wish(status=status, scheduled_at=stored))
        problem = refused(register(client, path, post, asked), 409, "scheduled_elsewhen")
        assert (problem["stored"], problem["asked"]) == (stored, asked)
        same = register(client, path, post, "2027-03-01T10:30:00+01:00").json()
        assert same["changed"] is (status == "ready_to_publish")


def test_what_cannot_be_registered(client: httpx.Client, stranger: httpx.Client, path: str) -> None:
    at = ahead()
    post = made(client, wish(scheduled_at=at))
    refused(register(client, path, post, at, "bluesky"), 422, "platform_not_targeted")
    refused(register(client, path, post, at, "myspace"), 422, "platform_not_targeted")
    refused(register(client, path, post, ahead(-120)), 422, "time_past")
    refused(register(client, path, post, "soon"), 422, "time_unreadable")
    refused(register(client, path, {"id": str(uuid4())}, at), 404, "not_found")
    refused(register(stranger, path, post, at), 404, "not_found")
    empty = made(client, {"platforms": ["twitter"]})
    refused(register(client, path, empty, at), 422, "text_missing")
    refused(client.post(path, json={}), 422, "missing", "missing", "missing")
    unknown = {"post_id": post["id"], "scheduled_at": at, "platform": "twitter", "x": 1}
    refused(client.post(path, json=unknown), 422, "unknown_field")
    with httpx.Client(base_url=client.base_url, trust_env=False) as nobody:
        refused(register(nobody, path, post, at), 401, "not_signed_in")
    client.delete(f"/api/v1/posts/{post['id']}")
    refused(register(client, path, post, at), 404, "not_found")


def test_a_registration_that_comes_late_is_the_same_registration(
    client: httpx.Client, admin: Admin
) -> None:
    at = ahead(-1)
    post = made(client, wish(scheduled_at=at))
    move(admin, post, "sending")
    assert register(client, PATHS[0], post, at).json()["changed"] is False
    move(admin, post, "scheduled")
    cron(client)
    told = register(client, PATHS[0], post, at).json()
    assert (told["changed"], told["post"]["status"]) == (False, "published")


def test_the_stored_moment_may_be_long_past(client: httpx.Client, admin: Admin) -> None:
    post = made(client, wish(scheduled_at=ahead()))
    past = now().replace(microsecond=0) - timedelta(hours=3)
    admin.execute("UPDATE posts SET scheduled_at = %s", [past])
    assert register(client, PATHS[0], post, past.isoformat()).json()["changed"] is False
    other = (past + timedelta(seconds=1)).isoformat()
    refused(register(client, PATHS[0], post, other), 422, "time_past")


def test_what_has_ended_is_not_registered_again(client: httpx.Client, admin: Admin) -> None:
    at = ahead()
    post = made(client, wish(scheduled_at=at))
    for state in ("failed", "missed", "unconfirmed"):
        move(admin, post, state)
        refused(register(client, PATHS[0], post, at), 409, "not_schedulable")


def test_the_authors_wall_time_is_kept(client: httpx.Client) -> None:
    berlin = {"scheduled_at": "2027-03-01T09:30", "time_zone": "Europe/Berlin"}
    post = made(client, wish(status="ready_to_publish", **berlin))
    told = register(client, PATHS[0], post, "2027-03-01T08:30:00Z").json()["post"]
    assert (told["local_time"], told["time_zone"]) == ("2027-03-01T09:30:00", "Europe/Berlin")
    put(client, post, {"status": "ready_to_publish"}).raise_for_status()
