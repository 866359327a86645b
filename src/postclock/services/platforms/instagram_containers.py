"""Instagram's containers (contract sheet 1.b): made ahead, waited for, good for a day."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from postclock.clock import Clock
from postclock.http import Http, HttpFailure, Response
from postclock.scheduler.model import Staged
from postclock.services.platforms.answers import uploading
from postclock.services.platforms.base import (
    Login,
    LoginRevoked,
    NotPublished,
    RateLimited,
    UploadGone,
)
from postclock.services.platforms.drafting import Draft, Files, Media, Save
from postclock.services.platforms.graph import BYTES, bearer, same_host, upload_headers
from postclock.services.platforms.graph_answers import GraphError, read_error
from postclock.services.platforms.instagram_answers import ANSWERS, LABEL, of_processing
from postclock.services.platforms.instagram_login import by_page
from postclock.services.platforms.instagram_media import (
    CONTAINER,
    asked_of_child,
    asked_of_post,
    digest,
    parts_of,
)
from postclock.services.platforms.instagram_options import PostOptions, shape
from postclock.services.platforms.json_reading import field, instant, objects, word
from postclock.services.platforms.uploads import KEY, PATIENCE, RESERVE, Entry, still_working

LIFE = timedelta(hours=23, minutes=50)
"""How long a container is counted on: it ends after a day."""
FIRST_PAUSES = {False: (2.0, 3.0, 5.0, 10.0), True: (5.0, 15.0)}
"""Seconds between questions, for pictures and for videos; the last repeats."""
QUOTA_PAUSE = timedelta(minutes=5)
PIECE = 1 << 20
UNREADABLE = frozenset({(100, 33), (24, 2207008)})
"""What a container that is there sometimes answers (sheet 1.g)."""


@dataclass(frozen=True, slots=True)
class Door:
    """Where an account is reached, and as whom."""

    url: str
    """With the version."""
    who: str
    """What publishes: the account's id, as its address names it."""

    def at(self, path: str) -> str:
        return f"{self.url}/{path}"


def token_of(login: Login) -> str:
    """The account's token; raises LoginRevoked where there is none."""
    token = login.secrets.get("access_token")
    if not token:
        raise LoginRevoked("login_revoked", f"Connect this {LABEL} account: it has no login yet.")
    return token


class Shelf:
    """The entries of one draft, committed one by one."""

    def __init__(self, staged: Staged, save: Save, clock: Clock) -> None:
        self.staged = staged
        self._save, self._clock = save, clock

    def of(self, name: str, asked: str) -> Entry:
        """What was made with these words and lasts; empty when there is none."""
        entry: Entry = self.staged.get(KEY, {}).get(name, {})
        ends = instant(entry.get("expires_at"))
        lasts = ends is not None and self._clock.now() + RESERVE < ends
        return entry if lasts and entry.get("asked") == asked else {}

    async def keep(self, name: str, entry: Entry) -> None:
        """Commit an entry; an empty one forgets it."""
        self.staged = {**self.staged, KEY: {**self.staged.get(KEY, {}), name: dict(entry)}}
        await self._save(self.staged)


class Containers:
    """Makes the containers of a draft and waits for them."""

    def __init__(self, http: Http, clock: Clock, patience: timedelta) -> None:
        self._http, self._clock, self._patience = http, clock, patience

    async def stage(
        self,
        login: Login,
        door: Door,
        draft: Draft,
        options: PostOptions,
        shelf: Shelf,
        files: Files,
    ) -> Staged:
        """All parts first; once each is ready, what shows them."""
        making = Making(self, login, door, shelf, files)
        if shape(draft, options) != "carousel":
            await making.made(CONTAINER, asked_of_post(draft, options), draft.media[0])
            await making.finished(CONTAINER, video=draft.media[0].is_video)
            return shelf.staged
        for one in draft.media:
            await making.made(str(one.id), asked_of_child(one), one)
        for one in draft.media:
            await making.finished(str(one.id), video=one.is_video)
        children = [shelf.staged[KEY][str(one.id)]["id"] for one in draft.media]
        await making.gathered(asked_of_post(draft, options), children)
        await making.finished(CONTAINER, video=any(one.is_video for one in draft.media))
        return shelf.staged

    async def status(self, login: Login, door: Door, number: str) -> Status:
        """How far a container is; raises HttpFailure where nobody answers."""
        answer = await self._read(login, door, number, login.secrets.get("access_token", ""))
        person = login.secrets.get("user_token")
        if person and (said := read_error(answer)) and (said.code, said.subcode) in UNREADABLE:
            answer = await self._read(login, door, number, person)
        body = answer.json()
        state = word(field(body, "status_code")) if answer.ok else ""
        return Status(state, word(field(body, "status")), answer)

    async def _read(self, login: Login, door: Door, number: str, token: str) -> Response:
        return await self._http.request(
            "GET", door.at(number), params={"fields": "status_code,status"}, headers=bearer(token)
        )

    async def quota(self, login: Login, door: Door) -> None:
        """Raise RateLimited where the account has used up its posts; silent where it is not told.

        The platform enforces it only when a container is published.
        """
        try:
            answer = await self.ask(login, door, f"{door.who}/content_publishing_limit", LIMIT)
        except HttpFailure:
            return
        told = next(iter(objects(field(answer.json(), "data"))), {})
        used, most = told.get("quota_usage"), field(told, "config", "quota_total")
        if isinstance(used, int) and isinstance(most, int) and 0 < most <= used:
            message = f"{LABEL} takes {most} posts of an account in 24 hours: these are used up."
            until = self._clock.now() + QUOTA_PAUSE
            raise RateLimited("quota_used", message, until=until)

    async def ask(self, login: Login, door: Door, path: str, query: Mapping[str, str]) -> Response:
        """One question; raises HttpFailure where nobody answers."""
        headers = bearer(token_of(login))
        return await self._http.request("GET", door.at(path), params=query, headers=headers)

    async def created(self, login: Login, door: Door, asked: Mapping[str, Any]) -> dict[str, Any]:
        """A new container as the platform answers it."""
        with uploading(LABEL):
            answer = await self._http.request(
                "POST", door.at(f"{door.who}/media"), json=asked, headers=bearer(token_of(login))
            )
        body = answer.json()
        if answer.ok and isinstance(body, dict) and word(body.get("id")):
            return body
        raise ANSWERS.upload_error(answer, login, self._clock.now())

    async def send(self, login: Login, url: str, media: Media, files: Files) -> None:
        """All bytes of a file to where the platform wants them."""
        if not same_host(url, login.hosts.get("upload", BYTES)):
            message = f"{LABEL} named a place for the file that is not known to be its own."
            raise NotPublished("upload_failed", message)
        headers = {
            **upload_headers(token_of(login), media.size), "Content-Length": str(media.size),
            "Content-Type": "application/octet-stream",
        }  # fmt: skip
        with uploading(LABEL):
            answer = await self._http.request(
                "POST", url, headers=headers, stream=_pieces(media, files)
            )
        if not answer.ok or field(answer.json(), "success") is not True:
            raise ANSWERS.upload_error(answer, login, self._clock.now())

    def entry(self, number: str, asked: str) -> Entry:
        """A fresh one."""
        now = self._clock.now()
        return {
            "id": number, "asked": asked, "made_at": now.isoformat(),
            "expires_at": (now + LIFE).isoformat(), "ready": False,
        }  # fmt: skip

    def waited_too_long(self, entry: Entry) -> bool:
        """Whether a container has been processed longer than is normal."""
        made = instant(entry.get("made_at"))
        return made is None or self._clock.now() - made > self._patience

    async def wait(self, seconds: float) -> None:
        await self._clock.sleep(seconds)

    def now(self) -> datetime:
        return self._clock.now()


