"""Tenancy, by raw SQL as the API's role: nobody reads or writes another workspace's rows."""

from __future__ import annotations

from uuid import UUID

import pytest
from psycopg import sql

from postclock.ids import new_id
from tests.db.tenants import (
    LATER,
    NOT_OURS,
    Admin,
    Tenant,
    a_row_everywhere,
    acting,
    insertion,
    named,
    tables,
    touched,
)
from tests.fixtures.clocks import MORNING as NOW


@pytest.fixture
def tenants(admin: Admin) -> tuple[Tenant, Tenant]:
    both = a_row_everywhere("anna"), a_row_everywhere("bert")
    for tenant in both:
        for table, row in tenant.rows.items():
            admin.execute(insertion(table, row), row)
    return both


def test_every_table_is_forced_and_has_a_policy(admin: Admin) -> None:
    found = admin.execute(
        "SELECT relname, relrowsecurity, relforcerowsecurity,"
        " (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid) AS policies,"
        " has_any_column_privilege('postclock_api', c.oid, 'SELECT') AS readable,"
        " EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid AND polpermissive"
        "   AND 'postclock_api'::regrole = ANY (polroles)) AS tenant"
        " FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
    ).fetchall()
    ours = [row for row in found if row["relname"] not in NOT_OURS]
    assert len(ours) >= 14
    open_tables = [
        row["relname"]
        for row in ours
        if not (row["relrowsecurity"] and row["relforcerowsecurity"] and row["policies"])
    ]
    assert open_tables == []
    assert [row["relname"] for row in ours if row["readable"] and not row["tenant"]] == []


def test_no_view_runs_with_its_owners_rights(admin: Admin) -> None:
    views = admin.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('v', 'm') AND NOT coalesce(reloptions, '{}') @> '{security_invoker=true}'"
    )
    assert views.fetchall() == []


def test_the_apis_role_can_do_nothing_of_its_own(admin: Admin) -> None:
    row = admin.execute(
        "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolcanlogin FROM pg_roles"
        " WHERE rolname = 'postclock_api'"
    ).fetchone()
    assert row is not None
    assert set(row.values()) == {False}


def test_both_tenants_have_a_row_in_every_table(
    admin: Admin, tenants: tuple[Tenant, Tenant]
) -> None:
    for tenant in tenants:
        assert set(tenant.rows) == set(tables(admin))


@pytest.mark.parametrize("who", ["the other tenant", "nobody"])
def test_no_row_of_another_tenant_is_seen_or_changed(
    admin: Admin, tenants: tuple[Tenant, Tenant], who: str
) -> None:
    anna, bert = tenants
    user = anna.user if who == "the other tenant" else None
    successes = []
    for table, row in bert.rows.items():
        where, key = named(row, table, admin)
        name = sql.Identifier(table)
        first = sql.Identifier(next(iter(row)))
        some = sql.Identifier(next(iter(key)))
        tries = {
            "select": sql.SQL("SELECT {} FROM {} WHERE {}").format(some, name, where),
            "count": sql.SQL("SELECT 1 FROM {} WHERE {}").format(name, where),
            "lock": sql.SQL("SELECT {} FROM {} WHERE {} FOR UPDATE").format(some, name, where),
            "delete": sql.SQL("DELETE FROM {} WHERE {}").format(name, where),
            "truncate": sql.SQL("TRUNCATE {} CASCADE").format(name),
            "update": sql.SQL("UPDATE {} SET {} = {} WHERE {}").format(name, first, first, where),
        }
        for column in row:
            set_it = sql.SQL("UPDATE {} SET {c} = {c} WHERE {}").format(
                name, where, c=sql.Identifier(column)
            )
            tries[f"update {column}"] = set_it
        for what, statement in tries.items():
            count = touched(admin, user, statement, key)
            if count > 0:
                successes.append((table, what, count))
    assert successes == []


@pytest.mark.parametrize("who", ["the other tenant", "nobody"])
def test_no_row_is_written_for_another_tenant(
    admin: Admin, tenants: tuple[Tenant, Tenant], who: str
) -> None:
    anna, bert = tenants
    user = anna.user if who == "the other tenant" else None
    successes = []
    for table, row in bert.rows.items():
        fresh = dict(row)
        for column in ("id", "token_hash", "key", "email", "remote_id"):
            if column in fresh:
                value = fresh[column]
                fresh[column] = new_id() if isinstance(value, UUID) else value * 2
        if table == "deliveries":
            fresh["account_id"] = _second_account(admin, bert)
        if table == "attempts":
            fresh["number"] = 2
        if touched(admin, user, insertion(table, fresh), fresh):
            successes.append(table)
    assert successes == []


def _second_account(admin: Admin, tenant: Tenant) -> UUID:
    row = tenant.rows["accounts"] | {"id": new_id(), "remote_id": "second"}
    admin.execute(insertion("accounts", row), row)
    key: UUID = row["id"]
    return key


