"""What is the matter with the database, in words; addresses and names stay untold."""

from __future__ import annotations

from sqlalchemy import exc

SAID = {
    "starting up": "The database is starting up.",
    "not yet accepting connections": "The database is recovering.",
    "shutting down": "The database is shutting down.",
    "administrator command": "The database ended the connection.",
    "too many clients": "The database takes no more connections (max_connections).",
    "remaining connection slots": "The database takes no more connections (max_connections).",
    "authentication failed": "The database refuses this program's user or password.",
    "refused": "The database refuses connections: nothing listens at its address.",
    "no such file": "The database refuses connections: nothing listens at its address.",
    "timeout": "The database does not answer in time.",
}
"""By what PostgreSQL or the system says."""


def words_of(error: BaseException) -> str:
    """One sentence about why the database could not be used."""
    if isinstance(error, exc.TimeoutError):
        return "All of this process's connections to the database are in use."
    said = str(error).lower()
    return next((words for part, words in SAID.items() if part in said), "The database is away.")
