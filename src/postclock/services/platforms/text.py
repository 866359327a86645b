"""What every platform's text has in common: counting graphemes, naming problems, comparing."""

from __future__ import annotations

import unicodedata
from collections.abc import Set as AbstractSet

import regex

from postclock.errors import Problem
from postclock.services.platforms.capabilities import TextLimits
from postclock.services.platforms.links import find_links

UNSENDABLE = frozenset("\0")
"""Characters that no platform can be sent, besides lone surrogates."""


def graphemes(text: str) -> int:
    """How many characters a person sees (UAX 29 grapheme clusters)."""
    return len(regex.findall(r"\X", text))


def text_problems(
    label: str,
    text: str,
    length: int,
    limits: TextLimits,
    forbidden: AbstractSet[str] = frozenset(),
    *,
    needed: bool = True,
) -> list[Problem]:
    """Everything wrong with ``text``, whose ``length`` the platform named ``label`` counts.

    ``needed``: it may not be empty, because the draft has no pictures.
    """
    problems = []
    if needed and not text.strip():
        problems.append(_problem("text_missing", f"{label} needs a text: write something."))
    problems += [
        _problem(
            "text_forbidden_character",
            f"{label} cannot take the character U+{ord(bad):04X} (position {at}): remove it.",
        )
        for bad, at in _forbidden(text, forbidden | UNSENDABLE).items()
    ]
    if length > limits.maximum:
        problems.append(
            _problem(
                "text_too_long",
                f"{label} counts {length} of {limits.maximum} {limits.unit}: "
                f"shorten by {length - limits.maximum}.",
            )
        )
    if limits.maximum_bytes and (size := byte_length(text)) > limits.maximum_bytes:
        problems.append(
            _problem(
                "text_too_long",
                f"{label} takes {limits.maximum_bytes} bytes and this text has {size}: "
                "shorten it, or use fewer emoji and joined characters.",
            )
        )
    return problems


def byte_length(text: str) -> int:
    """The size of ``text`` in UTF-8; a lone surrogate counts as three bytes."""
    return len(text.encode("utf-8", "surrogatepass"))


def comparable(text: str) -> str:
    """``text`` without the differences that networks make on the way.

    NFC, spaces and line breaks as single spaces, links without scheme, letter case of the host
    and a closing slash.
    """
    text = unicodedata.normalize("NFC", text)
    parts: list[str] = []
    at = 0
    for link in find_links(text):
        parts += [text[at : link.start], _comparable_link(link.written, link.scheme)]
        at = link.end
    return " ".join("".join([*parts, text[at:]]).split())


def _comparable_link(written: str, scheme: str) -> str:
    host, slash, rest = written[len(scheme) :].partition("/")
    return f"{host.lower()}{slash}{rest}".rstrip("/")


def _forbidden(text: str, forbidden: AbstractSet[str]) -> dict[str, int]:
    """Each character that may not be there, with its first position (from 1)."""
    found: dict[str, int] = {}
    for at, character in enumerate(text, 1):
        if character in forbidden or "\ud800" <= character <= "\udfff":
            found.setdefault(character, at)
    return found


def _problem(code: str, message: str) -> Problem:
    return Problem(code, message, "text")
