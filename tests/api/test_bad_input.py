"""Bad input: a problem with a sentence, nothing stored, never a 500."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from tests.api.asking import POSTS, Admin, Json, ahead, made, refused, wish
from tests.fixtures.pictures import picture
from tests.fixtures.servers import Api
from tests.fixtures.workspaces import Team

JSON = {"Content-Type": "application/json"}
TABLES = ("posts", "deliveries", "users", "activity_logs", "idempotency_keys", "sessions",
          "media")  # fmt: skip


TIMED: Json = {"topic": "x", "scheduled_at": "2027-03-01T09:30", "time_zone": "UTC", "fold": 0}


@pytest.fixture
def targets(client: httpx.Client) -> list[tuple[str, str, Json]]:
    """Every route with a body, and a body it takes."""
    post = made(client, wish(status="ready_to_publish"))
    files = {"file": ("a.png", picture())}
    media = client.post("/api/v1/media", files=files).json()
    person = {"email": "a@example.org", "password": "correct horse", "name": "A", "token": "x"}
    register = {"post_id": post["id"], "scheduled_at": ahead(), "platform": "twitter"}
    return [
        ("POST", POSTS, wish(**TIMED)),
        ("PUT", f"{POSTS}/{post['id']}", wish(topic="x")),
        ("POST", f"{POSTS}/check", wish(topic="x")),
        ("POST", f"{POSTS}/{post['id']}/publish", {"undo_seconds": 5}),
        ("PUT", f"/api/v1/media/{media['id']}", {"alt_text": "x"}),
        ("POST", "/content/register-scheduled", register),
        ("POST", "/api/v1/content/register-scheduled", register),
        ("PUT", "/api/v1/workspace", {"name": "x", "time_zone": "UTC", "after_publishing": "keep"}),
        ("POST", "/api/v1/auth/first-owner", person | {"workspace_name": "x", "time_zone": "UTC"}),
        ("POST", "/api/v1/auth/sign-in", {key: person[key] for key in ("email", "password")}),
    ]


@pytest.fixture
def kept(admin: Admin) -> Callable[[], list[object]]:
    """Everything that is stored, to be compared."""

    def look() -> list[object]:
        return [admin.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES]

    return look


Kept = Callable[[], list[object]]
Targets = list[tuple[str, str, Json]]


def places(body: Json, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every value in ``body``, and of the body itself."""
    yield path
    for key, value in body.items():
        if isinstance(value, dict):
            yield from places(value, (*path, key))
        else:
            yield (*path, key)


def with_at(body: object, path: tuple[str, ...], value: object) -> object:
    if not path:
        return value
    assert isinstance(body, dict)
    return body | {path[0]: with_at(body[path[0]], path[1:], value)}


