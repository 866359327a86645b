"""Every kind of content that a platform declares, as drafts made from its capabilities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from uuid import UUID

from postclock.services.platforms.capabilities import Capabilities, ImageLimits, VideoLimits
from postclock.services.platforms.client import Client
from postclock.services.platforms.drafting import Draft, Media, Segment
from postclock.services.platforms.registry import PLATFORMS
from tests.conformance.needed import NEEDED, Needed
from tests.fixtures.pictures import moving, picture

VIDEO_BYTES = 600_000
SQUARE, TALL, SMALL = (1080, 1080), (1080, 1920), (720, 1280)
MOST_IMAGES = 3
PARTS = 3


@dataclass(frozen=True)
class Case:
    """One draft of one platform, with the bytes of its files."""

    platform: type[Client]
    kind: str
    draft: Draft
    bytes_of: Mapping[UUID, bytes] = field(default_factory=dict)
    profile: str = ""
    """Which other profile of the login publishes it; empty: the usual one."""

    @property
    def needed(self) -> Needed:
        return NEEDED.get(self.platform.name, Needed())

    @property
    def mute(self) -> bool:
        """Whether a lost answer may have to be left to a person."""
        return not self.profile and bool(self.needed.mute & {self.kind, "*"})

    def __str__(self) -> str:
        name = self.platform.name
        return f"{name}-{self.profile}-{self.kind}" if self.profile else f"{name}-{self.kind}"


@cache
def still(kind: str, tone: int) -> bytes:
    """A picture large enough for every platform; ``tone`` makes it another one."""
    return picture(kind, SQUARE, **({"quality": 60 + tone} if kind == "JPEG" else {}))


@cache
def film() -> bytes:
    """What begins as an MP4 does, and is long enough to go in pieces."""
    head = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
    return (
        head + (VIDEO_BYTES - len(head)).to_bytes(4) + b"mdat" + bytes(VIDEO_BYTES - len(head) - 8)
    )


def image(n: int, limits: ImageLimits, alt: str) -> tuple[Media, bytes]:
    """The ``n``-th picture, of a type the platform takes."""
    kind = "JPEG" if "image/jpeg" in limits.types else "PNG"
    content = still(kind, n)
    alt = alt if limits.max_alt else ""
    return Media(UUID(int=n), f"image/{kind.lower()}", len(content), *SQUARE, alt), content


def video(n: int, limits: VideoLimits) -> tuple[Media, bytes]:
    """A video of twelve seconds, upright."""
    content = film()
    small = limits.max_side is not None and limits.max_side < TALL[1]
    about = Media(UUID(int=n), "video/mp4", len(content), *(SMALL if small else TALL))
    return replace(
        about, duration=12.0, frame_rate=30.0, video_codec="h264", audio_codec="aac"
    ), content


def cases() -> list[Case]:
    """All cases of all platforms."""
    return [case for platform in PLATFORMS for case in of_platform(platform)]


def of_platform(platform: type[Client]) -> Iterator[Case]:
    """Everything that ``platform`` declares, as each kind of profile."""
    usual = list(_of_usual(platform))
    yield from usual
    for profile in NEEDED.get(platform.name, Needed()).others:
        yield from (replace(case, profile=profile) for case in usual)


def _of_usual(platform: type[Client]) -> Iterator[Case]:
    able = platform.capabilities
    needed = NEEDED.get(platform.name, Needed())
    for kind, draft, files in _drafts(able, needed):
        said = {**needed.options, **(needed.of_images if _only_images(draft) else {})}
        whole = replace(draft, options={**said, **draft.options})
        yield Case(platform, kind, whole, files)
    if not able.needs_media and "poll" in platform.options.model_fields:
        options = {**needed.options, "poll": needed.poll}
        yield Case(platform, "poll", Draft("Tea or coffee? m0", options=options))


Made = tuple[str, Draft, dict[UUID, bytes]]


def _drafts(able: Capabilities, needed: Needed) -> Iterator[Made]:
    if not able.needs_media:
        yield "text", Draft("Hello & <you> m0 #tag"), {}
        yield "link", Draft("See https://example.com/a?b=c m0"), {}
    yield from _with_images(able)
    yield from _with_videos(able)
    yield from _of_kinds(able)
    if able.thread > 1:
        yield _thread(able)
    if able.first_comment:
        draft, files = _simplest(able)
        yield "first_comment", replace(draft, options={"first_comment": "First! c0"}), files


def _with_images(able: Capabilities) -> Iterator[Made]:
    limits = able.images
    if limits is None or able.needs_video:
        return
    one, content = image(1, limits, "a cat")
    yield "image", Draft("A picture m0", (one,)), {one.id: content}
    if limits.most > 1:
        many = [image(n, limits, f"no. {n}") for n in range(1, min(limits.most, MOST_IMAGES) + 1)]
        media = tuple(one for one, _ in many)
        yield "images", Draft("Pictures m0", media), {one.id: data for one, data in many}
    if "image/gif" in limits.types and not able.needs_media:
        data = moving((40, 30))
        gif = Media(UUID(int=7), "image/gif", len(data), 40, 30, "", animated=True)
        yield "gif", Draft("It moves m0", (gif,)), {gif.id: data}


def _with_videos(able: Capabilities) -> Iterator[Made]:
    if able.videos is None:
        return
    one, content = video(9, able.videos)
    yield "video", Draft("A video m0", (one,)), {one.id: content}
    if able.mixes and able.images:
        still_one, data = image(1, able.images, "")
        both = {one.id: content, still_one.id: data}
        yield "mixed", Draft("Both m0", (still_one, one)), both


def _of_kinds(able: Capabilities) -> Iterator[Made]:
    if able.videos is None:
        return
    if "reel" in able.kinds:
        one, content = video(9, able.videos)
        yield "reel", Draft("A reel m0", (one,), options={"kind": "reel"}), {one.id: content}
    if "story" in able.kinds:
        one, content = video(9, able.videos)
        yield "story_video", Draft("", (one,), options={"kind": "story"}), {one.id: content}
        if able.images:
            shown, data = image(1, able.images, "")
            shown = replace(shown, alt="")
            yield "story_image", Draft("", (shown,), options={"kind": "story"}), {shown.id: data}


def _thread(able: Capabilities) -> Made:
    more = [Segment(f"Part m{i}") for i in range(1, PARTS)]
    files: dict[UUID, bytes] = {}
    if able.images:
        shown, data = image(1, able.images, "in the middle")
        more[0], files = Segment("Part m1", (shown,)), {shown.id: data}
    return "thread", Draft("The first of three m0", thread=tuple(more)), files


def _simplest(able: Capabilities) -> tuple[Draft, dict[UUID, bytes]]:
    if not able.needs_media:
        return Draft("With a comment m0"), {}
    one, content = (
        image(1, able.images, "")
        if able.images and not able.needs_video
        else video(9, able.videos or VideoLimits(frozenset(), 0))
    )
    return Draft("With a comment m0", (one,)), {one.id: content}


def _only_images(draft: Draft) -> bool:
    return bool(draft.all_media) and not any(one.is_video for one in draft.all_media)
