"""What all twins share: routing, reading, quotas, and the faults of a create call."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any, ClassVar, Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

from postclock.clock import Clock
from postclock.errors import PostclockError
from postclock.sandbox.answers import JsonAnswer
from postclock.sandbox.bodies import MAX_BODY, read_body
from postclock.sandbox.credentials import SandboxAccount
from postclock.sandbox.faults import Fault, Faults, QueuedFault
from postclock.sandbox.grants import Grants
from postclock.sandbox.hangup import hang_up
from postclock.sandbox.ledger import Ledger
from postclock.sandbox.quotas import Meter, Quota, Standing
from postclock.sandbox.uploads import Uploads

ANSWER_LOST = (Fault.COMMIT_THEN_DROP, Fault.UPLOAD_COMMIT_THEN_DROP)
Role = Literal["creates", "uploads"] | None
RECEIVED_AT = "postclock.sandbox.received_at"
"""Where the ASGI entry leaves the instant a request arrived."""


class Refused(Exception):
    """A request the platform answers with an error; ``answer`` is that answer."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status_code)
        self.answer = answer


@dataclass(slots=True)
class Call:
    """One request, read."""

    request: Request
    body: bytes
    account: SandboxAccount | None
    fault: QueuedFault | None = None

    @property
    def received_at(self) -> datetime:
        instant: datetime = self.request.scope[RECEIVED_AT]
        return instant

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query_params

    @property
    def author(self) -> SandboxAccount:
        """The account that signed the request; only for operations that demand one."""
        if self.account is None:
            raise RuntimeError("this operation takes no account")
        return self.account

    @property
    def content_type(self) -> str:
        return self.request.headers.get("content-type", "")

    def meets(self, fault: Fault) -> bool:
        """Whether this call was told to meet a fault."""
        return self.fault is not None and self.fault.fault is fault

    def param(self, name: str) -> str:
        """A part of the path."""
        value: str = self.request.path_params[name]
        return value


@dataclass(frozen=True, slots=True)
class Operation:
    """One call a platform offers: where, which quota it uses, and what it needs.

    ``creates`` marks the calls that make a post public, ``uploads`` those that complete an
    upload: faults apply to them. Where one path serves several steps, ``role`` tells from the
    request which of the two it is, if any. ``max_body`` is how many bytes a request may bring.
    """

    method: str
    path: str
    answer: Callable[[Call], Awaitable[Response]]
    quota: Quota
    points: int = 1
    signed: bool = True
    creates: bool = False
    uploads: bool = False
    role: Callable[[Request, bytes], Role] | None = None
    max_body: int = MAX_BODY

    def role_of(self, request: Request, body: bytes) -> Role:
        """Which faults a call of it meets."""
        if self.role:
            return self.role(request, body)
        return "creates" if self.creates else "uploads" if self.uploads else None


@dataclass(frozen=True, slots=True)
class Yard:
    """What the twins of one sandbox share."""

    ledger: Ledger
    faults: Faults
    clock: Clock
    enforce_quotas: bool
    uploads: Mapping[str, Uploads]
    grants: Mapping[str, Grants]
    processing: timedelta
    """How long a video or an animated GIF is processed."""
    lag: timedelta | None = None
    """How late a new post is in lists; None: as each platform has it."""
    duplicate_window: timedelta = timedelta(hours=1)
    """How long a platform that refuses the same text again remembers it."""


