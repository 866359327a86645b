"""TikTok's twin: the upload server, where the last part of a video publishes it.

Source: the contract sheet of TikTok, sections 4.b.3 and 4.h.
"""

from __future__ import annotations

import re
from typing import NoReturn

from starlette.requests import Request
from starlette.responses import Response

from postclock.sandbox.file_kinds import kind_of
from postclock.sandbox.quotas import Quota
from postclock.sandbox.tiktok_tasks import Task, Tasks, knobs
from postclock.sandbox.twin import Call, Operation, Refused, Role, Yard

PARTS = Quota("parts", 100_000, 60)
MAX_PART = 128_000_000
RANGE = re.compile(r"bytes (\d{1,12})-(\d{1,12})/(\d{1,12})", re.ASCII)
TYPES = ("video/mp4", "video/quicktime", "video/webm")


class TikTokUploads:
    """``PUT`` to the address that opening a task gave."""

    def __init__(self, tasks: Tasks, yard: Yard) -> None:
        self._tasks, self._clock = tasks, yard.clock
        self._refused: set[str] = set()

    def operations(self) -> list[Operation]:
        """The one call: signed by its address alone."""
        return [
            Operation(
                "PUT", "/upload/video/", self._put, PARTS, signed=False, role=_role,
                max_body=MAX_PART,
            )
        ]  # fmt: skip

    async def _put(self, call: Call) -> Response:
        task = self._tasks.uploading(call.query.get("upload_token", ""))
        if task is None or call.query.get("upload_id") != task.publish_id:
            _refuse(404, "The upload task is unknown")
        if task.url_ends_at is None or self._clock.now() >= task.url_ends_at:
            _refuse(403, "The upload_url has expired")
        start, end = self._range(call, task)
        if start != task.received:
            _refuse(416, "The range does not continue what was received")
        self._fail_once(task)
        task.take(call.body)
        last = max(end - 1, 0)
        if end < task.size:
            return Response(
                status_code=206, headers={"Content-Range": f"bytes 0-{last}/{task.size}"}
            )
        content = bytes(task.content)
        kind = kind_of(content)
        if kind is None or not kind.mime_type.startswith("video/"):
            self._tasks.fail(task, "file_format_check_failed")
        else:
            self._tasks.finish(task, [(content, kind)], call.received_at)
        return Response(status_code=201, headers={"Content-Range": f"bytes 0-{last}/{task.size}"})

    def _range(self, call: Call, task: Task) -> tuple[int, int]:
        """Which bytes came: from, and to (exclusive)."""
        found = RANGE.fullmatch(call.request.headers.get("content-range", ""))
        if found is None or call.content_type.partition(";")[0] not in TYPES:
            _refuse(400, "Content-Range or Content-Type is malformed")
        start, end, total = int(found[1]), int(found[2]) + 1, int(found[3])
        part = start // task.chunk
        whole = task.size if part >= task.count - 1 else start + task.chunk
        if total != task.size or end - start != len(call.body):
            _refuse(400, "Content-Range does not fit the content")
        if start == task.received and end != whole:
            _refuse(400, "The part has not the size that was said")
        return start, end

    def _fail_once(self, task: Task) -> None:
        second = task.received == task.chunk and task.publish_id not in self._refused
        if second and "chunk-fails" in knobs(task.text):
            self._refused.add(task.publish_id)
            _refuse(500, "Try this part again")


def _role(request: Request, _body: bytes) -> Role:
    """Its last part is what makes a video public."""
    found = RANGE.fullmatch(request.headers.get("content-range", ""))
    return "creates" if found and int(found[2]) + 1 == int(found[3]) else None


def _refuse(status: int, words: str) -> NoReturn:
    raise Refused(Response(words, status, media_type="text/plain"))
