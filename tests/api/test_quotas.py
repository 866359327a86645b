"""Quotas when scheduling: what is left, what is refused, and what an author may accept."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from postclock.app import create_app
from postclock.config import load_settings
from postclock.crypto import KeyRing
from tests.api.asking import POSTS, Admin, Json, act, ahead, made, move, now, put, refused, wish
from tests.fixtures.workspaces import Team

HOUR = 3600
BASE = now().replace(minute=0, second=0, microsecond=0) + timedelta(days=2)


def moment(minutes: float) -> str:
    return (BASE + timedelta(minutes=minutes)).isoformat()


def instant(text: str | None) -> datetime:
    assert text is not None
    return datetime.fromisoformat(text)


@pytest.fixture
def client(
    dsn: str, ring: KeyRing, serve_app: Callable[[ASGIApp, socket.socket], str], team: Team
) -> Iterator[httpx.Client]:
    """The owner, where X takes three posts an hour of an account, and Bluesky one a minute."""
    settings = load_settings({"QUOTAS": "twitter=3/1h,bluesky=1/1m+2/1d"})
    url = serve_app(create_app(settings, dsn, ring), socket.create_server(("127.0.0.1", 0)))
    headers = {"Authorization": f"Bearer {team.token}"}
    with httpx.Client(base_url=url, headers=headers, timeout=20, trust_env=False) as opened:
        yield opened


def scheduled(client: httpx.Client, minutes: float, *platforms: str, **more: Any) -> Json:
    return made(client, wish(*platforms, scheduled_at=moment(minutes), **more))


def ask(client: httpx.Client, minutes: float, *platforms: str, **more: Any) -> httpx.Response:
    return client.post(POSTS, json=wish(*platforms, scheduled_at=moment(minutes), **more))


def test_the_answer_tells_what_is_left(client: httpx.Client, team: Team) -> None:
    (quota,) = scheduled(client, 0)["quotas"]
    assert quota | {"next_free_at": instant(quota["next_free_at"])} == {
        "account_id": str(team.account("twitter")), "platform": "twitter", "limit": 3,
        "window_seconds": HOUR, "left": 3, "next_free_at": BASE,
    }  # fmt: skip
    assert scheduled(client, 10)["quotas"][0]["left"] == 2
    post = scheduled(client, 59)
    assert post["quotas"][0]["left"] == 1
    assert client.get(f"{POSTS}/{post['id']}").json()["quotas"] == []
    assert made(client, wish("mastodon", scheduled_at=moment(0)))["quotas"] == []
    assert made(client)["quotas"] == []


def test_the_one_too_many_is_refused_with_the_next_free_moment(client: httpx.Client) -> None:
    for minutes in (0, 10, 20):
        scheduled(client, minutes)
    problem = refused(ask(client, 30), 422, "quota_exceeded")
    free = BASE + timedelta(hours=1)
    assert "The 4th post in 1 h for @demo_" in problem["detail"]
    assert (
        f"on X, of 3 allowed: the next free moment is {free:%Y-%m-%d %H:%M:%S} (UTC)."
        in (problem["detail"])
    )
    assert problem["problems"][0]["field"] == "scheduled_at"
    assert instant(problem["quotas"][0]["next_free_at"]) == free
    assert problem["quotas"][0]["left"] == 0
    refused(ask(client, 59.9), 422, "quota_exceeded")
    assert scheduled(client, 60)["status"] == "scheduled"


def test_the_next_free_moment_is_read_on_the_authors_clock(client: httpx.Client) -> None:
    for minutes in (0, 10, 20):
        scheduled(client, minutes)
    problem = refused(ask(client, 30, time_zone="Asia/Tokyo"), 422, "quota_exceeded")
    assert f"{BASE + timedelta(hours=10):%H:%M:%S} (Asia/Tokyo)" in problem["detail"]
    client.put("/api/v1/workspace", json={"time_zone": "America/New_York"})
    assert "(America/New_York)" in refused(ask(client, 30), 422, "quota_exceeded")["detail"]


def test_windows_of_one_platform_all_hold(client: httpx.Client) -> None:
    scheduled(client, 0, "bluesky")
    problem = refused(ask(client, 0.5, "bluesky"), 422, "quota_exceeded")
    assert "2nd post in 1 min" in problem["detail"]
    assert instant(problem["quotas"][0]["next_free_at"]) == BASE + timedelta(minutes=1)
    assert scheduled(client, 1, "bluesky")["quotas"][0]["left"] == 1
    problem = refused(ask(client, 5, "bluesky"), 422, "quota_exceeded")
    assert "3rd post in 24 h" in problem["detail"]
    assert instant(problem["quotas"][0]["next_free_at"]) == BASE + timedelta(days=1)


def test_every_account_without_room_is_named(client: httpx.Client) -> None:
    for minutes in (0, 10, 20):
        scheduled(client, minutes)
    scheduled(client, 30, "bluesky")
    problem = refused(
        ask(client, 30, "twitter", "bluesky", "mastodon"), 422, "quota_exceeded", "quota_exceeded"
    )
    assert [quota["platform"] for quota in problem["quotas"]] == ["twitter", "bluesky"]


def test_an_author_may_accept_it(client: httpx.Client) -> None:
    for minutes in (0, 10, 20):
        scheduled(client, minutes)
    post = scheduled(client, 30, acceptOverQuota=True)
    assert (post["status"], post["quotas"][0]["left"]) == ("scheduled", 0)
    refused(ask(client, 40), 422, "quota_exceeded")
    assert "5th post" in ask(client, 40).json()["detail"]
    refused(ask(client, 40, accept_over_quota="yes"), 422, "wrong_type")


def test_a_post_keeps_the_place_it_has(client: httpx.Client) -> None:
    posts = [scheduled(client, minutes) for minutes in (0, 10, 20)]
    over = scheduled(client, 30, accept_over_quota=True)
    for post in (*posts, over):
        edited = put(client, post, {"content": {"twitter": {"text": "Another"}}})
        assert edited.json()["status"] == "scheduled"
    assert put(client, posts[0], {"scheduled_at": moment(5)}).status_code == 422
    client.delete(f"{POSTS}/{over['id']}")
    assert put(client, posts[0], {"scheduled_at": moment(5)}).json()["quotas"][0]["left"] == 1
    refused(put(client, made(client), {"scheduled_at": moment(5), "status": "scheduled"}), 422,
            "quota_exceeded")  # fmt: skip


def test_what_did_not_go_out_takes_no_room(client: httpx.Client, admin: Admin) -> None:
    for state in ("failed", "missed", "canceled"):
        move(admin, scheduled(client, 0), state)
    assert scheduled(client, 0)["quotas"][0]["left"] == 3


def use(admin: Admin, team: Team, ago: float, times: int) -> datetime:
    slot = now().replace(second=0, microsecond=0) - timedelta(minutes=ago)
    admin.execute(
        "INSERT INTO quota_usage (account_id, slot_at, used) VALUES (%s, %s, %s)",
        [team.account("twitter"), slot, times],
    )
    return slot


def test_what_was_sent_takes_room(client: httpx.Client, admin: Admin, team: Team) -> None:
    use(admin, team, 90, 50)
    first = use(admin, team, 40, 2)
    use(admin, team, 10, 1)
    post = made(client)
    problem = refused(act(client, post, "publish"), 422, "quota_exceeded")
    assert instant(problem["quotas"][0]["next_free_at"]) == first + timedelta(minutes=61)
    refused(act(client, post, "publish", {"undo_seconds": 5}), 422, "quota_exceeded")
    answer = act(client, post, "publish", {"accept_over_quota": True}).json()
    assert (answer["status"], answer["quotas"][0]["left"]) == ("scheduled", 0)
    move(admin, post, "failed")
    refused(act(client, post, "retry"), 422, "quota_exceeded")
    assert act(client, post, "retry", {"acceptOverQuota": True}).json()["status"] == "scheduled"


def test_what_is_overdue_is_expected_now(client: httpx.Client, admin: Admin) -> None:
    for minutes in (0, 1, 2):
        scheduled(client, minutes)
    admin.execute(
        "UPDATE deliveries SET due_at = now() - interval '5 h', wake_at = now() - interval '5 h'"
    )
    refused(act(client, made(client), "publish"), 422, "quota_exceeded")
    admin.execute("UPDATE deliveries SET wake_at = now() + interval '2 h'")
    assert act(client, made(client), "publish").json()["quotas"][0]["left"] == 3


def test_check_warns(client: httpx.Client) -> None:
    posts = [scheduled(client, minutes) for minutes in (0, 10, 20)]
    asked = wish(scheduled_at=moment(30))
    answer = client.post(f"{POSTS}/check", json=asked).json()
    assert answer["problems"] == []
    assert [warning["code"] for warning in answer["warnings"]] == ["quota_exceeded"]
    assert answer["quotas"][0]["left"] == 0
    changing = {"post_id": posts[0]["id"]}
    answer = client.post(f"{POSTS}/check", json=asked, params=changing).json()
    assert (answer["warnings"], answer["quotas"][0]["left"]) == ([], 1)
    answer = client.post(f"{POSTS}/check", json=wish()).json()
    assert (answer["warnings"], answer["quotas"]) == ([], [])
    strange = wish(campaign_id=posts[0]["id"], scheduled_at=moment(30))
    answer = client.post(f"{POSTS}/check", json=strange).json()
    assert [problem["code"] for problem in answer["problems"]] == ["campaign_unknown"]


def test_registering_accepts_it(client: httpx.Client) -> None:
    for minutes in (0, 10, 20):
        scheduled(client, minutes)
    post = made(client, wish(status="ready_to_publish"))
    asked = {"post_id": post["id"], "scheduled_at": moment(30), "platform": "twitter"}
    assert client.post("/content/register-scheduled", json=asked).json()["changed"] is True


def test_of_many_who_want_the_last_place_one_gets_it(client: httpx.Client) -> None:
    for minutes in (0, 10):
        scheduled(client, minutes)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda i: ask(client, 20 + i), range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [422] * 7


def test_another_accounts_posts_take_no_room(client: httpx.Client, admin: Admin) -> None:
    for minutes in (0, 10, 20):
        scheduled(client, minutes)
    admin.execute(
        "INSERT INTO accounts (id, workspace_id, platform, remote_id, handle, sandbox, status,"
        " created_at, updated_at) SELECT gen_random_uuid(), workspace_id, platform, 'other',"
        " 'other', true, 'connected', now(), now() FROM accounts WHERE platform = 'twitter'"
    )
    other = admin.execute("SELECT id FROM accounts WHERE handle = 'other'").fetchone()
    assert other is not None
    body = {"accounts": [str(other["id"])], "content": {"twitter": {"text": "x"}}}
    answer = client.post(POSTS, json=body | {"scheduled_at": moment(30)}).json()
    assert answer["quotas"][0]["left"] == 3


def test_a_moment_just_past_is_now(client: httpx.Client) -> None:
    assert made(client, wish(scheduled_at=ahead(-30)))["quotas"][0]["left"] == 3
