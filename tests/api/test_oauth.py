"""Connecting accounts with consent: out with the browser, back, and what is connected then."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx

from tests.api.asking import Admin, Json, ahead, made, move, read, refused, stored, wish
from tests.api.browsing import OAUTH, came_back, connected, consented, seen, started
from tests.fixtures.servers import Api
from tests.fixtures.workspaces import Team

ACCOUNTS = "/api/v1/accounts"


def accounts(client: httpx.Client) -> dict[str, Json]:
    """The workspace's accounts by id."""
    return {one["id"]: one for one in client.get(ACCOUNTS).json()["items"]}


def way(client: httpx.Client, platform: str = "twitter") -> str:
    items = client.get("/api/v1/platforms").json()["items"]
    return str(next(one["ways"][0]["name"] for one in items if one["name"] == platform))


def test_one_profile_is_connected_at_once(client: httpx.Client) -> None:
    before = accounts(client)
    visit = connected(client, "twitter", way(client), "ada")
    assert (visit["status"], visit["problem"], len(visit["accounts"])) == ("connected", None, 1)
    [new] = visit["accounts"]
    account = accounts(client)[new]
    assert new not in before
    assert (account["handle"], account["status"], account["sandbox"]) == ("ada", "connected", True)
    assert account["way"] == way(client)
    assert account["connected_at"]


def test_connecting_it_again_keeps_the_account(client: httpx.Client, admin: Admin) -> None:
    name = way(client)
    [first] = connected(client, "twitter", name, "ada")["accounts"]
    admin.execute(
        "UPDATE accounts SET status = 'needs_login', problem = 'x' WHERE id = %s", [first]
    )
    assert connected(client, "twitter", name, "ada")["accounts"] == [first]
    account = accounts(client)[first]
    assert (account["status"], account["problem"]) == ("connected", None)
    lines = client.get("/api/v1/activity").json()["items"]
    assert [line["kind"] for line in lines[:2]] == ["account.reconnected", "account.connected"]


def test_what_was_held_goes_on_when_the_account_is_back(client: httpx.Client, admin: Admin) -> None:
    name = way(client)
    [account] = connected(client, "twitter", name, "ada")["accounts"]
    post = made(client, wish(scheduled_at=ahead(3600), platforms=[], accounts=[account]))
    move(admin, post, "held")
    admin.execute("UPDATE accounts SET status = 'needs_login' WHERE id = %s", [account])
    visit = connected(client, "twitter", name, "ada", account_id=account)
    assert visit["accounts"] == [account]
    assert read(client, post)["deliveries"][0]["state"] == "scheduled"


def test_another_profile_is_refused_by_both_names(client: httpx.Client) -> None:
    name = way(client)
    [account] = connected(client, "twitter", name, "ada")["accounts"]
    begun = started(client, "twitter", name, account_id=account)
    told = came_back(client, consented(client, begun["authorize_url"], "grace"))
    assert told == {"visit": begun["visit_id"], "problem": "other_profile"}
    problem = seen(client, begun["visit_id"])["problem"]
    assert "@ada" in problem["message"]
    assert "@grace" in problem["message"]
    assert [one["handle"] for one in accounts(client).values()].count("grace") == 0


def test_a_denial_changes_nothing(client: httpx.Client) -> None:
    before = set(accounts(client))
    begun = started(client, "twitter", way(client), sandbox=True)
    back = consented(client, begun["authorize_url"], decision="deny")
    assert came_back(client, back)["problem"] == "consent_denied"
    assert seen(client, begun["visit_id"])["status"] == "failed"
    assert set(accounts(client)) == before


def test_only_the_browser_that_left_comes_back(api: Api, client: httpx.Client) -> None:
    begun = started(client, "twitter", way(client), sandbox=True)
    back = consented(client, begun["authorize_url"])
    with api.client() as stranger:
        assert came_back(stranger, back) == {"problem": "visit_elsewhere"}
        forged = {f"postclock_visit_{begun['visit_id'].replace('-', '')}": "guessed"}
        stranger.cookies.update(forged)
        assert came_back(stranger, back) == {"problem": "visit_elsewhere"}
    assert came_back(client, back) == {"visit": begun["visit_id"]}


def test_a_return_is_taken_once(client: httpx.Client) -> None:
    begun = started(client, "twitter", way(client), sandbox=True)
    kept = dict(client.cookies)
    back = consented(client, begun["authorize_url"])
    assert came_back(client, back) == {"visit": begun["visit_id"]}
    count = len(accounts(client))
    client.cookies.update(kept)
    assert came_back(client, back) == {"visit": begun["visit_id"]}
    assert len(accounts(client)) == count


