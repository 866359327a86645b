"""What a picture says of its maker is not kept; how it looks is."""

from __future__ import annotations

import io

import pytest
from PIL import ExifTags, Image, ImageChops, ImageOps, ImageStat

from postclock.services.media.probe import look
from postclock.services.media.stripping import Unreadable, stripped
from tests.fixtures.pictures import PHONE, PROFILE, picture, taken_at_home

TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}


async def kept(given: bytes) -> bytes:
    return (await look(io.BytesIO(given))).content.read()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", TYPES)
async def test_the_place_goes_and_no_pixel_changes(kind: str, orientation: int) -> None:
    given = taken_at_home(kind, orientation=orientation)
    before = Image.open(io.BytesIO(given))
    assert PHONE.encode() in given
    assert before.getexif().get_ifd(ExifTags.IFD.GPSInfo)
    content = await kept(given)
    after = Image.open(io.BytesIO(content))
    assert PHONE.encode() not in content
    assert not after.getexif().get_ifd(ExifTags.IFD.GPSInfo)
    assert set(after.getexif()) <= {ExifTags.Base.Orientation}
    assert after.info["icc_profile"] == PROFILE
    assert "xmp" not in after.info
    shown, wanted = ImageOps.exif_transpose(after), ImageOps.exif_transpose(before)
    assert shown.size == wanted.size
    assert not ImageChops.difference(shown, wanted).getbbox()


@pytest.mark.parametrize("orientation", [1, 6])
async def test_a_heic_becomes_a_jpeg_that_looks_the_same(orientation: int) -> None:
    given = taken_at_home("HEIF", (320, 240), orientation)
    looked = await look(io.BytesIO(given))
    content = looked.content.read()
    after = Image.open(io.BytesIO(content))
    assert (after.format, looked.probed.mime_type) == ("JPEG", "image/jpeg")
    wanted = (240, 320) if orientation == 6 else (320, 240)
    assert after.size == (looked.probed.width, looked.probed.height) == wanted
    assert PHONE.encode() not in content
    assert after.getexif().get(ExifTags.Base.Orientation, 1) == 1
    assert after.info["icc_profile"] == PROFILE
    before = ImageOps.exif_transpose(Image.open(io.BytesIO(given)))
    difference = ImageChops.difference(after.convert("RGB"), before.convert("RGB"))
    assert max(ImageStat.Stat(difference).rms) < 3


async def test_what_hides_behind_the_end_is_not_kept() -> None:
    """Phones put a second picture, or a film with its place, behind the first."""
    second = taken_at_home("JPEG")
    assert PHONE.encode() not in await kept(taken_at_home("JPEG") + second)
    assert PHONE.encode() not in await kept(picture("PNG") + PHONE.encode())
    assert PHONE.encode() not in await kept(picture("WEBP") + PHONE.encode())


async def test_a_progressive_picture_has_many_scans() -> None:
    given = picture("JPEG", (300, 200), progressive=True)
    assert await kept(given) == given


@pytest.mark.parametrize("kind", TYPES)
def test_no_bytes_make_it_stumble(kind: str) -> None:
    """Cut or changed anywhere, it is read or refused."""
    given = taken_at_home(kind, (16, 12), 6)
    for i in range(0, len(given), 7):
        for wrong in (given[:i], given[:i] + b"\xff\xff\xff\xff" + given[i + 4 :]):
            try:
                assert len(stripped(TYPES[kind], wrong, 6)) <= len(wrong) + 60
            except Unreadable:
                continue
