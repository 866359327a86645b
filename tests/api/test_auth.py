"""The first owner, signing in and out, cookies, and pages of other sites."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import pytest_asyncio
from starlette.types import ASGIApp

from postclock.app import create_app
from postclock.config import load_settings
from postclock.crypto import KeyRing
from postclock.db.session import Database
from postclock.sandbox.credentials import BEGINNERS
from postclock.services.people import service as people
from postclock.services.people.model import Who
from tests.api.asking import POSTS, Admin, Json, made, refused, stored, wish
from tests.fixtures.servers import Api
from tests.fixtures.workspaces import Team

AUTH = "/api/v1/auth"
PASSWORD = "correct horse"
SIGN_IN = {"email": "ada@example.org", "password": PASSWORD}


@pytest.fixture
def browser(api: Api) -> Iterator[httpx.Client]:
    """A browser on Postclock's own page: it keeps cookies and says where it is."""
    with httpx.Client(
        base_url=api.url, headers={"Origin": api.url}, timeout=20, trust_env=False
    ) as opened:
        yield opened


@pytest_asyncio.fixture
async def link(database: Database) -> AsyncIterator[str]:
    """The token of the link that was printed."""
    async with database.as_system() as tx:
        address = await people.make_setup_link(tx, "http://127.0.0.1:8000")
    assert address is not None
    assert urlsplit(address).path == "/welcome/"
    yield parse_qs(urlsplit(address).query)["token"][0]


@pytest_asyncio.fixture
async def ada(database: Database) -> Who:
    """Somebody with a password."""
    async with database.as_system() as tx:
        return await people.create_owner(tx, people.NewOwner("ada@example.org", "Ada", PASSWORD))


def beginning(token: str, **more: str) -> Json:
    return {**SIGN_IN, "token": token, "name": "Ada"} | more


def cookie(answer: httpx.Response) -> SimpleCookie:
    return SimpleCookie(answer.headers["set-cookie"])


def test_the_link_makes_the_first_owner_once(browser: httpx.Client, link: str) -> None:
    assert browser.get(f"{AUTH}/first-owner").json() == {"needed": True}
    asked = beginning(link, workspaceName="Harbour", timeZone="Europe/Berlin")
    answer = browser.post(f"{AUTH}/first-owner", json=asked)
    assert answer.status_code == 201, answer.text
    session = answer.json()
    assert session["user"]["email"] == "ada@example.org"
    assert session["workspace"] | {"id": ""} == {
        "id": "", "name": "Harbour", "time_zone": "Europe/Berlin", "after_publishing": "keep",
        "after_failure": "failed", "late_policy": "publish", "paused_at": None,
        "role": "owner",
    }  # fmt: skip
    assert session["sandbox_url"] == "/sandbox/"
    assert browser.get(f"{AUTH}/session").json()["user"] == session["user"]
    accounts = browser.get("/api/v1/accounts").json()["items"]
    assert {a["platform"] for a in accounts} == set(BEGINNERS)
    assert browser.get(f"{AUTH}/first-owner").json() == {"needed": False}
    again = browser.post(f"{AUTH}/first-owner", json=beginning(link, email="eve@example.org"))
    refused(again, 409, "owner_exists")


def test_a_wrong_link_makes_nobody(browser: httpx.Client, link: str, admin: Admin) -> None:
    for token in ("", "x", link[:-1], link + "x", link.swapcase()):
        answer = browser.post(f"{AUTH}/first-owner", json=beginning(token))
        refused(answer, 403, "setup_link_wrong")
    assert stored(admin, "users") == stored(admin, "workspaces") == 0


def test_without_a_printed_link_nobody_begins(browser: httpx.Client) -> None:
    refused(browser.post(f"{AUTH}/first-owner", json=beginning("x")), 403, "setup_link_wrong")


def test_many_with_the_link_make_one_owner(api: Api, link: str, admin: Admin) -> None:
    def begin(number: int) -> int:
        asked = beginning(link, email=f"p{number}@example.org")
        with api.client() as client:
            return client.post(f"{AUTH}/first-owner", json=asked).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(begin, range(4))) == [201, 409, 409, 409]
    assert stored(admin, "users") == stored(admin, "workspaces") == 1


def test_every_problem_of_a_first_owner_is_named(
    browser: httpx.Client, link: str, admin: Admin
) -> None:
    wrong = beginning(link, email="ada", password="short", name=" ", time_zone="Mars/Olympus")
    answer = browser.post(f"{AUTH}/first-owner", json=wrong)
    assert answer.status_code == 422
    assert {p["field"]: p["code"] for p in answer.json()["problems"]} == {
        "email": "email_invalid", "password": "password_short", "name": "name_missing",
        "time_zone": "time_zone_unknown",
    }  # fmt: skip
    assert stored(admin, "users") == 0


def test_signing_in_and_out(browser: httpx.Client, ada: Who, admin: Admin) -> None:
    refused(browser.get(f"{AUTH}/session"), 401, "not_signed_in")
    answer = browser.post(f"{AUTH}/sign-in", json={**SIGN_IN, "email": " ADA@example.org".strip()})
    assert answer.status_code == 200
    assert PASSWORD not in answer.text
    assert browser.get(f"{AUTH}/session").json()["user"]["id"] == str(ada.user_id)
    token = browser.cookies["postclock_session"]
    row = admin.execute("SELECT token_hash FROM sessions").fetchone()
    assert row is not None
    assert token.encode() not in bytes(row["token_hash"])
    assert browser.post(f"{AUTH}/sign-out").status_code == 204
    assert "postclock_session" not in browser.cookies
    assert stored(admin, "sessions") == 0
    browser.cookies.set("postclock_session", token)
    refused(browser.get(f"{AUTH}/session"), 401, "not_signed_in")
    assert browser.post(f"{AUTH}/sign-out").status_code == 204


