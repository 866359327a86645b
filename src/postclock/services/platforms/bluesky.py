"""Bluesky, AT protocol (contract sheet 3): the record and its key are chosen before sending.

A repeat of the same create cannot make a second post, and ``getRecord`` by the key proves
presence or absence: exactly once for real.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, ClassVar

from postclock.clock import Clock
from postclock.errors import Problem
from postclock.http import Http, Response
from postclock.scheduler.model import Absent, CannotTell, Found, Receipt, Sighting, Staged
from postclock.services.platforms.answers import (
    AnswerTable,
    Row,
    look_refused,
    looking,
    moment,
    publishing,
    signing_in,
)
from postclock.services.platforms.base import (
    Login,
    LoginExpired,
    LoginRevoked,
    NotPublished,
    OutcomeUnknown,
    Owner,
    RateLimited,
    Refused,
    UploadGone,
)
from postclock.services.platforms.bluesky_media import BLOB_LIFE, IMAGES, LEAD, BlobUploads, embed
from postclock.services.platforms.capabilities import Capabilities, TextLimits
from postclock.services.platforms.client import Client
from postclock.services.platforms.drafting import Draft, Files, Save, unsaved
from postclock.services.platforms.facets import facets
from postclock.services.platforms.images import image_problems
from postclock.services.platforms.json_reading import field, word
from postclock.services.platforms.jwt import expiry
from postclock.services.platforms.permalinks import path_in
from postclock.services.platforms.text import graphemes, text_problems
from postclock.services.platforms.tid import CLOCK_IDS, tid
from postclock.services.platforms.uploads import uploaded

COLLECTION = "app.bsky.feed.post"
HOSTS = frozenset({"bsky.app"})
POST_PATH = re.compile(r"/profile/(?P<whose>[^/]+)/post/(?P<key>[\w.~:-]{1,512})", re.ASCII)
MAX_GRAPHEMES = 300
MAX_BYTES = 3000
AHEAD = timedelta(minutes=2)
"""How long before its end a session is renewed."""
QUOTA_PAUSE = timedelta(minutes=5)
"""The wait when no header tells when the quota is free: one window of the general limit."""

_REFUSED = "Bluesky refused the post: {words}"
_REVOKED = "Bluesky no longer accepts this login: connect the account again ({words})."
_EXPIRED = "Bluesky asks for a fresh login."
_THERE = "Bluesky says that a record with this key is there already."


def _words(response: Response) -> str:
    """``Name: message``, as every error of the protocol is built."""
    body = response.json()
    name, message = word(field(body, "error")), word(field(body, "message"))
    return f"{name}: {message}" if name else message


def _free_at(headers: Mapping[str, str], now: datetime) -> datetime:
    named = moment(headers.get("RateLimit-Reset"), now) or moment(headers.get("Retry-After"), now)
    return named or now + QUOTA_PAUSE


ANSWERS = AnswerTable(
    label="Bluesky",
    words=_words,
    free_at=_free_at,
    rows=(
        Row(LoginRevoked, "login_revoked", _REVOKED, sign="accounttakedown:"),
        Row(LoginRevoked, "login_revoked", _REVOKED, sign="accountdeactivated:"),
        Row(LoginRevoked, "login_revoked", _REVOKED, sign="accountsuspended:"),
        Row(LoginRevoked, "login_revoked", _REVOKED, sign="authfactortokenrequired:"),
        Row(LoginRevoked, "login_revoked", _REVOKED, sign="invalid_grant:"),
        Row(LoginRevoked, "permission_missing", _REVOKED, (403,), "missing required scope"),
        Row(LoginExpired, "login_expired", _EXPIRED, (400,), "expiredtoken:"),
        Row(LoginExpired, "login_expired", _EXPIRED, (400,), "invalidtoken:"),
        Row(LoginExpired, "login_expired", _EXPIRED, (401,)),
        Row(UploadGone, "media_missing", "Bluesky lost a picture: {words}", sign="blobnotfound:"),
        Row(NotPublished, "written_meanwhile", "Bluesky asks again: {words}", sign="invalidswap:"),
        Row(OutcomeUnknown, "already_there", _THERE, (400, 409), "already exists"),
        Row(RateLimited, "rate_limited", "Bluesky takes no more posts for now.", (429,)),
        Row(Refused, "refused", _REFUSED, (400, 413)),
    ),
)

SIGN_IN_ANSWERS = {
    "AuthenticationRequired": "Bluesky does not know this name and app password.",
    "AuthFactorTokenRequired": "Bluesky wants a code by e-mail: use an app password instead.",
    "AccountTakedown": "Bluesky has taken this account down.",
    "AccountDeactivated": "This Bluesky account is deactivated.",
    "AccountSuspended": "Bluesky has suspended this account.",
}
"""The answers to a sign-in that only a person can settle, each with its sentence."""


class Bluesky(Client):
    """Bluesky, on whichever server holds the account."""

    name: ClassVar[str] = "bluesky"
    capabilities: ClassVar[Capabilities] = Capabilities(
        label="Bluesky",
        base_url="https://bsky.social",
        text=TextLimits(MAX_GRAPHEMES, "characters", "graphemes", maximum_bytes=MAX_BYTES),
        read_lag=timedelta(0),
        guarded_resend=False,
        images=IMAGES,
        keeps_uploads=BLOB_LIFE,
    )

    def __init__(self, http: Http, clock: Clock, tuned: Mapping[str, str] | None = None) -> None:
        super().__init__(http, clock, tuned)
        self._uploads = BlobUploads(http, clock, ANSWERS)

    def count(self, text: str) -> int:
        """How many grapheme clusters ``text`` has."""
        return graphemes(text)

    def check(self, draft: Draft) -> list[Problem]:
        """Everything Bluesky would refuse in ``draft``."""
        limits = self.capabilities.text
        length, needed = self.count(draft.text), not draft.media
        return [
            *text_problems("Bluesky", draft.text, length, limits, needed=needed),
            *image_problems("Bluesky", draft.media, self.capabilities.images),
        ]

    def lead(self, draft: Draft) -> timedelta | None:
        """Minutes for pictures; None for a text."""
        return LEAD if draft.media else None

    async def stage(
        self, login: Login, draft: Draft, staged: Staged, save: Save, files: Files
    ) -> Staged:
        """Upload the pictures as blobs."""
        return await self._uploads.stage(login, draft, staged, save, files)

    def plan(self, login: Login, draft: Draft, staged: Staged, key: str, now: datetime) -> Staged:
        """The key and the whole record: ``{"rkey", "record"}``; raises UploadGone without blobs."""
        if "rkey" in staged and "record" in staged:
            return staged
        record = _record(draft, now)
        if draft.media:
            record["embed"] = embed(draft, uploaded("Bluesky", draft, staged, now))
        return {**staged, "rkey": _record_key(key, now), "record": record}

    def remote_id_in(self, link: str, owner: Owner) -> str | None:
        """The record at ``https://bsky.app/profile/{handle or did}/post/{rkey}``."""
        found = path_in(link, HOSTS, POST_PATH)
        mine = found and found["whose"].lower() in (owner.name, owner.remote_id.lower())
        return f"at://{owner.remote_id}/{COLLECTION}/{found['key']}" if found and mine else None

    def needs_refresh(self, login: Login, now: datetime) -> bool:
        """Whether there is no session yet, or it ends within minutes."""
        token = login.secrets.get("access_jwt")
        ends = expiry(token) if token else None
        return not token or (ends is not None and now >= ends - AHEAD)

    async def refresh(self, login: Login) -> Mapping[str, str]:
        """A session from the refresh token, else from the app password (sheet 3a)."""
        if token := login.secrets.get("refresh_jwt"):
            answer = await self._sign_in(
                login, "refreshSession", headers={"Authorization": f"Bearer {token}"}
            )
            if answer.ok or answer.status not in {400, 401}:
                return self._session(login, answer)
        identifier, password = login.secrets.get("identifier"), login.secrets.get("password")
        if not identifier or not password:
            raise LoginRevoked("login_revoked", "Connect this Bluesky account again.")
        body = {"identifier": identifier, "password": password}
        return self._session(login, await self._sign_in(login, "createSession", json=body))

    async def _sign_in(
        self,
        login: Login,
        call: str,
        *,
        json: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        url = _url(login, f"com.atproto.server.{call}")
        with signing_in("Bluesky"):
            return await self._http.request("POST", url, json=json, headers=headers)

    def _session(self, login: Login, answer: Response) -> Mapping[str, str]:
        body = answer.json()
        error = word(field(body, "error"))
        if error in SIGN_IN_ANSWERS and not answer.ok:
            raise LoginRevoked("login_revoked", SIGN_IN_ANSWERS[error])
        if answer.status == 429:
            until = _free_at(answer.headers, self._clock.now())
            raise RateLimited("rate_limited", "Bluesky takes no more logins for now.", until=until)
        access, refresh = word(field(body, "accessJwt")), word(field(body, "refreshJwt"))
        if not answer.ok or not access or not refresh:
            raise NotPublished("not_signed_in", f"Bluesky gave no session (HTTP {answer.status}).")
        if word(field(body, "did")) != login.remote_id:
            raise LoginRevoked("login_of_another", "These credentials are another account's.")
        return {**login.secrets, "access_jwt": access, "refresh_jwt": refresh}

    async def publish(
        self, login: Login, draft: Draft, staged: Staged, save: Save = unsaved
    ) -> Receipt:
        """``createRecord`` with the planned key and record."""
        token = login.secrets.get("access_jwt")
        if not token:
            raise LoginExpired("login_expired", "This Bluesky account has no session yet.")
        body = {
            "repo": login.remote_id,
            "collection": COLLECTION,
            "rkey": staged["rkey"],
            "validate": True,
            "record": staged["record"],
        }
        with publishing("Bluesky"):
            answer = await self._http.request(
                "POST",
                _url(login, "com.atproto.repo.createRecord"),
                json=body,
                headers={"Authorization": f"Bearer {token}"},
            )
        if answer.ok and (uri := word(field(answer.json(), "uri"))):
            return _receipt(login, uri, staged)
        raise ANSWERS.error(answer, login, self._clock.now())

    async def find(
        self,
        login: Login,
        draft: Draft,
        staged: Staged,
        since: datetime,
        taken: frozenset[str],
        save: Save = unsaved,
    ) -> Sighting:
        """``getRecord`` by the planned key; needs no login, and proves absence too."""
        if "rkey" not in staged:
            return Absent()
        query = {"repo": login.remote_id, "collection": COLLECTION, "rkey": staged["rkey"]}
        with looking("Bluesky"):
            answer = await self._http.request(
                "GET", _url(login, "com.atproto.repo.getRecord"), params=query
            )
        body = answer.json()
        uri = word(field(body, "uri"))
        if answer.ok and uri:
            return _sighting(login, uri, body, staged)
        if answer.status in {400, 404} and word(field(body, "error")) == "RecordNotFound":
            return Absent()
        return look_refused("Bluesky", answer, _words(answer))


def _sighting(login: Login, uri: str, body: Any, staged: Staged) -> Sighting:
    if field(body, "value", "text") != field(staged, "record", "text"):
        return CannotTell("Bluesky holds another text under the key of this post.")
    if field(body, "value", "embed") != field(staged, "record", "embed"):
        return CannotTell("Bluesky holds other pictures under the key of this post.")
    return Found(_receipt(login, uri, staged))


def _receipt(login: Login, uri: str, staged: Staged) -> Receipt:
    profile = login.handle.removeprefix("@") or login.remote_id
    return Receipt(uri, f"https://bsky.app/profile/{profile}/post/{staged['rkey']}")


def _record_key(key: str, now: datetime) -> str:
    """A TID of ``now``; ``key`` fills in what one clock reading cannot tell apart."""
    digest = int.from_bytes(sha256(key.encode()).digest()[:8])
    millis = (now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    return tid(millis * 1000 + digest // CLOCK_IDS % 1000, digest % CLOCK_IDS)


def _record(draft: Draft, now: datetime) -> dict[str, Any]:
    created = now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    record = {"$type": COLLECTION, "text": draft.text, "createdAt": created}
    found = facets(draft.text)
    return {**record, "facets": found} if found else record


def _url(login: Login, call: str) -> str:
    return f"{login.base_url.rstrip('/')}/xrpc/{call}"
