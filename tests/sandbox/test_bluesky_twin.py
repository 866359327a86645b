"""Bluesky's twin over real HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from postclock.sandbox.credentials import sandbox_account
from postclock.sandbox.dag_cbor import cid
from tests.sandbox.bluesky_repo import ACCOUNT, POST, RKEY, open_repo, record, server, sign_in
from tests.sandbox.rig import MORNING, Answer, Api, Running

pytestmark = pytest.mark.asyncio

DID, HANDLE, SECRETS = ACCOUNT
OTHER_DID, _, OTHER = sandbox_account("bluesky", "other")


async def test_a_session_is_opened_by_did_or_handle(api_anywhere: Api) -> None:
    for identifier in (DID, HANDLE, HANDLE.upper()):
        answer = await sign_in(api_anywhere, identifier=identifier, password=SECRETS["password"])
        assert answer.status == 200
        session = answer.json
        assert (session["did"], session["handle"], session["active"]) == (DID, HANDLE, True)
        (service,) = session["didDoc"]["service"]
        assert service["serviceEndpoint"] == api_anywhere.url + "/bluesky"
        assert session["accessJwt"].count(".") == 2
    known = await server(api_anywhere, "GET", "getSession", session["accessJwt"])
    assert known.json["did"] == DID


@pytest.mark.parametrize(
    "login",
    [
        {"identifier": DID, "password": "wrong"},
        {"identifier": OTHER_DID, "password": SECRETS["password"]},
        {"identifier": "", "password": SECRETS["password"]},
    ],
)
async def test_a_wrong_login_is_refused(api: Api, login: dict[str, str]) -> None:
    answer = await sign_in(api, **login)
    assert answer.status == 401
    assert answer.json == {
        "error": "AuthenticationRequired",
        "message": "Invalid identifier or password",
    }


async def test_an_access_token_lives_120_minutes_and_is_refreshed(
    api: Api, running: Running
) -> None:
    repo = await open_repo(api)
    running.clock.advance(minutes=119, seconds=59)
    assert (await repo.write("createRecord", record=record("in time"))).status == 200
    running.clock.advance(seconds=2)
    late = await repo.write("createRecord", record=record("late"))
    assert (late.status, late.json["error"]) == (400, "ExpiredToken")

    spent = repo.session["refreshJwt"]
    fresh = (await server(api, "POST", "refreshSession", spent)).json
    again = (await server(api, "POST", "refreshSession", spent)).json
    assert fresh["refreshJwt"] == again["refreshJwt"] != spent
    repo.session = fresh
    assert (await repo.write("createRecord", record=record("late"))).status == 200

    running.clock.advance(hours=2, seconds=1)
    gone = await server(api, "POST", "refreshSession", spent)
    assert (gone.status, gone.json["error"]) == (400, "ExpiredToken")
    assert (await server(api, "POST", "refreshSession", fresh["refreshJwt"])).status == 200


async def test_tokens_of_the_wrong_kind_are_refused(api: Api) -> None:
    session = (await open_repo(api)).session
    by_refresh = await server(api, "GET", "getSession", session["refreshJwt"])
    assert (by_refresh.status, by_refresh.json["error"]) == (401, "InvalidToken")
    by_access = await server(api, "POST", "refreshSession", session["accessJwt"])
    assert (by_access.status, by_access.json["error"]) == (400, "InvalidToken")
    forged = session["accessJwt"][:-4] + "AAAA"
    assert (await server(api, "GET", "getSession", forged)).status == 401
    assert (await server(api, "GET", "getSession", "not.a.token")).status == 401
    missing = await api("POST", "/bluesky/xrpc/com.atproto.repo.createRecord", json={})
    assert (missing.status, missing.json["error"]) == (401, "AuthMissing")


async def test_a_record_is_created_and_read_back(api: Api) -> None:
    repo = await open_repo(api)
    created = await repo.write("createRecord", rkey=RKEY, record=record(), validate=True)
    assert created.status == 200
    uri = f"at://{DID}/{POST}/{RKEY}"
    assert created.json["uri"] == uri
    assert created.json["cid"] == "bafyreibuffalw3ubmvdifwlwt73y72ayg6k4trh5uzciyg4bu3ielbrakq"
    assert created.json["validationStatus"] == "valid"
    assert set(created.json["commit"]) == {"cid", "rev"}

    value = {"uri": uri, "cid": created.json["cid"], "value": record()}
    assert (await repo.read("getRecord", rkey=RKEY)).json == value
    assert (await repo.read("getRecord", repo=HANDLE, rkey=RKEY)).json == value
    assert (await repo.read("listRecords")).json == {"records": [value]}
    (entry,) = (await api("GET", f"/ledger?account={DID}")).json
    assert (entry["id"], entry["text"], entry["handle"]) == (uri, "Hello", HANDLE)


async def test_an_existing_rkey_gives_the_opaque_500(api: Api) -> None:
    repo = await open_repo(api)
    await repo.write("createRecord", rkey=RKEY, record=record())
    for text in ("Hello", "other"):
        again = await repo.write("createRecord", rkey=RKEY, record=record(text))
        assert again.status == 500
        assert again.json == {
            "error": "InternalServerError",
            "message": "Internal Server Error",
        }
    assert len((await api("GET", "/ledger")).json) == 1


async def test_putting_the_same_record_again_changes_nothing(api: Api) -> None:
    repo = await open_repo(api)
    first = await repo.write("putRecord", rkey=RKEY, record=record())
    again = await repo.write("putRecord", rkey=RKEY, record=record())
    assert again.status == 200
    assert "commit" in first.json
    assert "commit" not in again.json
    assert (again.json["uri"], again.json["cid"]) == (first.json["uri"], first.json["cid"])

    swapped = await repo.write("putRecord", rkey=RKEY, record=record("new"), swapRecord=None)
    assert (swapped.status, swapped.json["error"]) == (400, "InvalidSwap")
    held = first.json["cid"]
    changed = await repo.write("putRecord", rkey=RKEY, record=record("new"), swapRecord=held)
    assert changed.json["cid"] == cid(record("new")) != held
    (entry,) = (await api("GET", "/ledger")).json
    assert entry["text"] == "new"


async def test_a_missing_record_is_a_400(api: Api) -> None:
    repo = await open_repo(api)
    answer = await repo.read("getRecord", rkey=RKEY)
    assert answer.status == 400
    assert answer.json == {
        "error": "RecordNotFound",
        "message": f"Could not locate record: at://{DID}/{POST}/{RKEY}",
    }
    await repo.write("createRecord", rkey=RKEY, record=record())
    wrong_cid = await repo.read("getRecord", rkey=RKEY, cid=cid(record("x")))
    assert wrong_cid.json["error"] == "RecordNotFound"


async def test_deleting_twice_is_fine_and_frees_the_rkey(api: Api) -> None:
    repo = await open_repo(api)
    await repo.write("createRecord", rkey=RKEY, record=record())
    assert (await repo.write("deleteRecord", rkey=RKEY)).status == 200
    assert (await repo.write("deleteRecord", rkey=RKEY)).json == {}
    assert (await repo.read("getRecord", rkey=RKEY)).json["error"] == "RecordNotFound"
    assert (await repo.write("createRecord", rkey=RKEY, record=record())).status == 200
    assert [bool(e["deleted_at"]) for e in (await api("GET", "/ledger")).json] == [True, False]


async def test_records_are_listed_newest_first_in_pages(api: Api, running: Running) -> None:
    repo = await open_repo(api)
    for number in range(5):
        running.clock.advance(seconds=1)
        await repo.write("createRecord", record=record(f"n{number}"))

    def texts(answer: Answer) -> list[str]:
        return [item["value"]["text"] for item in answer.json["records"]]

    first = await repo.read("listRecords", limit="2")
    assert texts(first) == ["n4", "n3"]
    second = await repo.read("listRecords", limit="2", cursor=first.json["cursor"])
    assert texts(second) == ["n2", "n1"]
    backwards = await repo.read("listRecords", limit="2", reverse="true")
    assert texts(backwards) == ["n0", "n1"]
    for limit in ("0", "101", "x", "-1"):
        assert (await repo.read("listRecords", limit=limit)).status == 400


async def test_a_stranger_cannot_write_into_a_repository(api: Api) -> None:
    repo = await open_repo(api)
    answer = await repo.write("createRecord", repo=OTHER_DID, record=record())
    assert (answer.status, answer.json["error"]) == (401, "AuthenticationRequired")


async def test_a_handle_leads_to_its_server(api: Api) -> None:
    path = "/bluesky/xrpc/com.atproto.identity.resolveHandle"
    assert (await api("GET", path, params={"handle": "nobody.example"})).status == 400
    assert (await api("GET", path, params={"handle": "No Slug.sandbox.test"})).status == 400
    assert (await api("GET", path, params={"handle": HANDLE})).json == {"did": DID}
    document = (await api("GET", f"/bluesky/plc/{DID}")).json
    assert document["alsoKnownAs"] == [f"at://{HANDLE}"]
    assert document["service"][0]["serviceEndpoint"] == f"{api.url}/bluesky"
    assert (await api("GET", f"/bluesky/plc/did:plc:{'a' * 24}")).status == 404


@pytest.mark.parametrize(
    "body",
    [
        {"rkey": "short"},
        {"rkey": 5},
        {"collection": "app.bsky.feed.like"},
        {"validate": "yes"},
        {"swapCommit": "x"},
        {"repo": 5},
    ],
)
async def test_a_bad_request_is_refused(api: Api, body: dict[str, Any]) -> None:
    repo = await open_repo(api)
    answer = await repo.write("createRecord", record=record(), **body)
    assert (answer.status, answer.json["error"]) == (400, "InvalidRequest")


async def test_every_answer_tells_the_quota(api: Api) -> None:
    repo = await open_repo(api)
    created = await repo.write("createRecord", rkey=RKEY, record=record())
    assert created.headers["RateLimit-Limit"] == "5000"
    assert created.headers["RateLimit-Remaining"] == "4997"
    assert created.headers["RateLimit-Policy"] == "5000;w=3600"
    assert created.headers["RateLimit-Reset"] == str(int(MORNING.timestamp()) + 3601)
    deleted = await repo.write("deleteRecord", rkey=RKEY)
    assert deleted.headers["RateLimit-Remaining"] == "4996"
    read = await repo.read("getRecord", rkey=RKEY)
    assert read.headers["RateLimit-Policy"] == "3000;w=300"


async def test_an_unknown_method_is_not_implemented(api: Api) -> None:
    answer = await api("GET", "/bluesky/xrpc/com.atproto.repo.describeRepo")
    assert (answer.status, answer.json["error"]) == (501, "MethodNotImplemented")


async def test_a_permalink_leads_to_the_page(api: Api) -> None:
    await open_repo(api)
    answer = await api("GET", f"/bluesky/profile/{HANDLE}/post/{RKEY}")
    assert answer.status == 303
    assert answer.headers["location"] == f"../../../../#bluesky-at://{DID}/{POST}/{RKEY}"
