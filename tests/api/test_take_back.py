"""Threads and taking back: each part noted and shown, deleted last part first, and only once."""

from __future__ import annotations

import httpx

from tests.api.asking import POSTS, Json, ahead, cron, made, read, refused, wish
from tests.fixtures.servers import Api
from tests.fixtures.workspaces import Team


def thread(*texts: str, **more: object) -> Json:
    first, *rest = texts
    said = {"text": first, "thread": [{"text": text} for text in rest]}
    return {"platforms": ["twitter"], "content": {"twitter": said}, **more}


def published(client: httpx.Client, asked: Json) -> Json:
    post = made(client, {**asked, "scheduled_at": ahead(-1)})
    cron(client)
    now = read(client, post)
    assert now["status"] == "published", now["deliveries"]
    return now


def live(client: httpx.Client) -> list[str]:
    entries: list[Json] = client.get("/sandbox/ledger").json()
    return [entry["text"] for entry in entries if entry["deleted_at"] is None]


def test_a_thread_goes_out_in_order_and_is_taken_back_whole(client: httpx.Client) -> None:
    post = published(client, thread("one", "two", "three"))
    assert live(client) == ["one", "two", "three"]
    [delivery] = post["deliveries"]
    assert [part["permalink"] is not None for part in delivery["parts"]] == [True] * 3
    taken = client.post(f"{POSTS}/{post['id']}/take-back").json()["items"]
    assert [(one["removed"], one["left"], one["problem"]) for one in taken] == [(3, 0, None)]
    assert live(client) == []
    [delivery] = read(client, post)["deliveries"]
    assert (delivery["state"], delivery["parts"]) == ("published", [])
    assert delivery["removed_at"] is not None
    refused(client.post(f"{POSTS}/{post['id']}/take-back"), 409, "nothing_public")
    activity = client.get("/api/v1/activity").json()["items"]
    assert activity[0]["message"].endswith("taken back")


def test_a_thread_that_failed_in_the_middle_can_be_resumed_or_taken_back(
    client: httpx.Client,
) -> None:
    long = "x" * 281
    refused(client.post(POSTS, json={**thread("a", long), "scheduled_at": ahead(60)}), 422,
            "text_too_long")  # fmt: skip
    post = made(client, {**thread("one", "one"), "scheduled_at": ahead(-1)})
    cron(client)
    now = read(client, post)
    [delivery] = now["deliveries"]
    assert (delivery["state"], len(delivery["parts"])) == ("failed", 1)
    assert delivery["error"]["message"].startswith("Part 2 of 2: ")
    changed = {"content": thread("one", "two")["content"]}
    headers = {"If-Match": f'"{now["version"]}"'}
    assert client.put(f"{POSTS}/{post['id']}", json=changed, headers=headers).status_code == 200
    assert client.post(f"{POSTS}/{post['id']}/retry").status_code == 200
    cron(client)
    assert read(client, post)["status"] == "published"
    assert live(client) == ["one", "two"]


def test_what_is_left_stays_known(client: httpx.Client) -> None:
    post = made(client, {**thread("same", "same"), "scheduled_at": ahead(-1)})
    cron(client)
    assert len(live(client)) == 1
    [one] = client.post(f"{POSTS}/{post['id']}/take-back").json()["items"]
    assert (one["removed"], one["left"]) == (1, 0)
    [delivery] = read(client, post)["deliveries"]
    assert (delivery["state"], delivery["parts"], delivery["removed_at"]) == ("failed", [], None)


def test_nothing_public_and_nobody_elses(
    client: httpx.Client, stranger: httpx.Client, api: Api, team: Team
) -> None:
    draft = made(client, wish())
    refused(client.post(f"{POSTS}/{draft['id']}/take-back"), 409, "nothing_public")
    refused(stranger.post(f"{POSTS}/{draft['id']}/take-back"), 404, "not_found")
    with api.client() as nobody:
        refused(nobody.post(f"{POSTS}/{draft['id']}/take-back"), 401, "not_signed_in")


def test_a_first_reply_that_fails_is_a_note_and_no_failure(client: httpx.Client) -> None:
    said = {"text": "Hello", "options": {"first_comment": "Hello"}}
    post = published(client, {"platforms": ["twitter"], "content": {"twitter": said}})
    [delivery] = post["deliveries"]
    assert "The first comment was not posted" in delivery["note"]
    assert live(client) == ["Hello"]
