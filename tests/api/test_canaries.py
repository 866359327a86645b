"""Marked secrets go every way there is, to a platform that repeats them in all it answers; they
must be found in no answer, log, row, notification or mail, but inside what is sealed."""

from __future__ import annotations

import base64
import json
import logging
import socket
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.types import ASGIApp

from postclock.app import create_app, openapi_document
from postclock.config import Settings, load_settings
from postclock.crypto import KeyRing
from postclock.db.session import Database
from postclock.housekeeping.mailing import Mailer
from postclock.housekeeping.renewals import Renewals
from postclock.smtp import read_address
from tests.api.asking import CRON, POSTS, Admin, Json, ahead, made, wish
from tests.api.browsing import OAUTH, came_back, seen, started
from tests.fixtures.echo import Echo, echoing
from tests.fixtures.mail import post_office
from tests.fixtures.workspaces import RING, Team

MARK = "canary7f3a9"
TOKEN, ME, TWEETS = "/2/oauth2/token", "/2/users/me", "/2/tweets"
SCOPES = "tweet.read tweet.write users.read media.write offline.access"
APP_SECRET = f"{MARK}-app-secret"
BASIC = base64.b64encode(f"the-id:{APP_SECRET}".encode()).decode()
REFUSALS = (400, 401, 403, 404, 413, 422, 429, 500, 503)
UNREAD = ("/stream", "publish-scheduled")
FREE = ("httpx", "httpcore", "asyncio", "mail.log", "uvicorn.access")
"""Loggers of this test's own client and mail server, and the one the product keeps quiet."""


@pytest.fixture
def echo() -> Iterator[Echo]:
    with echoing() as opened:
        yield opened


@pytest.fixture
def logged() -> Iterator[StringIO]:
    """All that is logged by any library, at every level."""
    kept, root = StringIO(), logging.getLogger()
    handler, before = logging.StreamHandler(kept), root.level
    handler.addFilter(lambda record: not record.name.startswith(FREE))
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield kept
    root.removeHandler(handler)
    root.setLevel(before)


@pytest.fixture
def settings(echo: Echo) -> Settings:
    port = socket.create_server(("127.0.0.1", 0))
    number = port.getsockname()[1]
    port.close()
    hosts = ", ".join(f"{name}.host.api={echo.url}" for name in ("twitter", "bluesky"))
    return load_settings(
        {"POSTCLOCK_PORT": str(number), "CRON_SECRET": "cron-secret", "REQUEST_TIMEOUT": "3",
         "POSTCLOCK_SCHEDULER": "off", "POSTCLOCK_APP_TWITTER": f"the-id:{APP_SECRET}",
         "MAX_RETRY_COUNT": "1",
         "PLATFORM_SETTINGS": f"{hosts}, twitter.host.web={echo.url}"}
    )  # fmt: skip


@pytest.fixture
def client(
    dsn: str, ring: KeyRing, settings: Settings, team: Team,
    serve_app: Callable[[ASGIApp, socket.socket], str],
) -> Iterator[httpx.Client]:  # fmt: skip
    listening = socket.create_server(("127.0.0.1", settings.port))
    url = serve_app(create_app(settings, dsn, ring), listening)
    headers = {"Authorization": f"Bearer {team.token}"}
    with httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=20) as opened:
        yield opened


def tokens(number: int, lasts: int = 7200) -> tuple[int, Json]:
    return 200, {
        "access_token": f"{MARK}-access-{number}", "refresh_token": f"{MARK}-refresh-{number}",
        "expires_in": lasts, "scope": SCOPES, "token_type": "bearer",
    }  # fmt: skip


def returned(client: httpx.Client, told: list[str], **query: str) -> Json:
    """Out and back with a marked code; what the visit says then."""
    begun = started(client, "twitter", "profile")
    state = parse_qs(urlsplit(begun["authorize_url"]).query)["state"][0]
    said = {"state": state, "code": f"{MARK}-code", **query}
    told.append(str(came_back(client, f"{OAUTH}/twitter/callback?{httpx.QueryParams(said)}")))
    visit = seen(client, begun["visit_id"])
    told.append(json.dumps(visit))
    return visit


