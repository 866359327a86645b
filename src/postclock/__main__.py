"""``python -m postclock``."""

from postclock.cli import app

app()
