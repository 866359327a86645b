"""Files at their public addresses: as a platform fetches them, which signs in nowhere."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from postclock.clock import HostClock
from postclock.crypto import KeyRing
from postclock.services.media.links import LIFE, Named, Signer
from tests.api.asking import Admin, Json
from tests.fixtures.clocks import OwnedClock
from tests.fixtures.pictures import noise
from tests.fixtures.servers import Api

CONTENT = noise(700_000)


@pytest.fixture
def media(client: httpx.Client) -> Json:
    given = {"file": ("Ä ☀.png", CONTENT)}
    answer: Json = client.post("/api/v1/media", files=given).json()
    return answer


def address(media: Json, ring: KeyRing, name: str | None = None) -> str:
    token = Signer(ring, HostClock()).sign(Named(UUID(media["id"]), ""))
    return f"/media/{token}/{name or media['id'] + '.png'}"


def test_anybody_with_the_address_reads_it(api: Api, media: Json, ring: KeyRing) -> None:
    with api.client() as anybody:
        answer = anybody.get(address(media, ring))
        assert answer.status_code == 200
        assert answer.content == CONTENT
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["content-length"] == str(len(CONTENT))
        assert answer.headers["accept-ranges"] == "bytes"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in answer.headers
        head = anybody.head(address(media, ring))
        assert (head.status_code, head.content) == (200, b"")
        for name in ("content-type", "content-length", "etag"):
            assert head.headers[name] == answer.headers[name]


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1), ("bytes=100-199", 100, 200), ("bytes=699990-", 699_990, 700_000),
        ("bytes=-10", 699_990, 700_000), ("bytes=0-99999999", 0, 700_000),
        ("bytes=300000-650000", 300_000, 650_001), ("bytes=-9999999", 0, 700_000),
    ],
)  # fmt: skip
def test_a_piece_of_it(
    api: Api, media: Json, ring: KeyRing, asked: str, start: int, end: int
) -> None:
    with api.client() as anybody:
        for method in ("GET", "HEAD"):
            answer = anybody.request(method, address(media, ring), headers={"Range": asked})
            assert answer.status_code == 206
            assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/700000"
            assert answer.headers["content-length"] == str(end - start)
            assert answer.content == (CONTENT[start:end] if method == "GET" else b"")


def test_pieces_that_are_none(api: Api, media: Json, ring: KeyRing) -> None:
    with api.client() as anybody:
        at = address(media, ring)
        for asked in ("bytes=700000-", "bytes=-0", "bytes=9999999999-"):
            answer = anybody.get(at, headers={"Range": asked})
            assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */700000")
        for ignored in ("bytes=0-1,5-9", "lines=1-2", "bytes=9-1", "bytes=-", "bytes=a-b", "x"):
            assert anybody.get(at, headers={"Range": ignored}).status_code == 200
        tag = anybody.head(at).headers["etag"]
        for condition, status in ((tag, 206), ('"other"', 200)):
            wanted = {"Range": "bytes=0-1", "If-Range": condition}
            assert anybody.get(at, headers=wanted).status_code == status


def test_whatever_is_wrong_is_not_there(
    api: Api, client: httpx.Client, media: Json, ring: KeyRing, admin: Admin
) -> None:
    right = address(media, ring)
    token = right.split("/")[2]
    past = OwnedClock(HostClock().now() - LIFE - timedelta(minutes=1))
    ended = Signer(ring, past).sign(Named(UUID(media["id"]), ""))
    absent = Signer(ring, HostClock()).sign(Named(UUID(int=1), ""))
    unmade = Signer(ring, HostClock()).sign(Named(UUID(media["id"]), "9x9-9.jpg"))
    foreign = Signer(KeyRing({"test": b"z" * 32}), HostClock()).sign(Named(UUID(media["id"]), ""))
    name = f"{media['id']}.png"
    with api.client() as anybody:
        for wrong in (
            f"/media/{token}/other.png", f"/media/{token}/", f"/media/{token}",
            f"/media/{token[:-1]}/{name}", f"/media/{ended}/{name}",
            f"/media/{absent}/{UUID(int=1)}.png", f"/media/{foreign}/{name}",
            f"/media/{unmade}/{media['id']}.jpg", f"/media/{media['id']}/{name}",
        ):  # fmt: skip
            assert anybody.get(wrong).status_code == 404, wrong
        assert anybody.get(right).status_code == 200
        assert anybody.post(right).status_code == 405
        assert client.delete(f"/api/v1/media/{media['id']}").status_code == 204
        assert anybody.get(right).status_code == 404
