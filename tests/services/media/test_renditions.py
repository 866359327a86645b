"""What is made of a picture so that a platform takes it: planned, made once, and as planned."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from PIL import Image

from postclock.services.media.fitting import fitting
from postclock.services.media.model import File
from postclock.services.media.renditions import render
from postclock.services.media.storage import local_store, made_key
from postclock.services.platforms.base import NotPublished
from postclock.services.platforms.capabilities import ImageLimits
from postclock.services.platforms.drafting import Media
from postclock.services.platforms.images import Crop, crop_for, image_problems
from tests.fixtures.pictures import PROFILE, picture, taken_at_home

JPEG = frozenset({"image/jpeg"})
LIMITS = ImageLimits(4, JPEG | {"image/png"}, 1_000_000, 100, max_pixels=4_000_000, max_width=1440)
MEDIA = Media(UUID(int=1), "image/jpeg", 500_000, 1000, 800, "words")


@pytest.mark.parametrize(
    "media",
    [
        MEDIA, replace(MEDIA, mime_type="image/png"), replace(MEDIA, size=1_000_000),
        replace(MEDIA, width=1440, height=2777),
        replace(MEDIA, mime_type="image/gif", animated=True, size=9_000_000),
        replace(MEDIA, mime_type="video/mp4", size=9_000_000, duration=3.0),
        replace(MEDIA, mime_type="image/webp", width=None),
    ],
)  # fmt: skip
def test_what_is_sent_as_it_is(media: Media) -> None:
    assert fitting(media, LIMITS) == media
    assert fitting(media, None) == media
    assert fitting(replace(media, mime_type="image/webp", animated=True), LIMITS).rendition == ""


@pytest.mark.parametrize(
    ("media", "size"),
    [
        (replace(MEDIA, mime_type="image/webp"), (1000, 800)),
        (replace(MEDIA, size=1_000_001), (1000, 800)),
        (replace(MEDIA, width=2880, height=1000), (1440, 500)),
        (replace(MEDIA, width=1000, height=16_000), (500, 8000)),
        (replace(MEDIA, width=100_000, height=10), (1440, 1)),
    ],
)
def test_what_is_made_to_fit(media: Media, size: tuple[int, int]) -> None:
    planned = fitting(media, LIMITS)
    assert (planned.width, planned.height) == size
    assert (planned.mime_type, planned.size) == ("image/jpeg", 1_000_000)
    assert (planned.id, planned.alt) == (media.id, "words")
    assert planned.name.endswith(".jpg")
    assert image_problems("It", [planned], LIMITS) == []


def test_a_platform_without_jpeg_gets_none() -> None:
    media = replace(MEDIA, mime_type="image/webp")
    only_png = replace(LIMITS, types=frozenset({"image/png"}))
    assert fitting(media, only_png) == media
    [problem] = image_problems("It", [media], only_png)
    assert problem.code == "media_type_refused"


def test_a_shape_is_never_cropped_by_itself() -> None:
    limits = replace(LIMITS, min_ratio=0.8, max_ratio=1.91, min_width=320)
    wide = fitting(replace(MEDIA, width=2000, height=850), limits)
    [problem] = image_problems("It", [wide], limits)
    assert (problem.code, problem.field) == ("image_shape", "media.0")
    assert "this one is 2.35 (1440 × 612): crop it, for example to 1168 × 612" in problem.message
    [small] = image_problems("It", [replace(MEDIA, width=300, height=300)], limits)
    assert small.message == "It needs at least 320 px of width, this one has 300."


@pytest.mark.parametrize(
    ("size", "crop"),
    [
        ((1000, 1000), None), ((1910, 1000), None), ((800, 1000), None),
        ((2000, 1000), Crop(45, 0, 1910, 1000)), ((500, 1000), Crop(0, 187, 500, 625)),
        ((1, 5000), Crop(0, 2499, 1, 1)),
    ],
)  # fmt: skip
def test_the_largest_piece_that_is_taken(size: tuple[int, int], crop: Crop | None) -> None:
    limits = replace(LIMITS, min_ratio=0.8, max_ratio=1.91)
    assert crop_for(*size, limits) == crop
    if crop and min(crop.width, crop.height) > 1:
        assert crop_for(crop.width, crop.height, limits) is None


async def test_it_looks_as_planned() -> None:
    given = taken_at_home("PNG", (400, 300), 6)
    made = Image.open(io.BytesIO(await render(given, "150x200-100000.jpg")))
    assert (made.format, made.size) == ("JPEG", (150, 200))
    assert made.info["icc_profile"] == PROFILE
    assert not made.getexif()
    clear = io.BytesIO()
    Image.new("RGBA", (50, 50), (255, 0, 0, 0)).save(clear, "PNG")
    white = Image.open(io.BytesIO(await render(clear.getvalue(), "50x50-100000.jpg")))
    assert white.getpixel((25, 25)) == (255, 255, 255)
    colours = io.BytesIO()
    Image.new("CMYK", (50, 50)).save(colours, "JPEG")
    assert Image.open(io.BytesIO(await render(colours.getvalue(), "50x50-9000.jpg"))).mode == "RGB"


async def test_noise_is_made_smaller_until_it_fits() -> None:
    noisy = io.BytesIO()
    Image.frombytes("RGB", (600, 400), os.urandom(720_000)).save(noisy, "PNG")
    made = await render(noisy.getvalue(), "600x400-40000.jpg")
    assert len(made) <= 40_000
    width, height = Image.open(io.BytesIO(made)).size
    assert width / height == pytest.approx(1.5, abs=0.05)
    assert width > 150


async def test_it_is_made_once_and_measured(tmp_path: Path) -> None:
    store = local_store(tmp_path)
    stored = File(Media(UUID(int=1), "image/png", 100, 400, 300), "w/1")
    await store.put("w/1", picture("PNG", (400, 300)))
    planned = fitting(stored.media, replace(LIMITS, types=JPEG))
    files = store.files({UUID(int=1): stored}, lambda media: f"https://x/{media.name}")
    assert await files.link(planned) == f"https://x/{UUID(int=1)}.jpg"
    key = made_key("w/1", planned.rendition)
    content = await store.read(key)
    await store.delete(["w/1"])
    assert await files.read(planned) == content
    assert await files.read_range(planned, 2, 9) == content[2:9]
    assert (await files.measured(planned)).size == len(content)
    assert await files.measured(stored.media) == stored.media
    await store.delete([key])
    with pytest.raises(NotPublished):
        await files.read(planned)
    assert (await files.measured(planned)).size == planned.size


async def test_what_cannot_be_made_was_not_published(tmp_path: Path) -> None:
    with pytest.raises(NotPublished):
        await render(picture()[:40], "8x6-100.jpg")
