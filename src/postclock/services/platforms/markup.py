"""The text that a piece of HTML shows, as a server renders a status (contract sheet 4e)."""

from __future__ import annotations

from html.parser import HTMLParser

_BREAKS = frozenset({"p", "br", "div", "li", "blockquote", "pre", "h1", "h2", "h3", "h4"})


class _Reader(HTMLParser):
    """Collects the text, once as shown and once with each plain link as its address."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shown: list[str] = []
        self.addressed: list[str] = []
        self._inside_link = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BREAKS:
            self._add("\n")
        if tag == "a":
            given = {name: value or "" for name, value in attrs}
            named = {"mention", "hashtag"} & set(given.get("class", "").split())
            if given.get("href") and not named:
                self.addressed.append(given["href"])
                self._inside_link = True

    def handle_endtag(self, tag: str) -> None:
        if tag in _BREAKS:
            self._add("\n")
        if tag == "a":
            self._inside_link = False

    def handle_data(self, data: str) -> None:
        self._add(data)

    def _add(self, text: str) -> None:
        self.shown.append(text)
        if not self._inside_link:
            self.addressed.append(text)


def readings(html: str) -> tuple[str, str]:
    """The text of ``html`` as it is shown, and with each plain link as its address.

    Servers that shorten a link for the eye keep it whole only in the address.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return "".join(reader.shown), "".join(reader.addressed)
