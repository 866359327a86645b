"""The calls that make a Facebook Page's post public (contract sheet 2.b): one for each post."""

from __future__ import annotations

from typing import Any

from postclock.clock import Clock
from postclock.http import Http, Response
from postclock.scheduler.model import Receipt, Staged
from postclock.services.platforms.answers import publishing
from postclock.services.platforms.base import Login, OutcomeUnknown, PlatformError
from postclock.services.platforms.drafting import Draft, Save
from postclock.services.platforms.facebook_answers import LABEL, signed
from postclock.services.platforms.facebook_media import Place, whole_uploads
from postclock.services.platforms.facebook_options import FacebookOptions
from postclock.services.platforms.facebook_posts import (
    feed_body,
    feed_receipt,
    permalink,
    video_form,
)
from postclock.services.platforms.graph_answers import GraphTable
from postclock.services.platforms.json_reading import field, word
from postclock.services.platforms.parts import Part
from postclock.services.platforms.uploads import Entry

FINISHED = "finished"
"""The id of the video whose publishing Facebook has acknowledged, in what is staged."""
ANSWERED = "id,permalink_url,created_time"


class Sender:
    """Sends what is staged. ``bare`` and ``with_media`` are the tables of its answers."""

    def __init__(
        self, http: Http, clock: Clock, version: str, bare: GraphTable, with_media: GraphTable
    ) -> None:
        self._http, self._clock, self._version = http, clock, version
        self._bare, self._with_media = bare, with_media

    async def send(
        self, login: Login, draft: Draft, choice: FacebookOptions, staged: Staged, save: Save
    ) -> tuple[Receipt, Part]:
        """The one call; raises OutcomeUnknown for a video that Facebook still works on."""
        place = Place(login, self._version)
        entries = whole_uploads(draft, staged, choice.kind, self._clock.now())
        if any(media.is_video for media in draft.media):
            receipt = await self._video(place, draft, choice, entries[0], staged, save)
        elif choice.kind == "story":
            form = {"photo_id": str(entries[0]["id"])}
            receipt = self._story(place, await self._post(place, "photo_stories", form=form))
        else:
            receipt = await self._feed(place, draft, choice, entries)
        return receipt, {"id": receipt.remote_id, "url": receipt.permalink}

    async def comment(self, login: Login, post_id: str, text: str) -> None:
        """A comment below a post; raises a PlatformError."""
        place = Place(login, self._version)
        with publishing(LABEL):
            answer = await self._http.request(
                "POST", place.graph(f"{post_id}/comments"), form={"message": text},
                headers=signed(login),
            )  # fmt: skip
        if not answer.ok or not word(field(answer.json(), "id")):
            raise self._bare.error(answer, login, self._clock.now())

    async def _feed(
        self, place: Place, draft: Draft, choice: FacebookOptions, entries: list[Entry]
    ) -> Receipt:
        body = feed_body(draft, entries, choice.link)
        answer = await self._post(place, "feed", json=body, params={"fields": ANSWERED})
        receipt = feed_receipt(answer.json()) if answer.ok else None
        if receipt is None:
            raise self._error(place, answer, media=bool(entries))
        return receipt

    async def _video(
        self,
        place: Place,
        draft: Draft,
        choice: FacebookOptions,
        entry: Entry,
        staged: Staged,
        save: Save,
    ) -> Receipt:
        form = video_form(draft, choice.kind, entry, choice.title)
        with publishing(LABEL):
            answer = await self._http.request(
                "POST", place.videos(choice.kind), form=form, headers=signed(place.login)
            )
        if choice.kind == "story":
            return self._story(place, answer)
        if not answer.ok or field(answer.json(), "success") is not True:
            raise self._error(place, answer, media=True)
        await save({**staged, FINISHED: entry["id"]})
        message = "Facebook took the video and works on it."
        raise OutcomeUnknown("processing", message, answered=True)

    def _story(self, place: Place, answer: Response) -> Receipt:
        post_id = word(field(answer.json(), "post_id"))
        if not answer.ok or not post_id:
            raise self._error(place, answer, media=True)
        return Receipt(post_id, permalink(post_id, "", "/stories"))

    async def _post(self, place: Place, edge: str, **sent: Any) -> Response:
        with publishing(LABEL):
            return await self._http.request(
                "POST", place.edge(edge), headers=signed(place.login), **sent
            )

    def _error(self, place: Place, answer: Response, *, media: bool) -> PlatformError:
        table = self._with_media if media else self._bare
        return table.error(answer, place.login, self._clock.now())
