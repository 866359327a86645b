"""The least a platform can be: one POST to the bench's server."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar

from postclock.errors import Problem
from postclock.http import HttpFailure, NotSent
from postclock.scheduler.model import CannotTell, Receipt, Sighting, Staged
from postclock.services.platforms.base import Login, NotPublished, OutcomeUnknown, Owner
from postclock.services.platforms.capabilities import Capabilities, TextLimits
from postclock.services.platforms.client import Client
from postclock.services.platforms.drafting import Draft, Files, Save, unsaved


class BenchPlatform(Client):
    """Publishes by ``POST /TEXT``: the text is the key by which the server tells posts apart."""

    name: ClassVar[str] = "bench"
    capabilities: ClassVar[Capabilities] = Capabilities(
        label="Bench", base_url=None, text=TextLimits(500, "characters", "graphemes"),
        read_lag=timedelta(0), guarded_resend=False,
    )  # fmt: skip

    def count(self, text: str) -> int:
        return len(text)

    def check(self, draft: Draft) -> list[Problem]:
        return []

    def lead(self, draft: Draft) -> timedelta | None:
        return None

    async def stage(
        self, login: Login, draft: Draft, staged: Staged, save: Save, files: Files
    ) -> Staged:
        return staged

    def plan(self, login: Login, draft: Draft, staged: Staged, key: str, now: datetime) -> Staged:
        return {"key": key, **staged}

    def remote_id_in(self, link: str, owner: Owner) -> str | None:
        return link.rpartition("/")[2] or None

    def needs_refresh(self, login: Login, now: datetime) -> bool:
        return False

    async def refresh(self, login: Login) -> Mapping[str, str]:
        return login.secrets

    async def publish(
        self, login: Login, draft: Draft, staged: Staged, save: Save = unsaved
    ) -> Receipt:
        headers = {"Authorization": f"Bearer {login.secrets['token']}"}
        url = f"{login.base_url}/{draft.text}"
        try:
            await self._http.request("POST", url, headers=headers, json={"text": draft.text})
        except NotSent as error:
            raise NotPublished("away", str(error)) from error
        except HttpFailure as error:
            raise OutcomeUnknown("no_answer", str(error)) from error
        return Receipt(draft.text, url)

    async def find(
        self,
        login: Login,
        draft: Draft,
        staged: Staged,
        since: datetime,
        taken: frozenset[str],
        save: Save = unsaved,
    ) -> Sighting:
        return CannotTell("the bench's server is not asked")
