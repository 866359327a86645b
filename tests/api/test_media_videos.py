"""Videos and phones' pictures over the API: taken, told, shown, and what they do not tell."""

from __future__ import annotations

import io

import httpx
from PIL import Image

from tests.api.asking import Json, refused
from tests.fixtures.pictures import PHONE, picture, taken_at_home
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
    assert client.get(f"{MEDIA}/{media['id']}").json() == media


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
