"""A platform that publishes by an upload's last part, and one that fetches: from the upload here to
its ledger, through the database and a node's own hands."""

from __future__ import annotations

import httpx
import pytest_asyncio

from postclock.db.session import Database
from tests.api.asking import Json, ahead, made
from tests.api.test_media_publishing import entries, until_settled, uploaded
from tests.fixtures.pictures import picture
from tests.fixtures.videos import video
from tests.fixtures.workspaces import Team, pretend_account

NAME = "tiktok"
OPTIONS = {"privacy": "SELF_ONLY"}


@pytest_asyncio.fixture(autouse=True)
async def account(database: Database, team: Team) -> None:
    """A pretend account of the platform, for a workspace begins without one."""
    await pretend_account(database, team, NAME)


def asked(media_id: str, text: str) -> Json:
    shown = {"text": text, "media": [{"id": media_id}], "options": OPTIONS}
    return {"platforms": [NAME], "content": {NAME: shown}, "scheduled_at": ahead(-1)}


def test_a_video_is_published_by_its_last_part(client: httpx.Client) -> None:
    content = video(size=(360, 640), rate=25)
    post = made(client, asked(uploaded(client, content), "A film"))
    settled = until_settled(client, post)
    assert settled["status"] == "published", settled["deliveries"]
    entry = entries(client)[NAME]
    assert (entry["text"], entry["media"][0]["bytes"]) == ("A film", len(content))


def test_photos_are_fetched_from_here(client: httpx.Client) -> None:
    post = made(client, asked(uploaded(client, picture("JPEG", (400, 300))), "A photo"))
    settled = until_settled(client, post)
    assert settled["status"] == "published", settled["deliveries"]
    entry = entries(client)[NAME]
    assert (entry["text"], entry["media"][0]["width"]) == ("A photo", 400)


def test_what_must_be_chosen_is_asked_for(client: httpx.Client) -> None:
    wish = asked(uploaded(client, picture("JPEG", (400, 300))), "A photo")
    wish["content"][NAME]["options"] = {}
    answer = client.post("/api/v1/posts/check", json=wish)
    (problem,) = answer.json()["problems"]
    assert problem["code"] == "privacy_missing"
    assert problem["field"] == f"content.{NAME}.options.privacy"
