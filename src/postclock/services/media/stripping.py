"""Pictures without what they say of their maker: where, when, with what. No pixel is touched.

What stays: the pixels as they are encoded, the colour profile, and how the picture is turned.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

_SOI, _EOI, _SOS, _APP0, _APP2, _APP14, _COMMENT = 0xD8, 0xD9, 0xDA, 0xE0, 0xE2, 0xEE, 0xFE
_NEXT_MARKER = re.compile(rb"\xff+[\x01-\xcf\xd8-\xfe]")
"""Inside a scan 0xFF is followed by 0, or by a restart mark."""
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_DROPPED = frozenset({b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"})
_WEBP_DROPPED = frozenset({b"EXIF", b"XMP "})
_WEBP_EXIF, _WEBP_XMP = 0x08, 0x04
UPRIGHT = 1


class Unreadable(ValueError):
    """The file is not built as its type says."""


def stripped(mime_type: str, data: bytes, orientation: int) -> bytes:
    """The picture without its metadata; one that is to be turned still says so.

    GIF has none that cameras write, and is given back as it is. Raises Unreadable.
    """
    match mime_type:
        case "image/jpeg":
            return b"".join(_jpeg(data, orientation))
        case "image/png":
            return b"".join(_png(data, orientation))
        case "image/webp":
            return _webp(data, orientation)
    return data


def orientation_only(orientation: int) -> bytes:
    """The smallest EXIF that says how a picture is turned (one entry: tag 0x0112, a short)."""
    entry = b"\x01\x12\x00\x03\x00\x00\x00\x01" + orientation.to_bytes(2) + b"\0\0"
    return b"MM\0*\0\0\0\x08\0\x01" + entry + b"\0\0\0\0"


def _jpeg(data: bytes, orientation: int) -> Iterator[bytes]:
    if data[:2] != b"\xff\xd8":
        raise Unreadable("no JPEG")
    yield data[:2]
    if orientation != UPRIGHT:
        exif = b"Exif\0\0" + orientation_only(orientation)
        yield b"\xff\xe1" + (len(exif) + 2).to_bytes(2) + exif
    at = 2
    while True:
        found = _NEXT_MARKER.match(data, at)
        if not found:
            raise Unreadable("no marker")
        marker, at = data[found.end() - 1], found.end()
        if marker == _EOI:  # what follows, such as a phone's second picture or film, is not kept
            yield b"\xff\xd9"
            return
        end = at + int.from_bytes(data[at : at + 2])
        if marker == _SOS:
            following = _NEXT_MARKER.search(data, end)
            end = following.start() if following else len(data)
        if end <= at or end > len(data):
            raise Unreadable("a segment runs past the end")
        if _is_kept(marker, data[at + 2 : at + 14]):
            yield bytes((0xFF, marker)) + data[at:end]
        at = end


def _is_kept(marker: int, start: bytes) -> bool:
    if marker == _APP0:
        return start.startswith(b"JFIF\0")
    if marker == _APP2:
        return start.startswith(b"ICC_PROFILE\0")
    return marker == _APP14 or not (_APP0 < marker <= 0xEF or marker == _COMMENT)


def _png(data: bytes, orientation: int) -> Iterator[bytes]:
    if not data.startswith(_PNG):
        raise Unreadable("no PNG")
    yield _PNG
    at = len(_PNG)
    while at + 12 <= len(data):
        name, end = data[at + 4 : at + 8], at + 12 + int.from_bytes(data[at : at + 4])
        if end > len(data):
            raise Unreadable("a chunk runs past the end")
        if name not in _PNG_DROPPED:
            yield data[at:end]
        if name == b"IHDR" and orientation != UPRIGHT:
            said = b"eXIf" + orientation_only(orientation)
            yield (len(said) - 4).to_bytes(4) + said + zlib.crc32(said).to_bytes(4)
        if name == b"IEND":
            return
        at = end


def _webp(data: bytes, orientation: int) -> bytes:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise Unreadable("no WebP")
    kept = bytearray(b"WEBP")
    at, end = 12, min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    while at + 8 <= end:
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        following = at + 8 + size + size % 2
        if at + 8 + size > len(data):
            raise Unreadable("a chunk runs past the end")
        if name == b"VP8X":
            turned = _WEBP_EXIF if orientation != UPRIGHT else 0
            flags = data[at + 8] & ~(_WEBP_EXIF | _WEBP_XMP) | turned
            kept += data[at : at + 8] + bytes((flags,)) + data[at + 9 : following]
        elif name not in _WEBP_DROPPED:
            kept += data[at:following]
        at = following
    if orientation != UPRIGHT:
        exif = orientation_only(orientation)
        kept += b"EXIF" + len(exif).to_bytes(4, "little") + exif
    return b"RIFF" + len(kept).to_bytes(4, "little") + bytes(kept)
