"""Large files in pieces: by a tus client, cut and resumed, and by hand for what clients hide."""

from __future__ import annotations

import base64
import io
import socket
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

from tests.api.asking import Admin, Json, refused, stored
from tests.fixtures.pictures import PHONE, noise, picture, taken_at_home
from tests.fixtures.servers import Api
from tests.fixtures.videos import video
from tests.fixtures.workspaces import Team

UPLOADS = "/api/v1/media/uploads"
TUS = {"Tus-Resumable": "1.0.0"}
PIECES = {**TUS, "Content-Type": "application/offset+octet-stream"}


def metadata(**said: str) -> str:
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in said.items())


def begun(client: httpx.Client, size: int, **said: str) -> str:
    """Where an upload of ``size`` bytes goes on."""
    told = {**TUS, "Upload-Length": str(size), "Upload-Metadata": metadata(**said)}
    answer = client.post(UPLOADS, headers=told)
    assert answer.status_code == 201, answer.text
    assert answer.headers["upload-expires"].endswith("GMT")
    at = answer.headers["location"]
    assert at.startswith(f"{UPLOADS}/")
    return at


def put(client: httpx.Client, at: str, offset: int, content: bytes) -> httpx.Response:
    return client.patch(at, headers={**PIECES, "Upload-Offset": str(offset)}, content=content)


def head_of(api: Api, team: Team, at: str, size: int) -> bytes:
    """The head of a request that sends all ``size`` bytes, as a socket writes it."""
    head = {
        **PIECES, "Host": urlsplit(api.url).netloc, "Upload-Offset": "0",
        "Content-Length": str(size), "Authorization": f"Bearer {team.token}",
    }  # fmt: skip
    lines = [f"PATCH {at} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def offset(client: httpx.Client, at: str) -> int:
    answer = client.head(at, headers=TUS)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    return int(answer.headers["upload-offset"])


def test_a_client_of_the_protocol_sends_a_video_and_resumes(api: Api, team: Team) -> None:
    content = video("mp4", (320, 240), seconds=20)
    tus = TusClient(f"{api.url}{UPLOADS}", headers={"Authorization": f"Bearer {team.token}"})
    told = {"filename": "Ä clip.mp4", "filetype": "video/mp4", "alt_text": "A clip"}
    first = tus.uploader(file_stream=io.BytesIO(content), chunk_size=4000, metadata=told)
    first.upload(stop_at=8000)
    again = tus.uploader(file_stream=io.BytesIO(content), chunk_size=4000, url=first.url)
    assert again.offset == 8000
    again.upload()
    with api.client(team) as client:
        media = client.get(urlsplit(str(first.url)).path).json()["media"]
        assert (media["name"], media["alt_text"]) == ("Ä clip.mp4", "A clip")
        assert (media["mime_type"], media["duration"]) == ("video/mp4", 20)
        assert client.get(f"/api/v1/media/{media['id']}").json() == {**media, "posts": 0}


def test_a_file_that_is_none_is_refused_at_its_end(api: Api, team: Team, admin: Admin) -> None:
    tus = TusClient(f"{api.url}{UPLOADS}", headers={"Authorization": f"Bearer {team.token}"})
    with pytest.raises(TusCommunicationError) as raised:
        tus.uploader(file_stream=io.BytesIO(b"hello" * 10), chunk_size=20).upload()
    assert raised.value.status_code == 422
    assert stored(admin, "media") == 0


def test_the_last_piece_tells_which_file_it_is(client: httpx.Client, tmp_path: Path) -> None:
    content = taken_at_home("JPEG")
    at = begun(client, len(content), filename="a.jpg")
    answer = put(client, at, 0, content[:100])
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, "100")
    assert "postclock-media-id" not in answer.headers
    assert client.get(at).json()["media"] is None
    answer = put(client, at, 100, content[100:])
    assert answer.status_code == 204
    media_id = answer.headers["postclock-media-id"]
    assert at.endswith(media_id)
    assert PHONE.encode() not in client.get(f"/api/v1/media/{media_id}/content").content
    head = client.head(at, headers=TUS)
    assert head.headers["postclock-media-id"] == media_id
    assert head.headers["upload-offset"] == head.headers["upload-length"] == str(len(content))
    refused(put(client, at, len(content), b"x"), 409, "upload_offset")
    left = [file.name for file in (tmp_path / "data" / "uploads").iterdir()]
    assert left == [f"{UUID(media_id).hex}.json"]


def test_a_cut_connection_keeps_what_came(api: Api, client: httpx.Client, team: Team) -> None:
    content = noise(600_000)
    at = begun(client, len(content))
    address = urlsplit(api.url)
    with socket.create_connection((str(address.hostname), int(address.port or 0)), 20) as line:
        line.sendall(head_of(api, team, at, len(content)) + content[:300_000])
        line.shutdown(socket.SHUT_WR)
        line.recv(1000)
    came = offset(client, at)
    assert 0 < came <= 300_000
    assert put(client, at, came, content[came:]).status_code == 204


