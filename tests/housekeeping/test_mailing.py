"""What needs a person is mailed: soon, once, to who wants it, and without secrets."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from postclock.clock import HostClock
from postclock.config import load_settings
from postclock.db.session import Database
from postclock.housekeeping.mailing import Mailer, Pace, mailing
from postclock.services.notifications.model import Notice, NotificationKind
from postclock.services.notifications.queries import notify_people
from postclock.smtp import read_address
from tests.api.asking import Admin, made, wish
from tests.fixtures.mail import PostOffice, post_office
from tests.fixtures.servers import Api
from tests.fixtures.workspaces import Team, make_team
from tests.scheduler.scripted import until

FROM = "Postclock <posts@example.org>"
URL = "https://posts.example.org"
FAILED, PUBLISHED = NotificationKind.POST_FAILED, NotificationKind.POST_PUBLISHED


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as opened:
        yield opened


@pytest.fixture
def mailer(database: Database, office: PostOffice) -> Mailer:
    return Mailer(database, read_address(office.url), FROM, URL)


async def happened(
    database: Database, team: Team, title: str, kind: NotificationKind = FAILED,
    post: UUID | None = None,
) -> None:  # fmt: skip
    notice = Notice(team.who.workspace_id, kind, title, "Body <b>& more</b>", post)
    async with database.as_system() as tx:
        await notify_people(tx, [notice])


def unmailed(admin: Admin) -> int:
    row = admin.execute("SELECT count(*) AS n FROM notifications WHERE mailed_at IS NULL")
    found = row.fetchone()
    assert found is not None
    return int(found["n"])


async def test_a_mail_says_what_happened_and_where_to_look(
    database: Database, team: Team, office: PostOffice, mailer: Mailer
) -> None:
    await happened(database, team, "Scheduled post failed")
    assert await mailer.send_waiting() == (1, 0)
    assert await mailer.send_waiting() == (0, 0)
    [mail] = office.taken
    assert (mail.sender, mail.recipients) == ("posts@example.org", ["ada@example.org"])
    assert mail.message["Subject"] == "[Ada’s workspace] Scheduled post failed"
    assert mail.message["From"] == FROM
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert "Body <b>& more</b>" in mail.text()
    assert "Body &lt;b&gt;&amp; more&lt;/b&gt;" in mail.html()
    assert f"{URL}/accounts/" in mail.text()
    assert office.logins == [(b"posts", b"p@ss")]


async def test_what_happens_together_is_one_mail_and_workspaces_stay_apart(
    database: Database, team: Team, office: PostOffice, mailer: Mailer
) -> None:
    other = await make_team(database, "bob")
    for title in ("One", "Two"):
        await happened(database, team, title)
    await happened(database, other, "Another’s")
    await happened(database, team, "Good news", PUBLISHED)
    assert await mailer.send_waiting() == (2, 0)
    first, second = sorted(office.taken, key=lambda mail: mail.recipients)
    assert first.message["Subject"] == "[Ada’s workspace] 2 things need you: One"
    assert "Two" in first.text()
    assert "Good news" not in first.text() + second.text()
    assert (second.recipients, "Another’s" in first.text()) == (["bob@example.org"], False)


async def test_who_does_not_want_mail_gets_none(
    api: Api, database: Database, admin: Admin, team: Team, office: PostOffice, mailer: Mailer
) -> None:
    with api.client(team) as client:
        assert client.put("/api/v1/auth/notices", json={"mail": False}).json() == {
            "id": str(team.who.user_id), "email": "ada@example.org", "name": "Ada",
            "mail_notices": False,
        }  # fmt: skip
    await happened(database, team, "Nobody hears")
    assert await mailer.send_waiting() == (0, 0)
    assert (office.taken, unmailed(admin)) == ([], 0)


async def test_the_author_hears_of_their_post_and_other_editors_do_not(
    api: Api, database: Database, admin: Admin, team: Team, office: PostOffice, mailer: Mailer
) -> None:
    with api.client(team) as client:
        post = made(client, wish())
    admin.execute("UPDATE memberships SET role = 'editor'")
    await happened(database, team, "Mine", post=UUID(post["id"]))
    await happened(database, team, "Nobody’s")
    assert await mailer.send_waiting() == (1, 0)
    [mail] = office.taken
    assert mail.message["Subject"].endswith("] Mine")
    assert f"{URL}/posts/?post={post['id']}" in mail.text()


async def test_a_refusal_for_now_is_tried_again_and_one_for_ever_is_not(
    database: Database, admin: Admin, team: Team, office: PostOffice, mailer: Mailer
) -> None:
    office.answers += ["451 later", "554 never", "hang up"]
    await happened(database, team, "First")
    assert await mailer.send_waiting() == (0, 1)
    assert unmailed(admin) == 1
    assert await mailer.send_waiting() == (0, 0)
    assert unmailed(admin) == 0
    await happened(database, team, "May have arrived")
    assert await mailer.send_waiting() == (0, 0)
    assert unmailed(admin) == 0
    assert office.taken == []


async def test_no_server_and_a_wrong_password_lose_nothing(
    database: Database, admin: Admin, team: Team, office: PostOffice
) -> None:
    await happened(database, team, "First")
    wrong = office.url.replace("p%40ss", "guess")
    for url in ("smtp://127.0.0.1:9", wrong):
        mailer = Mailer(database, read_address(url), FROM, URL)
        assert await mailer.send_waiting() == (0, 1)
    assert unmailed(admin) == 1


async def test_two_servers_mail_it_once(
    database: Database, team: Team, office: PostOffice, mailer: Mailer
) -> None:
    for i in range(20):
        await happened(database, team, f"Number {i}")
    await asyncio.gather(*(mailer.send_waiting() for _ in range(4)))
    lines = [line for mail in office.taken for line in mail.text().splitlines()]
    assert [lines.count(f"Number {i}") for i in range(20)] == [1] * 20


async def test_what_is_old_or_was_read_is_not_mailed(
    database: Database, admin: Admin, team: Team, office: PostOffice, mailer: Mailer
) -> None:
    await happened(database, team, "Old")
    admin.execute("UPDATE notifications SET created_at = now() - %s", [timedelta(days=3)])
    await happened(database, team, "Read")
    admin.execute("UPDATE notifications SET read_at = now() WHERE title = 'Read'")
    assert await mailer.send_waiting() == (0, 0)
    assert office.taken == []


async def test_it_is_mailed_as_soon_as_it_happens_and_after_the_server_was_away(
    dsn: str, database: Database, team: Team, office: PostOffice
) -> None:
    settings = load_settings({"SMTP_URL": office.url, "MAIL_FROM": FROM})
    office.answers.append("451 later")
    async with mailing(settings, dsn, HostClock(), Pace(gather=0.05, first_wait=0.2)):
        await happened(database, team, "Now")
        await until(lambda: office.taken)
        await happened(database, team, "And now")
        await until(lambda: len(office.taken) == 2)
    assert office.answers == []


async def test_without_a_server_nothing_runs(dsn: str) -> None:
    async with mailing(load_settings({}), dsn, HostClock()):
        assert [task.get_name() for task in asyncio.all_tasks()].count("mailing") == 0


def test_a_session_tells_whether_one_is_mailed(api: Api, team: Team) -> None:
    with api.client(team) as client:
        user = client.get("/api/v1/auth/session").json()["user"]
        assert user["mail_notices"] is True
        assert client.put("/api/v1/auth/notices", json={}).status_code == 422
    with httpx.Client(base_url=api.url, trust_env=False) as nobody:
        assert nobody.put("/api/v1/auth/notices", json={"mail": True}).status_code == 401
