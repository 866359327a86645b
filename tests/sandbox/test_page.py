"""The timeline page: one set of files that works under any prefix."""

from __future__ import annotations

import re

import pytest

from postclock.sandbox.faults import Fault
from postclock.sandbox.registry import PLATFORMS
from tests.sandbox.rig import Api

pytestmark = pytest.mark.asyncio


async def test_the_page_and_all_it_names_are_served(api_anywhere: Api) -> None:
    page = await api_anywhere("GET", "/")
    html = page.body.decode()
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "Nothing here is public." in html
    addresses = set(re.findall(r'(?:href|src)="([^"#]+)"', html))
    assert {"static/timeline.js", "static/timeline.css", "ledger", "faults"} <= addresses
    for address in addresses:
        assert not address.startswith(("/", "http"))
        assert (await api_anywhere("GET", f"/{address}")).status == 200


async def test_nothing_on_the_page_needs_a_looser_policy(api: Api) -> None:
    html = (await api("GET", "/")).body.decode()
    script = (await api("GET", "/static/timeline.js")).body.decode()
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon[a-z]+=", html) == []
    assert re.findall(r"innerHTML|insertAdjacentHTML|document\.write|\beval\b", script) == []


async def test_the_page_offers_every_fault(api: Api) -> None:
    html = (await api("GET", "/")).body.decode()
    offered = re.findall(r'<option value="([a-z_]+)"', html)
    assert offered == [*PLATFORMS, *Fault]
    assert re.findall(r'data-platform="([a-z_]+)"', html) == [*PLATFORMS]
    assert "<!--" not in html
    refused = [
        (platform, fault)
        for platform in PLATFORMS
        for fault in Fault
        if (await api("PUT", "/faults", json={"platform": platform, "fault": fault})).status != 200
    ]
    assert refused == []
