"""People: first owners, passwords, sessions, tokens."""

from __future__ import annotations

from datetime import timedelta

import pytest

from postclock.crypto import token_hash
from postclock.db.session import Database
from postclock.errors import Conflict, Forbidden, Invalid, NotSignedIn
from postclock.services.people import queries, service
from postclock.services.people.service import NewOwner
from tests.api.asking import Admin
from tests.fixtures.workspaces import make_team

ADA = NewOwner("ada@example.org", "Ada", "correct horse")


async def test_a_new_link_makes_the_one_before_worthless(database: Database) -> None:
    links = []
    for _ in range(2):
        async with database.as_system() as tx:
            links.append(await service.make_setup_link(tx, "http://x"))
    assert links[0] != links[1]
    first, second = (str(link).rpartition("=")[2] for link in links)
    async with database.as_system() as tx:
        with pytest.raises(Forbidden):
            await service.check_setup_token(tx, first)
        await service.check_setup_token(tx, second)
        await service.create_owner(tx, ADA)
        with pytest.raises(Conflict):
            await service.check_setup_token(tx, second)
        assert await service.make_setup_link(tx, "http://x") is None


async def test_a_password_is_kept_as_argon2(database: Database, admin: Admin) -> None:
    async with database.as_system() as tx:
        await service.create_owner(tx, ADA)
    row = admin.execute("SELECT password_hash FROM users").fetchone()
    assert row is not None
    assert row["password_hash"].startswith("$argon2id$")
    async with database.as_system() as tx:
        who, token = await service.sign_in(tx, "Ada@Example.org", "correct horse")
        assert await service.who_is(tx, session=token, bearer=None) == who
        for email, password in (("ada@example.org", "Correct horse"), ("eve@example.org", "x")):
            with pytest.raises(NotSignedIn) as caught:
                await service.sign_in(tx, email, password)
            assert caught.value.code == "wrong_credentials"


async def test_somebody_without_a_password_cannot_sign_in(database: Database) -> None:
    async with database.as_system() as tx:
        await service.create_owner(tx, NewOwner("ada@example.org", "Ada", None))
        for guess in ("", "None", " "):
            with pytest.raises(NotSignedIn):
                await service.sign_in(tx, "ada@example.org", guess)


async def test_every_problem_is_named(database: Database) -> None:
    wrong = NewOwner("a b@example.org", "", "ninechars", "x", "Mars/Olympus")
    async with database.as_system() as tx:
        with pytest.raises(Invalid) as caught:
            await service.create_owner(tx, wrong)
    assert [p.field for p in caught.value.problems] == ["email", "name", "password", "time_zone"]


async def test_a_session_lasts_thirty_days_and_then_it_is_over(database: Database) -> None:
    async with database.as_system() as tx:
        who = await service.create_owner(tx, ADA)
        token = await service.open_session(tx, who)
        hashed = token_hash(token)
        last = tx.now + timedelta(days=30) - timedelta(seconds=1)
        assert await queries.who_has_session(tx, hashed, last) == who
        assert await queries.who_has_session(tx, hashed, last + timedelta(seconds=2)) is None
        await service.sign_out(tx, token)
        assert await service.who_is(tx, session=token, bearer=None) is None
        await service.sign_out(tx, token)


async def test_a_token_is_for_its_workspace_alone(database: Database) -> None:
    ada, bob = await make_team(database), await make_team(database, "bob")
    async with database.as_user(None) as tx:
        assert await service.who_is(tx, session=None, bearer=ada.token) == ada.who
        assert await service.who_is(tx, session=None, bearer=bob.token) == bob.who
        assert await service.who_is(tx, session=ada.token, bearer=None) is None
        assert await service.who_is(tx, session=None, bearer=ada.token[:-1]) is None
        assert await service.who_is(tx, session=None, bearer=None) is None
