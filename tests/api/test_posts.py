"""Posts over HTTP: writing, reading, both spellings, publishing by a cron call."""

from __future__ import annotations

import httpx
import pytest

from tests.api.asking import (
    POSTS,
    Admin,
    act,
    ahead,
    cron,
    fields,
    ledger,
    made,
    now,
    put,
    read,
    refused,
    stored,
    wish,
)
from tests.fixtures.workspaces import Team


def test_a_post_due_now_is_published_by_a_cron_call(client: httpx.Client) -> None:
    asked = {
        "platforms": ["twitter", "bluesky", "mastodon"],
        "content": {p: {"text": f"hello {p}"} for p in ("twitter", "bluesky", "mastodon")},
        "scheduledAt": now().isoformat(),
    }
    created = made(client, asked)
    report = cron(client)
    assert (report["processed"], report["published"], report["remaining"]) == (1, 1, 0)
    post = read(client, created)
    assert post["status"] == "published"
    assert {d["state"] for d in post["deliveries"]} == {"published"}
    assert all(d["late_ms"] >= 0 for d in post["deliveries"])
    assert ledger(client) == ["hello bluesky", "hello mastodon", "hello twitter"]


def test_a_new_post_is_a_draft_and_answers_in_snake_case(client: httpx.Client, team: Team) -> None:
    answer = client.post(POSTS, json={})
    assert answer.status_code == 201
    assert answer.headers["etag"] == '"1"'
    post = answer.json()
    assert post["status"] == "draft"
    assert (post["workspace_id"], post["author_id"]) == (
        str(team.who.workspace_id), str(team.who.user_id),
    )  # fmt: skip
    assert post["deliveries"] == post["platforms"] == post["accounts"] == []
    assert all(name == name.lower() for name in post)
    assert post["created_at"].endswith("Z")


@pytest.mark.parametrize("names", [("scheduled_at", "time_zone"), ("scheduledAt", "timeZone")])
def test_names_are_accepted_in_both_spellings(client: httpx.Client, names: tuple[str, str]) -> None:
    post = made(client, wish(**{names[0]: "2027-03-01T09:30", names[1]: "Europe/Berlin"}))
    assert post["status"] == "scheduled"
    assert post["scheduled_at"] == "2027-03-01T08:30:00Z"
    assert (post["local_time"], post["time_zone"]) == ("2027-03-01T09:30:00", "Europe/Berlin")
    assert [d["due_at"] for d in post["deliveries"]] == ["2027-03-01T08:30:00Z"]


def test_targets_may_be_named_by_account(client: httpx.Client, team: Team) -> None:
    account = str(team.account("bluesky"))
    asked = {"accounts": [account], "content": {"bluesky": {"text": "Hi"}}, "status": "scheduled"}
    post = made(client, asked | {"scheduled_at": ahead()})
    assert (post["platforms"], post["accounts"]) == (["bluesky"], [account])
    assert [(d["platform"], d["account_id"]) for d in post["deliveries"]] == [("bluesky", account)]
    assert post["deliveries"][0]["handle"] == team.accounts["bluesky"].handle


def test_an_account_may_have_words_of_its_own(client: httpx.Client, team: Team) -> None:
    account = str(team.account("mastodon"))
    asked = wish("twitter", "mastodon", text="to all", scheduled_at=ahead(-1))
    asked["content"]["accounts"] = {account: {"text": "to you"}}
    made(client, asked)
    cron(client)
    assert ledger(client) == ["to all", "to you"]


def test_the_text_of_a_target_is_required_unless_it_is_a_draft(client: httpx.Client) -> None:
    incomplete = {"platforms": ["twitter", "bluesky"], "content": {"twitter": {"text": "x"}}}
    assert made(client, incomplete)["status"] == "draft"
    for status in ("ready_to_publish", "scheduled"):
        asked = incomplete | {"status": status, "scheduled_at": ahead()}
        problem = refused(client.post(POSTS, json=asked), 422, "text_missing")
        assert fields(problem) == ["content.bluesky.text"]


def test_without_a_target_only_a_draft_can_be_saved(client: httpx.Client) -> None:
    asked = {"content": {"twitter": {"text": "x"}}, "status": "ready_to_publish"}
    refused(client.post(POSTS, json=asked), 422, "targets_missing")


def test_scheduling_needs_a_moment(client: httpx.Client) -> None:
    refused(client.post(POSTS, json=wish(status="scheduled")), 422, "time_missing")