def connect(client: httpx.Client, echo: Echo, told: list[str]) -> str:
    """Every way to fail to connect, then a way that works; the account."""
    for status in REFUSALS:
        echo.status = status
        assert returned(client, told)["status"] == "failed"
    returned(client, told, error="server_error", error_description=f"about {MARK}-code")
    echo.answers[TOKEN] = tokens(1)
    for status in REFUSALS:
        echo.status = status
        assert returned(client, told)["status"] == "failed"
    echo.answers[ME] = 200, {"data": {"id": "42", "username": "ada", "name": "Ada"}}
    visit = returned(client, told)
    assert visit["status"] == "connected", visit
    fields = {"identifier": "ada@example.org", "password": f"{MARK}-app-password"}
    typed = {"platform": "bluesky", "way": "app_password", "fields": fields}
    for status in REFUSALS:
        echo.status = status
        told.append(client.post("/api/v1/accounts/connect", json=typed).text)
    keys = {"client_id": "an-id", "client_secret": f"{MARK}-meta-secret"}
    told.append(client.put("/api/v1/app-keys/meta", json=keys).text)
    wrong = {"client_id": 7, "client_secret": [f"{MARK}-meta-secret"], "x": f"{MARK}-x"}
    told.append(client.put("/api/v1/app-keys/meta", json=wrong).text)
    return str(visit["accounts"][0])


def publish(client: httpx.Client, account: str, text: str) -> Json:
    post = made(client, wish(platforms=[], accounts=[account], text=text, scheduled_at=ahead(-1)))
    client.post("/api/v1/cron/publish-scheduled", headers=CRON)
    found: Json = client.get(f"{POSTS}/{post['id']}").json()
    return found


def everything_told(client: httpx.Client, posts: list[Json]) -> Iterator[str]:
    """The answer of every address that can be read."""
    for path, verbs in json.loads(openapi_document())["paths"].items():
        if (
            "get" in verbs
            and "{" not in path
            and not path.endswith(("/stream", "publish-scheduled"))
        ):
            yield client.get(path).text
    for post in posts:
        for suffix in ("", "/attempts"):
            yield client.get(f"{POSTS}/{post['id']}{suffix}").text


def rows(admin: Admin) -> Iterator[tuple[str, str]]:
    """Every row of every table, as text; what is bytes in hexadecimal."""
    names = admin.execute(
        "SELECT format('%I.%I', schemaname, relname) AS name FROM pg_stat_user_tables"
    ).fetchall()
    for name in (row["name"] for row in names):
        for row in admin.execute(f"SELECT to_jsonb(t)::text AS row FROM {name} t").fetchall():
            yield name, row["row"]


@pytest.mark.slow
async def test_no_canary_is_seen(
    client: httpx.Client, echo: Echo, admin: Admin, database: Database, dsn: str,
    settings: Settings, logged: StringIO, capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    told: list[str] = []
    account = connect(client, echo, told)
    posts: list[Json] = []
    for i, status in enumerate(REFUSALS):
        echo.status, echo.answers[TOKEN] = status, tokens(i + 2)
        posts.append(publish(client, account, f"Number {i}"))
        admin.execute("UPDATE accounts SET status = 'connected', blocked_until = NULL")
    for error in ("server_error", "invalid_grant"):
        del echo.answers[TOKEN]
        echo.status, echo.error = 400, error
        admin.execute("UPDATE accounts SET renew_at = now(), status = 'connected'")
        await Renewals(settings, dsn, RING).work(database)
        echo.status = 401
        posts.append(publish(client, account, error))
        echo.answers[TOKEN] = tokens(50)
    with post_office() as office:
        await Mailer(
            database, read_address(office.url), "a <a@b.example>", "http://x"
        ).send_waiting()
        told += [mail.raw.decode() for mail in office.taken]
        assert office.taken
    told += everything_told(client, posts)
    told.append(logged.getvalue())
    told += capfd.readouterr()
    heard = "".join(echo.heard)
    for secret in ("access-1", "refresh-", "code", "app-password"):
        assert f"{MARK}-{secret}" in heard, f"{secret} went to the platform"
    assert BASIC in heard
    assert any("[secret]" in one for one in told), "the platform's words were told, without secrets"
    leaks(told, admin)


def leaks(told: list[str], admin: Admin) -> None:
    marks = (MARK, BASIC)
    for one in told:
        for mark in marks:
            at = one.find(mark)
            assert at < 0, one[max(at - 300, 0) : at + 100]
    hexed = [mark.encode().hex() for mark in marks]
    count = 0
    for table, row in rows(admin):
        count += 1
        for mark in (*marks, *hexed):
            at = row.find(mark)
            assert at < 0, f"{table}: {row[max(at - 300, 0) : at + 100]}"
    assert count > 100


def test_an_unwritten_secret_would_be_found(admin: Admin, team: Team) -> None:
    admin.execute("UPDATE accounts SET problem = %s", [f"It said {MARK}-x"])
    with pytest.raises(AssertionError, match=r"public\.accounts"):
        leaks([], admin)
    bad: list[Any] = [f"{{'token': '{MARK}-x'}}"]
    with pytest.raises(AssertionError):
        leaks(bad, admin)
