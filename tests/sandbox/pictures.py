"""Small files to upload."""

from __future__ import annotations

from io import BytesIO
from random import Random

from PIL import Image

MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(1000)


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), colour: str = "navy") -> bytes:
    """A picture of one colour."""
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


def film() -> bytes:
    """An animated GIF."""
    out = BytesIO()
    first, second = (Image.new("RGB", (20, 20), colour) for colour in ("red", "blue"))
    first.save(out, "GIF", save_all=True, append_images=[second])
    return out.getvalue()


def noise(side: int) -> bytes:
    """A picture that does not compress: about 3 × ``side``² bytes."""
    out = BytesIO()
    Image.frombytes("RGB", (side, side), Random(1).randbytes(3 * side * side)).save(out, "PNG")
    return out.getvalue()
