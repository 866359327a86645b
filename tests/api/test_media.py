"""Pictures over the API: upload, list, read, describe, delete, and in posts."""

from __future__ import annotations

import socket
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.api.asking import Admin, Json, act, ahead, fields, made, move, put, refused, stored, wish
from tests.fixtures.pictures import moving, noise, picture
from tests.fixtures.servers import Api
from tests.fixtures.workspaces import Team

MEDIA = "/api/v1/media"


def sent(
    client: httpx.Client, content: bytes | None = None, name: str = "a.png", **form: str
) -> httpx.Response:
    given = picture() if content is None else content
    return client.post(MEDIA, files={"file": (name, given)}, data=form)


def uploaded(client: httpx.Client, content: bytes | None = None, **form: str) -> Json:
    answer = sent(client, content, **form)
    assert answer.status_code == 201, answer.text
    media: Json = answer.json()
    return media


def test_a_picture_comes_back_as_it_was_sent(client: httpx.Client) -> None:
    given = picture("JPEG", (20, 40))
    answer = sent(client, given, "../..\\Sommer 2026 ☀.exe", alt_text="A beach")
    media = answer.json()
    assert answer.status_code == 201, answer.text
    assert (media["mime_type"], media["bytes"]) == ("image/jpeg", len(given))
    assert (media["width"], media["height"], media["alt_text"]) == (20, 40, "A beach")
    assert not media["animated"]
    assert uploaded(client, moving())["animated"]
    assert media["name"] == "Sommer 2026 ☀.exe"
    content = client.get(media["content_url"])
    assert content.content == given
    assert content.headers["content-type"] == "image/jpeg"
    assert content.headers["x-content-type-options"] == "nosniff"
    assert content.headers["cache-control"].startswith("private, ")
    assert content.headers["content-length"] == str(len(given))
    assert content.headers["content-disposition"].startswith("inline; filename*=UTF-8''Sommer")
    assert client.get(f"{MEDIA}/{media['id']}").json() == {**media, "posts": 0}


def test_the_newest_come_first_page_by_page(client: httpx.Client) -> None:
    ids = [uploaded(client)["id"] for _ in range(5)][::-1]
    first = client.get(MEDIA, params={"limit": 3}).json()
    second = client.get(MEDIA, params={"limit": 3, "cursor": first["next_cursor"]}).json()
    assert [one["id"] for one in first["items"] + second["items"]] == ids
    assert second["next_cursor"] is None


def test_words_for_who_does_not_see_it(client: httpx.Client) -> None:
    path = f"{MEDIA}/{uploaded(client)['id']}"
    assert client.put(path, json={"altText": "A cat"}).json()["alt_text"] == "A cat"
    assert client.get(path).json()["alt_text"] == "A cat"
    refused(client.put(path, json={"alt_text": "x" * 2001}), 422, "too_long")
    refused(client.put(path, json={"alt_text": "a\0"}), 422, "text_unstorable")
    refused(client.put(path, json={"alt_text": "a", "name": "b"}), 422, "unknown_field")
    refused(client.put(path, json={}), 422, "missing")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "media_type_refused"),
        (b"<svg/>", "media_type_refused"),
        (picture("BMP"), "media_type_refused"),
        (picture("PNG", (300, 200))[:80], "media_damaged"),
        (picture("PNG", (9000, 8000)), "media_too_many_pixels"),
    ],
    ids=["empty", "svg", "bmp", "half", "bomb"],
)
def test_what_is_no_picture(client: httpx.Client, admin: Admin, content: bytes, code: str) -> None:
    problem = refused(sent(client, content, "photo.jpg"), 422, code)
    assert fields(problem) == ["file"]
    assert stored(admin, "media") == 0


def test_forms_that_are_none(client: httpx.Client, admin: Admin) -> None:
    forms: list[tuple[dict[str, Any], int, tuple[str, ...]]] = [
        ({"content": b""}, 422, ("missing",)),
        ({"json": {"file": "x"}}, 422, ("missing",)),
        ({"data": {"file": "x"}}, 422, ("missing",)),
        ({"files": {"other": ("a", b"x")}}, 422, ("missing", "unknown_field")),
        ({"files": {"file": ("a", picture())}, "data": {"colour": "x"}}, 422, ("unknown_field",)),
        ({"files": {"file": ("a", picture())}, "data": {"alt_text": "\0"}}, 422,
         ("text_unstorable",)),
        ({"files": {"file": ("a", picture())}, "data": {"alt_text": "x" * 2001}}, 422,
         ("too_long",)),
        ({"files": [("file", ("a", picture())), ("file", ("b", picture()))]}, 400, ("unreadable",)),
        ({"content": b"--x\r\nbroken", "headers": {
            "Content-Type": "multipart/form-data; boundary=x"}}, 422, ("missing",)),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400,
         ("unreadable",)),
    ]  # fmt: skip
    for form, status, codes in forms:
        problem = client.post(MEDIA, **form)
        assert problem.status_code == status, (form, problem.text)
        told = [one["code"] for one in problem.json()["problems"]] or [problem.json()["code"]]
        assert sorted(told) == sorted(codes), form
    assert stored(admin, "media") == 0


