"""How Mastodon reads a text: its length, and the HTML it becomes.

Source: the contract sheet of Mastodon, section 4c.
"""

from __future__ import annotations

import re
from html import escape

import regex

MAX_CHARACTERS = 500
URL_LENGTH = 23
MAX_READ = 100_000
MAX_COUNTED = 5_000
"""Code points beyond which a text is too long whatever it holds, before and after its links are
shortened, and is not looked into: finding graphemes is slow in hostile texts."""

_GRAPHEME = regex.compile(r"\X")
_HOST = r"[^\s<>\"'()/?#]+\.[^\s<>\"'()/?#]+"
_REST = r"[/?#](?:[^\s<>\"()]|\([^\s<>\"()]*\))*"
_URL = re.compile(rf"(?<![A-Za-z0-9/@#])https?://{_HOST}(?:{_REST})?", re.IGNORECASE)
_TRAILING = ".,:;!?'"
_REMOTE_MENTION = re.compile(r"(?<![A-Za-z0-9_/])(@[A-Za-z0-9_]+)@[A-Za-z0-9.-]+[A-Za-z0-9]")
_HASHTAG = re.compile(r"(?<![\w/&])#(\w*[^\W\d]\w*)")


def length(text: str) -> int:
    """Grapheme clusters, a link as 23 and a remote mention without its domain."""
    if len(text) > MAX_READ:
        return len(text)
    shown = _URL.sub(lambda link: "x" * URL_LENGTH + _split(link.group())[1], text)
    shown = _REMOTE_MENTION.sub(r"\1", shown)
    return len(shown) if len(shown) > MAX_COUNTED else len(_GRAPHEME.findall(shown))


def html(text: str, base: str) -> str:
    """The text as a status' ``content``: paragraphs, line breaks, links, hashtags."""
    out, position = "", 0
    for link in _URL.finditer(text):
        url, rest = _split(link.group())
        out += _plain(text[position : link.start()], base) + _anchor(url)
        position = link.end() - len(rest)
    out += _plain(text[position:], base)
    out = re.sub(r"\n{2,}", "</p><p>", out.replace("\r\n", "\n").strip("\n"))
    return "<p>" + out.replace("\n", "<br />") + "</p>"


def _split(url: str) -> tuple[str, str]:
    """A link and the punctuation after it."""
    kept = url.rstrip(_TRAILING)
    return kept, url[len(kept) :]


def _anchor(url: str) -> str:
    scheme, _, rest = url.partition("://")
    www = "www." if rest.startswith("www.") else ""
    shown = rest[len(www) :]
    kind = "ellipsis" if len(shown) > 30 else ""
    return (
        f'<a href="{escape(url)}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{scheme}://{www}</span>'
        f'<span class="{kind}">{escape(shown[:30])}</span>'
        f'<span class="invisible">{escape(shown[30:])}</span></a>'
    )


def _plain(text: str, base: str) -> str:
    out, position = "", 0
    for tag in _HASHTAG.finditer(text):
        name = tag.group(1)
        out += escape(text[position : tag.start()]) + (
            f'<a href="{escape(base)}/tags/{escape(name.lower())}" class="mention hashtag"'
            f' rel="tag">#<span>{escape(name)}</span></a>'
        )
        position = tag.end()
    return out + escape(text[position:])
