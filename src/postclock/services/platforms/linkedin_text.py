"""LinkedIn's little text (contract sheet 2b): how ``commentary`` is written and read back.

A reserved character that stands for itself has a backslash before it: LinkedIn cuts a post short at
the first that has none, and says nothing. Mentions and hashtags are written with them.
"""

from __future__ import annotations

import regex

from postclock.services.platforms.links import find_links

_RESERVED = regex.compile(r"[\\|{}@\[\]()<>#*_~]")
_MENTION = regex.compile(
    r"@\[(?P<name>[^\[\]\n]{1,200})\]"
    r"\((?P<urn>urn:li:(?:organization|person):[A-Za-z0-9_-]{1,64})\)"
)
_HASHTAG = regex.compile(r"(?<![\w/&#\\])#(?P<word>\w*[^\W\d_]\w*)")
"""A word with a letter in it; of a number alone nobody says that it is one."""
_READ = regex.compile(
    r"\\(?P<sign>[\\|{}@\[\]()<>#*_~])"
    r"|\{hashtag\|\\?[#\uff03]\|(?P<word>(?:\\.|[^\\|{}])++)\}",
    regex.DOTALL,
)
"""What reads give back otherwise than it is shown: an escaped sign, a hashtag as a template."""


def little_text(text: str, *, bare_underscores: bool = False) -> str:
    """``text`` as ``commentary`` says it: mentions and hashtags work, all else stands for itself.

    ``bare_underscores``: those of links have no backslash.
    """
    parts: list[str] = []
    at = 0
    for found in _MENTION.finditer(text):
        parts.append(_with_links(text[at : found.start()], bare_underscores))
        parts.append(f"@[{_escaped(found['name'])}]({found['urn']})")
        at = found.end()
    return "".join([*parts, _with_links(text[at:], bare_underscores)])


def plain_text(commentary: str) -> str:
    """What a person reads of ``commentary``, as its author wrote it."""
    return str(_READ.sub(_shown, commentary))


def utf16_length(text: str) -> int:
    """UTF-16 units: an emoji counts two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _shown(found: regex.Match[str]) -> str:
    return f"#{plain_text(found['word'])}" if found["word"] else found["sign"]


def _with_links(text: str, bare_underscores: bool) -> str:
    parts: list[str] = []
    at = 0
    for link in find_links(text):
        address = _escaped(link.written)
        parts.append(_with_hashtags(text[at : link.start]))
        parts.append(address.replace(r"\_", "_") if bare_underscores else address)
        at = link.end
    return "".join([*parts, _with_hashtags(text[at:])])


def _with_hashtags(text: str) -> str:
    parts: list[str] = []
    at = 0
    for found in _HASHTAG.finditer(text):
        parts += [_escaped(text[at : found.start()]), "#", _escaped(found["word"])]
        at = found.end()
    return "".join([*parts, _escaped(text[at:])])


def _escaped(text: str) -> str:
    return str(_RESERVED.sub(r"\\\g<0>", text))
