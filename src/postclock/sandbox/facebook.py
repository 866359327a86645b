"""Facebook's twin: Pages, as far as posts, reels, stories, comments and their files go.

Source: contract sheet 0.5, 1.a and 2 of Meta's platforms.
"""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from postclock.sandbox.credentials import SandboxAccount
from postclock.sandbox.facebook_photos import Photos
from postclock.sandbox.facebook_posts import (
    COMMENT,
    LISTED,
    STORY,
    comment_json,
    kind_of_post,
    photo_json,
    post_id_of,
    post_json,
    story_json,
)
from postclock.sandbox.facebook_publishing import Publishing
from postclock.sandbox.facebook_requests import gone, photo_role, said_in
from postclock.sandbox.facebook_videos import MAX_BODY, Videos, status_of
from postclock.sandbox.faults import Fault
from postclock.sandbox.graph import (
    CALLS,
    failure,
    field_names,
    refuse,
    require_scope,
    throttled,
    token_name,
    token_of,
    usage_headers,
)
from postclock.sandbox.graph_login import USER, FacebookLogin, root
from postclock.sandbox.ledger import Entry
from postclock.sandbox.quotas import Standing
from postclock.sandbox.twin import Call, Operation, Twin, Yard, base_url, json_answer

PAGES_LIMIT = 80_001
LISTING_LAG = timedelta(seconds=5)
"""How long after it is accepted a post is in no list yet."""
STORY_LIFE = timedelta(hours=24)
PAGE_NEEDED, ROLE_LOST = 2069032, 492
LEFT = "role_lost"
"""The handle of a Page whose person lost their role on it."""
MOST = 100


