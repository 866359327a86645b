"""A post with pictures from upload to the platforms' ledger, by cron calls."""

from __future__ import annotations

import httpx

from tests.api.asking import Admin, Json, ahead, cron, fault, fields, made, read, refused
from tests.fixtures.pictures import moving, noise, picture

NAMES = ("twitter", "bluesky", "mastodon")


def uploaded(client: httpx.Client, content: bytes, alt: str = "") -> str:
    answer = client.post("/api/v1/media", files={"file": ("a", content)}, data={"alt_text": alt})
    assert answer.status_code == 201, answer.text
    media_id: str = answer.json()["id"]
    return media_id


def asked(*media: Json, text: str = "Look", **more: object) -> Json:
    content = {name: {"text": text, "media": list(media)} for name in NAMES}
    return {"platforms": list(NAMES), "content": content, **more}


def entries(client: httpx.Client) -> dict[str, Json]:
    found: list[Json] = client.get("/sandbox/ledger").json()
    return {entry["platform"]: entry for entry in found}


def until_settled(client: httpx.Client, post: Json, calls: int = 6) -> Json:
    """The post after as many cron calls as it takes to stage and to publish it."""
    for _ in range(calls):
        cron(client)
        now = read(client, post)
        if now["status"] not in ("scheduled", "publishing"):
            return now
    return read(client, post)


def test_pictures_reach_every_platform(client: httpx.Client) -> None:
    first = uploaded(client, picture("PNG", (40, 30)), "The office")
    second = uploaded(client, picture("JPEG", (30, 40)), "unused words")
    post = made(client, asked(
        {"id": first}, {"id": second, "alt": "The garden"}, text="", scheduled_at=ahead(-1)
    ))  # fmt: skip
    settled = until_settled(client, post)
    assert settled["status"] == "published", settled["deliveries"]
    found = entries(client)
    assert set(found) == set(NAMES)
    for entry in found.values():
        assert [one["alt"] for one in entry["media"]] == ["The office", "The garden"]
        assert entry["text"] == ""


def test_a_moving_picture_is_processed_first(client: httpx.Client) -> None:
    media_id = uploaded(client, moving((40, 30)), "Two colours")
    post = made(client, asked({"id": media_id}, scheduled_at=ahead(-1)))
    settled = until_settled(client, post)
    assert settled["status"] == "published", settled["deliveries"]
    assert [len(entry["media"]) for entry in entries(client).values()] == [1, 1, 1]
    still = uploaded(client, picture())
    problem = client.post("/api/v1/posts/check", json=asked({"id": media_id}, {"id": still}))
    told = [(one["code"], one["field"]) for one in problem.json()["problems"]]
    assert told == [
        ("media_mixed", "content.twitter.media"), ("media_mixed", "content.mastodon.media"),
    ]  # fmt: skip


def test_an_upload_that_fails_delays_and_does_not_lose(client: httpx.Client) -> None:
    for name in NAMES:
        fault(client, name, "upload_server_error")
    media_id = uploaded(client, picture())
    post = made(client, asked({"id": media_id}, scheduled_at=ahead(-1)))
    cron(client)
    waiting = read(client, post)
    assert waiting["status"] == "scheduled"
    assert {one["state"] for one in waiting["deliveries"]} == {"scheduled"}
    assert entries(client) == {}


def test_uploads_begin_ahead_of_the_moment(client: httpx.Client, admin: Admin) -> None:
    media_id = uploaded(client, picture())
    made(client, asked({"id": media_id}, scheduled_at=ahead(3600)))
    rows = admin.execute(
        "SELECT platform, extract(epoch FROM due_at - stage_at) / 60 AS ahead,"
        " wake_at = stage_at AS wakes FROM deliveries"
    ).fetchall()
    assert {row["platform"]: int(row["ahead"]) for row in rows} == {
        "twitter": 10, "bluesky": 5, "mastodon": 15,
    }  # fmt: skip
    assert all(row["wakes"] for row in rows)
    text = {"platforms": ["twitter"], "content": {"twitter": {"text": "x"}}}
    post = made(client, {**text, "scheduled_at": ahead(3600)})
    row = admin.execute("SELECT stage_at FROM deliveries WHERE post_id = %s", [post["id"]])
    assert [one["stage_at"] for one in row.fetchall()] == [None]


def test_what_a_platform_does_not_take_is_told_before(client: httpx.Client) -> None:
    media_id = uploaded(client, picture(), "x" * 1001)
    check = client.post("/api/v1/posts/check", json=asked({"id": media_id})).json()["problems"]
    assert [(one["code"], one["field"]) for one in check] == [
        ("alt_too_long", "content.twitter.media.0.alt"),
    ]
    problem = client.post("/api/v1/posts", json=asked({"id": media_id}, scheduled_at=ahead()))
    told = refused(problem, 422, "alt_too_long")
    assert fields(told) == [one["field"] for one in check]
    platforms = client.get("/api/v1/platforms").json()["items"]
    most = {one["name"]: one["images"]["max_bytes"] for one in platforms if one["name"] in NAMES}
    assert most == {
        "twitter": 5_000_000, "bluesky": 2_000_000, "mastodon": 16_777_216,
    }  # fmt: skip


def test_a_picture_that_is_too_large_for_one_is_made_smaller_for_it(
    client: httpx.Client, admin: Admin
) -> None:
    media_id = uploaded(client, noise(2_500_000), "A lot")
    assert client.post("/api/v1/posts/check", json=asked({"id": media_id})).json()["problems"] == []
    post = made(client, asked({"id": media_id}, scheduled_at=ahead(-1)))
    settled = until_settled(client, post)
    assert settled["status"] == "published", settled["deliveries"]
    sent = {name: entry["media"][0] for name, entry in entries(client).items()}
    assert sent["bluesky"]["mime_type"] == "image/jpeg"
    assert sent["mastodon"]["mime_type"] == "image/png"
