"""The life of a post between people's hands: schedule, take back, publish, retry, put away."""

from __future__ import annotations

from datetime import datetime, timedelta

import httpx

from tests.api.asking import (
    POSTS,
    Admin,
    Json,
    act,
    ahead,
    cron,
    fault,
    ids,
    ledger,
    made,
    move,
    put,
    read,
    refused,
    wish,
)


def states(post: Json) -> list[str]:
    return [delivery["state"] for delivery in post["deliveries"]]


def test_schedule_move_and_unschedule(client: httpx.Client) -> None:
    post = made(client, wish(status="ready_to_publish"))
    first, later = ahead(3600), ahead(7200)
    scheduled = put(client, post, {"status": "scheduled", "scheduledAt": first}).json()
    assert (scheduled["status"], states(scheduled)) == ("scheduled", ["scheduled"])
    moved = put(client, post, {"scheduled_at": later}).json()
    assert datetime.fromisoformat(moved["scheduled_at"]) == datetime.fromisoformat(later)
    assert moved["deliveries"][0]["due_at"] == moved["deliveries"][0]["next_at"]
    taken_back = put(client, post, {"status": "ready_to_publish"}).json()
    assert (taken_back["status"], taken_back["scheduled_at"]) == ("ready_to_publish", None)
    assert (states(taken_back), taken_back["deliveries"][0]["next_at"]) == (["canceled"], None)
    again = put(client, post, {"status": "scheduled", "scheduled_at": first}).json()
    assert states(again) == ["scheduled"]
    kinds = [line["kind"] for line in client.get("/api/v1/activity").json()["items"][:5]]
    assert kinds == [
        "post.scheduled", "post.unscheduled", "post.scheduled", "post.scheduled", "post.created",
    ]  # fmt: skip


def test_publish_now_with_time_to_undo(client: httpx.Client) -> None:
    post = made(client, wish(status="ready_to_publish"))
    before = datetime.fromisoformat(ahead(0))
    armed = act(client, post, "publish", {"undoSeconds": 10}).json()
    due = datetime.fromisoformat(armed["scheduled_at"])
    assert timedelta(seconds=9) < due - before < timedelta(seconds=15)
    assert cron(client)["processed"] == 0
    undone = put(client, post, {"status": "ready_to_publish"}).json()
    assert (undone["status"], undone["scheduled_at"]) == ("ready_to_publish", None)
    assert act(client, post, "publish").json()["status"] == "scheduled"
    assert cron(client)["published"] == 1
    refused(act(client, post, "publish"), 409, "already_published")
    for seconds in (61, -1):
        refused(act(client, post, "publish", {"undo_seconds": seconds}), 422, "out_of_range")


def test_publishing_an_incomplete_draft_is_refused(client: httpx.Client) -> None:
    refused(act(client, made(client, {"topic": "x"}), "publish"), 422, "targets_missing")
    refused(act(client, made(client, {"platforms": ["twitter"]}), "publish"), 422, "text_missing")


def test_retry_sends_what_did_not_get_out(client: httpx.Client) -> None:
    fault(client, "twitter", "rate_limit", 20)
    post = made(client, wish("twitter", "bluesky", scheduled_at=ahead(-1)))
    cron(client)
    refused(act(client, post, "retry"), 409, "not_retryable")
    client.delete("/sandbox/faults")


def test_a_failed_post_can_be_retried(client: httpx.Client, admin: Admin) -> None:
    post = made(client, wish("twitter", "bluesky", scheduled_at=ahead()))
    for state in ("failed", "missed", "unconfirmed", "held"):
        move(admin, post, state)
        again = act(client, post, "retry")
        assert again.status_code == 200, again.text
        assert (again.json()["status"], states(again.json())) == (
            "scheduled", ["scheduled", "scheduled"],
        )  # fmt: skip
    cron(client)
    assert (read(client, post)["status"], len(ledger(client))) == ("published", 2)


def test_a_partly_published_post_sends_only_the_rest(client: httpx.Client, admin: Admin) -> None:
    post = made(client, wish("twitter", "bluesky", scheduled_at=ahead(-1)))
    cron(client)
    admin.execute(
        "UPDATE deliveries SET state = 'failed', remote_id = NULL WHERE platform = 'bluesky'"
    )
    admin.execute("SELECT postclock_derive_posts(ARRAY[%s]::uuid[], now())", [post["id"]])
    assert read(client, post)["status"] == "partially_published"
    for status in ("ready_to_publish", "draft"):
        refused(put(client, post, {"status": status}), 409, "already_published")
    assert put(client, post, {"content": wish("twitter", "bluesky", text="new")["content"]})
    retried = act(client, post, "retry").json()
    assert sorted(states(retried)) == ["published", "scheduled"]
    cron(client)
    assert ledger(client) == ["Hello", "Hello", "new"]
    assert read(client, post)["status"] == "published"