class Facebook(Twin):
    """Its Pages."""

    platform = "facebook"
    label = "Facebook"

    def __init__(self, yard: Yard) -> None:
        self._photos, self._videos = Photos(self.platform, yard), Videos(self.platform, yard)
        self._publishing = Publishing(self.platform, yard, self._photos, self._videos)
        self._login = FacebookLogin(self.platform, "Facebook", yard, page="/web", api="")
        super().__init__(yard)

    def operations(self) -> list[Operation]:
        page, one, here = "/{version}/{page}/", "/{version}/{id}", self._publishing
        role = self._videos.role
        videos = [
            Operation("POST", at, answer, CALLS, role=role, max_body=MAX_BODY)
            for at, answer in (
                (f"{page}videos", here.video), (f"/video{page}videos", here.video),
                (f"{page}video_reels", here.reel), (f"{page}video_stories", here.video_story),
            )
        ]  # fmt: skip
        bytes_at = "/rupload/video-upload/{version}/{id}"
        return [
            Operation("POST", f"{page}feed", here.feed, CALLS, creates=True),
            Operation(
                "POST", f"{page}photos", here.photo, CALLS, role=photo_role, max_body=MAX_BODY
            ),
            *videos,
            Operation(
                "POST", bytes_at, self._videos.receive, CALLS, signed=False, uploads=True,
                max_body=MAX_BODY,
            ),
            Operation("POST", f"{page}photo_stories", here.photo_story, CALLS, creates=True),
            *self._login.operations(),
            Operation("GET", f"{page}published_posts", self._posts, CALLS),
            Operation("GET", f"{page}feed", self._posts, CALLS),
            Operation("GET", f"{page}stories", self._stories, CALLS),
            Operation("POST", f"{one}/comments", self._comment, CALLS, creates=True),
            Operation("GET", f"{one}/comments", self._comments, CALLS),
            Operation("GET", one, self._show, CALLS),
            Operation("DELETE", one, self._delete, CALLS),
        ]  # fmt: skip

    def authenticate(self, request: Request) -> SandboxAccount:
        token = token_of(self.grants, token_name(request))
        if token.family.startswith(USER):
            refuse(190, "A Page access token is required to request this resource.", PAGE_NEEDED)
        if token.account.handle == LEFT:
            refuse(190, "The user has no role on this Page any more.", ROLE_LOST)
        return token.account

    def quota_headers(self, standing: Standing) -> dict[str, str]:
        return usage_headers(standing, kind="pages")

    def failure(self, status: int, detail: str) -> Response:
        return failure(status, detail)

    def server_error(self) -> Response:
        return failure(500, "")

    def rate_limited(self, standing: Standing) -> Response:
        seconds = (standing.reset_at - self.clock.now()).total_seconds()
        return throttled(PAGES_LIMIT, max(ceil(seconds / 60), 1), kind="pages")

    async def _with_fault(
        self, operation: Operation, call: Call, standing: Standing
    ) -> Response | None:
        if call.meets(Fault.UPLOAD_DROP):
            self._videos.cut(call)
        return await super()._with_fault(operation, call, standing)

    # --- lists ------------------------------------------------------------------------------------

    async def _posts(self, call: Call) -> Response:
        names = field_names(call.query, "id,message,created_time")
        found = [
            post_json(entry, names) for entry in self._listed(call) if kind_of_post(entry) in LISTED
        ]
        return self._paged(call, found)

    async def _stories(self, call: Call) -> Response:
        first, last = (call.query.get(name, "") for name in ("since", "until"))
        ends = self.clock.now() - STORY_LIFE
        found = [
            story_json(entry)
            for entry in self._listed(call)
            if kind_of_post(entry) == STORY
            and entry.accepted_at > ends
            and (not first.isdecimal() or entry.accepted_at.timestamp() >= int(first))
            and (not last.isdecimal() or entry.accepted_at.timestamp() <= int(last))
        ]
        return self._paged(call, found)

    def _listed(self, call: Call) -> list[Entry]:
        """A Page's live posts that its lists show by now, newest first."""
        page = self._own_page(call)
        latest = self.listed_until(LISTING_LAG)
        found = self.ledger.timeline(self.platform, page.remote_id)
        return [entry for entry in found if self._shown_at(entry) and entry.accepted_at <= latest]

    def _shown_at(self, entry: Entry) -> bool:
        video = self._videos.get(entry.id, SandboxAccount(self.platform, entry.account, ""))
        return video is None or kind_of_post(entry) == STORY or self._videos.public(video)

    def _paged(self, call: Call, items: list[dict[str, Any]]) -> Response:
        limit, after = call.query.get("limit", "25"), call.query.get("after", "0")
        if not (limit.isdecimal() and after.isdecimal() and len(after) < 7 and len(limit) < 7):
            refuse(100, "Param limit must be an integer.")
        size, start = min(max(int(limit), 1), MOST), int(after)
        shown = items[start : start + size]
        body: dict[str, Any] = {"data": shown}
        if shown:
            cursors = {"before": str(start), "after": str(start + len(shown))}
            body["paging"] = {"cursors": cursors}
            if start + len(shown) < len(items):
                query = urlencode({**call.query, "after": cursors["after"]})
                here = call.request.url.path.removeprefix(root(call))
                body["paging"]["next"] = f"{base_url(call.request)}{here}?{query}"
        return json_answer(body)

    # --- one thing --------------------------------------------------------------------------------

    async def _show(self, call: Call) -> Response:
        node, page = call.param("id"), call.author
        names = field_names(call.query, "id")
        if node in ("me", page.remote_id):
            return json_answer({"id": page.remote_id, "name": page.handle})
        if video := self._videos.get(node, page):
            entry = self.ledger.get(self.platform, node)
            status = self._videos.status(video)
            published = self._videos.public(video)
            return json_answer(_video_json(node, status, entry if published else None, names))
        if photo := self._photos.get(node, page):
            return json_answer(photo_json(self.uploads.public(photo), names))
        entry = self._entry(node, page)
        if entry.id == node and kind_of_post(entry) not in (COMMENT, STORY, "feed"):
            size = entry.media[0]["bytes"]
            return json_answer(_video_json(node, status_of("ready", size), entry, names))
        return json_answer(post_json(entry, names))

    async def _delete(self, call: Call) -> Response:
        node, page = call.param("id"), call.author
        if not self._find(node, page) and self._videos.get(node, page):
            self._videos.forget(node)
            return json_answer({"success": True})
        entry = self._entry(node, page)
        self.ledger.delete(entry, self.clock.now())
        self.uploads.release(entry.account, entry.media)
        self._videos.forget(entry.id)
        return json_answer({"success": True})

    # --- comments ---------------------------------------------------------------------------------

    async def _comment(self, call: Call) -> Response:
        token = token_of(self.grants, token_name(call.request))
        require_scope(token, "pages_manage_engagement")
        parent = self._entry(call.param("id"), call.author)
        if kind_of_post(parent) == STORY:
            refuse(100, "Stories have no comments.")
        message = said_in(call).text("message")
        if not message.strip():
            refuse(100, "Param message must be a non-empty string.")
        entry = self._publishing.accept(call, COMMENT, message, (), parent=parent.id)
        return json_answer({"id": entry.id})

    async def _comments(self, call: Call) -> Response:
        parent = self._entry(call.param("id"), call.author)
        names = field_names(call.query, "id,message,created_time,from")
        every = self.ledger.timeline(self.platform, call.author.remote_id)
        below = [entry for entry in every if entry.record.get("parent") == parent.id]
        return self._paged(call, [comment_json(entry, names) for entry in reversed(below)])

    # --- what is meant ----------------------------------------------------------------------------

    def _own_page(self, call: Call) -> SandboxAccount:
        if call.param("page") not in ("me", call.author.remote_id):
            gone()
        return call.author

    def _entry(self, node: str, page: SandboxAccount) -> Entry:
        return self._find(node, page) or gone()

    def _find(self, node: str, page: SandboxAccount) -> Entry | None:
        """The Page's post, story, video or comment with this id; a video's post counts too."""
        entry = self.ledger.get(self.platform, node)
        if entry is None and "_" in node:
            mine = self.ledger.timeline(self.platform, page.remote_id)
            entry = next((one for one in mine if post_id_of(one) == node), None)
        return entry if entry and entry.account == page.remote_id else None


def _video_json(
    video_id: str, status: dict[str, Any], entry: Entry | None, names: list[str]
) -> dict[str, Any]:
    whole: dict[str, Any] = {"status": status, "published": entry is not None}
    if entry is not None:
        whole |= {"post_id": post_id_of(entry), "permalink_url": f"/reel/{video_id}/"}
    return {"id": video_id, **{name: whole[name] for name in names if name in whole}}
