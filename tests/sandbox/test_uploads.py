"""What the twins keep of uploads: for how long, how much, and over a restart."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from time import perf_counter

import pytest

from postclock.sandbox.contents import CAPACITY, Contents
from postclock.sandbox.file_kinds import kind_of
from postclock.sandbox.twitter_chunks import ChunkedUpload, ChunkedUploads
from postclock.sandbox.uploads import Upload, Uploads
from tests.sandbox.pictures import MP4, film, picture
from tests.sandbox.rig import MORNING

DAY = timedelta(days=1)


def add(uploads: Uploads, upload_id: str, data: bytes, *, minutes: int = 0) -> Upload:
    kind = kind_of(data)
    assert kind is not None
    now = MORNING + timedelta(minutes=minutes)
    return uploads.add("12", upload_id, kind, data, now=now, ready_at=now, expires_at=now + DAY)


@pytest.fixture(params=["memory", "files"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return tmp_path / "kept" if request.param == "files" else None


def test_the_oldest_make_room_and_what_is_shown_goes_last(folder: Path | None) -> None:
    contents = Contents(folder, capacity=10)
    shown = {"a"}
    for name in ("a", "b", "c"):
        contents.put(name, b"1234", shown)
    assert [contents.read(name) for name in "abc"] == [b"1234", None, b"1234"]
    contents.put("d", b"12345678", shown)
    assert [bool(contents.read(name)) for name in "acd"] == [False, False, True]
    contents.put("e", b"x" * 11, shown)
    assert contents.read("e") is None
    assert contents.used == 8
    contents.drop("d")
    contents.drop("d")
    assert contents.used == 0
    assert folder is None or list(folder.iterdir()) == []


def test_files_are_there_again_after_a_restart(tmp_path: Path) -> None:
    Contents(tmp_path, capacity=10).put("a", b"1234", set())
    again = Contents(tmp_path, capacity=10)
    assert (again.read("a"), again.used) == (b"1234", 4)
    again.put("b", b"12345678", set())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b"]


def test_losing_the_bytes_loses_no_upload() -> None:
    uploads = Uploads("twitter")
    assert CAPACITY < 5 * (16 << 20)
    first = add(uploads, "1", MP4 + bytes(16 << 20))
    for number in range(4):
        add(uploads, str(number + 2), MP4 + bytes([number]) * (16 << 20))
    assert uploads.read(first.sha256) is None
    assert uploads.get("12", "1") is first
    assert first.ready(MORNING)


def test_uploads_nobody_shows_are_forgotten_with_the_same_bytes_kept_for_others() -> None:
    uploads = Uploads("twitter")
    old, kept = add(uploads, "1", picture()), add(uploads, "2", picture())
    media = uploads.attach([kept])
    add(uploads, "3", picture(colour="red"), minutes=24 * 60)
    assert uploads.get("12", "1") is None
    assert uploads.get("12", "2") is kept
    assert uploads.read(old.sha256) == (picture(), "image/png")
    uploads.release("12", media)
    assert uploads.get("12", "2") is None
    assert uploads.read(old.sha256) is None


def test_a_restart_brings_uploads_back(tmp_path: Path) -> None:
    with closing(Uploads("twitter", tmp_path)) as first:
        waiting, shown = add(first, "1", picture()), add(first, "2", picture(colour="red"))
        gone = add(first, "3", picture(colour="blue"))
        first.describe(waiting, "Blue")
        first.attach([shown])
        first.release("12", first.attach([gone]))
    with closing(Uploads("twitter", tmp_path)) as second:
        again = second.get("12", "1")
        assert again is not None
        assert (again.alt, again.expires_at, again.width) == ("Blue", MORNING + DAY, 40)
        assert second.get("12", "3") is None
        assert second.read(shown.sha256) == (picture(colour="red"), "image/png")
        add(second, "4", film(), minutes=24 * 60)
        assert second.get("12", "1") is None
        assert second.get("12", "2") is not None
    files = {path.name for path in (tmp_path / "twitter" / "files").iterdir()}
    assert files == {shown.sha256, sha256(film()).hexdigest()}


def test_an_upload_costs_the_same_after_10000_others() -> None:
    uploads = Uploads("mastodon")
    data = picture()

    def thousand(first: int) -> float:
        start = perf_counter()
        for number in range(first, first + 1000):
            uploads.attach([add(uploads, str(number), data)])
        return perf_counter() - start

    times = [thousand(first) for first in range(0, 11_000, 1000)]
    assert min(times[-3:]) < 10 * min(times[:3])


def test_the_oldest_upload_under_way_is_given_up() -> None:
    chunked = ChunkedUploads(capacity=10)
    first, second = (ChunkedUpload("12", name, None, None, MORNING + DAY) for name in ("1", "2"))
    for upload in (first, second):
        chunked.begin(upload)
        chunked.append(upload, 0, b"123456")
    assert chunked.get("12", "1", MORNING) is None
    assert chunked.get("12", "2", MORNING) is second
    assert chunked.get("13", "2", MORNING) is None
    assert chunked.get("12", "2", MORNING + DAY) is None
    assert second.whole() == b"123456"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (picture("JPEG"), ("image/jpeg", False)),
        (picture("WEBP"), ("image/webp", False)),
        (picture("GIF"), ("image/gif", False)),
        (film(), ("image/gif", True)),
        (MP4, ("video/mp4", True)),
        (picture("BMP"), None),
        (b"", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        (picture("GIF")[:12], None),
    ],
)
def test_a_file_is_what_its_bytes_say(data: bytes, expected: tuple[str, bool] | None) -> None:
    kind = kind_of(data)
    assert (kind and (kind.mime_type, kind.moves)) == expected


def test_no_torn_file_is_an_error() -> None:
    dice = Random(7)
    whole = [film(), *(picture(kind) for kind in ("PNG", "JPEG", "GIF", "WEBP"))]
    for data in whole:
        for _ in range(400):
            torn = bytearray(data[: dice.randrange(1, len(data) + 1)])
            torn[dice.randrange(len(torn))] = dice.randrange(256)
            kind = kind_of(bytes(torn))
            assert kind is None or kind.mime_type.startswith(("image/", "video/"))


def test_a_picture_of_absurd_size_is_none() -> None:
    png = bytearray(picture())
    png[16:24] = (60_000).to_bytes(4) * 2
    assert kind_of(bytes(png)) is None