def test_a_large_file_is_refused_while_it_comes_in(client: httpx.Client, admin: Admin) -> None:
    assert uploaded(client, noise(3_000_000))["bytes"] == 3_000_000
    problem = refused(sent(client, noise(3_000_001)), 413, "body_too_large")
    assert problem["detail"].endswith("3 MB at most.")
    refused(sent(client, bytes(12_000_000)), 413, "body_too_large")
    boundary = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    pieces = iter([boundary, *(bytes(500_000) for _ in range(20))])
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    refused(client.post(MEDIA, content=pieces, headers=kind), 413, "body_too_large")
    assert stored(admin, "media") == 1


def test_nobody_uploads_without_a_name(api: Api, admin: Admin) -> None:
    """The answer comes before the body: it is not even read."""
    address = urlsplit(api.url)
    with socket.create_connection((str(address.hostname), int(address.port or 0)), 20) as line:
        head = f"POST {MEDIA} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: 2000000\r\n"
        line.sendall(f"{head}Content-Type: multipart/form-data; boundary=x\r\n\r\n".encode())
        assert line.recv(100).startswith(b"HTTP/1.1 401 ")
    assert stored(admin, "media") == 0


def test_another_workspaces_picture_is_not_there(
    client: httpx.Client, stranger: httpx.Client
) -> None:
    media = uploaded(client)
    path = f"{MEDIA}/{media['id']}"
    for answer in (
        stranger.get(path), stranger.get(f"{path}/content"), stranger.delete(path),
        stranger.put(path, json={"alt_text": "mine"}),
    ):  # fmt: skip
        refused(answer, 404, "not_found")
    assert stranger.get(MEDIA).json()["items"] == []
    assert client.get(path).json() == {**media, "posts": 0}


def test_a_viewer_sees_and_changes_nothing(client: httpx.Client, admin: Admin) -> None:
    media = uploaded(client)
    path = f"{MEDIA}/{media['id']}"
    admin.execute("UPDATE memberships SET role = 'viewer'")
    for answer in (sent(client), client.put(path, json={"alt_text": "x"}), client.delete(path)):
        refused(answer, 403, "role_forbids")
    for reading in (MEDIA, path, f"{path}/content"):
        assert client.get(reading).status_code == 200


def test_a_picture_that_is_going_out_cannot_be_deleted(client: httpx.Client, admin: Admin) -> None:
    media = uploaded(client)
    path = f"{MEDIA}/{media['id']}"
    post = made(client, wish(scheduled_at=ahead()))
    admin.execute(
        "UPDATE posts SET content = jsonb_set(content, '{twitter,media}', %s::jsonb)",
        [f'[{{"id": "{media["id"]}"}}]'],
    )
    for state in ("scheduled", "claimed", "sending", "unknown", "held"):
        move(admin, post, state)
        refused(client.delete(path), 409, "media_in_use")
    move(admin, post, "failed")
    assert client.delete(path).status_code == 204
    for answer in (client.get(path), client.get(f"{path}/content"), client.delete(path)):
        refused(answer, 404, "not_found")
    assert client.get(MEDIA).json()["items"] == []


def test_a_restored_post_whose_picture_is_gone_waits_for_its_author(
    client: httpx.Client,
) -> None:
    media = uploaded(client)
    posts = [
        made(client, with_media({"id": media["id"]}, scheduled_at=ahead())),
        made(client, wish(scheduled_at=ahead())),
    ]
    for post in posts:
        assert client.delete(f"/api/v1/posts/{post['id']}").status_code == 204
    assert client.delete(f"{MEDIA}/{media['id']}").status_code == 204
    restored = [act(client, post, "restore").json() for post in posts]
    assert [one["status"] for one in restored] == ["ready_to_publish", "scheduled"]
    assert restored[0]["scheduled_at"] is None


def with_media(*media: Json, **more: Any) -> Json:
    asked = wish(**more)
    asked["content"]["twitter"]["media"] = list(media)
    return asked


def test_a_post_keeps_what_it_shows(client: httpx.Client, team: Team) -> None:
    first, second = uploaded(client), uploaded(client)
    account = str(team.account("twitter"))
    shown = [{"id": first["id"]}, {"id": second["id"], "alt": "in this post"}]
    asked = with_media(*shown, text="")
    asked["content"]["accounts"] = {account: {"media": shown[:1]}}
    post = made(client, asked)
    assert post["content"] == {
        "twitter": {"text": "", "media": shown}, "accounts": {account: {"media": shown[:1]}},
    }  # fmt: skip
    again = put(client, post, {"content": {"twitter": {"text": "none"}}}).json()
    assert again["content"] == {"twitter": {"text": "none"}}


def test_references_that_are_none(client: httpx.Client, stranger: httpx.Client) -> None:
    mine, foreign, gone = uploaded(client), uploaded(stranger), uploaded(client)
    client.delete(f"{MEDIA}/{gone['id']}")
    for wrong, code in (
        ({"id": "x"}, "id_invalid"), ({}, "missing"), ({"id": mine["id"], "x": 1}, "unknown_field"),
        ({"id": mine["id"], "alt": "x" * 2001}, "too_long"),
        ({"id": mine["id"], "alt": "\0"}, "text_unstorable"),
    ):  # fmt: skip
        refused(client.post("/api/v1/posts", json=with_media(wrong)), 422, code)
    many = [{"id": mine["id"]}] * 36
    refused(client.post("/api/v1/posts", json=with_media(*many)), 422, "too_long")
    for absent in (foreign, gone):
        asked = with_media({"id": absent["id"]}, scheduled_at=ahead())
        problem = refused(client.post("/api/v1/posts", json=asked), 422, "media_unknown")
        assert fields(problem) == ["content.twitter.media.0.id"]
