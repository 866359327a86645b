"""What becomes of a post that was late: its policy, and what a person can still do."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.asking import POSTS, Admin, act, ahead, cron, made, move, put, read, refused, wish

WORKSPACE = "/api/v1/workspace"


def policy(post: dict[str, Any]) -> tuple[str, int | None]:
    return post["late_policy"], post["late_grace_seconds"]


def test_a_new_post_begins_with_the_workspaces_policy(client: httpx.Client) -> None:
    assert policy(made(client)) == ("publish", None)
    answer = client.put(WORKSPACE, json={"latePolicy": "ask"})
    assert answer.json()["late_policy"] == "ask"
    assert policy(made(client)) == ("ask", None)
    assert policy(made(client, wish(late_policy="skip"))) == ("skip", None)


def test_a_post_has_a_policy_and_a_grace_of_its_own(client: httpx.Client) -> None:
    post = made(client, wish(latePolicy="ask", lateGraceSeconds=900, scheduled_at=ahead()))
    assert policy(post) == ("ask", 900)
    assert policy(put(client, post, {"topic": "x"}).json()) == ("ask", 900)
    assert policy(put(client, post, {"late_policy": "skip"}).json()) == ("skip", 900)
    assert policy(put(client, post, {"late_grace_seconds": None}).json()) == ("skip", None)
    changed = put(client, post, {"late_policy": None, "late_grace_seconds": 2_592_000}).json()
    assert (policy(changed), changed["status"]) == (("skip", 2_592_000), "scheduled")
    assert policy(act(client, post, "duplicate").json()) == ("skip", 2_592_000)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"late_policy": "never"}, "not_a_choice"), ({"late_policy": 1}, "not_a_choice"),
        ({"late_grace_seconds": 59}, "out_of_range"),
        ({"late_grace_seconds": 2_592_001}, "out_of_range"),
        ({"late_grace_seconds": True}, "wrong_type"), ({"late_grace_seconds": "60"}, "wrong_type"),
        ({"late_grace_seconds": 1e99}, "wrong_type"), ({"campaign_id": "x"}, "id_invalid"),
    ],
)  # fmt: skip
def test_what_is_no_policy_is_refused(
    client: httpx.Client, given: dict[str, Any], code: str
) -> None:
    refused(client.post(POSTS, json=wish(**given)), 422, code)


def test_a_workspace_takes_known_settings_only(client: httpx.Client) -> None:
    refused(client.put(WORKSPACE, json={"after_failure": "retry"}), 422, "not_a_choice")
    refused(client.put(WORKSPACE, json={"late_policy": "never"}), 422, "not_a_choice")
    refused(client.put(WORKSPACE, json={"paused_at": None}), 422, "unknown_field")
    assert client.put(WORKSPACE, json={"afterFailure": "draft"}).json()["after_failure"] == "draft"


def test_a_missed_post_is_published_now_or_at_another_moment(
    client: httpx.Client, admin: Admin
) -> None:
    now, later = (made(client, wish(text=t, scheduled_at=ahead())) for t in ("now", "later"))
    for post in (now, later):
        move(admin, post, "missed")
        assert read(client, post)["status"] == "missed"
    assert act(client, now, "publish").json()["status"] == "scheduled"
    moved = put(client, later, {"scheduled_at": ahead(7200), "status": "scheduled"})
    assert moved.json()["status"] == "scheduled"
    assert cron(client)["published"] == 1
    assert (read(client, now)["status"], read(client, later)["status"]) == (
        "published", "scheduled",
    )  # fmt: skip


def failed_draft(client: httpx.Client, admin: Admin) -> dict[str, Any]:
    """A post that failed where the workspace wants it back as a draft."""
    client.put(WORKSPACE, json={"after_failure": "draft"})
    post = made(client, wish(scheduled_at=ahead(-30)))
    admin.execute("UPDATE deliveries SET error_code = 'refused', error_message = 'X says no.'")
    admin.execute("UPDATE posts SET scheduled_at = now() - interval '1 hour'")
    move(admin, post, "failed")
    return read(client, post)


def test_a_draft_that_failed_keeps_its_error(client: httpx.Client, admin: Admin) -> None:
    post = failed_draft(client, admin)
    assert (post["status"], post["publish_error"]) == ("draft", "twitter: X says no.")
    edited = put(client, post, {"content": {"twitter": {"text": "Another"}}}).json()
    assert (edited["status"], edited["publish_error"]) == ("draft", "twitter: X says no.")
    assert [d["state"] for d in edited["deliveries"]] == ["failed"]


def test_a_draft_that_failed_can_be_sent_again_by_every_route(
    client: httpx.Client, admin: Admin
) -> None:
    for way in ("publish", "retry"):
        answer = act(client, failed_draft(client, admin), way).json()
        assert (answer["status"], answer["publish_error"]) == ("scheduled", None)
    post = failed_draft(client, admin)
    refused(put(client, post, {"status": "scheduled"}), 422, "time_past")
    answer = put(client, post, {"status": "scheduled", "scheduled_at": ahead()}).json()
    assert (answer["status"], answer["publish_error"]) == ("scheduled", None)
    ready = put(client, failed_draft(client, admin), {"status": "ready_to_publish"}).json()
    assert ready["status"] == "ready_to_publish"


def test_a_draft_that_failed_is_not_sent_by_registering_it_again(
    client: httpx.Client, admin: Admin
) -> None:
    post = failed_draft(client, admin)
    asked = {"post_id": post["id"], "scheduled_at": post["scheduled_at"], "platform": "twitter"}
    refused(client.post("/content/register-scheduled", json=asked), 422, "time_past")
    at = ahead()
    put(client, post, {"scheduled_at": at})
    answer = client.post("/content/register-scheduled", json=asked | {"scheduled_at": at}).json()
    assert (answer["changed"], answer["post"]["status"]) == (True, "scheduled")