def test_all_problems_come_at_once(client: httpx.Client, admin: Admin) -> None:
    asked = wish("twitter", "bluesky", "mastodon", status="scheduled", scheduled_at="tomorrow")
    asked["content"]["twitter"]["text"] = "x" * 281
    asked["content"]["bluesky"]["text"] = ""
    asked["content"]["mastodon"]["text"] = "y" * 501
    problem = refused(
        client.post(POSTS, json=asked),
        422, "text_missing", "text_too_long", "text_too_long", "time_unreadable",
    )  # fmt: skip
    assert problem["detail"] == "4 things to mend."
    assert set(fields(problem)) == {
        "content.twitter.text", "content.bluesky.text", "content.mastodon.text", "scheduled_at",
    }  # fmt: skip
    assert stored(admin, "posts") == stored(admin, "deliveries") == 0


def test_every_wrong_field_is_named(client: httpx.Client) -> None:
    asked = {"topic": 5, "platforms": "twitter", "accounts": ["x"], "status": "gone", "colour": 1}
    problem = refused(
        client.post(POSTS, json=asked),
        422, "wrong_type", "wrong_type", "id_invalid", "status_unknown", "unknown_field",
    )  # fmt: skip
    assert set(fields(problem)) == {"topic", "platforms", "accounts.0", "status", "colour"}


STATUSES = ["publishing", "published", "partially_published", "failed", "missed", "unconfirmed"]


def test_statuses_that_only_the_system_sets_are_refused(client: httpx.Client) -> None:
    post = made(client)
    for status in STATUSES:
        refused(client.post(POSTS, json=wish(status=status)), 422, "status_not_settable")
        refused(put(client, post, {"status": status}), 422, "status_not_settable")
    assert read(client, post)["status"] == "draft"


def test_an_edit_changes_what_it_names_and_nothing_else(client: httpx.Client) -> None:
    post = made(client, wish("twitter", topic="Launch", scheduled_at=ahead()))
    edited = put(client, post, {"content": {"twitter": {"text": "Edited"}}}).json()
    assert edited["content"] == {"twitter": {"text": "Edited"}}
    unchanged = ("topic", "platforms", "accounts", "status", "scheduled_at")
    assert all(edited[name] == post[name] for name in unchanged)
    assert edited["version"] == post["version"] + 1
    kinds = [line["kind"] for line in client.get("/api/v1/activity").json()["items"]]
    assert kinds[:3] == ["post.edited", "post.scheduled", "post.created"]


def test_an_edit_that_breaks_the_post_changes_nothing(client: httpx.Client) -> None:
    post = made(client, wish(scheduled_at=ahead()))
    refused(put(client, post, {"content": {"twitter": {"text": "x" * 300}}}), 422, "text_too_long")
    assert read(client, post) == post | {"quotas": []}


def test_a_new_target_gets_a_delivery_and_a_dropped_one_is_canceled(client: httpx.Client) -> None:
    post = made(client, wish("twitter", scheduled_at=ahead()))
    changed = put(client, post, wish("mastodon")).json()
    assert {d["platform"]: d["state"] for d in changed["deliveries"]} == {
        "twitter": "canceled", "mastodon": "scheduled",
    }  # fmt: skip
    assert changed["status"] == "scheduled"


def test_a_copy_is_a_draft_that_says_the_same(client: httpx.Client) -> None:
    post = made(client, wish("twitter", "bluesky", topic="Launch", scheduled_at=ahead()))
    answer = act(client, post, "duplicate")
    assert answer.status_code == 201
    copy = answer.json()
    assert copy["id"] != post["id"]
    same = ("topic", "platforms", "accounts", "content")
    assert all(copy[name] == post[name] for name in same)
    assert (copy["status"], copy["scheduled_at"], copy["deliveries"]) == ("draft", None, [])


def test_a_check_counts_and_tells_problems_without_saving(
    client: httpx.Client, admin: Admin, team: Team
) -> None:
    asked = wish("twitter", "mastodon", text="x" * 290, scheduled_at="2020-01-01T00:00Z")
    answer = client.post(f"{POSTS}/check", json=asked)
    assert answer.status_code == 200
    told = answer.json()
    assert sorted(p["code"] for p in told["problems"]) == ["text_too_long", "time_past"]
    assert [(c["platform"], c["count"], c["maximum"]) for c in told["counts"]] == [
        ("twitter", 290, 280), ("mastodon", 290, 500),
    ]  # fmt: skip
    assert told["counts"][0]["account_id"] == str(team.account("twitter"))
    assert stored(admin, "posts") == 0
    assert client.post(f"{POSTS}/check", json=wish()).json()["problems"] == []


def test_attempts_are_listed(client: httpx.Client) -> None:
    post = made(client, wish(scheduled_at=ahead(-1)))
    cron(client)
    attempts = client.get(f"{POSTS}/{post['id']}/attempts").json()["items"]
    assert [(a["platform"], a["number"], a["outcome"]) for a in attempts] == [
        ("twitter", 1, "published")
    ]
    assert attempts[0]["intended_at"] <= attempts[0]["sent_at"] <= attempts[0]["ended_at"]
    assert attempts[0]["delivery_id"] == read(client, post)["deliveries"][0]["id"]
