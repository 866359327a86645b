"""The harness itself: what the real server answers, asked without our client."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.fixtures.pds import (
    CREATE,
    POSTS,
    STOP_DEADLINE,
    Answer,
    CuttingProxy,
    Pds,
    PdsAccount,
    parsed,
    ready_line,
    running,
)

pytestmark = pytest.mark.pds


def post(author: PdsAccount, rkey: str, text: str) -> dict[str, Any]:
    record = {"$type": POSTS, "text": text, "createdAt": "2026-11-22T09:00:00.000Z"}
    return {"repo": author.did, "collection": POSTS, "rkey": rkey, "record": record}


async def signed_in(pds: Pds, account: PdsAccount) -> Mapping[str, Any]:
    answer = await pds.call(
        "com.atproto.server.createSession",
        {"identifier": account.handle, "password": account.password},
    )
    assert answer.status == 200, answer
    session: Mapping[str, Any] = answer.body
    return session


async def create(pds: Pds, rkey: str, text: str) -> Answer:
    token = (await signed_in(pds, pds.bob))["accessJwt"]
    return await pds.call("com.atproto.repo.createRecord", post(pds.bob, rkey, text), token)


async def test_an_app_password_signs_in_and_the_session_can_be_renewed(pds: Pds) -> None:
    session = await signed_in(pds, pds.alice)
    assert session["did"] == pds.alice.did
    assert session["didDoc"]["service"][0]["serviceEndpoint"].endswith(pds.url.rpartition(":")[2])
    renewed = await pds.call("com.atproto.server.refreshSession", token=session["refreshJwt"])
    assert renewed.status == 200
    assert renewed.body["did"] == pds.alice.did
    assert renewed.body["refreshJwt"] != session["refreshJwt"]


async def test_a_record_is_kept_under_the_key_its_author_chose(pds: Pds) -> None:
    made = await create(pds, "3n2vatvvt2223", "Hello")
    assert made.status == 200
    assert made.body["uri"] == f"at://{pds.bob.did}/{POSTS}/3n2vatvvt2223"
    # The CID of exactly this record, computed outside of any server.
    assert made.body["cid"] == "bafyreibuffalw3ubmvdifwlwt73y72ayg6k4trh5uzciyg4bu3ielbrakq"
    read = await pds.record(pds.bob.did, "3n2vatvvt2223")
    assert read.body["cid"] == made.body["cid"]
    assert read.body["value"]["text"] == "Hello"


async def test_an_absent_record_has_a_name_for_its_absence(pds: Pds) -> None:
    read = await pds.record(pds.alice.did, "2222222222222")
    assert (read.status, read.body["error"]) == (400, "RecordNotFound")


async def test_a_key_in_use_is_an_opaque_server_error(pds: Pds) -> None:
    first = await create(pds, "3n2vatvvt2224", "once")
    again = await create(pds, "3n2vatvvt2224", "once")
    assert (first.status, again.status) == (200, 500)
    assert again.body == {"error": "InternalServerError", "message": "Internal Server Error"}
    assert [it["value"]["text"] for it in await pds.posts(pds.bob.did)].count("once") == 1


async def test_an_answer_is_cut_only_after_the_server_has_acted(
    pds: Pds, cutting_proxy: CuttingProxy
) -> None:
    token = (await signed_in(pds, pds.bob))["accessJwt"]
    cutting_proxy.cut()
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
        url = cutting_proxy.url + CREATE
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await session.post(url, json=post(pds.bob, "3n2vatvvt2225", "cut"))
        assert (await pds.record(pds.bob.did, "3n2vatvvt2225")).body["value"]["text"] == "cut"
        async with session.post(url, json=post(pds.bob, "3n2vatvvt2226", "whole")) as answer:
            assert (await answer.json())["uri"].endswith("/3n2vatvvt2226")
    assert cutting_proxy.creates == 2


@pytest.mark.parametrize("end", ["SIGTERM", "stdin"])
def test_the_server_leaves_nothing_behind(
    tmp_path: Path, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    log = tmp_path / "stderr.log"
    with running(log) as process:
        parsed(ready_line(process, log))
        assert list(tmp_path.glob("postclock-pds-*"))
        if end == "SIGTERM":
            os.kill(process.pid, signal.SIGTERM)
        elif process.stdin:
            process.stdin.close()
        assert process.wait(STOP_DEADLINE) == 0
    assert list(tmp_path.iterdir()) == [log]
    assert log.read_text() == ""
