"""X's twin: API v2 for posts.

Source: the contract sheet of X (sections 1a-1h) and X's OpenAPI document 2.167.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from postclock.sandbox.bodies import parse_json
from postclock.sandbox.consent import avatar
from postclock.sandbox.credentials import SandboxAccount
from postclock.sandbox.ledger import Entry
from postclock.sandbox.quotas import Standing
from postclock.sandbox.twin import (
    Call,
    Operation,
    Refused,
    Twin,
    Yard,
    bearer,
    json_answer,
    sandbox_url,
    whole_seconds,
)
from postclock.sandbox.twitter_login import TwitterLogin
from postclock.sandbox.twitter_media import TwitterMedia, fresh_id, included, media_key
from postclock.sandbox.twitter_problems import (
    as_problem,
    blank_problem,
    invalid_request,
    not_found,
    not_involved,
    refuse_request,
)
from postclock.sandbox.twitter_quotas import APP_WIDE, CREATE, DELETE, ME, TIMELINE
from postclock.sandbox.twitter_requests import CreatePost, Timeline, read_request
from postclock.sandbox.twitter_text import MAX_WEIGHT, invalid, shortened, t_co, weight

EXCLUSIVE = ("poll", "media", "quote_tweet_id", "card_uri")


class Twitter(Twin):
    """X, as far as posts with text and media go."""

    platform = "twitter"
    label = "X"

    def __init__(self, yard: Yard) -> None:
        self._media = TwitterMedia(self.platform, yard)
        self._login = TwitterLogin(self.platform, yard)
        super().__init__(yard)
        self._duplicate_window = yard.duplicate_window

    def operations(self) -> list[Operation]:
        return [
            Operation("POST", "/2/tweets", self._create, CREATE, creates=True),
            Operation("GET", "/2/users/me", self._me, ME),
            Operation("GET", "/2/users/{id}/tweets", self._timeline, TIMELINE),
            Operation("DELETE", "/2/tweets/{id}", self._delete, DELETE),
            Operation("GET", "/{user}/status/{id}", self._show, TIMELINE, signed=False),
            *self._media.operations(),
            *self._login.operations(),
        ]

    def authenticate(self, request: Request) -> SandboxAccount:
        name = bearer(request)
        token = self.grants.read(name) if name else None
        if token is None:
            raise Refused(self.failure(401, "Unauthorized"))
        return token.account

    def quota_headers(self, standing: Standing) -> dict[str, str]:
        headers = {
            "x-rate-limit-limit": str(standing.quota.limit),
            "x-rate-limit-remaining": str(standing.remaining),
            "x-rate-limit-reset": str(whole_seconds(standing.reset_at)),
        }
        if standing.quota in APP_WIDE:
            day = self.meter.read(APP_WIDE[standing.quota], "app", self.clock.now())
            headers["x-app-limit-24hour-limit"] = str(day.quota.limit)
            headers["x-app-limit-24hour-remaining"] = str(day.remaining)
            headers["x-app-limit-24hour-reset"] = str(whole_seconds(day.reset_at))
        return headers

    def count(self, operation: Operation, who: str, now: datetime) -> Standing:
        if operation.quota in APP_WIDE:
            self.meter.use(APP_WIDE[operation.quota], "app", now)
        return super().count(operation, who, now)

    def failure(self, status: int, detail: str) -> Response:
        if status == 400:
            return invalid_request([{"message": detail, "parameters": {}}])
        title = {401: "Unauthorized", 403: "Forbidden"}.get(status, detail)
        return blank_problem(status, title, detail)

    # --- operations -----------------------------------------------------------------------------

    async def _create(self, call: Call) -> Response:
        asked = read_request(CreatePost, parse_json(call.body))
        self._check_text(asked)
        self._check_references(asked, call.author)
        now = self.clock.now()
        self._check_duplicate(call.author, asked.text, now)
        shown = self._media.chosen(asked.media.media_ids, call.author) if asked.media else []
        entry = self.ledger.accept(
            Entry(
                platform=self.platform,
                account=call.author.remote_id,
                handle=call.author.handle,
                id=self._next_id(now),
                text=asked.text,
                received_at=call.received_at,
                accepted_at=now,
                record={
                    **asked.model_dump(exclude_defaults=True, exclude={"text"}),
                    "media_keys": [media_key(upload) for upload in shown],
                },
                media=self.uploads.attach(shown),
            )
        )
        text, _ = _text_of(entry)
        data = {"id": entry.id, "text": text, "edit_history_post_ids": [entry.id]}
        return json_answer({"data": data}, 201)

    async def _me(self, call: Call) -> Response:
        author = call.author
        data: dict[str, Any] = {
            "id": author.remote_id,
            "name": author.handle,
            "username": author.handle,
        }
        more: dict[str, Any] = {"verified": False, "profile_image_url": avatar(author.handle)}
        asked = call.query.get("user.fields", "").split(",")
        data |= {name: value for name, value in more.items() if name in asked}
        return json_answer({"data": data})

    async def _timeline(self, call: Call) -> Response:
        owner = call.param("id")
        asked = read_request(Timeline, dict(call.query))
        if owner != call.author.remote_id and not self.ledger.entries(self.platform, owner):
            return json_answer({"errors": [not_found("user", "id", owner)]})
        chosen = self._chosen(owner, asked)
        page = chosen[: asked.max_results]
        meta: dict[str, Any] = {"result_count": len(page)}
        if not page:
            return json_answer({"meta": meta})
        meta |= {"newest_id": page[0].id, "oldest_id": page[-1].id}
        if len(chosen) > len(page):
            meta["next_token"] = _base32hex(int(page[-1].id))
        answer: dict[str, Any] = {"data": [_post(e, asked.fields) for e in page]}
        here = sandbox_url(call.request)
        media = [item for e in page for item in included(e, asked.media_fields, here)]
        if media and asked.includes_media:
            answer["includes"] = {"media": media}
        return json_answer({**answer, "meta": meta})

    async def _delete(self, call: Call) -> Response:
        entry = self.ledger.get(self.platform, call.param("id"))
        if entry is None:
            return json_answer({"data": {"deleted": False}})
        if entry.account != call.author.remote_id:
            raise Refused(self.failure(403, "You are not permitted to perform this action."))
        self.ledger.delete(entry, self.clock.now())
        self.uploads.release(entry.account, entry.media)
        return json_answer({"data": {"deleted": True}})

    async def _show(self, call: Call) -> Response:
        return RedirectResponse(f"../../../#twitter-{call.param('id')}", 303)

    # --- checks ---------------------------------------------------------------------------------

    def _check_text(self, asked: CreatePost) -> None:
        if not asked.text.strip() and not asked.media:
            refuse_request("You must provide text or media.", "text")
        if invalid(asked.text):
            refuse_request("The text holds a character that is not allowed.", "text")
        if weight(asked.text) > MAX_WEIGHT:
            refuse_request("Your Tweet text is too long.", "text")
        given = [name for name in EXCLUSIVE if getattr(asked, name)]
        if len(given) > 1:
            refuse_request(f"A post has only one of {', '.join(given)}.", given[0])

    def _check_references(self, asked: CreatePost, author: SandboxAccount) -> None:
        parent = asked.reply.in_reply_to_tweet_id if asked.reply else None
        for tweet_id in filter(None, (parent, asked.quote_tweet_id)):
            entry = self.ledger.get(self.platform, tweet_id)
            if entry is None:
                problem = not_found("tweet", "id", tweet_id)
                raise Refused(as_problem({**problem, "status": 404}))
            if entry.account != author.remote_id and f"@{author.handle}" not in entry.text:
                raise Refused(not_involved(tweet_id))

    def _check_duplicate(self, author: SandboxAccount, text: str, now: datetime) -> None:
        if not text.strip():
            return
        earlier = self.ledger.same_text(self.platform, author.remote_id, text)
        if earlier and earlier.live and now - earlier.accepted_at < self._duplicate_window:
            detail = "You are not allowed to create a Tweet with duplicate content."
            raise Refused(self.failure(403, detail))

    # --- reading the ledger ---------------------------------------------------------------------

    def _next_id(self, now: datetime) -> str:
        latest = self.ledger.latest(self.platform)
        return str(max(fresh_id(now), int(latest.id) + 1 if latest else 0))

    def _chosen(self, owner: str, asked: Timeline) -> list[Entry]:
        """What a timeline query asks for, one more than fits a page, newest first."""
        chosen = []
        for entry in self._page_start(owner, asked.pagination_token):
            if asked.start_time and entry.accepted_at < asked.start_time:
                break
            if "replies" in asked.exclude and "reply" in entry.record:
                continue
            if asked.covers(int(entry.id), entry.accepted_at):
                chosen.append(entry)
            if len(chosen) > asked.max_results:
                break
        return chosen

    def _page_start(self, owner: str, token: str | None) -> Iterator[Entry]:
        last_seen = int(token, 32) if token else None
        for entry in self.ledger.timeline(self.platform, owner):
            if last_seen is None or int(entry.id) < last_seen:
                yield entry


def _post(entry: Entry, fields: frozenset[str]) -> dict[str, Any]:
    text, urls = _text_of(entry)
    keys = entry.record.get("media_keys")
    reply = entry.record.get("reply")
    quote = entry.record.get("quote_tweet_id")
    references = [{"type": "replied_to", "id": reply["in_reply_to_tweet_id"]}] if reply else []
    references += [{"type": "quoted", "id": quote}] if quote else []
    offered: dict[str, Any] = {
        "author_id": entry.account,
        # X gives whole seconds here, although its ids know milliseconds.
        "created_at": entry.accepted_at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "attachments": {"media_keys": keys} if keys else None,
        "entities": {"urls": urls} if urls else None,
        "referenced_tweets": references,
        "referenced_posts": references,
    }
    post = {
        "id": entry.id,
        "text": text,
        "edit_history_tweet_ids": [entry.id],
        "edit_history_post_ids": [entry.id],
    }
    return post | {name: value for name, value in offered.items() if name in fields and value}


def _text_of(entry: Entry) -> tuple[str, list[dict[str, str | int]]]:
    """A post's text and links as X gives them back: a post with media ends in a link to them."""
    text, urls = shortened(entry.text)
    keys = entry.record.get("media_keys")
    if not keys:
        return text, urls
    page = f"https://x.com/{entry.handle}/status/{entry.id}/photo/1"
    link = t_co(page)
    text = f"{text} {link}" if text else link
    span = {"start": len(text) - len(link), "end": len(text)}
    address = {"url": link, "expanded_url": page, "display_url": "pic.x.com/" + link[-10:]}
    return text, [*urls, *({**span, **address, "media_key": key} for key in keys)]


def _base32hex(number: int) -> str:
    alphabet = "0123456789abcdefghijklmnopqrstuv"
    out = ""
    while number:
        number, digit = divmod(number, 32)
        out = alphabet[digit] + out
    return out
