"""Which post a link shows, as a person copies it."""

from __future__ import annotations

import pytest

from postclock.clock import HostClock
from postclock.http import Http
from postclock.services.platforms.base import Owner
from postclock.services.platforms.registry import build_platforms

DID = "did:plc:z72i7hdynmk6r22z27h6tvur"
QUOTED = DID.replace(":", "%3A")
ADA = {
    "twitter": Owner("42", "@Ada_L"),
    "linkedin": Owner("782bbtaQ", "Ada Lovelace"),
    "bluesky": Owner(DID, "ada.bsky.social"),
    "mastodon": Owner("7", "ada@social.example", "https://social.example"),
}
FEED, POSTS = "https://www.linkedin.com/feed/update/", "https://linkedin.com/posts/"
RECORD = f"at://{DID}/app.bsky.feed.post/3l4xyzabc2k2t"


def read(platform: str, link: str) -> str | None:
    return build_platforms(Http(1), HostClock())[platform].remote_id_in(link, ADA[platform])


@pytest.mark.parametrize(
    ("platform", "link", "remote_id"),
    [
        ("twitter", "https://x.com/Ada_L/status/1860000000000000001", "1860000000000000001"),
        ("twitter", "https://twitter.com/ada_l/status/12?s=20&t=x", "12"),
        ("twitter", "https://mobile.twitter.com/ada_l/status/12/photo/1", "12"),
        ("twitter", "https://www.x.com/i/web/status/12/", "12"),
        ("twitter", " http://x.com/i/status/12#m ", "12"),
        ("linkedin", "https://www.linkedin.com/feed/update/urn:li:share:71/", "urn:li:share:71"),
        ("linkedin", f"{FEED}urn%3Ali%3AugcPost%3A71?a=b", "urn:li:ugcPost:71"),
        ("linkedin", f"{FEED}urn:li:activity:71", "urn:li:activity:71"),
        ("linkedin", f"{POSTS}ada_hello-world-activity-714-xY_z", "urn:li:activity:714"),
        ("linkedin", f"{POSTS}ada-l_share-714-xYz/", "urn:li:share:714"),
        ("bluesky", "https://bsky.app/profile/ada.bsky.social/post/3l4xyzabc2k2t", RECORD),
        ("bluesky", f"https://bsky.app/profile/{DID}/post/3l4xyzabc2k2t/", RECORD),
        ("bluesky", f"https://bsky.app/profile/{QUOTED}/post/3l4xyzabc2k2t", RECORD),
        ("mastodon", "https://social.example/@ada/112233", "112233"),
        ("mastodon", "https://social.example/web/@Ada/112233", "112233"),
        ("mastodon", "https://social.example/users/ada/statuses/112233", "112233"),
    ],
)  # fmt: skip
def test_a_posts_link_tells_its_id(platform: str, link: str, remote_id: str) -> None:
    assert read(platform, link) == remote_id


@pytest.mark.parametrize("platform", list(ADA))
@pytest.mark.parametrize(
    "link",
    [
        "", "x", "12", "https://", "https://[", "javascript:alert(1)", "https://example.org/",
        "https://x.com/somebody/status/12", "https://x.com/ada_l", "https://x.com/ada_l/status/",
        "https://x.com/ada_l/status/1x", "https://x.com.evil.example/ada_l/status/12",
        "ftp://x.com/ada_l/status/12", "https://x.com/ada_l/status/12345678901234567890",
        "https://x.com/ada_l/status/¹²", "https://evil.example/x.com/ada_l/status/12",
        "https://www.linkedin.com/feed/", "https://www.linkedin.com/in/ada/",
        f"{FEED}urn:li:comment:71/", f"{FEED}urn:li:share:x", f"{POSTS}ada_activity-x",
        "https://bsky.app/profile/bob.bsky.social/post/3l4xyzabc2k2t", "https://bsky.app/profile/",
        "https://bsky.app/profile/ada.bsky.social/post/a%2Fb", "https://social.example/@bob/1",
        "https://other.example/@ada/112233", "https://social.example/@ada@other.example/1",
        "https://social.example/@ada", "x" * 2000, "https://x.com/ada_l/status/12\n13",
    ],
)  # fmt: skip
def test_anything_else_is_no_post_of_the_account(platform: str, link: str) -> None:
    assert read(platform, link) is None
