"""Blobs on Bluesky's twin, and the records that show them."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from postclock.sandbox.credentials import sandbox_account
from postclock.sandbox.dag_cbor import raw_cid
from tests.sandbox.bluesky_repo import ACCOUNT, RKEY, Repo, open_repo, record
from tests.sandbox.pictures import noise, picture
from tests.sandbox.rig import Answer, Api, Running

pytestmark = pytest.mark.asyncio

DID = ACCOUNT[0]
UPLOAD = "/bluesky/xrpc/com.atproto.repo.uploadBlob"
GET_BLOB = "/bluesky/xrpc/com.atproto.sync.getBlob"


async def upload(api: Api, repo: Repo, data: bytes, kind: str = "image/png") -> Answer:
    return await api(
        "POST", UPLOAD, token=repo.session["accessJwt"], data=BytesIO(data),
        headers={"Content-Type": kind},
    )  # fmt: skip


def showing(*blobs: Any, **more: Any) -> dict[str, Any]:
    images = [{"image": blob, "alt": f"alt {number}", **more} for number, blob in enumerate(blobs)]
    return record(embed={"$type": "app.bsky.embed.images", "images": images})


async def test_a_blob_is_named_by_its_content(api: Api) -> None:
    repo = await open_repo(api)
    answer = await upload(api, repo, b"hello", "text/plain")
    assert answer.status == 200
    assert answer.json == {
        "blob": {
            "$type": "blob",
            "ref": {"$link": "bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq"},
            "mimeType": "text/plain",
            "size": 5,
        }
    }
    sniffed = await upload(api, repo, picture(), "application/x-wrong")
    assert sniffed.json["blob"]["mimeType"] == "image/png"
    assert sniffed.json["blob"]["ref"]["$link"] == raw_cid(picture())
    assert sniffed.headers["RateLimit-Policy"] == "1000;w=86400"


async def test_pictures_are_shown_and_read_back(api: Api) -> None:
    repo = await open_repo(api)
    data = picture("JPEG")
    first = (await upload(api, repo, data, "image/jpeg")).json["blob"]
    second = (await upload(api, repo, picture())).json["blob"]
    wanted = showing(first, second, aspectRatio={"width": 4, "height": 3})
    created = await repo.write("createRecord", rkey=RKEY, record=wanted)
    assert created.json["validationStatus"] == "valid"
    held = (await repo.read("getRecord", rkey=RKEY)).json
    assert held["value"] == wanted
    assert (await repo.read("listRecords")).json["records"] == [held]
    (entry,) = (await api("GET", "/ledger")).json
    assert [(m["id"], m["alt"], m["mime_type"], m["bytes"]) for m in entry["media"]] == [
        (first["ref"]["$link"], "alt 0", "image/jpeg", len(data)),
        (second["ref"]["$link"], "alt 1", "image/png", len(picture())),
    ]
    query = {"did": DID, "cid": first["ref"]["$link"]}
    for shown in (
        await api("GET", f"/{entry['media'][0]['url']}"),
        await api("GET", GET_BLOB, params=query),
    ):
        assert (shown.status, shown.body) == (200, data)


async def test_a_blob_must_be_as_it_was_uploaded(api: Api) -> None:
    repo = await open_repo(api)
    other = await open_repo(api, sandbox_account("bluesky", "other")[2])
    blob = (await upload(api, repo, picture())).json["blob"]
    text = (await upload(api, repo, b"hi", "text/plain")).json["blob"]
    foreign = (await upload(api, other, picture(colour="red"))).json["blob"]
    large = (await upload(api, repo, noise(600))).json["blob"]
    assert large["size"] > 1_000_000
    for bad, error in (
        (foreign, "BlobNotFound"),
        ({**blob, "ref": {"$link": raw_cid(b"x")}}, "BlobNotFound"),
        ({**blob, "mimeType": "image/jpeg"}, "InvalidMimeType"),
        ({**blob, "size": blob["size"] + 1}, "InvalidSize"),
        (text, "InvalidMimeType"),
        (large, "BlobTooLarge"),
        ({**blob, "$type": "file"}, "InvalidRequest"),
        ({**blob, "ref": {"$link": "x"}}, "InvalidRequest"),
        ({"$type": "blob"}, "InvalidRequest"),
        (5, "InvalidRequest"),
    ):
        answer = await repo.write("createRecord", record=showing(bad))
        assert (answer.status, answer.json["error"]) == (400, error), bad
    unchecked = await repo.write("createRecord", record=showing(foreign), validate=False)
    assert unchecked.json["error"] == "BlobNotFound"
    assert (await api("GET", "/ledger")).json == []


async def test_an_embed_its_lexicon_forbids_is_refused(api: Api) -> None:
    repo = await open_repo(api)
    blob = (await upload(api, repo, picture())).json["blob"]
    embed = {"$type": "app.bsky.embed.images"}
    image = {"image": blob, "alt": ""}
    for images, words in (
        ([], "from 1 to 4"),
        ([image] * 5, "from 1 to 4"),
        ([{"image": blob}], 'must have the property "alt"'),
        ([{**image, "alt": 5}], "alt must be a string"),
        ([{**image, "aspectRatio": {"width": 0, "height": 1}}], "aspectRatio/width"),
        ([{**image, "aspectRatio": {"width": 1.5, "height": 1}}], "fraction"),
        ({}, "must be an array"),
        (["x"], "must be an object"),
    ):
        answer = await repo.write("createRecord", record=record(embed={**embed, "images": images}))
        assert (answer.status, answer.json["error"]) == (400, "InvalidRequest")
        assert words in answer.json["message"]
    for kind, words in (("video", "must be an object"), ("gallery", "does not offer")):
        answer = await repo.write(
            "createRecord", record=record(embed={"$type": f"app.bsky.embed.{kind}"})
        )
        assert words in answer.json["message"]


async def test_a_card_may_have_a_picture(api: Api) -> None:
    repo = await open_repo(api)
    blob = (await upload(api, repo, picture())).json["blob"]
    card = {"uri": "https://ex.org", "title": "", "description": "", "thumb": blob}
    embed = {"$type": "app.bsky.embed.external", "external": card}
    assert (await repo.write("createRecord", record=record(embed=embed))).status == 200


async def test_blobs_no_record_shows_expire(api: Api, running: Running) -> None:
    repo = await open_repo(api)
    shown = (await upload(api, repo, picture())).json["blob"]
    alone = (await upload(api, repo, picture(colour="red"))).json["blob"]
    await repo.write("createRecord", rkey=RKEY, record=showing(shown))
    running.clock.advance(hours=1)
    late = await repo.write("createRecord", record=showing(alone))
    assert late.json["error"] == "BlobNotFound"
    assert (await repo.write("createRecord", record=showing(shown))).status == 200
    again = (await upload(api, repo, picture(colour="red"))).json["blob"]
    assert again == alone
    assert (await repo.write("createRecord", record=showing(again))).status == 200


async def test_a_blob_goes_with_its_last_record(api: Api) -> None:
    repo = await open_repo(api)
    first = (await upload(api, repo, picture())).json["blob"]
    second = (await upload(api, repo, picture(colour="red"))).json["blob"]
    await repo.write("putRecord", rkey=RKEY, record=showing(first))
    changed = await repo.write("putRecord", rkey=RKEY, record=showing(second))
    assert changed.status == 200
    assert (await repo.write("createRecord", record=showing(first))).json["error"] == "BlobNotFound"
    (entry,) = (await api("GET", "/ledger")).json
    assert [item["id"] for item in entry["media"]] == [second["ref"]["$link"]]
    await repo.write("deleteRecord", rkey=RKEY)
    assert (await api("GET", f"/{entry['media'][0]['url']}")).status == 404
    assert (await repo.write("createRecord", record=showing(second))).status == 400


async def test_a_bad_upload_is_refused(api: Api) -> None:
    repo = await open_repo(api)
    assert (await upload(api, repo, b"")).json["error"] == "InvalidRequest"
    assert (await api("POST", UPLOAD, data=b"x")).json["error"] == "AuthMissing"
    for query in ({}, {"did": DID}, {"did": DID, "cid": "x"}):
        assert (await api("GET", GET_BLOB, params=query)).status == 400
