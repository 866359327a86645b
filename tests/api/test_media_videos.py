"""Videos and phones' pictures over the API: taken, told, shown, and what they do not tell."""

from __future__ import annotations

import io

import httpx
import pytest
from PIL import Image

from tests.api.asking import Json, made, refused
from tests.fixtures.pictures import PHONE, moving, picture, taken_at_home
from tests.fixtures.servers import Api
from tests.fixtures.videos import video

MEDIA = "/api/v1/media"


def uploaded(client: httpx.Client, content: bytes, name: str) -> Json:
    answer = client.post(MEDIA, files={"file": (name, content)})
    assert answer.status_code == 201, answer.text
    media: Json = answer.json()
    return media


def test_a_video_is_told_and_shown(client: httpx.Client) -> None:
    media = uploaded(client, video("mov", (96, 48), rotation=90, seconds=2), "clip.mov")
    told = {name: media[name] for name in ("mime_type", "width", "height", "duration")}
    assert told == {"mime_type": "video/quicktime", "width": 48, "height": 96, "duration": 2.0}
    assert (media["video_codec"], media["audio_codec"]) == ("h264", "aac")
    assert media["frame_rate"] == 10
    still = client.get(media["poster_url"])
    assert still.headers["content-type"] == "image/jpeg"
    assert Image.open(io.BytesIO(still.content)).size == (48, 96)
    piece = client.get(media["content_url"], headers={"Range": "bytes=4-7"})
    assert (piece.status_code, piece.content) == (206, b"ftyp")
    assert client.get(f"{MEDIA}/{media['id']}").json() == {**media, "posts": 0}


def test_a_picture_has_no_still(client: httpx.Client) -> None:
    media = uploaded(client, picture(), "a.png")
    assert (media["poster_url"], media["duration"], media["video_codec"]) == (None, None, "")
    refused(client.get(f"{MEDIA}/{media['id']}/poster"), 404, "not_found")


def test_a_still_is_its_workspaces(client: httpx.Client, stranger: httpx.Client) -> None:
    media = uploaded(client, video(), "clip.mp4")
    refused(stranger.get(media["poster_url"]), 404, "not_found")


def test_a_heic_is_kept_as_a_jpeg(client: httpx.Client) -> None:
    media = uploaded(client, taken_at_home("HEIF", (320, 240), 6), "IMG_0001.HEIC")
    assert (media["mime_type"], media["name"]) == ("image/jpeg", "IMG_0001.jpg")
    assert (media["width"], media["height"]) == (240, 320)
    assert PHONE.encode() not in client.get(media["content_url"]).content


def test_half_a_video(client: httpx.Client) -> None:
    problem = refused(
        client.post(MEDIA, files={"file": ("a", video()[:1500])}), 422, "media_damaged"
    )
    assert problem["problems"][0]["field"] == "file"


def test_what_the_files_amount_to(client: httpx.Client, stranger: httpx.Client) -> None:
    assert client.get(f"{MEDIA}/usage").json() == {"files": 0, "videos": 0, "bytes": 0}
    first, second = uploaded(client, picture(), "Beach.png"), uploaded(client, video(), "clip.mp4")
    size = first["bytes"] + second["bytes"]
    assert client.get(f"{MEDIA}/usage").json() == {"files": 2, "videos": 1, "bytes": size}
    assert stranger.get(f"{MEDIA}/usage").json()["files"] == 0

    def names(**asked: str) -> list[str]:
        return [one["name"] for one in client.get(MEDIA, params=asked).json()["items"]]

    assert names(kind="video") == ["clip.mp4"]
    assert names(kind="image") == names(search="bEAch") == ["Beach.png"]
    assert names(search="%") == names(kind="image", search="clip") == []
    refused(client.get(MEDIA, params={"kind": "sound"}), 422, "not_a_choice")


def test_where_it_is_used(client: httpx.Client) -> None:
    media = uploaded(client, picture(), "a.png")
    path = f"{MEDIA}/{media['id']}"
    assert client.get(path).json()["posts"] == 0
    content = {"twitter": {"text": "x", "media": [{"id": media["id"]}]}}
    made(client, {"platforms": ["twitter"], "content": content})
    assert client.get(path).json()["posts"] == 1


def test_a_piece_of_a_picture(client: httpx.Client, stranger: httpx.Client) -> None:
    given = taken_at_home("JPEG", (80, 40), 6)
    answer = client.post(MEDIA, files={"file": ("a.jpg", given)}, data={"alt_text": "A"})
    path = f"{MEDIA}/{answer.json()['id']}/crop"
    wanted = {"x": 5, "y": 10, "width": 30, "height": 50}
    piece = client.post(path, json=wanted)
    assert piece.status_code == 201, piece.text
    told = {name: piece.json()[name] for name in ("name", "alt_text", "width", "height")}
    assert told == {"name": "a.jpg", "alt_text": "A", "width": 30, "height": 50}
    assert client.get(path.removesuffix("/crop")).json()["width"] == 40
    refused(client.post(path, json={**wanted, "x": 11}), 422, "crop_refused")
    refused(client.post(path, json={**wanted, "width": 0}), 422, "out_of_range")
    refused(stranger.post(path, json=wanted), 404, "not_found")
    for moving_one in (moving(), video()):
        other = uploaded(client, moving_one, "b")
        refused(client.post(f"{MEDIA}/{other['id']}/crop", json=wanted), 422, "crop_refused")


def test_pieces_that_platforms_take(client: httpx.Client) -> None:
    media = uploaded(client, picture("PNG", (300, 100)), "wide.png")
    items = client.get(f"{MEDIA}/{media['id']}/crops").json()["items"]
    assert all(one["width"] / one["height"] <= 1.92 for one in items)
    assert client.get(f"{MEDIA}/{uploaded(client, video(), 'v')['id']}/crops").json() == {
        "items": []
    }


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "https://10.0.0.1/a.jpg", "https://[::1]/", "file:///etc/passwd"]
)
def test_nothing_is_fetched_from_inside(client: httpx.Client, url: str) -> None:
    problem = refused(client.post(f"{MEDIA}/from-url", json={"url": url}), 422, "address_refused")
    assert problem["problems"][0]["field"] == "url"


def test_a_picture_by_its_address(client: httpx.Client, api: Api) -> None:
    """The sandbox is the one server that a test's installation may reach."""
    asked = {"url": f"{api.url}/sandbox/no-such-file.png", "alt_text": "x"}
    problem = client.post(f"{MEDIA}/from-url", json=asked)
    assert "answered 404" in refused(problem, 422, "address_failed")["detail"]
