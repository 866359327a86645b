"""How X reads a text: its weighted length, its links, and the t.co form it gives back.

Source: the contract sheet of X, section 1c (twitter-text v3).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import ascii_letters, digits

import regex

MAX_WEIGHT = 280
URL_WEIGHT = 23
MAX_LABEL = 63
MAX_READ = 25_000
"""A text longer than this is too long whatever it holds, and is not looked into."""

_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
_INVALID = frozenset("\ufffe\ufeff\uffff\0")
_TLDS = files("postclock.sandbox").joinpath("tlds.txt").read_text("utf-8").split()

_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_ASCII_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_TLD = r"(?:xn--[a-z0-9-]+|\L<tlds>)(?=[^0-9a-zA-Z@+-]|$)"
_INSIDE = r"[\w!*';:=+,.$%\[\]\-~&|@#/\u2013]"
_PARENS = rf"\((?:{_INSIDE}|\({_INSIDE}+\))*\)"
_PATH = rf"(?:/(?:(?:{_INSIDE}|{_PARENS})*(?:[\w=#/+\-]|{_PARENS}))?)?"
_QUERY = r"(?:\?[\w!?*'@();:&=+$/%#\[\]\-.,~|]*[\w&=#/$-])?"
_REST = rf"(?::[0-9]+)?{_PATH}{_QUERY}"

_LINK = regex.compile(
    rf"""(?<![A-Za-z0-9@$#\uff20\uff03])(?:
        (?P<with_scheme>https?://(?:{_LABEL}\.)+{_TLD}{_REST})
      | (?<![-_./])(?P<bare>(?:{_ASCII_LABEL}\.)+{_TLD}{_REST})
    )""",
    regex.IGNORECASE | regex.VERBOSE,
    tlds=_TLDS,
)

_PICTURE = r"(?:\p{Extended_Pictographic}(?:\p{EMod}|\ufe0f)?)"
_EMOJI = regex.compile(
    rf"""[0-9#*]\ufe0f?\u20e3
      | \p{{RI}}\p{{RI}}
      | \U0001f3f4[\U000e0020-\U000e007f]+
      | {_PICTURE}(?:\u200d(?:{_PICTURE}|[\u2640\u2642\u2695\u2696\u2708]\ufe0f?))*
      | \p{{EMod}}""",
    regex.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Link:
    """A link in a text: where it stands, as typed, and where it leads."""

    start: int
    end: int
    typed: str

    @property
    def target(self) -> str:
        return self.typed if "://" in self.typed else f"http://{self.typed}"


def links(text: str) -> list[Link]:
    """Every link X would shorten, in order."""
    found = (Link(*match.span(), match.group()) for match in _LINK.finditer(text))
    return [link for link in found if _host_fits(link)]


def weight(text: str) -> int:
    """The weighted length of a text; more than ``MAX_WEIGHT`` is refused."""
    if len(text) > MAX_READ:
        return len(text)
    normal = unicodedata.normalize("NFC", text)
    total, position = 0, 0
    for link in links(normal):
        total += _plain_weight(normal[position : link.start]) + URL_WEIGHT
        position = link.end
    return total + _plain_weight(normal[position:])


def invalid(text: str) -> bool:
    """Whether a text holds a character X refuses."""
    return not _INVALID.isdisjoint(text)


def shortened(text: str) -> tuple[str, list[dict[str, str | int]]]:
    """The text X gives back, with its ``entities.urls``.

    Links have become ``https://t.co/…`` and ``& < >`` HTML entities; ``start`` and ``end`` count
    code points of the returned text.
    """
    out, position = "", 0
    entities: list[dict[str, str | int]] = []
    for link in links(text):
        out += escape(text[position : link.start], quote=False)
        short = t_co(link.target)
        entities.append(
            {
                "start": len(out),
                "end": len(out) + len(short),
                "url": short,
                "expanded_url": link.target,
                "display_url": _display(link.target),
            }
        )
        out += short
        position = link.end
    return out + escape(text[position:], quote=False), entities


def _host_fits(link: Link) -> bool:
    """Whether every label of the host still has at most 63 characters as DNS writes it."""
    host = regex.split("[:/?]", link.target.partition("://")[2], maxsplit=1)[0]
    return all(
        label.isascii() or len(label.encode("punycode")) + len("xn--") <= MAX_LABEL
        for label in host.split(".")
    )


def _plain_weight(text: str) -> int:
    pictures = _EMOJI.findall(text)
    rest = _EMOJI.sub("", text)
    return 2 * len(pictures) + sum(1 if _light(ord(char)) else 2 for char in rest)


def _light(point: int) -> bool:
    return any(first <= point <= last for first, last in _LIGHT)


def t_co(url: str) -> str:
    """The short link X puts in place of a URL."""
    alphabet = ascii_letters + digits
    hashed = sha256(url.encode("utf-8", "surrogatepass")).digest()
    return "https://t.co/" + "".join(alphabet[byte % len(alphabet)] for byte in hashed[:10])


def _display(url: str) -> str:
    bare = url.partition("://")[2]
    return bare if len(bare) <= 27 else bare[:26] + "…"
