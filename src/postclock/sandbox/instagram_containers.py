"""Instagram's twin: containers, from the files they fetch to their end after a day.

Source: contract sheet 1.b, 1.d, 1.h of Meta's platforms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from postclock.sandbox.credentials import SandboxAccount
from postclock.sandbox.faults import Fault
from postclock.sandbox.fetching import fetch
from postclock.sandbox.file_kinds import VIDEO, FileKind, kind_of
from postclock.sandbox.graph import refuse
from postclock.sandbox.ledger import Ledger
from postclock.sandbox.twin import Call, Yard
from postclock.sandbox.uploads import Upload

Kind = Literal["IMAGE", "VIDEO", "REELS", "STORIES", "CAROUSEL"]
State = Literal["IN_PROGRESS", "FINISHED", "PUBLISHED", "ERROR", "EXPIRED"]
AGENT = "facebookexternalhit/1.1"
LIFE = timedelta(hours=24)
MAX_IMAGE, MAX_VIDEO, FETCHED = 8 << 20, 300_000_000, 64 << 20
MAX_CAPTION, MAX_ALT, MAX_TAGS = 2200, 1000, 30
FEWEST, MOST = 2, 10
RATIOS = (0.8 - 0.01, 1.91 + 0.01)
COLLABORATORS = 3
TEXTS = {
    "IN_PROGRESS": "In Progress: Media is still being processed.",
    "FINISHED": "Finished: Media has been uploaded and it is ready to be published.",
    "PUBLISHED": "Published: Media has been successfully published.",
    "EXPIRED": "Expired: Media was not published within 24 hours.",
}


@dataclass(slots=True, eq=False)
class Container:
    """One container. It is ready at ``ready_at`` (None: its bytes are still missing), well or,
    with ``fails`` (a subcode), not."""

    id: str
    account: str
    kind: Kind
    made_at: datetime
    expires_at: datetime
    ready_at: datetime | None = None
    fails: int | None = None
    caption: str = ""
    child: bool = False
    children: Sequence[Container] = ()
    upload: Upload | None = None
    asked: Mapping[str, Any] = field(default_factory=dict)

    @property
    def uploads(self) -> list[Upload]:
        """The files that it shows."""
        own = [self.upload] if self.upload else []
        return own + [one.upload for one in self.children if one.upload]


class Containers:
    """The containers of all accounts, in memory; which of them are public the ledger knows."""

    def __init__(self, platform: str, yard: Yard) -> None:
        self._platform, self._ledger, self._clock = platform, yard.ledger, yard.clock
        self._uploads, self._processing = yard.uploads[platform], yard.processing
        self._known: dict[str, Container] = {}

    def get(self, number: str, accounts: set[str]) -> Container | None:
        """A container of one of these accounts."""
        found = self._known.get(number)
        return found if found and found.account in accounts else None

    def state(self, one: Container) -> State:
        """How far it is now."""
        now = self._clock.now()
        if published(self._ledger, self._platform, one):
            return "PUBLISHED"
        if now >= one.expires_at:
            return "EXPIRED"
        if one.ready_at is None or now < one.ready_at:
            return "IN_PROGRESS"
        return "ERROR" if one.fails else "FINISHED"

    def text(self, one: Container) -> str:
        """What ``status`` says."""
        state = self.state(one)
        if state == "ERROR":
            return f"Error: Media upload has failed with error code {one.fails}"
        return TEXTS[state]

    async def create(self, call: Call, who: SandboxAccount, asked: Mapping[str, Any]) -> Container:
        """A new one; raises Refused as the platform would."""
        kind = _kind(asked)
        _check_words(asked, kind)
        one = self._new(call, who, kind, asked)
        if kind == "CAROUSEL":
            one.children = self._children(asked, who)
            unfinished = any(self.state(child) != "FINISHED" for child in one.children)
            one.ready_at, one.fails = self._ready(False), 2207032 if unfinished else None
        elif asked.get("upload_type") != "resumable":
            await self._fetched(call, one, asked)
        self._keep(one)
        return one

    def take(self, call: Call, one: Container, data: bytes) -> None:
        """The bytes of a video that were sent."""
        self._hold(call, one, data, kind_of(data))

    def _new(
        self, call: Call, who: SandboxAccount, kind: Kind, asked: Mapping[str, Any]
    ) -> Container:
        now = self._clock.now()
        number = self._uploads.next_number(round(now.timestamp() * 1000) << 14)
        expired = call.meets(Fault.UPLOAD_EXPIRES)
        return Container(
            id=number, account=who.remote_id, kind=kind, made_at=now,
            expires_at=now if expired else now + LIFE, caption=str(asked.get("caption") or ""),
            child=_true(asked.get("is_carousel_item")), asked=dict(asked),
        )  # fmt: skip

    def _keep(self, one: Container) -> None:
        while self._known:
            oldest = next(iter(self._known.values()))
            if one.made_at < oldest.made_at + 2 * LIFE:
                break
            del self._known[oldest.id]
        self._known[one.id] = one

    def _children(self, asked: Mapping[str, Any], who: SandboxAccount) -> list[Container]:
        said = asked.get("children")
        numbers = [str(one) for one in said] if isinstance(said, list) else str(said).split(",")
        if not FEWEST <= len(numbers) <= MOST:
            refuse(100, "Carousel must have between 2 and 10 items", 2207028)
        found = [self.get(number.strip(), {who.remote_id}) for number in numbers]
        if not all(one and one.child for one in found):
            refuse(24, "The requested resource does not exist", 2207006)
        return [one for one in found if one]

    async def _fetched(self, call: Call, one: Container, asked: Mapping[str, Any]) -> None:
        url, moves = asked.get("image_url"), False
        if asked.get("video_url"):
            url, moves = asked["video_url"], True
        if not isinstance(url, str) or (url and asked.get("image_url") and moves):
            refuse(100, "One of image_url and video_url is required")
        data = await fetch(url, most=FETCHED, agent=AGENT)
        if moves:
            kind = kind_of(data) if data else None
            if data is None:
                one.ready_at, one.fails = self._ready(True), 2207052
                return
            self._hold(call, one, data, kind)
            return
        if data is None:
            told = "Only photo or video can be accepted as media type."
            refuse(9004, "The media could not be fetched from this URI", 2207052, told=told)
        self._hold(call, one, data, _checked_image(data, one.kind))

    def _hold(self, call: Call, one: Container, data: bytes, kind: FileKind | None) -> None:
        moves = one.kind != "CAROUSEL" and (kind is None or kind.moves)
        fits = kind is not None and (not moves or kind.mime_type == VIDEO)
        one.ready_at = self._ready(moves)
        if call.fault and call.meets(Fault.UPLOAD_SLOW):
            one.ready_at = self._clock.now() + timedelta(seconds=call.fault.seconds or 0)
        if not fits or len(data) > MAX_VIDEO or call.meets(Fault.UPLOAD_FAILS):
            one.fails = 2207026 if moves else 2207005
        if call.meets(Fault.UPLOAD_EXPIRES):
            one.expires_at = self._clock.now()
        if kind:
            one.upload = self._uploads.add(
                one.account, one.id, kind, data, now=self._clock.now(), ready_at=one.ready_at,
                expires_at=one.made_at + 2 * LIFE, fails=bool(one.fails),
                alt=str(one.asked.get("alt_text") or ""),
            )  # fmt: skip

    def _ready(self, moves: bool) -> datetime:
        return self._clock.now() + (self._processing if moves else self._processing / 2)


def published(ledger: Ledger, platform: str, one: Container) -> str | None:
    """The id of what it became, deleted or not."""
    entry = ledger.keyed(platform, one.account, one.id)
    return entry.id if entry else None


def _kind(asked: Mapping[str, Any]) -> Kind:
    said, child = asked.get("media_type"), _true(asked.get("is_carousel_item"))
    if said in (None, "", "IMAGE") and asked.get("image_url"):
        return "IMAGE"
    if said == "VIDEO" and child:
        return "VIDEO"
    if said == "REELS" and not child:
        return "REELS"
    if said == "STORIES" and not child:
        return "STORIES"
    if said == "CAROUSEL" and not child:
        return "CAROUSEL"
    return refuse(100, "Unknown media type", 2207023)


def _check_words(asked: Mapping[str, Any], kind: Kind) -> None:
    caption, alt = asked.get("caption") or "", asked.get("alt_text") or ""
    if not isinstance(caption, str) or not isinstance(alt, str) or len(alt) > MAX_ALT:
        refuse(100, "Invalid parameter")
    units = len(caption.encode("utf-16-le", "surrogatepass")) // 2
    if units > MAX_CAPTION or caption.count("#") > MAX_TAGS:
        refuse(36004, "The caption was too long", 2207010)
    helpers = asked.get("collaborators")
    if helpers and (_true(asked.get("is_carousel_item")) or kind == "STORIES"):
        refuse(100, "param collaborators is not allowed")
    if helpers and (not isinstance(helpers, list) or len(helpers) > COLLABORATORS):
        refuse(100, "param collaborators must be a list of up to 3 usernames")


def _checked_image(data: bytes, kind: Kind) -> FileKind:
    if len(data) > MAX_IMAGE:
        refuse(36000, "The image size is too large to download", 2207004)
    found = kind_of(data)
    if found is None or found.mime_type != "image/jpeg" or not data.startswith(b"\xff\xd8\xff"):
        refuse(36001, "The image format is not supported", 2207005)
    ratio = found.width / max(found.height, 1)
    if kind != "STORIES" and not RATIOS[0] <= ratio <= RATIOS[1]:
        refuse(36003, "The submitted image has an invalid aspect ratio", 2207009)
    return found


def _true(value: Any) -> bool:
    return value is True or str(value).lower() in ("true", "1")