class Twin(ABC):
    """A pretend platform, as an ASGI application under its own prefix."""

    platform: ClassVar[str]
    label: ClassVar[str]
    """The platform, in people's words."""

    def __init__(self, yard: Yard) -> None:
        self.ledger = yard.ledger
        self.clock = yard.clock
        self.uploads = yard.uploads[self.platform]
        self.grants = yard.grants[self.platform]
        self._faults = yard.faults
        self._enforce = yard.enforce_quotas
        self._lag = yard.lag
        self.meter = Meter()
        self._routes = [
            (Route(operation.path, _never_called, methods=[operation.method]), operation)
            for operation in self.operations()
        ]

    @abstractmethod
    def operations(self) -> list[Operation]:
        """Every call this platform offers, the most frequent first."""

    @abstractmethod
    def authenticate(self, request: Request) -> SandboxAccount:
        """Who signed the request; raises Refused with the platform's 401."""

    @abstractmethod
    def quota_headers(self, standing: Standing) -> dict[str, str]:
        """A quota as this platform's headers tell it."""

    @abstractmethod
    def failure(self, status: int, detail: str) -> Response:
        """An error that is not about the post itself (404, 405, 413, 429, 5xx …)."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        answer = await self._answer(request)
        if answer is None:
            await hang_up(send)
        else:
            await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response | None:
        try:
            operation = self._operation(request.scope)
            return await self._perform(operation, request)
        except Refused as refused:
            return refused.answer
        except PostclockError as error:
            return self.failure(error.status, error.detail)

    def _operation(self, scope: Scope) -> Operation:
        other_methods = []
        for route, operation in self._routes:
            match, child = route.matches(scope)
            if match is Match.FULL:
                scope.update(child)
                return operation
            if match is Match.PARTIAL:
                other_methods.append(operation.method)
        if other_methods:
            answer = self.failure(405, "Method Not Allowed")
            answer.headers["Allow"] = ", ".join(other_methods)
            raise Refused(answer)
        raise Refused(self.failure(404, "Not Found"))

    async def _perform(self, operation: Operation, request: Request) -> Response | None:
        """One operation with its quota's headers; None to hang up."""
        now = self.clock.now()
        client = request.client.host if request.client else ""
        try:
            account = self.authenticate(request) if operation.signed else None
        except Refused as refused:
            self._show_quota(refused.answer, self.meter.use(operation.quota, client, now))
            raise
        who = account.remote_id if account else client
        before = self.meter.read(operation.quota, who, now)
        if self._enforce and before.remaining < operation.points:
            return self.rate_limited(before)
        standing = self.count(operation, who, now)
        body = await read_body(request, operation.max_body)
        role = operation.role_of(request, body)
        fault = self._faults.take(self.platform, upload=role == "uploads") if role else None
        call = Call(request, body, account, fault)
        answer = await self._with_fault(operation, call, standing)
        if answer is not None:
            self._show_quota(answer, standing)
        return answer

    def listed_until(self, usual: timedelta) -> datetime:
        """Until when lists know what was accepted; ``usual`` is how late this platform is."""
        return self.clock.now() - (usual if self._lag is None else self._lag)

    def count(self, operation: Operation, who: str, now: datetime) -> Standing:
        """Count one call of an operation and tell what is left to ``who``."""
        return self.meter.use(operation.quota, who, now, operation.points)

    async def _with_fault(
        self, operation: Operation, call: Call, standing: Standing
    ) -> Response | None:
        fault = call.fault.fault if call.fault else None
        seconds = (call.fault.seconds if call.fault else None) or 0.0
        if fault in (Fault.DROP_BEFORE_COMMIT, Fault.UPLOAD_DROP):
            return None
        if fault is Fault.RATE_LIMIT:
            reset_at = self.clock.now() + timedelta(seconds=seconds)
            return self.rate_limited(Standing(standing.quota, 0, reset_at))
        if fault in (Fault.SERVER_ERROR, Fault.UPLOAD_SERVER_ERROR):
            return self.server_error()
        answer = await self._reply(operation, call)
        if fault is Fault.SLOW:
            await self.clock.sleep(seconds)
        if fault is Fault.COMMIT_THEN_ERROR:
            return self.server_error()
        return None if fault in ANSWER_LOST else answer

    async def _reply(self, operation: Operation, call: Call) -> Response:
        try:
            return await operation.answer(call)
        except Refused as refused:
            return refused.answer
        except PostclockError as error:
            return self.failure(error.status, error.detail)

    def server_error(self) -> Response:
        """How this platform says that it is broken."""
        return self.failure(503, "Service Unavailable")

    def rate_limited(self, standing: Standing) -> Response:
        """How this platform says that a quota is used up."""
        answer = self.failure(429, "Too Many Requests")
        self._show_quota(answer, standing)
        return answer

    def _show_quota(self, answer: Response, standing: Standing) -> None:
        for name, value in self.quota_headers(standing).items():
            answer.headers.setdefault(name, value)


def json_answer(
    body: Any, status: int = 200, *, media_type: str = "application/json", **headers: str
) -> JsonAnswer:
    """A JSON answer."""
    return JsonAnswer(body, status, headers=headers or None, media_type=media_type)


def bearer(request: Request) -> str | None:
    """The token of an ``Authorization: Bearer`` header."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def base_url(request: Request) -> str:
    """Where the caller found this twin, without a trailing slash."""
    host = request.headers.get("host", "localhost")
    root: str = request.scope.get("root_path", "")
    return f"{request.scope.get('scheme', 'http')}://{host}{root}"


def sandbox_url(request: Request) -> str:
    """Where the caller found the sandbox this twin stands in, without a trailing slash."""
    return base_url(request).rpartition("/")[0]


def whole_seconds(instant: datetime) -> int:
    """Epoch seconds, never before ``instant``."""
    return ceil(instant.timestamp())


async def _never_called(_request: Request) -> Response:
    raise RuntimeError("the twin answers, the route only matches")
