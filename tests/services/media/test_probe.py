"""What an uploaded file is, whatever it is called."""

from __future__ import annotations

import io
from zlib import crc32

import pytest

from postclock.errors import Invalid
from postclock.services.media.model import Probed
from postclock.services.media.pictures import MAX_PIXELS
from postclock.services.media.probe import look
from tests.fixtures.pictures import moving, picture, turned

NOT_PICTURES = {
    "empty": b"",
    "text": b"hello",
    "page": b"<html><script>alert(1)</script></html>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "zip": b"PK\x03\x04" + b"\0" * 60,
    "bmp": picture("BMP"),
    "tiff": picture("TIFF"),
    "avif": b"\0\0\0\x20ftypavif\0\0\0\0avifmif1miafMA1B" + bytes(40),
    "sound": b"\0\0\0\x1cftypM4A \0\0\0\0M4A isom" + bytes(40),
    "playlist": b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n",
    "matroska": b"\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska" + bytes(40),
    "riff": b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 30,
}


@pytest.mark.parametrize(
    ("kind", "mime_type"),
    [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("GIF", "image/gif"), ("WEBP", "image/webp")],
)
async def test_the_types_that_are_taken(kind: str, mime_type: str) -> None:
    found = (await look(io.BytesIO(picture(kind, (31, 17))))).probed
    assert found == Probed(mime_type, 31, 17, animated=False)


async def test_the_size_is_the_one_that_is_shown() -> None:
    found = (await look(io.BytesIO(turned((31, 17))))).probed
    assert (found.width, found.height) == (17, 31)


async def test_a_moving_picture_is_told() -> None:
    assert (await look(io.BytesIO(moving()))).probed.animated


@pytest.mark.parametrize("name", NOT_PICTURES)
async def test_what_is_no_picture_is_refused(name: str) -> None:
    with pytest.raises(Invalid) as raised:
        await look(io.BytesIO(NOT_PICTURES[name]))
    assert raised.value.code == "media_type_refused"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
async def test_a_damaged_picture_is_refused(kind: str) -> None:
    whole = picture(kind, (400, 300))
    for length in (len(whole) // 2, 40):
        with pytest.raises(Invalid) as raised:
            await look(io.BytesIO(whole[:length]))
        assert raised.value.code in {"media_damaged", "media_type_refused"}


async def test_a_picture_that_would_fill_the_memory_is_refused_unread() -> None:
    """Its header claims 60,000 × 60,000; nothing behind it is looked at."""
    png = bytearray(picture())
    png[16:24] = (60_000).to_bytes(4) * 2
    png[29:33] = crc32(png[12:29]).to_bytes(4)
    with pytest.raises(Invalid) as raised:
        await look(io.BytesIO(bytes(png)))
    assert raised.value.code == "media_too_many_pixels"
    assert MAX_PIXELS < 60_000 * 60_000


async def test_a_bomb_that_is_a_whole_picture_is_refused() -> None:
    bomb = picture("PNG", (9000, 8000))
    assert len(bomb) < 300_000
    with pytest.raises(Invalid) as raised:
        await look(io.BytesIO(bomb))
    assert raised.value.code == "media_too_many_pixels"
    assert "9000 × 8000" in raised.value.detail
