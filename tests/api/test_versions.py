"""Two writers at once: ETag and If-Match, Idempotency-Key."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.api.asking import POSTS, Admin, act, ahead, cron, made, put, read, refused, stored, wish
from tests.fixtures.servers import Api
from tests.fixtures.workspaces import Team


def test_the_etag_is_the_version(client: httpx.Client) -> None:
    post = made(client)
    assert client.get(f"{POSTS}/{post['id']}").headers["etag"] == '"1"'
    answer = put(client, post, {"topic": "two"}, **{"If-Match": '"1"'})
    assert (answer.status_code, answer.headers["etag"], answer.json()["version"]) == (200, '"2"', 2)
    for header in ('W/"2"', "3", "*"):
        assert put(client, post, {"topic": "x"}, **{"If-Match": header}).status_code == 200


def test_an_older_version_is_a_conflict_that_shows_both(client: httpx.Client) -> None:
    post = made(client, wish(topic="first"))
    put(client, post, {"topic": "theirs"})
    problem = refused(
        put(client, post, {"topic": "mine"}, **{"If-Match": '"1"'}), 409, "version_conflict"
    )
    assert problem["yours"] == {"topic": "mine"}
    assert (problem["stored"]["topic"], problem["stored"]["version"]) == ("theirs", 2)
    assert read(client, post)["topic"] == "theirs"


def test_what_the_system_writes_is_no_new_version(client: httpx.Client, admin: Admin) -> None:
    post = made(client, wish("twitter", "bluesky", scheduled_at=ahead(-1)))
    cron(client)
    assert read(client, post)["version"] == post["version"]


def test_a_wrong_if_match_is_refused(client: httpx.Client) -> None:
    post = made(client)
    for header in ("latest", '"1", "2"', '"-1"', '"1.0"', '""', '"99999999999999"'):
        answer = put(client, post, {"topic": "x"}, **{"If-Match": header})
        refused(answer, 422, "if_match_invalid")
    refused(put(client, post, {}, **{"If-Match": "x" * 41}), 422, "too_long")
    answer = client.put(
        f"{POSTS}/{post['id']}", json={}, headers={b"If-Match": "²".encode("latin-1")}
    )
    refused(answer, 422, "if_match_invalid")
    assert read(client, post) == post | {"quotas": []}


def test_the_same_key_again_answers_the_same_post(client: httpx.Client, admin: Admin) -> None:
    key = {"Idempotency-Key": "once"}
    first = made(client, wish(topic="x"), **key)
    put(client, first, {"topic": "changed meanwhile"})
    again = made(client, wish(topic="x"), **key)
    assert (again["id"], again["topic"]) == (first["id"], "changed meanwhile")
    answer = client.post(POSTS, json=wish(topic="y"), headers=key)
    refused(answer, 409, "idempotency_key_reused")
    assert stored(admin, "posts") == 1


def test_a_key_whose_request_was_refused_is_free(client: httpx.Client) -> None:
    key = {"Idempotency-Key": "again"}
    answer = client.post(POSTS, json=wish(status="scheduled"), headers=key)
    refused(answer, 422, "time_missing")
    assert made(client, wish(), **key)["status"] == "draft"


def test_two_workspaces_may_use_the_same_key(client: httpx.Client, stranger: httpx.Client) -> None:
    key = {"Idempotency-Key": "same"}
    assert made(client, wish(), **key)["id"] != made(stranger, wish(), **key)["id"]


def test_a_wrong_key_is_refused(client: httpx.Client) -> None:
    for key, code in (("x" * 201, "too_long"), ("two words", "wrong_format"), ("", "wrong_format")):
        refused(client.post(POSTS, json=wish(), headers={"Idempotency-Key": key}), 422, code)


def test_many_at_once_with_one_key_make_one_post(api: Api, team: Team, admin: Admin) -> None:
    def create(_: int) -> str:
        with api.client(team) as client:
            post_id: str = made(client, wish(scheduled_at=MOMENT), **{"Idempotency-Key": "k"})["id"]
            return post_id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(create, range(8)))) == 1
    assert (stored(admin, "posts"), stored(admin, "deliveries")) == (1, 1)


MOMENT = "2027-03-01T09:30:00Z"


def test_many_edits_at_once_lose_none(api: Api, team: Team) -> None:
    with api.client(team) as client:
        post = made(client, wish(scheduled_at=ahead()))

    def edit(number: int) -> int:
        with api.client(team) as client:
            if number % 2:
                return put(client, post, {"topic": str(number)}).status_code
            return act(client, post, "publish", {"undo_seconds": 60}).status_code

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(edit, range(6))) == [200] * 6
    with api.client(team) as client:
        assert read(client, post)["version"] == 7
