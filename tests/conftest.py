"""Fixtures that every test may ask for."""

from pytest import TerminalReporter  # noqa: PT013

from tests.fixtures.databases import admin, dsn, pool, server
from tests.fixtures.published import platform_data
from tests.fixtures.servers import api, serve_app
from tests.fixtures.workspaces import database, ring, team

pytest_plugins = ["tests.architecture.loopback"]

__all__ = [
    "admin", "api", "database", "dsn", "platform_data", "pool", "ring", "serve_app", "server",
    "team",
]  # fmt: skip


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Say how large the conformance matrix was."""
    ran = [
        report
        for word in ("passed", "failed")
        for report in terminalreporter.stats.get(word, [])
        if report.nodeid.startswith("tests/conformance/test_conformance.py")
    ]
    if ran:
        platforms = {report.nodeid.partition("[")[2].partition("-")[0] for report in ran}
        plays = sum(int(dict(report.user_properties).get("plays", 1)) for report in ran)
        violations = sum(report.failed for report in ran)
        terminalreporter.write_line(
            f"conformance: {plays} deliveries played on {len(platforms)} platforms, "
            f"{violations} violations"
        )
