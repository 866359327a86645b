"""X's twin against tweepy, a client others wrote."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import tweepy

from postclock.sandbox.credentials import sandbox_account
from tests.sandbox.pictures import picture
from tests.sandbox.rig import Api, Running

pytestmark = pytest.mark.asyncio

ME, _, SECRETS = sandbox_account("twitter", "acme")


class Detour(requests.adapters.HTTPAdapter):
    """Brings what tweepy sends to X's host to the twin instead."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> Any:
        assert request.url is not None
        request.url = request.url.replace("https://api.twitter.com", self._url + "/twitter")
        return super().send(request, *args, **more)


@pytest.fixture
def client(running: Running) -> tweepy.Client:
    client = tweepy.Client(SECRETS["access_token"])
    client.session.mount("https://api.twitter.com", Detour(running.url))
    client.session.trust_env = False
    return client


async def test_posting_listing_and_deleting(client: tweepy.Client) -> None:
    def work() -> None:
        me = client.get_me(user_auth=False)
        assert str(me.data.id) == ME
        created = client.create_tweet(text="from tweepy https://example.com/", user_auth=False)
        listed = client.get_users_tweets(
            ME, tweet_fields=["created_at", "entities"], max_results=5, user_auth=False
        )
        (tweet,) = listed.data
        assert str(tweet.id) == created.data["id"]
        assert tweet.created_at == datetime(2026, 11, 22, 9, tzinfo=UTC)
        assert tweet.entities["urls"][0]["expanded_url"] == "https://example.com/"
        assert client.delete_tweet(tweet.id, user_auth=False).data == {"deleted": True}

    await asyncio.to_thread(work)


async def test_showing_pictures(api: Api, client: tweepy.Client) -> None:
    """tweepy has no call for X's newer upload; it posts and lists what another client uploaded."""
    body = {"media": b64encode(picture()).decode(), "media_category": "tweet_image"}
    token = SECRETS["access_token"]
    data = (await api("POST", "/twitter/2/media/upload", token=token, json=body)).json["data"]

    def work() -> None:
        client.create_tweet(media_ids=[data["id"]], user_auth=False)
        listed = client.get_users_tweets(
            ME,
            tweet_fields=["attachments"],
            expansions=["attachments.media_keys"],
            media_fields=["url", "width"],
            user_auth=False,
        )
        assert listed.data[0].attachments == {"media_keys": [data["media_key"]]}
        (media,) = listed.includes["media"]
        assert (media.media_key, media.type, media.width) == (data["media_key"], "photo", 40)
        with pytest.raises(tweepy.BadRequest, match="media IDs are invalid"):
            client.create_tweet(media_ids=["12"], user_auth=False)

    await asyncio.to_thread(work)


async def test_refusals_raise_tweepys_own_errors(running: Running, client: tweepy.Client) -> None:
    def work() -> None:
        client.create_tweet(text="twice", user_auth=False)
        with pytest.raises(tweepy.Forbidden, match="duplicate content"):
            client.create_tweet(text="twice", user_auth=False)
        with pytest.raises(tweepy.BadRequest, match="too long"):
            client.create_tweet(text="x" * 281, user_auth=False)
        running.app.faults.add({"platform": "twitter", "fault": "rate_limit"})
        with pytest.raises(tweepy.TooManyRequests):
            client.create_tweet(text="later", user_auth=False)
        client.bearer_token = "wrong"
        with pytest.raises(tweepy.Unauthorized):
            client.create_tweet(text="who", user_auth=False)

    await asyncio.to_thread(work)
