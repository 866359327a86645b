"""What a video is: its length, its shape as shown, its codecs; and what is no whole video."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import av
import pytest
from PIL import Image

from postclock.errors import Invalid
from postclock.services.media.boxes import notes, patched
from postclock.services.media.model import Probed
from postclock.services.media.probe import look
from tests.fixtures.videos import MIME_TYPES, Kind, video

PLACE = "+52.5186+013.4083/"


@pytest.mark.parametrize(
    ("kind", "codecs"),
    [("mp4", ("h264", "aac")), ("mov", ("h264", "aac")), ("webm", ("vp8", "opus"))],
)
async def test_what_is_seen_of_it(kind: Kind, codecs: tuple[str, str]) -> None:
    looked = await look(io.BytesIO(video(kind, (64, 48), seconds=2)))
    assert looked.probed.duration == pytest.approx(2, abs=0.02)
    assert replace(looked.probed, duration=2) == Probed(
        MIME_TYPES[kind], 64, 48, False, 2, 10.0, *codecs
    )
    assert looked.poster is not None
    still = Image.open(io.BytesIO(looked.poster))
    assert (still.format, still.size) == ("JPEG", (64, 48))


async def test_a_video_without_sound() -> None:
    assert (await look(io.BytesIO(video(sound=False)))).probed.audio_codec == ""


@pytest.mark.parametrize(
    ("rotation", "size"), [(0, (96, 48)), (90, (48, 96)), (180, (96, 48)), (270, (48, 96))]
)
async def test_its_shape_is_the_one_that_is_shown(rotation: int, size: tuple[int, int]) -> None:
    looked = await look(io.BytesIO(video("mp4", (96, 48), rotation=rotation)))
    assert (looked.probed.width, looked.probed.height) == size
    assert Image.open(io.BytesIO(looked.poster or b"")).size == size


@pytest.mark.parametrize("kind", ["mp4", "mov", "webm"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.8])
async def test_a_part_of_a_video_is_refused(kind: Kind, share: float) -> None:
    whole = video(kind, (160, 120), seconds=6)
    with pytest.raises(Invalid) as raised:
        await look(io.BytesIO(whole[: int(len(whole) * share)]))
    assert raised.value.code in {"media_damaged", "media_type_refused"}


async def test_a_frame_that_would_fill_the_memory_is_not_decoded() -> None:
    """The file says 64 × 48, its first frame 16,383 × 16,383: 400 MB."""
    whole = bytearray(video("webm"))
    size = whole.index(b"\x9d\x01\x2a") + 3
    whole[size : size + 4] = (16_383).to_bytes(2, "little") * 2
    with pytest.raises(Invalid) as raised:
        await look(io.BytesIO(bytes(whole)))
    assert raised.value.code == "media_damaged"


async def test_a_frame_that_is_too_wide_is_not_looked_into() -> None:
    with pytest.raises(Invalid) as raised:
        await look(io.BytesIO(video("webm", (9000, 16), seconds=0.1, sound=False)))
    assert raised.value.code == "media_too_many_pixels"
    assert "9000 × 16" in raised.value.detail


async def test_it_opens_nothing_that_a_file_names(tmp_path: Path) -> None:
    """A playlist inside a film's clothes, as it is used to read a server's own files."""
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(video())
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{secret}\n#EXT-X-ENDLIST\n"
    for head in (b"", b"\0\0\0\x14ftypisom\0\0\2\0isom", b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm"):
        with pytest.raises(Invalid):
            await look(io.BytesIO(head + playlist.encode()))


def with_a_place() -> bytes:
    """A film that says where it was taken, in the two ways phones do."""
    file = io.BytesIO()
    options = {"movflags": "use_metadata_tags"}
    with (
        av.open(io.BytesIO(video("mov")), "r") as given,
        av.open(file, "w", format="mov", options=options) as container,
    ):
        container.metadata["com.apple.quicktime.location.ISO6709"] = PLACE
        container.metadata["location"] = PLACE
        streams = {one: container.add_stream_from_template(one) for one in given.streams}
        for packet in given.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream]
                container.mux(packet)
    return file.getvalue()


async def test_the_place_is_blanked_and_no_frame_moves() -> None:
    given = with_a_place()
    assert PLACE.encode() in given
    looked = await look(io.BytesIO(given))
    content = patched(given, 0, looked.patches)
    assert PLACE.encode() not in content
    assert len(content) == len(given)
    pieces = [patched(given[i : i + 7], i, looked.patches) for i in range(0, len(given), 7)]
    assert b"".join(pieces) == content
    assert frames(content) == frames(given)
    assert (await look(io.BytesIO(content))).probed == looked.probed


def frames(content: bytes) -> list[bytes]:
    with av.open(io.BytesIO(content), "r") as opened:
        return [bytes(packet) for packet in opened.demux() if packet.size]


def test_boxes_that_claim_more_than_there_is() -> None:
    whole = video("mp4")
    with pytest.raises(ValueError, match="not whole"):
        notes(io.BytesIO(whole[:-10]))
    nested = b"\0\0\x10\0moov" * 500
    with pytest.raises(ValueError, match="not whole"):
        notes(io.BytesIO(nested))
    assert notes(io.BytesIO(b"")) == []
