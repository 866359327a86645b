"""SQL that recognises the database."""

from __future__ import annotations

WHICH = """
SELECT (pg_control_system()).system_identifier::text AS system,
       left(pg_walfile_name(pg_current_wal_lsn()), 8) AS timeline, clock_timestamp() AS now
"""
"""The timeline is that of the last WAL written: a promoted standby's is new at once."""
RECOGNIZE = "SELECT * FROM postclock_recognize(%(system)s, %(timeline)s, %(now)s)"
