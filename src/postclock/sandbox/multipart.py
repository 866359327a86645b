"""Reading ``multipart/form-data``, the way files are uploaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, MultipartState, parse_options_header

from postclock.errors import BadRequest

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MAX_PARTS = 100


@dataclass(slots=True)
class Part:
    """One field; a file if it has a ``filename``."""

    headers: dict[str, bytes] = field(default_factory=dict)
    data: bytearray = field(default_factory=bytearray)

    @property
    def name(self) -> str:
        return self._disposition(b"name")

    @property
    def filename(self) -> str:
        return self._disposition(b"filename")

    @property
    def text(self) -> str:
        """The field as text; BadRequest when it is none."""
        try:
            return self.data.decode()
        except UnicodeDecodeError as error:
            raise BadRequest("body_unreadable", "A field of the form is not UTF-8.") from error

    def _disposition(self, option: bytes) -> str:
        _, options = parse_options_header(self.headers.get("content-disposition", b""))
        return options.get(option, b"").decode("utf-8", "replace")


def is_multipart(content_type: str) -> bool:
    """Whether a Content-Type announces a form with files."""
    return content_type.partition(";")[0].strip().lower() == "multipart/form-data"


def parse_multipart(content_type: str, body: bytes) -> dict[str, Part]:
    """The fields of a form by name, the last of a name counts; BadRequest when it is torn."""
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    reader = _Reader()
    try:
        if not boundary:
            raise MultipartParseError("no boundary")
        parser = MultipartParser(boundary, reader.callbacks())
        parser.write(body)
    except (MultipartParseError, ValueError) as error:
        raise BadRequest("body_unreadable", "The body is not a readable form.") from error
    if parser.state is not MultipartState.END:
        raise BadRequest("body_unreadable", "The form ends before its last boundary.")
    return {part.name: part for part in reader.parts}


class _Reader:
    """Gathers what the parser meets."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self._name = b""
        self._value = b""

    def callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._begin,
            "on_part_data": self._data,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
        }

    def _begin(self) -> None:
        if len(self.parts) == MAX_PARTS:
            raise MultipartParseError("too many fields")
        self.parts.append(Part())

    def _data(self, data: bytes, start: int, end: int) -> None:
        self.parts[-1].data += data[start:end]

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        name = self._name.decode("latin-1").strip().lower()
        self.parts[-1].headers[name] = self._value.strip()
        self._name = self._value = b""