def test_a_newer_request_takes_over_from_a_silent_one(
    api: Api, client: httpx.Client, team: Team
) -> None:
    """The connection is open and nobody speaks: a client that lost its network."""
    content = noise(200_000)
    at = begun(client, len(content))
    address = urlsplit(api.url)
    with socket.create_connection((str(address.hostname), int(address.port or 0)), 20) as line:
        line.sendall(head_of(api, team, at, len(content)) + content[:1000])
        while (came := offset(client, at)) < 1000:
            pass
        answer = put(client, at, came, content[came:])
        assert answer.status_code == 204, answer.text
        assert answer.headers["postclock-media-id"]


def test_bytes_that_do_not_follow(client: httpx.Client) -> None:
    content = picture()
    at = begun(client, len(content))
    put(client, at, 0, content[:20])
    for wrong in (0, 19, 21, 1000):
        problem = put(client, at, wrong, content[20:])
        assert problem.headers["upload-offset"] == "20"
        refused(problem, 409, "upload_offset")
    refused(put(client, at, 20, content[20:] + b"too much"), 422, "upload_too_long")
    assert offset(client, at) == 20
    assert put(client, at, 20, content[20:]).headers["postclock-media-id"]


def test_what_lost_its_last_answer_is_taken_over_later(
    client: httpx.Client, tmp_path: Path, admin: Admin
) -> None:
    """All bytes are there, and the server died before it looked into them."""
    content = picture()
    at = begun(client, len(content), filename="late.png")
    file = tmp_path / "data" / "uploads" / UUID(at.rpartition("/")[2]).hex
    file.write_bytes(content)
    assert stored(admin, "media") == 0
    first = client.get(at).json()
    assert first["media"]["name"] == "late.png"
    assert client.get(at).json() == first
    assert stored(admin, "media") == 1


def test_uploads_are_their_workspaces(client: httpx.Client, stranger: httpx.Client) -> None:
    at = begun(client, 100)
    refused(stranger.get(at), 404, "not_found")
    refused(put(stranger, at, 0, b"x"), 404, "not_found")
    refused(stranger.delete(at, headers=TUS), 404, "not_found")
    assert stranger.head(at, headers=TUS).status_code == 404
    assert client.delete(at, headers=TUS).status_code == 204
    refused(client.get(at), 404, "not_found")


def test_nobody_writes_without_a_name(api: Api, client: httpx.Client, tmp_path: Path) -> None:
    at = begun(client, 100)
    with api.client() as anybody:
        refused(anybody.post(UPLOADS, headers={**TUS, "Upload-Length": "5"}), 401, "not_signed_in")
        refused(put(anybody, at, 0, b"x" * 50), 401, "not_signed_in")
        options = anybody.options(UPLOADS)
    assert options.headers["tus-version"] == "1.0.0"
    assert options.headers["tus-max-size"] == "4000000000"
    assert offset(client, at) == 0


def test_a_viewer_uploads_nothing(client: httpx.Client, admin: Admin) -> None:
    at = begun(client, 100)
    admin.execute("UPDATE memberships SET role = 'viewer'")
    refused(client.post(UPLOADS, headers={**TUS, "Upload-Length": "5"}), 403, "role_forbids")
    refused(put(client, at, 0, b"x"), 403, "role_forbids")
    refused(client.delete(at, headers=TUS), 403, "role_forbids")


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Upload-Length": "10"}, 412, "http_error"),
        ({"Tus-Resumable": "0.2.2", "Upload-Length": "10"}, 412, "http_error"),
        (TUS, 400, "missing"),
        ({**TUS, "Upload-Length": "0"}, 422, "out_of_range"),
        ({**TUS, "Upload-Length": "-5"}, 422, "out_of_range"),
        ({**TUS, "Upload-Length": "x"}, 422, "wrong_type"),
        ({**TUS, "Upload-Length": "4000000001"}, 413, "body_too_large"),
        ({**TUS, "Upload-Length": "10", "Upload-Metadata": "filename !!!"}, 400, "unreadable"),
        ({**TUS, "Upload-Length": "10", "Upload-Metadata": metadata(alt_text="\0")}, 422,
         "text_unstorable"),
        ({**TUS, "Upload-Length": "10", "Upload-Metadata": metadata(alt_text="x" * 2001)}, 422,
         "too_long"),
    ],
)  # fmt: skip
def test_beginnings_that_are_none(
    client: httpx.Client, headers: Json, status: int, code: str
) -> None:
    refused(client.post(UPLOADS, headers=headers), status, code)


def test_pieces_that_are_none(client: httpx.Client) -> None:
    at = begun(client, 100)
    kind = {**PIECES, "Content-Type": "image/png", "Upload-Offset": "0"}
    refused(client.patch(at, headers=kind, content=b"x"), 415, "http_error")
    refused(client.patch(at, headers=PIECES, content=b"x"), 409, "upload_offset")
    refused(client.patch(at, content=b"x"), 412, "http_error")
    assert put(client, at, 0, b"").headers["upload-offset"] == "0"
    odd = client.patch(f"{UPLOADS}/not-an-id", headers=PIECES, content=b"x")
    assert odd.status_code in (404, 405)


def test_not_too_many_at_once(client: httpx.Client) -> None:
    ats = [begun(client, 100) for _ in range(50)]
    told = {**TUS, "Upload-Length": "5"}
    refused(client.post(UPLOADS, headers=told), 409, "uploads_unfinished")
    client.delete(ats[0], headers=TUS)
    assert client.post(UPLOADS, headers=told).status_code == 201
