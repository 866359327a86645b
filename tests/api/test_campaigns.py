"""Campaigns: names of their own, counts of their posts, and nobody else's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.api.asking import POSTS, Admin, Json, act, ahead, ids, made, put, read, refused, wish

CAMPAIGNS = "/api/v1/campaigns"


def campaign(client: httpx.Client, name: str = "Spring") -> Json:
    answer = client.post(CAMPAIGNS, json={"name": name})
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


def kinds(client: httpx.Client) -> list[str]:
    return [line["kind"] for line in client.get("/api/v1/activity").json()["items"]]


def test_a_campaign_is_made_renamed_and_deleted(client: httpx.Client) -> None:
    made = campaign(client, "  Spring ")
    assert (made["name"], made["posts"], made["paused_at"]) == ("Spring", {}, None)
    path = f"{CAMPAIGNS}/{made['id']}"
    renamed = client.put(path, json={"name": "Summer"}).json()
    assert (renamed["id"], renamed["name"]) == (made["id"], "Summer")
    assert client.get(path).json() == renamed
    assert client.delete(path).status_code == 204
    refused(client.get(path), 404, "not_found")
    refused(client.delete(path), 404, "not_found")
    refused(client.put(path, json={"name": "x"}), 404, "not_found")
    assert kinds(client)[:3] == ["campaign.deleted", "campaign.renamed", "campaign.created"]


def test_they_are_listed_newest_first(client: httpx.Client) -> None:
    first, second = campaign(client, "One"), campaign(client, "Two")
    page = client.get(CAMPAIGNS).json()
    assert ids(page) == [second["id"], first["id"]]
    assert page["next_cursor"] is None


@pytest.mark.parametrize("name", ["", "  ", "\t\n"])
def test_a_campaign_needs_a_name(client: httpx.Client, name: str) -> None:
    refused(client.post(CAMPAIGNS, json={"name": name}), 422, "name_missing")
    made = campaign(client)
    refused(client.put(f"{CAMPAIGNS}/{made['id']}", json={"name": name}), 422, "name_missing")


def test_a_name_is_taken_once(client: httpx.Client) -> None:
    spring, summer = campaign(client), campaign(client, "Summer")
    refused(client.post(CAMPAIGNS, json={"name": "SPRING"}), 409, "campaign_exists")
    path = f"{CAMPAIGNS}/{summer['id']}"
    refused(client.put(path, json={"name": "spring "}), 409, "campaign_exists")
    respelled = client.put(f"{CAMPAIGNS}/{spring['id']}", json={"name": "SPRING"})
    assert respelled.json()["name"] == "SPRING"


def test_of_many_who_want_a_name_at_once_one_gets_it(client: httpx.Client) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda _: client.post(CAMPAIGNS, json={"name": "Spring"}), range(8))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


def test_another_workspaces_campaign_is_not_there(
    client: httpx.Client, stranger: httpx.Client
) -> None:
    path = f"{CAMPAIGNS}/{campaign(client)['id']}"
    for answer in (
        stranger.get(path), stranger.put(path, json={"name": "mine"}), stranger.delete(path),
        stranger.post(f"{path}/pause"), stranger.post(f"{path}/resume"),
    ):  # fmt: skip
        refused(answer, 404, "not_found")
    assert stranger.get(CAMPAIGNS).json()["items"] == []
    assert campaign(stranger)["name"] == "Spring"
    assert client.get(path).json()["name"] == "Spring"


def test_who_may_not_write_reads_campaigns_only(client: httpx.Client, admin: Admin) -> None:
    path = f"{CAMPAIGNS}/{campaign(client)['id']}"
    admin.execute("UPDATE memberships SET role = 'viewer'")
    assert client.get(path).json()["name"] == "Spring"
    for answer in (
        client.post(CAMPAIGNS, json={"name": "x"}), client.put(path, json={"name": "x"}),
        client.delete(path), client.post(f"{path}/pause"), client.post(f"{path}/resume"),
    ):  # fmt: skip
        refused(answer, 403, "role_forbids")


def test_posts_join_and_leave_a_campaign(client: httpx.Client) -> None:
    spring = campaign(client)
    post = made(client, wish(campaignId=spring["id"], scheduled_at=ahead()))
    copy = act(client, post, "duplicate").json()
    alone = made(client)
    assert (post["campaign_id"], alone["campaign_id"]) == (spring["id"], None)
    listed = client.get(POSTS, params={"campaign_id": spring["id"]}).json()
    assert set(ids(listed)) == {post["id"], copy["id"]}
    path = f"{CAMPAIGNS}/{spring['id']}"
    assert client.get(path).json()["posts"] == {"scheduled": 1, "draft": 1}
    put(client, copy, {"campaign_id": None})
    client.delete(f"{POSTS}/{post['id']}")
    assert put(client, alone, {"campaign_id": spring["id"]}).status_code == 200
    assert put(client, alone, {"topic": "x"}).json()["campaign_id"] == spring["id"]
    assert client.get(path).json()["posts"] == {"draft": 1}
    assert client.delete(path).status_code == 204
    assert read(client, alone)["campaign_id"] is None
    assert ids(client.get(POSTS, params={"campaign_id": spring["id"]}).json()) == []


def test_a_paused_campaign_is_not_deleted(client: httpx.Client) -> None:
    path = f"{CAMPAIGNS}/{campaign(client)['id']}"
    client.post(f"{path}/pause")
    refused(client.delete(path), 409, "campaign_paused")
    client.post(f"{path}/resume")
    assert client.delete(path).status_code == 204


def test_a_post_joins_no_campaign_that_is_not_there(
    client: httpx.Client, stranger: httpx.Client
) -> None:
    theirs = campaign(stranger)["id"]
    refused(client.post(POSTS, json=wish(campaign_id=theirs)), 422, "campaign_unknown")
    post = made(client)
    refused(put(client, post, {"campaign_id": theirs}), 422, "campaign_unknown")
    assert read(client, post)["campaign_id"] is None


def test_joining_and_deleting_at_once_ends_well(client: httpx.Client) -> None:
    for _ in range(10):
        spring, post = campaign(client), made(client)
        with ThreadPoolExecutor(3) as pool:
            joined = pool.submit(put, client, post, {"campaign_id": spring["id"]})
            again = pool.submit(put, client, post, {"campaign_id": spring["id"]})
            gone = pool.submit(client.delete, f"{CAMPAIGNS}/{spring['id']}")
        assert {joined.result().status_code, again.result().status_code} <= {200, 422}
        assert gone.result().status_code == 204
        assert read(client, post)["campaign_id"] is None
