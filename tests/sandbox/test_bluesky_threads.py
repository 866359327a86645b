"""Several records in one write on Bluesky's twin: all of them or none."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.bluesky_repo import POST, RKEY, Repo, open_repo, record
from tests.sandbox.rig import Answer, Api

CREATE = "com.atproto.repo.applyWrites#create"
SECOND = "3n2vatvvt2224"


def create(rkey: str, text: str, **more: Any) -> dict[str, Any]:
    return {"$type": CREATE, "collection": POST, "rkey": rkey, "value": record(text), **more}


async def write(repo: Repo, *writes: Any) -> Answer:
    return await repo.write("applyWrites", writes=list(writes))


async def test_records_are_written_together_with_the_sheets_identifiers(api: Api) -> None:
    repo = await open_repo(api)
    answer = await write(repo, create(RKEY, "Hello"), create(SECOND, "World"))
    assert answer.status == 200
    first, second = answer.json["results"]
    assert first == {
        "$type": "com.atproto.repo.applyWrites#createResult",
        "uri": f"at://{repo.did}/{POST}/{RKEY}",
        "cid": "bafyreibuffalw3ubmvdifwlwt73y72ayg6k4trh5uzciyg4bu3ielbrakq",
        "validationStatus": "valid",
    }
    assert second["uri"].endswith(SECOND)
    assert answer.json["commit"].keys() == {"cid", "rev"}
    assert [entry["text"] for entry in (await api("GET", "/ledger")).json] == ["Hello", "World"]


@pytest.mark.parametrize(
    ("bad", "status", "words"),
    [
        (create(RKEY, "taken"), 500, "Internal Server Error"),
        (create(SECOND, "a" * 301), 400, "300 graphemes"),
        (create("short", "x"), 400, "tid"),
        ({**create(SECOND, "x"), "$type": "com.atproto.repo.applyWrites#delete"}, 400, "creates"),
        ({**create(SECOND, "x"), "collection": "app.bsky.feed.like"}, 400, "keeps only"),
        ({**create(SECOND, "x"), "value": 5}, 400, "must be an object"),
        ("x", 400, "array of objects"),
    ],
)
async def test_one_bad_record_keeps_all_of_them_out(
    api: Api, bad: Any, status: int, words: str
) -> None:
    repo = await open_repo(api)
    await repo.write("createRecord", rkey=RKEY, record=record("there"))
    answer = await write(repo, create("3n2vatvvt2225", "good"), bad)
    assert (answer.status, words in answer.json["message"]) == (status, True), answer.json
    assert [entry["text"] for entry in (await api("GET", "/ledger")).json] == ["there"]


async def test_a_key_may_stand_once_and_200_writes_are_the_most(api: Api) -> None:
    repo = await open_repo(api)
    assert (await write(repo, create(RKEY, "a"), create(RKEY, "b"))).status == 500
    assert (await write(repo)).status == 400
    many = [create(f"3n2vatvvt{2000 + i}".replace("0", "a").replace("1", "b").replace("8", "c")
            .replace("9", "d"), str(i)) for i in range(201)]  # fmt: skip
    assert "Too many writes" in (await write(repo, *many)).json["message"]
    assert (await api("GET", "/ledger")).json == []
    stranger = await repo.write("applyWrites", repo=f"did:plc:{'a' * 24}", writes=many[:1])
    assert stranger.status == 401


async def test_a_blob_that_is_missing_keeps_all_of_them_out(api: Api) -> None:
    repo = await open_repo(api)
    blob = {
        "$type": "blob", "mimeType": "image/png", "size": 5,
        "ref": {"$link": "bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq"},
    }  # fmt: skip
    embed = {"$type": "app.bsky.embed.images", "images": [{"image": blob, "alt": ""}]}
    answer = await write(
        repo, create(RKEY, "a"), create(SECOND, "b", value=record("b", embed=embed))
    )
    assert answer.json["error"] == "BlobNotFound"
    assert (await api("GET", "/ledger")).json == []


async def test_a_session_that_was_closed_cannot_be_renewed(api: Api) -> None:
    repo = await open_repo(api)
    path, token = "/bluesky/xrpc/com.atproto.server.", repo.session["refreshJwt"]
    assert (await api("POST", path + "deleteSession", token=token)).status == 200
    answer = await api("POST", path + "refreshSession", token=token)
    assert (answer.status, answer.json["error"]) == (400, "ExpiredToken")
    assert (await api("POST", path + "deleteSession", token="wrong")).status == 400
    assert (await api("POST", path + "deleteSession")).status == 401
