"""Lists: filters, search, pages."""

from __future__ import annotations

import base64

import httpx

from tests.api.asking import POSTS, Admin, ahead, ids, made, move, refused, wish
from tests.fixtures.workspaces import Team


def listed(client: httpx.Client, **params: str | int) -> list[str]:
    answer = client.get(POSTS, params=params)
    assert answer.status_code == 200, answer.text
    return list(ids(answer.json()))


def test_the_newest_moment_comes_first(client: httpx.Client) -> None:
    far = made(client, wish(scheduled_at=ahead(9000)))["id"]
    draft = made(client)["id"]
    near = made(client, wish(scheduled_at=ahead(60)))["id"]
    assert listed(client) == [far, near, draft]


def test_filters(client: httpx.Client, team: Team, admin: Admin) -> None:
    draft = made(client, wish("bluesky"))["id"]
    timed = made(client, wish("twitter", scheduled_at=ahead()))["id"]
    failed = made(client, wish("twitter", "bluesky", scheduled_at=ahead(60)))
    move(admin, failed, "failed")
    assert listed(client, status="draft") == [draft]
    assert listed(client, status="failed, scheduled") == [timed, failed["id"]]
    assert listed(client, platform="bluesky") == [failed["id"], draft]
    assert listed(client, platform="nowhere") == []
    assert listed(client, account_id=str(team.account("twitter"))) == [timed, failed["id"]]
    assert listed(client, platform="bluesky", status="draft") == [draft]
    refused(client.get(POSTS, params={"status": "draft,gone"}), 422, "status_unknown")


def test_search_finds_words_as_they_were_written(client: httpx.Client, team: Team) -> None:
    texts = [
        "50% off",
        "snake_case",
        'say "hi"',
        "back\\slash",
        "two\nlines",
        "Grüße",
        "a/b",
        "it's",
    ]
    posts = {text: made(client, wish(text=text))["id"] for text in texts}
    for text, post in posts.items():
        assert listed(client, search=text) == [post], text
    assert listed(client, search="0%") == [posts["50% off"]]
    assert listed(client, search="_") == [posts["snake_case"]]
    assert listed(client, search="GRÜSSE") == []
    assert listed(client, search="GRÜßE") == [posts["Grüße"]]
    for nothing in ("%", "twitter", "text", "{", '", "', "%%", "50_ off"):
        found = listed(client, search=nothing)
        assert found == ([posts["50% off"]] if nothing == "%" else []), nothing


def test_search_looks_into_topics_and_single_accounts_words(
    client: httpx.Client, team: Team
) -> None:
    topic = made(client, {"topic": "Harvest plan"})["id"]
    own = {"content": {"accounts": {str(team.account("twitter")): {"text": "only harvest here"}}}}
    single = made(client, own)["id"]
    made(client, wish(text="nothing of it"))
    assert set(listed(client, search="HARVEST")) == {topic, single}


def test_pages_lose_and_repeat_nothing(client: httpx.Client, admin: Admin) -> None:
    posts = {made(client, wish(topic=str(n)))["id"] for n in range(11)}
    admin.execute("UPDATE posts SET created_at = '2026-01-01T00:00:00.123456Z'")
    made(client, wish(scheduled_at=ahead()))
    seen: list[str] = []
    cursor: str | None = None
    while True:
        following = f"&cursor={cursor}" if cursor else ""
        page = client.get(f"{POSTS}?limit=3&status=draft{following}").json()
        seen += ids(page)
        made(client, wish(topic="newer than every page"))
        cursor = page["next_cursor"]
        if cursor is None:
            break
        assert len(page["items"]) == 3
    assert (len(seen), set(seen)) == (11, posts)


def test_a_full_last_page_has_no_next(client: httpx.Client) -> None:
    for _ in range(4):
        made(client)
    first = client.get(POSTS, params={"limit": 2}).json()
    last = client.get(POSTS, params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert (len(last["items"]), last["next_cursor"]) == (2, None)


def test_the_limit_is_bounded(client: httpx.Client) -> None:
    for limit, code in (("0", "out_of_range"), ("101", "out_of_range"), ("x", "wrong_type")):
        refused(client.get(POSTS, params={"limit": limit}), 422, code)
    assert client.get(POSTS, params={"limit": 100}).status_code == 200


def test_a_cursor_that_nobody_handed_out_is_refused(client: httpx.Client) -> None:
    def encoded(text: str) -> str:
        return base64.urlsafe_b64encode(text.encode()).decode()

    key = "|0199f0a4-5b7e-7c3d-9a55-0b1c2d3e4f50"
    wrong = [
        "x", "\0", "é", "====", encoded("yesterday" + key), encoded("2026-01-01T00:00:00" + key),
        encoded("2026-01-01T00:00:00Z|1"), encoded("2026-01-01T00:00:00Z"), encoded("\0" * 40),
    ]  # fmt: skip
    for path in (POSTS, "/api/v1/activity", "/api/v1/notifications"):
        for cursor in wrong:
            refused(client.get(path, params={"cursor": cursor}), 422, "cursor_invalid")
        refused(client.get(path, params={"cursor": "x" * 201}), 422, "too_long")
        for odd in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-14:00"):
            assert client.get(path, params={"cursor": encoded(odd + key)}).status_code == 200
