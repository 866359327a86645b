"""What a post tells when a platform does not take it."""

from __future__ import annotations

import httpx
import pytest

from tests.api.asking import POSTS, Admin, Json, ahead, cron, fault, ledger, made, put, read, wish

ACTIVITY = "/api/v1/activity"


def settled(client: httpx.Client, admin: Admin, post: Json, *, rounds: int = 12) -> list[Json]:
    """The post after each cron call until it rests; between calls the waits are let pass."""
    told = []
    for _ in range(rounds):
        cron(client)
        told.append(read(client, post))
        if told[-1]["status"] not in ("scheduled", "publishing"):
            return told
        admin.execute("UPDATE accounts SET blocked_until = NULL")
        admin.execute(
            "UPDATE deliveries SET wake_at = now() - interval '1 second', "
            "settled_at = now() - interval '1 hour' WHERE wake_at IS NOT NULL"
        )
    raise AssertionError(told[-1])


@pytest.mark.parametrize("name", ["server_error", "drop_before_commit"])
def test_every_failed_try_counts_until_the_last(
    client: httpx.Client, admin: Admin, name: str
) -> None:
    fault(client, "bluesky", name, 10)
    post = made(client, wish("bluesky", topic="Launch", scheduled_at=ahead(-1)))
    rounds = settled(client, admin, post)
    counts = [told["publish_retry_count"] for told in rounds]
    assert counts == sorted(counts)
    assert set(counts) == {1, 2, 3}
    assert all(told["publish_error"].startswith("bluesky: ") for told in rounds)
    last = rounds[-1]
    assert (last["status"], last["publish_retry_count"]) == ("failed", 3)
    log = last["content"]["_publishLog"]
    assert (log["retry_count"], list(log["errors"])) == (3, ["bluesky"])
    assert log["last_attempt_at"]
    delivery = last["deliveries"][0]
    assert (delivery["state"], delivery["failures"], delivery["next_at"]) == ("failed", 3, None)
    assert delivery["error"]["code"]
    assert delivery["error"]["message"]
    attempts = client.get(f"{POSTS}/{post['id']}/attempts").json()["items"]
    assert [a["outcome"] for a in attempts] == ["unknown"] * 3
    notice = client.get("/api/v1/notifications").json()["items"][0]
    assert (notice["kind"], notice["post_id"]) == ("post_failed", post["id"])
    assert "Launch" in notice["body"]
    assert client.get(ACTIVITY).json()["items"][0]["kind"] == "post.failed"
    assert ledger(client) == []


def test_a_lost_create_on_x_counts_and_is_told(client: httpx.Client, admin: Admin) -> None:
    fault(client, "twitter", "server_error", 1)
    post = made(client, wish("twitter", scheduled_at=ahead(-1)))
    cron(client)
    told = read(client, post)
    assert (told["status"], told["publish_retry_count"]) == ("publishing", 1)
    assert told["publish_error"].startswith("twitter: ")
    assert told["content"]["_publishLog"]["retry_count"] == 1
    assert told["deliveries"][0]["state"] == "unknown"
    kinds = [line["kind"] for line in client.get(ACTIVITY).json()["items"]]
    assert kinds[0] == "delivery.unknown"


def test_a_wait_for_the_quota_is_no_failure_but_is_told(client: httpx.Client, admin: Admin) -> None:
    fault(client, "mastodon", "rate_limit", 1)
    post = made(client, wish("mastodon", scheduled_at=ahead(-1)))
    report = cron(client)
    assert (report["retried"], report["failed"]) == (1, 0)
    waiting = read(client, post)
    assert (waiting["status"], waiting["publish_retry_count"]) == ("scheduled", 1)
    assert waiting["publish_error"].startswith("mastodon: ")
    assert waiting["deliveries"][0]["next_at"] > waiting["deliveries"][0]["due_at"]
    lines = client.get(ACTIVITY, params={"post_id": post["id"]}).json()["items"]
    assert [line["kind"] for line in lines] == ["delivery.retry", "post.scheduled", "post.created"]
    done = settled(client, admin, post)[-1]
    assert (done["status"], done["publish_error"]) == ("published", None)


@pytest.mark.parametrize("platform", ["twitter", "bluesky", "mastodon"])
def test_an_answer_that_was_lost_counts_and_the_post_is_found(
    client: httpx.Client, admin: Admin, platform: str
) -> None:
    fault(client, platform, "commit_then_drop", 1)
    post = made(client, wish(platform, scheduled_at=ahead(-1)))
    done = settled(client, admin, post)[-1]
    assert (done["status"], done["publish_retry_count"]) == ("published", 1)
    assert done["deliveries"][0]["remote_id"]
    assert ledger(client) == ["Hello"]


def test_an_edit_keeps_what_the_system_wrote(client: httpx.Client, admin: Admin) -> None:
    fault(client, "mastodon", "rate_limit", 10)
    post = made(client, wish("mastodon", scheduled_at=ahead(-1)))
    cron(client)
    log = read(client, post)["content"]["_publishLog"]
    forged = {"mastodon": {"text": "New"}, "_publishLog": {"retry_count": 0}}
    edited = put(client, post, {"content": forged}).json()
    assert edited["content"] == {"mastodon": {"text": "New"}, "_publishLog": log}
    copy = client.post(f"{POSTS}/{post['id']}/duplicate").json()
    assert copy["content"] == {"mastodon": {"text": "New"}}


def test_a_publish_leaves_a_line_with_each_platforms_result(client: httpx.Client) -> None:
    post = made(client, wish("twitter", "mastodon", topic="Launch", scheduled_at=ahead(-1)))
    cron(client)
    line = client.get(ACTIVITY).json()["items"][0]
    assert (line["kind"], line["post_id"], line["actor_id"]) == ("post.published", post["id"], None)
    results = line["details"]["results"]
    assert {r["platform"]: r["state"] for r in results} == {
        "twitter": "published", "mastodon": "published",
    }  # fmt: skip
    assert all(r["remote_id"] and r["late_ms"] >= 0 for r in results)
    assert "Launch" in line["message"]


def test_a_workspace_may_remove_what_is_published(client: httpx.Client) -> None:
    client.put("/api/v1/workspace", json={"after_publishing": "remove"}).raise_for_status()
    post = made(client, wish(scheduled_at=ahead(-1)))
    assert cron(client)["published"] == 1
    gone = (
        client.get(f"{POSTS}/{post['id']}"), put(client, post, {"topic": "x"}),
        client.post(f"{POSTS}/{post['id']}/restore"),
    )  # fmt: skip
    assert [answer.status_code for answer in gone] == [404, 404, 404]
    assert client.get(POSTS).json()["items"] == []
    lines = client.get(ACTIVITY, params={"post_id": post["id"]}).json()["items"]
    assert lines[0]["kind"] == "post.published"
    notices = client.get("/api/v1/notifications").json()
    assert [n["post_id"] for n in notices["items"]] == [post["id"]]
