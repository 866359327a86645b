"""Procrastinate's tables in a schema of their own, and indexes for housekeeping and /system.

Why, and how they are upgraded: docs/decisions/0020.

Revision ID: 0003
Revises: 0002
"""

from pathlib import Path

from alembic import op

from postclock.db.migrations.procrastinate_schema import bring_up_to_date

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PROCRASTINATE = "03.04.00_50_post_add_retry_failed_job_procedure.sql"
"""How far Procrastinate's own migrations went. When a new version of it adds some, a migration of
ours calls ``bring_up_to_date`` again, and this line moves there."""


def upgrade() -> None:
    bring_up_to_date(op.get_bind())
    indexes = Path(__file__).with_suffix(".sql").read_text()
    op.get_bind().exec_driver_sql(indexes.replace("%", "%%"))
