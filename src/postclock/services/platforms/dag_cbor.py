"""The content identifier of a record, as the AT protocol computes it (contract sheet 3b, Thread).

Knowing it before the record is written lets a whole thread be written at once: each post names the
identifiers of those it answers. Only what our own records hold is encoded: texts, whole numbers,
lists, objects, links, booleans.
"""

from __future__ import annotations

from base64 import b32decode, b32encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

_UNSIGNED, _BYTES, _TEXT, _LIST, _MAP = 0, 2, 3, 4, 5
_FALSE, _TRUE = b"\xf4", b"\xf5"
_LINK_TAG = b"\xd8\x2a"
_HEAD = b"\x01\x71\x12\x20"
"""CID version 1, codec dag-cbor, a SHA-256 of 32 bytes."""


def cid(record: Mapping[str, Any]) -> str:
    """The identifier of ``record``, plain JSON with links as ``{"$link": …}``."""
    return "b" + b32encode(_HEAD + sha256(encoded(record)).digest()).decode().lower().rstrip("=")


def encoded(value: Any) -> bytes:
    """The one form of ``value`` in DAG-CBOR; raises TypeError for what no record of ours holds."""
    match value:
        case bool():
            return _TRUE if value else _FALSE
        case int() if value >= 0:
            return _head(_UNSIGNED, value)
        case str():
            return _text(value)
        case {"$link": str(link), **rest} if not rest:
            return _LINK_TAG + _bytes(b"\0" + _linked(link))
        case Mapping():
            return _map(value)
        case list() | tuple():
            return _head(_LIST, len(value)) + b"".join(map(encoded, value))
        case _:
            raise TypeError(f"a record cannot hold {type(value).__name__}")


def _map(value: Mapping[str, Any]) -> bytes:
    """Keys by their length, then their bytes: what their encoded forms sort by."""
    pairs = sorted((_text(key), item) for key, item in value.items())
    return _head(_MAP, len(pairs)) + b"".join(key + encoded(item) for key, item in pairs)


def _linked(link: str) -> bytes:
    return b32decode(link[1:].upper() + "=" * (-len(link[1:]) % 8))


def _text(value: str) -> bytes:
    data = value.encode()
    return _head(_TEXT, len(data)) + data


def _bytes(data: bytes) -> bytes:
    return _head(_BYTES, len(data)) + data


def _head(kind: int, number: int) -> bytes:
    if number < 24:
        return bytes([kind << 5 | number])
    for mark, size in ((24, 1), (25, 2), (26, 4)):
        if number < 1 << 8 * size:
            return bytes([kind << 5 | mark]) + number.to_bytes(size)
    return bytes([kind << 5 | 27]) + number.to_bytes(8)