def test_own_rows_are_seen_and_written(admin: Admin, tenants: tuple[Tenant, Tenant]) -> None:
    anna, _ = tenants
    for table in ("posts", "deliveries", "accounts", "notifications", "attempts", "memberships"):
        seen = sql.SQL("SELECT workspace_id FROM {}").format(sql.Identifier(table))
        assert touched(admin, anna.user, seen, {}) == 1, table
    assert touched(admin, anna.user, sql.SQL("SELECT id, email FROM users"), {}) == 1
    for table in ("posts", "notifications"):
        change = sql.SQL("UPDATE {} SET post_id = post_id").format(sql.Identifier(table))
        if table == "posts":
            change = sql.SQL("UPDATE {} SET topic = 'mine'").format(sql.Identifier(table))
        assert touched(admin, anna.user, change, {}) == 1, table


@pytest.mark.parametrize("theirs", ["post", "account", "both"])
def test_a_delivery_of_ones_own_cannot_reach_anothers_post_or_account(
    admin: Admin, tenants: tuple[Tenant, Tenant], theirs: str
) -> None:
    anna, bert = tenants
    parts = {
        "post_id": anna.post if theirs == "account" else bert.post,
        "account_id": anna.account if theirs == "post" else bert.account,
    }
    row = anna.rows["deliveries"] | {"id": new_id()} | parts
    admin.execute("DELETE FROM deliveries")
    assert touched(admin, anna.user, insertion("deliveries", row), row) == 0
    own = anna.rows["deliveries"]
    admin.execute(insertion("deliveries", own), own)
    move = sql.SQL("UPDATE deliveries SET post_id = {}, account_id = {}").format(
        sql.Literal(parts["post_id"]), sql.Literal(parts["account_id"])
    )
    assert touched(admin, anna.user, move, {}) == 0


def test_own_rows_cannot_be_given_away(admin: Admin, tenants: tuple[Tenant, Tenant]) -> None:
    anna, bert = tenants
    for table in ("posts", "deliveries", "notifications"):
        give = sql.SQL("UPDATE {} SET workspace_id = {}").format(
            sql.Identifier(table), sql.Literal(bert.workspace)
        )
        assert touched(admin, anna.user, give, {}) == 0, table


def test_arming_anothers_post_does_nothing(admin: Admin, tenants: tuple[Tenant, Tenant]) -> None:
    anna, bert = tenants
    look = "SELECT * FROM deliveries WHERE post_id = %s"
    before = admin.execute(look, [bert.post]).fetchall()
    with admin.transaction():
        admin.execute("SELECT set_config('postclock.user_id', %s, true)", [str(anna.user)])
        admin.execute("SET LOCAL ROLE postclock_api")
        accounts = [bert.account, anna.account]
        admin.execute(
            "SELECT postclock_arm(%s, %s, %s, %s), postclock_disarm(%s, %s)",
            [bert.post, accounts, NOW, NOW, bert.post, NOW],
        )
    assert admin.execute(look, [bert.post]).fetchall() == before
    assert len(admin.execute("SELECT id FROM deliveries").fetchall()) == 2


def test_a_temporary_table_does_not_make_anybody_a_member(
    admin: Admin, tenants: tuple[Tenant, Tenant]
) -> None:
    anna, bert = tenants
    with acting(admin, anna.user) as connection:
        connection.execute("CREATE TEMP TABLE memberships (user_id uuid, workspace_id uuid)")
        connection.execute(
            "INSERT INTO pg_temp.memberships VALUES (%s, %s)", [anna.user, bert.workspace]
        )
        connection.execute("GRANT SELECT ON pg_temp.memberships TO PUBLIC")
        seen = connection.execute("SELECT workspace_id FROM posts").fetchall()
    assert [row["workspace_id"] for row in seen] == [anna.workspace]


@pytest.mark.parametrize(
    ("call", "right"),
    [
        ("postclock_session(%(hash)s, %(now)s)", b"bert-session"),
        ("postclock_api_token(%(hash)s)", b"bert-token"),
    ],
)
def test_a_secret_is_looked_up_only_by_its_right_hash(
    admin: Admin, tenants: tuple[Tenant, Tenant], call: str, right: bytes
) -> None:
    bert = tenants[1]
    ask = f"SELECT * FROM {call}"
    with acting(admin, None) as connection:
        for wrong in (b"", b"bert", right + b"\x00", right[:-1], None):
            assert connection.execute(ask, {"hash": wrong, "now": NOW}).fetchall() == []
        told = connection.execute(ask, {"hash": right, "now": NOW}).fetchall()
    assert told == [{"user_id": bert.user, "workspace_id": bert.workspace, "role": "owner"}]


def test_a_session_ends_and_neither_outlives_the_membership(
    admin: Admin, tenants: tuple[Tenant, Tenant]
) -> None:
    ask = "SELECT * FROM postclock_session(%s, %s)"
    assert admin.execute(ask, [b"bert-session", LATER]).fetchall() == []
    admin.execute("DELETE FROM memberships WHERE user_id = %s", [tenants[1].user])
    assert admin.execute(ask, [b"bert-session", NOW]).fetchall() == []
    assert admin.execute("SELECT * FROM postclock_api_token('bert-token')").fetchall() == []
