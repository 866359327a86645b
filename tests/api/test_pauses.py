"""Pausing a workspace, an account or a campaign, and going on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.api.asking import POSTS, Admin, Json, ahead, made, read, refused, wish
from tests.fixtures.workspaces import Team

WORKSPACE = "/api/v1/workspace"


def held(client: httpx.Client, post: Json) -> tuple[str, str | None]:
    (delivery,) = read(client, post)["deliveries"]
    return delivery["state"], (delivery["error"] or {}).get("code")


def in_a_nodes_hands(admin: Admin) -> None:
    """Every delivery as a node claims it about a second ahead."""
    admin.execute(
        "UPDATE deliveries SET state = 'claimed', node = 'n', wake_at = now() + interval '10 s'"
    )


def account(client: httpx.Client, platform: str) -> Json:
    items: list[Json] = client.get("/api/v1/accounts").json()["items"]
    return next(item for item in items if item["platform"] == platform)


@pytest.fixture
def subject(request: pytest.FixtureRequest, client: httpx.Client, team: Team) -> str:
    """The path of what is paused: it concerns every post on X."""
    if request.param == "workspace":
        return WORKSPACE
    if request.param == "account":
        return f"/api/v1/accounts/{team.account('twitter')}"
    campaign = client.post("/api/v1/campaigns", json={"name": "Spring"}).json()
    return f"/api/v1/campaigns/{campaign['id']}"


each = pytest.mark.parametrize("subject", ["workspace", "account", "campaign"], indirect=True)


@each
def test_a_pause_takes_back_what_nodes_hold_and_its_end_lets_it_go(
    client: httpx.Client, admin: Admin, subject: str
) -> None:
    campaign = subject.rpartition("/")[2] if "campaigns" in subject else None
    post = made(client, wish(scheduled_at=ahead(1), campaign_id=campaign))
    in_a_nodes_hands(admin)
    paused = client.post(f"{subject}/pause").json()
    assert paused["paused_at"] is not None
    assert (paused["deliveries"], held(client, post)) == (1, ("held", "paused"))
    assert read(client, post)["status"] == "scheduled"
    again = client.post(f"{subject}/pause").json()
    assert again == {"paused_at": paused["paused_at"], "deliveries": 0}
    resumed = client.post(f"{subject}/resume").json()
    assert resumed == {"paused_at": None, "deliveries": 1}
    assert held(client, post) == ("scheduled", None)
    assert client.post(f"{subject}/resume").json() == {"paused_at": None, "deliveries": 0}
    lines = client.get("/api/v1/activity").json()["items"]
    told = [line for line in lines if line["kind"].endswith((".paused", ".resumed"))]
    assert [line["message"].split()[0] for line in told] == ["Resumed", "Paused"]
    assert all(line["actor_id"] for line in told)


def test_what_another_pause_holds_stays(client: httpx.Client, admin: Admin, team: Team) -> None:
    path = f"/api/v1/accounts/{team.account('twitter')}"
    post = made(client, wish(scheduled_at=ahead(1)))
    in_a_nodes_hands(admin)
    client.post(f"{WORKSPACE}/pause")
    client.post(f"{path}/pause")
    assert client.post(f"{WORKSPACE}/resume").json()["deliveries"] == 0
    assert held(client, post) == ("held", "paused")
    assert client.post(f"{path}/resume").json()["deliveries"] == 1


def test_only_what_is_paused_stops(client: httpx.Client, admin: Admin, team: Team) -> None:
    post = made(client, wish("mastodon", scheduled_at=ahead(1)))
    in_a_nodes_hands(admin)
    paused = client.post(f"/api/v1/accounts/{team.account('twitter')}/pause").json()
    assert (paused["deliveries"], held(client, post)[0]) == (0, "claimed")
    assert account(client, "twitter")["paused_at"] == paused["paused_at"]
    assert account(client, "mastodon")["paused_at"] is None


def test_a_pause_that_was_cut_off_is_mended_by_asking_again(
    client: httpx.Client, admin: Admin
) -> None:
    post = made(client, wish(scheduled_at=ahead(1)))
    in_a_nodes_hands(admin)
    admin.execute("UPDATE workspaces SET paused_at = now()")
    assert client.post(f"{WORKSPACE}/pause").json()["deliveries"] == 1
    admin.execute("UPDATE workspaces SET paused_at = NULL")
    assert client.post(f"{WORKSPACE}/resume").json()["deliveries"] == 1
    assert held(client, post)[0] == "scheduled"


def test_a_pause_and_a_nodes_record_do_not_block_each_other(
    client: httpx.Client, admin: Admin, team: Team
) -> None:
    post = made(client, wish(scheduled_at=ahead(1)))
    in_a_nodes_hands(admin)
    account_id = team.account("twitter")
    with ThreadPoolExecutor(1) as pool:
        with admin.transaction():  # as a record: posts, deliveries, then the account
            admin.execute("SELECT FROM posts WHERE id = %s FOR NO KEY UPDATE", [post["id"]])
            admin.execute("SELECT FROM deliveries FOR UPDATE")
            pausing = pool.submit(client.post, f"/api/v1/accounts/{account_id}/pause")
            while account(client, "twitter")["paused_at"] is None:
                assert not pausing.done()
            admin.execute("UPDATE accounts SET late_sent_at = now() WHERE id = %s", [account_id])
        assert pausing.result().json()["deliveries"] == 1


def test_who_may_pause(client: httpx.Client, admin: Admin, team: Team) -> None:
    path = f"/api/v1/accounts/{team.account('twitter')}"
    admin.execute("UPDATE memberships SET role = 'editor'")
    refused(client.post(f"{WORKSPACE}/pause"), 403, "role_forbids")
    refused(client.post(f"{WORKSPACE}/resume"), 403, "role_forbids")
    assert client.post(f"{path}/pause").status_code == 200
    admin.execute("UPDATE memberships SET role = 'viewer'")
    refused(client.post(f"{path}/resume"), 403, "role_forbids")
    admin.execute("UPDATE memberships SET role = 'admin'")
    assert client.post(f"{WORKSPACE}/pause").status_code == 200
    assert client.get(WORKSPACE).json()["paused_at"] is not None


def test_another_workspaces_account_cannot_be_paused(
    client: httpx.Client, stranger: httpx.Client, admin: Admin, team: Team
) -> None:
    refused(stranger.post(f"/api/v1/accounts/{team.account('twitter')}/pause"), 404, "not_found")
    post = made(client, wish(scheduled_at=ahead(1)))
    in_a_nodes_hands(admin)
    assert stranger.post(f"{WORKSPACE}/pause").json()["deliveries"] == 0
    assert client.get(f"{POSTS}/{post['id']}").json()["deliveries"][0]["state"] == "claimed"