def test_there_is_nothing_to_retry_before_a_failure(client: httpx.Client) -> None:
    for asked in (wish(), wish(scheduled_at=ahead()), wish(status="ready_to_publish")):
        refused(act(client, made(client, asked), "retry"), 409, "not_retryable")


def test_a_published_post_stays_as_it_is(client: httpx.Client) -> None:
    post = made(client, wish(scheduled_at=ahead(-1)))
    cron(client)
    refused(put(client, post, {"topic": "x"}), 409, "already_published")
    refused(put(client, post, {"status": "draft"}), 409, "already_published")
    refused(act(client, post, "retry"), 409, "not_retryable")


def test_while_it_is_being_sent_nothing_can_be_changed(client: httpx.Client, admin: Admin) -> None:
    post = made(client, wish(scheduled_at=ahead()))
    for state in ("sending", "unknown"):
        move(admin, post, state)
        assert read(client, post)["status"] == "publishing"
        refused(put(client, post, {"topic": "x"}), 409, "already_publishing")
        refused(put(client, post, {"status": "ready_to_publish"}), 409, "already_publishing")
        refused(client.delete(f"{POSTS}/{post['id']}"), 409, "already_publishing")
        refused(act(client, post, "publish"), 409, "already_publishing")
        refused(act(client, post, "retry"), 409, "already_publishing")
        assert act(client, post, "duplicate").status_code == 201
    assert states(read(client, post)) == ["unknown"]


def test_a_deleted_post_is_gone_and_does_not_go_out(client: httpx.Client) -> None:
    post = made(client, wish(scheduled_at=ahead(-1)))
    assert client.delete(f"{POSTS}/{post['id']}").status_code == 204
    assert cron(client)["processed"] == 0
    assert ids(client.get(POSTS).json()) == []
    for answer in (
        client.get(f"{POSTS}/{post['id']}"), client.delete(f"{POSTS}/{post['id']}"),
        put(client, post, {"topic": "x"}), act(client, post, "publish"),
        act(client, post, "retry"), act(client, post, "duplicate"),
        client.get(f"{POSTS}/{post['id']}/attempts"),
    ):  # fmt: skip
        refused(answer, 404, "not_found")


def test_restore_arms_the_moment_again(client: httpx.Client, admin: Admin) -> None:
    post = made(client, wish(scheduled_at=ahead()))
    client.delete(f"{POSTS}/{post['id']}")
    restored = act(client, post, "restore").json()
    assert (restored["status"], states(restored)) == ("scheduled", ["scheduled"])
    assert restored["scheduled_at"] == post["scheduled_at"]
    assert act(client, post, "restore").json()["status"] == "scheduled"
    client.delete(f"{POSTS}/{post['id']}")
    admin.execute("UPDATE posts SET deleted_at = now() - interval '25 hours'")
    refused(act(client, post, "restore"), 404, "not_found")


def test_restore_does_not_send_what_fell_due_meanwhile(client: httpx.Client, admin: Admin) -> None:
    post = made(client, wish(scheduled_at=ahead()))
    client.delete(f"{POSTS}/{post['id']}")
    admin.execute("UPDATE posts SET scheduled_at = now() - interval '1 hour'")
    admin.execute("UPDATE deliveries SET due_at = (SELECT scheduled_at FROM posts)")
    restored = act(client, post, "restore").json()
    assert (restored["status"], restored["scheduled_at"]) == ("ready_to_publish", None)
    assert cron(client)["processed"] == 0


def test_a_draft_and_a_published_post_are_restored_as_they_were(client: httpx.Client) -> None:
    draft = made(client, wish(status="draft", scheduled_at=ahead()))
    published = made(client, wish(scheduled_at=ahead(-1)))
    cron(client)
    for post, status in ((draft, "draft"), (published, "published")):
        client.delete(f"{POSTS}/{post['id']}")
        restored = act(client, post, "restore").json()
        assert (restored["status"], restored["scheduled_at"]) == (status, post["scheduled_at"])
