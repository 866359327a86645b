"""Logs: one line an event, readable on a terminal, JSON elsewhere."""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.typing import EventDict

from postclock.hiding import hide


def set_up_logging(*, level: int = logging.INFO) -> None:
    """Send everything to standard error, in one shape."""
    terminal = sys.stderr.isatty()
    render = structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _without_secrets,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # In one write: processes that share a log do not tear each other's lines.
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    quiet_ones = {
        "psycopg.pool": logging.ERROR,
        "uvicorn.access": logging.WARNING,
        "procrastinate": logging.CRITICAL,  # housekeeping tells itself what became of its jobs
    }
    for name, quiet in quiet_ones.items():
        logging.getLogger(name).setLevel(quiet)


def _without_secrets(_logger: object, _method: str, event: EventDict) -> EventDict:
    """What is written tells no secret, whoever put it into an error's words."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = hide(value)
    return event