def test_wrong_credentials_tell_nothing(browser: httpx.Client, ada: Who) -> None:
    wrong = ({"password": "wrong horse"}, {"email": "eve@example.org"}, {"password": ""})
    answers = [browser.post(f"{AUTH}/sign-in", json=SIGN_IN | each) for each in wrong]
    for answer in answers:
        refused(answer, 401, "wrong_credentials")
        assert "set-cookie" not in answer.headers
    assert len({answer.text for answer in answers}) == 1


def test_the_cookie_is_out_of_reach_of_scripts(browser: httpx.Client, ada: Who) -> None:
    morsel = cookie(browser.post(f"{AUTH}/sign-in", json=SIGN_IN))["postclock_session"]
    assert (morsel["httponly"], morsel["samesite"].lower(), morsel["path"]) == (True, "lax", "/")
    assert int(morsel["max-age"]) == 30 * 86_400
    assert not morsel["secure"]


def test_behind_https_the_cookie_is_secure(
    dsn: str, ring: KeyRing, ada: Who, api: Api,
    serve_app: Callable[[ASGIApp, socket.socket], str],
) -> None:  # fmt: skip
    public = {"POSTCLOCK_PUBLIC_URL": "https://posts.example.org", "POSTCLOCK_SCHEDULER": "off"}
    listening = socket.create_server(("127.0.0.1", 0))
    url = serve_app(create_app(load_settings(public), dsn, ring), listening)
    with httpx.Client(base_url=url, trust_env=False, timeout=20) as client:
        own = client.post(
            f"{AUTH}/sign-in", json=SIGN_IN, headers={"Origin": "https://posts.example.org"}
        )
        assert cookie(own)["postclock_session"]["secure"]
    proxied = {"X-Forwarded-Proto": "https"}
    with httpx.Client(base_url=api.url, trust_env=False, timeout=20) as client:
        trusted = client.post(f"{AUTH}/sign-in", json=SIGN_IN, headers=proxied)
        assert cookie(trusted)["postclock_session"]["secure"]


def test_a_session_ends(browser: httpx.Client, ada: Who, admin: Admin) -> None:
    browser.post(f"{AUTH}/sign-in", json=SIGN_IN).raise_for_status()
    admin.execute("UPDATE sessions SET expires_at = now() - interval '1 second'")
    refused(browser.get(POSTS), 401, "not_signed_in")


def test_who_leaves_the_workspace_is_signed_out(
    browser: httpx.Client, ada: Who, admin: Admin
) -> None:
    browser.post(f"{AUTH}/sign-in", json=SIGN_IN).raise_for_status()
    admin.execute("DELETE FROM memberships")
    refused(browser.get(POSTS), 401, "not_signed_in")
    refused(browser.post(f"{AUTH}/sign-in", json=SIGN_IN), 403, "no_workspace")


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "", "Sec-Fetch-Site": "same-site"},
]


def test_a_page_of_another_site_changes_nothing(
    api: Api, browser: httpx.Client, ada: Who, admin: Admin
) -> None:
    browser.post(f"{AUTH}/sign-in", json=SIGN_IN).raise_for_status()
    held = {"Cookie": f"postclock_session={browser.cookies['postclock_session']}"}
    with httpx.Client(base_url=api.url, trust_env=False, timeout=20) as evil:
        for headers in [*FOREIGN, {}]:
            told = held | headers
            refused(evil.post(POSTS, json=wish(), headers=told), 403, "cross_site")
            refused(evil.put("/api/v1/workspace", json={}, headers=told), 403, "cross_site")
            assert evil.get(POSTS, headers=told).status_code == 200
        for headers in FOREIGN:
            told = held | headers
            refused(evil.post(f"{AUTH}/sign-out", headers=told), 403, "cross_site")
            refused(evil.post(f"{AUTH}/sign-in", json=SIGN_IN, headers=told), 403, "cross_site")
        for headers in ({"Origin": api.url}, {"Sec-Fetch-Site": "same-origin"}):
            assert evil.post(POSTS, json={}, headers=held | headers).status_code == 201
    assert stored(admin, "posts") == 2
    assert made(browser, {})


def test_a_token_needs_no_origin(api: Api, client: httpx.Client) -> None:
    for headers in FOREIGN:
        assert client.post(POSTS, json={}, headers=headers).status_code == 201


def test_a_wrong_token_beside_a_good_cookie_is_refused(browser: httpx.Client, ada: Who) -> None:
    browser.post(f"{AUTH}/sign-in", json=SIGN_IN).raise_for_status()
    answer = browser.get(POSTS, headers={"Authorization": "Bearer pc_wrong"})
    refused(answer, 401, "not_signed_in")


def test_only_hashes_are_kept(admin: Admin, team: Team) -> None:
    row = admin.execute("SELECT token_hash::text AS kept FROM api_tokens").fetchone()
    assert row is not None
    assert team.token not in row["kept"]
