"""The first tables, their row-level security, and the SQL that arms and derives.

Revision ID: 0001
Revises:
"""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Roles belong to the cluster, not to the database: another database may have made it already.
API_ROLE = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'postclock_api') THEN
    CREATE ROLE postclock_api NOLOGIN;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
-- Membership alone is not enough to become it from PostgreSQL 16 on: who made a role may only
-- administer it until it grants the role to itself.
DO $$ BEGIN
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    EXECUTE format('GRANT postclock_api TO %I', current_user);
  END IF;
END $$;
"""

# Supabase signs people in itself: there, a request's user may come from its token.
CURRENT_USER = """
DO $$ BEGIN
  IF to_regprocedure('auth.uid()') IS NULL THEN
    CREATE FUNCTION postclock_user() RETURNS uuid LANGUAGE sql STABLE AS
      'SELECT nullif(current_setting(''postclock.user_id'', true), '''')::uuid';
  ELSE
    CREATE FUNCTION postclock_user() RETURNS uuid LANGUAGE sql STABLE AS
      'SELECT coalesce(nullif(current_setting(''postclock.user_id'', true), '''')::uuid, auth.uid())';
  END IF;
END $$;
"""


def upgrade() -> None:
    tables = Path(__file__).with_suffix(".sql").read_text()
    for script in (API_ROLE, CURRENT_USER, tables):
        op.get_bind().exec_driver_sql(script.replace("%", "%%"))
