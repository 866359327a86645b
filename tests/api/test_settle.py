"""What a person decides about a delivery whose outcome could not be found out."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.asking import POSTS, Admin, Json, act, ahead, cron, made, move, read, refused, wish
from tests.fixtures.servers import Api
from tests.fixtures.workspaces import Team

PAGE = "/sandbox"


def link(api: Api, remote_id: str = "1860000000000000001", platform: str = "twitter") -> str:
    return f"{api.url}{PAGE}/#{platform}-{remote_id}"


def unconfirmed(client: httpx.Client, admin: Admin, *platforms: str, **more: Any) -> Json:
    """A post nobody knows of whether it is published."""
    post = made(client, wish(*platforms, scheduled_at=ahead(), **more))
    admin.execute(
        "UPDATE deliveries SET looks = 4, doubted_at = now(), error_code = 'not_seen',"
        " error_message = 'X does not show it.' WHERE post_id = %s", [post["id"]],
    )  # fmt: skip
    move(admin, post, "unconfirmed")
    return read(client, post)


def settle(client: httpx.Client, post: Json, choice: str, **more: Any) -> httpx.Response:
    path = f"deliveries/{post['deliveries'][0]['id']}/settle"
    return act(client, post, path, {"choice": choice, **more})


def kinds(client: httpx.Client, post: Json) -> list[str]:
    lines = client.get("/api/v1/activity", params={"post_id": post["id"]}).json()["items"]
    return [line["kind"] for line in lines if line["actor_id"]]


def test_a_doubt_is_told_with_what_is_known(client: httpx.Client, admin: Admin) -> None:
    (delivery,) = unconfirmed(client, admin)["deliveries"]
    doubt = delivery["doubt"]
    assert (doubt["looks"], doubt["reason"]) == (4, "X does not show it.")
    assert doubt["intended_at"] is not None
    assert doubt["last_looked_at"] is not None
    assert delivery["left_at"] is None
    assert made(client, wish(scheduled_at=ahead()))["deliveries"][0]["doubt"] is None


def test_it_is_there(client: httpx.Client, api: Api, admin: Admin) -> None:
    post = unconfirmed(client, admin)
    answer = settle(client, post, "published", permalink=link(api)).json()
    (delivery,) = answer["deliveries"]
    assert (answer["status"], delivery["state"]) == ("published", "published")
    assert delivery["remote_id"] == "1860000000000000001"
    assert (delivery["permalink"], delivery["doubt"]) == (link(api), None)
    assert kinds(client, post)[0] == "delivery.confirmed"
    again = settle(client, post, "published", permalink=link(api))
    assert again.json() == answer
    assert kinds(client, post).count("delivery.confirmed") == 1
    refused(settle(client, post, "published", permalink=link(api, "2")), 409, "not_unconfirmed")
    refused(settle(client, post, "not_published"), 409, "not_unconfirmed")
    refused(settle(client, post, "leave"), 409, "not_unconfirmed")


@pytest.mark.parametrize(
    "wrong",
    [
        "", "x", "#twitter-1", "https://x.com/ada/status/1", "http://[", "ftp://h/sandbox/#twitter-1",
        "http://h/sandbox/#mastodon-1", "http://h/sandbox/#twitter", "http://h/other/#twitter-1",
        "http://h/sandbox/#twitter-",
    ],
)  # fmt: skip
def test_the_link_must_show_a_post_of_the_account(
    client: httpx.Client, admin: Admin, wrong: str
) -> None:
    post = unconfirmed(client, admin)
    answer = settle(client, post, "published", permalink=wrong)
    assert refused(answer, 422, "link_not_a_post")["problems"][0]["field"] == "permalink"
    assert read(client, post)["status"] == "unconfirmed"


def test_a_real_accounts_link_is_its_platforms(
    client: httpx.Client, admin: Admin, team: Team
) -> None:
    post = unconfirmed(client, admin)
    admin.execute("UPDATE accounts SET sandbox = false, handle = 'ada' WHERE platform = 'twitter'")
    refused(
        settle(client, post, "published", permalink="http://h/sandbox/#twitter-1"), 422,
        "link_not_a_post",
    )  # fmt: skip
    shown = "https://x.com/ada/status/1860000000000000001"
    answer = settle(client, post, "published", permalink=shown).json()
    assert answer["deliveries"][0]["permalink"] == shown


def test_one_post_on_a_platform_is_one_deliverys(
    client: httpx.Client, api: Api, admin: Admin
) -> None:
    first, second = unconfirmed(client, admin), unconfirmed(client, admin)
    settle(client, first, "published", permalink=link(api))
    refused(settle(client, second, "published", permalink=link(api)), 409, "link_taken")
    assert read(client, second)["status"] == "unconfirmed"


def test_it_is_not_there_so_it_is_sent_again(client: httpx.Client, admin: Admin) -> None:
    post = unconfirmed(client, admin)
    answer = settle(client, post, "not_published").json()
    assert (answer["status"], answer["deliveries"][0]["state"]) == ("scheduled", "scheduled")
    assert answer["quotas"][0]["left"] == 300
    again = settle(client, post, "not_published").json()
    assert again | {"quotas": []} == answer | {"quotas": []}
    assert kinds(client, post).count("delivery.sent_again") == 1
    assert cron(client)["published"] == 1
    assert read(client, post)["status"] == "published"
    refused(settle(client, post, "not_published"), 409, "not_unconfirmed")


def test_only_what_was_unconfirmed_is_sent_again(client: httpx.Client, admin: Admin) -> None:
    post = made(client, wish(scheduled_at=ahead()))
    refused(settle(client, post, "not_published"), 409, "not_unconfirmed")
    move(admin, post, "unknown")
    refused(settle(client, post, "not_published"), 409, "not_unconfirmed")
    move(admin, post, "failed")
    refused(settle(client, post, "leave"), 409, "not_unconfirmed")


def test_sending_again_is_checked_as_ever(client: httpx.Client, admin: Admin, team: Team) -> None:
    post = unconfirmed(client, admin)
    admin.execute("UPDATE posts SET content = '{}'")
    refused(settle(client, post, "not_published"), 422, "text_missing")
    admin.execute("""UPDATE posts SET content = '{"twitter": {"text": "Hello"}}'""")
    admin.execute(
        "INSERT INTO quota_usage (account_id, slot_at, used) VALUES (%s, now(), 300)",
        [team.account("twitter")],
    )
    refused(settle(client, post, "not_published"), 422, "quota_exceeded")
    answer = settle(client, post, "not_published", acceptOverQuota=True)
    assert answer.json()["status"] == "scheduled"


def test_it_is_left_and_can_still_be_settled(client: httpx.Client, admin: Admin) -> None:
    post = unconfirmed(client, admin)
    left = settle(client, post, "leave").json()
    assert left["status"] == "unconfirmed"
    assert left["deliveries"][0]["left_at"] is not None
    assert settle(client, post, "leave").json() == left
    assert kinds(client, post).count("delivery.left") == 1
    answer = settle(client, post, "not_published").json()
    assert answer["deliveries"][0]["left_at"] is None


def test_the_rest_of_the_post_stays_as_it_is(client: httpx.Client, admin: Admin, api: Api) -> None:
    post = unconfirmed(client, admin, "mastodon", "twitter")
    mastodon, twitter = post["deliveries"]
    asked = {"choice": "published", "permalink": link(api)}
    answer = act(client, post, f"deliveries/{twitter['id']}/settle", asked).json()
    assert answer["status"] == "partially_published"
    assert answer["deliveries"][0] == mastodon


def test_who_may_settle(client: httpx.Client, stranger: httpx.Client, admin: Admin) -> None:
    post = unconfirmed(client, admin)
    refused(settle(stranger, post, "leave"), 404, "not_found")
    other = unconfirmed(client, admin)
    crossed = post | {"deliveries": other["deliveries"]}
    refused(settle(client, crossed, "leave"), 404, "not_found")
    refused(settle(client, post, "forget"), 422, "not_a_choice")
    refused(settle(client, post, "leave", why="x"), 422, "unknown_field")
    path = f"{POSTS}/{post['id']}/deliveries/{post['deliveries'][0]['id']}/settle"
    refused(client.post(path, json={}), 422, "missing")
    admin.execute("UPDATE memberships SET role = 'viewer'")
    refused(settle(client, post, "leave"), 403, "role_forbids")
