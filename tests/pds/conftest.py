"""The real Bluesky server for the tests in this folder."""

from __future__ import annotations

from tests.fixtures.pds import cutting_proxy, pds

__all__ = ["cutting_proxy", "pds"]
