"""The moment a post is scheduled for: offsets, wall clocks, DST, and the bounds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx

from tests.api.asking import (
    POSTS,
    Admin,
    Json,
    ahead,
    fields,
    made,
    now,
    put,
    read,
    refused,
    stored,
    wish,
)

BERLIN = {"time_zone": "Europe/Berlin"}


def schedule(client: httpx.Client, at: object, **more: Any) -> httpx.Response:
    return client.post(POSTS, json=wish(scheduled_at=at, **more))


def test_an_offset_names_the_instant(client: httpx.Client) -> None:
    for text in ("2027-03-01T09:30:00+01:00", "2027-03-01T08:30:00Z", "2027-03-01 03:30-05:00"):
        answer = schedule(client, text)
        assert answer.json()["scheduled_at"] == "2027-03-01T08:30:00Z", answer.text
        assert answer.json()["local_time"] is None


def test_a_wall_clock_that_skips_the_time_offers_both_readings(client: httpx.Client) -> None:
    problem = refused(schedule(client, "2027-03-28T02:30", **BERLIN), 422, "time_in_gap")
    assert fields(problem) == ["scheduled_at"]
    assert problem["readings"] == [
        {"fold": 0, "local": "2027-03-28T01:30:00+01:00", "instant": "2027-03-28T00:30:00+00:00"},
        {"fold": 1, "local": "2027-03-28T03:30:00+02:00", "instant": "2027-03-28T01:30:00+00:00"},
    ]
    refused(schedule(client, "2027-03-28T02:30", fold=1, **BERLIN), 422, "time_in_gap")


def test_a_wall_clock_that_shows_the_time_twice_needs_a_fold(client: httpx.Client) -> None:
    problem = refused(schedule(client, "2027-10-31T02:30", **BERLIN), 422, "time_ambiguous")
    assert [r["instant"] for r in problem["readings"]] == [
        "2027-10-31T00:30:00+00:00", "2027-10-31T01:30:00+00:00",
    ]  # fmt: skip
    for fold, instant in enumerate(("2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z")):
        post = schedule(client, "2027-10-31T02:30", fold=fold, **BERLIN).json()
        assert (post["scheduled_at"], post["fold"]) == (instant, fold)
        assert post["local_time"] == "2027-10-31T02:30:00"


def test_a_moment_just_past_is_now_and_a_minute_is_too_late(client: httpx.Client) -> None:
    assert schedule(client, ahead(-30)).json()["status"] == "scheduled"
    refused(schedule(client, ahead(-61)), 422, "time_past")


def test_the_horizon_is_five_years(client: httpx.Client) -> None:
    today = now()
    within = today.replace(year=today.year + 5, day=min(today.day, 28)) - timedelta(hours=1)
    assert schedule(client, within.isoformat()).status_code == 201
    beyond = within + timedelta(days=4)
    refused(schedule(client, beyond.isoformat()), 422, "time_too_far")


def test_what_is_not_a_time_is_refused(client: httpx.Client, admin: Admin) -> None:
    codes: list[tuple[object, str]] = [
        ("tomorrow", "time_unreadable"),
        ("", "time_unreadable"),
        ("2027-03-01", "time_unreadable"),
        ("2027-02-30T10:00Z", "time_unreadable"),
        ("2027-03-01T25:00Z", "time_unreadable"),
        ("2027-03-01T09:30", "time_zone_missing"),
        (1803889800, "wrong_type"),
        (["2027-03-01T09:30Z"], "wrong_type"),
        ("2027-03-01T09:30Z" + " " * 60, "too_long"),
        ("0001-01-01T00:00:00+14:00", "time_past"),
        ("9999-12-31T23:59:59-14:00", "time_too_far"),
    ]
    for text, code in codes:
        refused(schedule(client, text), 422, code)
    assert stored(admin, "posts") == 0


def test_times_at_the_ends_of_the_calendar_are_out_of_bounds(client: httpx.Client) -> None:
    tokyo, new_york = {"time_zone": "Asia/Tokyo"}, {"time_zone": "America/New_York"}
    refused(schedule(client, "0001-01-01T00:00", **tokyo), 422, "time_past")
    refused(schedule(client, "9999-12-31T23:59", **new_york), 422, "time_too_far")


def test_a_time_zone_must_exist_also_beside_an_offset(client: httpx.Client) -> None:
    zones = [
        "Mars/Olympus",
        "",
        "../../etc/passwd",
        "/etc/localtime",
        "Europe/",
        "UTC+3",
        "localtime",
    ]
    for zone in zones:
        for at in ("2027-03-01T09:30", "2027-03-01T09:30+01:00"):
            problem = refused(schedule(client, at, time_zone=zone), 422, "time_zone_unknown")
            assert fields(problem) == ["time_zone"]


def test_a_moved_wall_time_keeps_the_zone_of_the_post(client: httpx.Client) -> None:
    post = made(client, wish(scheduled_at="2027-03-01T09:30", **BERLIN))
    moved = put(client, post, {"scheduled_at": "2027-07-01T09:30"}).json()
    assert (moved["scheduled_at"], moved["time_zone"]) == ("2027-07-01T07:30:00Z", "Europe/Berlin")
    assert moved["deliveries"][0]["due_at"] == "2027-07-01T07:30:00Z"


def test_a_draft_keeps_a_moment_that_arms_nothing(client: httpx.Client) -> None:
    draft = made(client, wish(status="draft", scheduled_at="2027-03-01T09:30", **BERLIN))
    assert (draft["status"], draft["deliveries"]) == ("draft", [])
    ready = put(client, draft, {"status": "ready_to_publish"}).json()
    assert (ready["status"], ready["scheduled_at"]) == ("ready_to_publish", draft["scheduled_at"])
    armed = put(client, draft, {"status": "scheduled"}).json()
    assert (armed["status"], armed["local_time"]) == ("scheduled", "2027-03-01T09:30:00")


def test_a_stored_moment_that_has_passed_is_not_armed(client: httpx.Client, admin: Admin) -> None:
    draft = made(client, wish(status="draft", scheduled_at=ahead()))
    past: Json = {"at": now() - timedelta(days=3), "id": draft["id"]}
    admin.execute("UPDATE posts SET scheduled_at = %(at)s WHERE id = %(id)s", past)
    refused(put(client, draft, {"status": "scheduled"}), 422, "time_past")
    assert read(client, draft)["status"] == "draft"
