"""Which type a file is, by its first bytes; a name or a declared type is never believed."""

from __future__ import annotations

from typing import BinaryIO

import puremagic

HEAD = 4096
PICTURES = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/heic": "HEIF",
}
"""The types of pictures that are taken, and what Pillow calls them."""
VIDEOS = {"video/mp4": "mov", "video/quicktime": "mov", "video/webm": "matroska"}
"""The types of videos that are taken, and which of FFmpeg's readers opens them: no other may."""

_HEIC = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1")
_REFUSED = (b"avif", b"avis", b"jp2 ", b"crx ", b"M4A ", b"M4B ", b"3gp", b"3g2")
_QUICKTIME = (b"moov", b"mdat", b"wide", b"pnot")
_EBML = b"\x1a\x45\xdf\xa3"


def kind_of(file: BinaryIO) -> str | None:
    """Its MIME type, if it is one that is taken."""
    file.seek(0)
    head = file.read(HEAD)
    return _boxes(head) or _webm(head) or _picture(head)


def _boxes(head: bytes) -> str | None:
    """HEIC, MP4 and QuickTime are made of the same boxes; the brands of the first tell them."""
    if head[4:8] in _QUICKTIME:
        return "video/quicktime"
    if head[4:8] != b"ftyp":
        return None
    size = min(int.from_bytes(head[:4]), len(head))
    brand, others = head[8:12], [head[i : i + 4] for i in range(16, size - 3, 4)]
    if brand in _HEIC and not {b"avif", b"avis"} & {*others}:
        return "image/heic"
    if brand.startswith(_REFUSED):
        return None
    return "video/quicktime" if brand == b"qt  " else "video/mp4"


def _webm(head: bytes) -> str | None:
    return "video/webm" if head.startswith(_EBML) and b"webm" in head[:64] else None


def _picture(head: bytes) -> str | None:
    try:
        found = {match.mime_type for match in puremagic.magic_string(head)}
    except (puremagic.PureError, ValueError):
        return None
    return next((kind for kind in PICTURES if kind in found and kind != "image/heic"), None)