def test_what_was_not_sent_out_does_not_come_back(client: httpx.Client, admin: Admin) -> None:
    begun = started(client, "twitter", way(client), sandbox=True)
    back = consented(client, begun["authorize_url"])
    state = parse_qs(urlsplit(back).query)["state"][0]
    for strange in (
        "", "?state=", "?state=wrong&code=x", f"?state={state}x&code=x", f"?state={'é' * 2000}",
    ):  # fmt: skip
        assert came_back(client, f"{OAUTH}/twitter/callback{strange}") == {
            "problem": "visit_unknown"
        }
    assert came_back(client, back.replace("/twitter/", "/bluesky/")) == {"problem": "visit_unknown"}
    admin.execute("UPDATE visits SET expires_at = now() - interval '1 second'")
    assert came_back(client, back) == {"problem": "visit_unknown"}
    refused(client.get(f"{OAUTH}/visits/{begun['visit_id']}"), 404, "not_found")


def test_the_cookie_is_for_the_browser_alone(client: httpx.Client) -> None:
    answer = client.post(f"{OAUTH}/twitter/start", json={"way": way(client), "sandbox": True})
    cookie = answer.headers["set-cookie"]
    for part in ("HttpOnly", "SameSite=lax", "Path=/api/v1/oauth", "Max-Age=600"):
        assert part in cookie
    assert "Secure" not in cookie


def test_nothing_secret_is_stored_in_the_clear(client: httpx.Client, admin: Admin) -> None:
    begun = started(client, "twitter", way(client), sandbox=True)
    left = parse_qs(urlsplit(begun["authorize_url"]).query)
    row = admin.execute("SELECT to_jsonb(v) AS row FROM visits v").fetchone()
    assert row is not None
    secrets = [left["state"][0], *client.cookies.values()]
    assert all(len(secret) > 30 and secret not in str(row["row"]) for secret in secrets)
    assert left["code_challenge_method"] == ["S256"]


def test_a_visit_is_its_persons_alone(client: httpx.Client, stranger: httpx.Client) -> None:
    visit = connected(client, "twitter", way(client), "ada")
    refused(stranger.get(f"{OAUTH}/visits/{visit['id']}"), 404, "not_found")
    pick = {"profiles": ["1"]}
    path = f"{OAUTH}/visits/{visit['id']}/connect"
    refused(stranger.post(path, json=pick), 404, "not_found")
    assert client.post(path, json=pick).json() == visit


def test_without_app_keys_the_setup_is_told(client: httpx.Client, api: Api) -> None:
    answer = client.post(f"{OAUTH}/twitter/start", json={"way": way(client)})
    problem = refused(answer, 422, "setup_required")
    assert problem["variable"] == "POSTCLOCK_APP_TWITTER"
    assert problem["callback_url"] == f"{api.url}/api/v1/oauth/twitter/callback"
    assert problem["callback_url"] in problem["detail"]


def test_what_cannot_be_begun_is_refused(client: httpx.Client, admin: Admin, team: Team) -> None:
    name = way(client)
    for platform, asked, code in (
        ("myspace", {"way": "login"}, "platform_unknown"),
        ("twitter", {"way": "carrier pigeon"}, "way_unknown"),
        ("twitter", {}, "way_unknown"),
    ):
        refused(client.post(f"{OAUTH}/{platform}/start", json=asked), 422, code)
    elsewhere = {"way": name, "account_id": str(team.account("bluesky"))}
    refused(client.post(f"{OAUTH}/twitter/start", json=elsewhere), 404, "not_found")
    typed = {"platform": "twitter", "way": name, "fields": {}, "sandbox": True}
    refused(client.post(f"{ACCOUNTS}/connect", json=typed), 422, "way_unfit")
    admin.execute("UPDATE memberships SET role = 'viewer'")
    refused(client.post(f"{OAUTH}/twitter/start", json={"way": name}), 403, "role_forbids")


def test_who_was_put_out_meanwhile_connects_nothing(client: httpx.Client, admin: Admin) -> None:
    begun = started(client, "twitter", way(client), sandbox=True)
    back = consented(client, begun["authorize_url"])
    before = stored(admin, "accounts")
    admin.execute("UPDATE memberships SET role = 'viewer'")
    assert came_back(client, back)["problem"] == "role_forbids"
    assert stored(admin, "accounts") == before