def is_a_problem(answer: httpx.Response) -> None:
    if answer.status_code == 200 and answer.request.url.path == f"{POSTS}/check":
        assert answer.json()["problems"], answer.request.content
        return
    assert 400 <= answer.status_code < 500, (answer.request.content[:200], answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


WRONG: list[object] = [
    None,
    0,
    1.5,
    True,
    10**400,
    [],
    [[]],
    {},
    {"x": 1},
    "\0",
    "a\0b",
    "\ud800",
    "\udfffx",
]
TOO_LONG = "x" * 100_001


def test_a_wrong_value_anywhere(client: httpx.Client, targets: Targets, kept: Kept) -> None:
    """Each value in turn is replaced by each wrong one; what is acceptable there is left out."""
    before = kept()
    for verb, path, body in targets:
        for place in places(body):
            for value in [*WRONG, TOO_LONG, [TOO_LONG]]:
                changed = with_at(body, place, value)
                if not acceptable(place, value):
                    sent = json.dumps(changed)
                    is_a_problem(client.request(verb, path, content=sent, headers=JSON))
    assert kept() == before


OPTIONAL = {"topic", "content", "fold", "platforms", "time_zone", "scheduled_at", "name",
            "after_publishing"}  # fmt: skip


def acceptable(place: tuple[str, ...], value: object) -> bool:
    """Values that some route takes at ``place``: they are tried elsewhere."""
    if not place:
        return value in (None, {}) and not isinstance(value, bool | int)
    name = place[-1]
    lax = value is None and name in OPTIONAL
    empty = value in ([], {}) and name in ("platforms", "content", "twitter")
    number = (name == "fold" and type(value) is int and value == 0) or (
        name == "undo_seconds" and type(value) is int and value == 0
    )
    text = name == "text" and value == ""
    return lax or empty or number or text


def test_a_wrong_key_anywhere(client: httpx.Client, targets: Targets, kept: Kept) -> None:
    before = kept()
    for verb, path, body in targets:
        for place in [p for p in places(body) if isinstance(value_at(body, p), dict)]:
            for key in ("colour", "\0", "\ud800", "", "x" * 100_001, "__proto__"):
                inner = value_at(body, place)
                assert isinstance(inner, dict)
                sent = json.dumps(with_at(body, place, {**inner, key: {"text": "x"}}))
                is_a_problem(client.request(verb, path, content=sent, headers=JSON))
    assert kept() == before


def value_at(body: object, path: tuple[str, ...]) -> object:
    for key in path:
        assert isinstance(body, dict)
        body = body[key]
    return body


def nested(depth: int, opening: str, closing: str) -> bytes:
    return (opening * depth + closing * depth).encode()


UNREADABLE = [
    b"{", b"}", b"{'topic': 1}", b'{"topic": "x"', b'{"topic": "\xff"}', b"\xff\xfe\x00",
    b"\x00", b'"\xed\xa0\x80"', b"NaN", b"1" * 5000, b"-", b"true false",
    nested(100_000, "[", "]"), nested(100_000, '{"a":', "}"), b"[" * 100_000,
    b'{"content":{"twitter":' + nested(100_000, "[", "]") + b"}}",
]  # fmt: skip


def test_what_is_not_json(client: httpx.Client, targets: Targets, kept: Kept) -> None:
    before = kept()
    for verb, path, _ in targets:
        for body in [*UNREADABLE, b"[]", b"[{}]", b'""', b"5", b"true"]:
            is_a_problem(client.request(verb, path, content=body, headers=JSON))
        for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml"):
            answer = client.request(
                verb, path, content=b'{"topic":"x"}', headers={"Content-Type": kind}
            )
            refused(answer, 422, "wrong_type")
    assert kept() == before


def test_an_empty_body(client: httpx.Client, targets: Targets, kept: Kept) -> None:
    before = kept()
    for verb, path, _ in targets:
        if not path.endswith("/publish"):
            refused(client.request(verb, path, content=b"", headers=JSON), 422, "missing")
    assert kept() == before


def test_of_two_equal_keys_the_last_counts(client: httpx.Client) -> None:
    answer = client.post(POSTS, content=b'{"topic": "a", "topic": "b"}', headers=JSON)
    assert answer.json()["topic"] == "b"
    both = {"scheduled_at": ahead(), "scheduledAt": ahead()}
    assert client.post(POSTS, json=wish(**both)).status_code in (201, 422)


def test_a_large_body_is_refused(client: httpx.Client, targets: Targets, kept: Kept) -> None:
    before = kept()
    large = b'{"topic":"' + b"x" * 12_000_000 + b'"}'

    def chunks() -> Iterator[bytes]:
        for at in range(0, len(large), 500_000):
            yield large[at : at + 500_000]

    for verb, path, _ in targets:
        for body in (large, chunks()):
            answer = client.request(verb, path, content=body, headers=JSON)
            problem = refused(answer, 413, "body_too_large")
            assert "1024 KiB" in problem["detail"]
    assert kept() == before
    assert client.get(POSTS).status_code == 200


def test_a_body_of_just_under_the_limit_is_read(client: httpx.Client) -> None:
    spaces = b" " * ((1 << 20) - 20)
    assert client.post(POSTS, content=b'{"topic":"x"}' + spaces, headers=JSON).status_code == 201
    over = b'{"topic":"x"}' + b" " * (1 << 20)
    refused(client.post(POSTS, content=over, headers=JSON), 413, "body_too_large")


def test_a_plain_client_sees_the_answer_to_a_large_body(api: Api, team: Team) -> None:
    """Also one that sends everything before it reads."""
    host, port = urlsplit(api.url).hostname, urlsplit(api.url).port
    with socket.create_connection((str(host), int(port or 0)), timeout=20) as line:
        head = (
            f"POST {POSTS} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {team.token}\r\n"
            "Content-Type: application/json\r\nContent-Length: 12000000\r\n\r\n"
        )
        line.sendall(head.encode())
        line.sendall(b"x" * 12_000_000)
        assert line.recv(100).startswith(b"HTTP/1.1 413 ")


def test_odd_queries_and_headers(client: httpx.Client, kept: Kept) -> None:
    before = kept()
    for name in ("status", "platform", "search", "cursor", "account_id", "limit"):
        for value in ("%00", "a%00b", "x" * 9000):
            is_a_problem(client.get(f"{POSTS}?{name}={value}"))
        for value in ("%ED%A0%80", "%FF", "%", "%zz", "%F0%9F%95%90", "'", '"', "--", ";"):
            assert client.get(f"{POSTS}?{name}={value}").status_code in (200, 422)
    assert client.get(f"{POSTS}?limit=1&limit=2&unknown=x").status_code == 200
    for odd in (b"\xff", b"\xed\xa0\x80", b"x" * 9000):
        for header in (b"Idempotency-Key", b"If-Match"):
            answer = client.put(
                f"{POSTS}/0199f0a4-5b7e-7c3d-9a55-0b1c2d3e4f50", json={}, headers={header: odd}
            )
            assert answer.status_code in (404, 422)
        is_a_problem(client.post(POSTS, json={}, headers={b"Idempotency-Key": odd}))
        for header in (b"Accept", b"User-Agent", b"Cookie", b"Origin", b"X-Forwarded-For"):
            assert client.get(POSTS, headers={header: odd}).status_code == 200
    assert kept() == before
