"""Schemathesis against the served contract: generated good and bad requests, every check."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.api.asking import ahead, fault, made, wish
from tests.fixtures.servers import Api
from tests.fixtures.workspaces import Team

SEED = 20261122
EXAMPLES = 12

NOT_STREAM = ["--exclude-path", "/api/v1/stream"]
"""A stream of events does not end, so it has no whole answer to check (test_stream.py has it)."""

NOT_READY = ["--exclude-path", "/readyz"]
"""Nothing publishes here: after two minutes it is rightly unavailable (test_health.py has it)."""

NOT_TUS = ["--exclude-path", "/api/v1/media/uploads/{upload_id}"]
"""Beside the contract it speaks tus, which has methods of its own (test_resumable.py)."""

NOT_ALL = ["--exclude-checks", "positive_data_acceptance"]
"""What the schema allows may still be refused: a text too long for its platform, a moment past."""


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_no_generated_request_breaks_the_contract(api: Api, team: Team, tmp_path: Path) -> None:
    with api.client(team) as client:
        fault(client, "mastodon", "rate_limit", 5)
        for platform in ("twitter", "bluesky", "mastodon"):
            made(client, wish(platform, scheduled_at=ahead(-1)))
            made(client, wish(platform, scheduled_at=ahead(3600)))
    command = [
        sys.executable, "-W", "ignore", "-m", "schemathesis.cli", "run", f"{api.url}/openapi.json",
        "--header", f"Authorization: Bearer {team.token}", "--checks", "all",
        *NOT_ALL, *NOT_STREAM, *NOT_READY, *NOT_TUS,
        "--seed", str(SEED), "--max-examples", str(EXAMPLES), "--no-shrink", "--warnings", "off",
        "--suppress-health-check", "all", "--request-timeout", "20", "--no-color",
    ]  # fmt: skip
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    sys.stdout.write(f"seed {SEED}\n{ran.stdout[-20_000:]}\n{ran.stderr[-2_000:]}")
    assert ran.returncode == 0