LIMIT = {"fields": "quota_usage,config"}


@dataclass(frozen=True, slots=True)
class Status:
    """How far a container is: ``code`` is empty where it could not be read."""

    code: str
    text: str
    answer: Response

    @property
    def error(self) -> GraphError | None:
        return read_error(self.answer)

    @property
    def readable_later(self) -> bool:
        """Whether a later question may be answered."""
        said = self.error
        known = said is not None and (said.code, said.subcode) in UNREADABLE
        return known or said is None or self.answer.status >= 500 or said.transient


@dataclass(frozen=True, slots=True)
class Making:
    """One staging on its way."""

    containers: Containers
    login: Login
    door: Door
    shelf: Shelf
    files: Files

    async def made(self, name: str, asked: Mapping[str, Any], media: Media) -> None:
        """A container that shows ``media``, unless there is one."""
        words = digest(asked, parts_of(media))
        if self.shelf.of(name, words):
            return
        by_bytes = media.is_video and by_page(self.login.secrets)
        where: dict[str, Any] = {"upload_type": "resumable"}
        if not by_bytes:
            where = {"video_url" if media.is_video else "image_url": await self.files.link(media)}
        body = await self.containers.created(self.login, self.door, {**asked, **where})
        if by_bytes:
            url = word(body.get("uri"))
            await self.containers.send(self.login, url, media, self.files)
        await self.shelf.keep(name, self.containers.entry(word(body["id"]), words))

    async def gathered(self, asked: Mapping[str, Any], children: Sequence[str]) -> None:
        """The container that shows the ``children``, unless there is one."""
        words = digest(asked, children)
        if not self.shelf.of(CONTAINER, words):
            whole = {**asked, "children": ",".join(children)}
            body = await self.containers.created(self.login, self.door, whole)
            await self.shelf.keep(CONTAINER, self.containers.entry(word(body["id"]), words))

    async def finished(self, name: str, *, video: bool) -> None:
        """Wait until it is ready; raises NotReady where that takes long, else what went wrong."""
        pauses, waited = [*FIRST_PAUSES[video]], 0.0
        while not await self._ready(name):
            pause = pauses.pop(0) if len(pauses) > 1 else pauses[0]
            if waited + pause > PATIENCE:
                raise still_working(LABEL, self.containers.now())
            waited += pause
            await self.containers.wait(pause)

    async def _ready(self, name: str) -> bool:
        entry: Entry = self.shelf.staged[KEY][name]
        if entry["ready"]:
            return True
        with uploading(LABEL):
            status = await self.containers.status(self.login, self.door, entry["id"])
        if status.code in ("FINISHED", "PUBLISHED"):
            await self.shelf.keep(name, {**entry, "ready": True})
            return True
        await self._go_on(name, entry, status)
        return False

    async def _go_on(self, name: str, entry: Entry, status: Status) -> None:
        """Raise what a container means that is not ready, unless it is to be asked again."""
        now = self.containers.now()
        if status.code == "ERROR":
            await self.shelf.keep(name, {})
            raise of_processing(status.text, self.login, now)
        if not status.code and not status.readable_later:
            error = ANSWERS.upload_error(status.answer, self.login, now)
            if isinstance(error, UploadGone):
                await self.shelf.keep(name, {})
            raise error
        if status.code == "EXPIRED" or self.containers.waited_too_long(entry):
            await self.shelf.keep(name, {})
            message = f"{LABEL} did not get the media ready: they are handed over again."
            raise NotPublished("media_missing", message)


async def _pieces(media: Media, files: Files) -> AsyncIterator[bytes]:
    for start in range(0, media.size, PIECE):
        yield await files.read_range(media, start, min(start + PIECE, media.size))
