"""Signed names of files: made, read, ended, and not to be made by anybody else."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from postclock.config import load_settings
from postclock.crypto import KeyRing
from postclock.services.media.links import LIFE, Named, Signer, links_of
from postclock.services.platforms.base import NotPublished
from postclock.services.platforms.drafting import Media
from tests.fixtures.clocks import OwnedClock

OLD, NEW = b"o" * 32, b"n" * 32
PICTURE = Named(UUID(int=7), "")
MEDIA = Media(UUID(int=7), "image/png", 100)


def test_a_name_is_good_for_more_than_a_day_and_no_longer() -> None:
    clock = OwnedClock()
    signer = Signer(KeyRing({"k": NEW}), clock)
    token = signer.sign(PICTURE)
    assert signer.read(token) == PICTURE
    assert timedelta(hours=24) < LIFE
    clock.move(LIFE.total_seconds() - 1)
    assert signer.read(token) == PICTURE
    clock.move(1)
    assert signer.read(token) is None


def test_keys_may_be_rotated_under_it() -> None:
    clock = OwnedClock()
    named = Named(UUID(int=7), "1080x1350-8000000.jpg")
    token = Signer(KeyRing({"old": OLD}), clock).sign(named)
    assert Signer(KeyRing({"new": NEW, "old": OLD}), clock).read(token) == named
    assert Signer(KeyRing({"new": NEW}), clock).read(token) is None


def test_every_changed_character_spoils_it() -> None:
    signer = Signer(KeyRing({"k": NEW}), OwnedClock())
    token = signer.sign(PICTURE)
    for i, character in enumerate(token):
        other = "A" if character != "A" else "B"
        assert signer.read(f"{token[:i]}{other}{token[i + 1 :]}") is None, i
    for wrong in ("", "A", token[:-1], f"{token}A", f"{token}==", "ä" * 50, "A" * 60):
        assert signer.read(wrong) is None, wrong


def links(**environment: str) -> tuple[str, str | NotPublished]:
    """Where a pretend platform and a real one would fetch."""
    made = links_of(load_settings(environment), KeyRing({"k": NEW}), OwnedClock())
    try:
        real: str | NotPublished = made.seen_by(sandbox=False)(MEDIA)
    except NotPublished as error:
        real = error
    return made.seen_by(sandbox=True)(MEDIA), real


def test_a_real_platform_needs_a_public_address() -> None:
    pretend, real = links()
    assert pretend.startswith("http://127.0.0.1:8000/media/")
    assert isinstance(real, NotPublished)
    assert real.problem.code == "media_not_public"
    pretend, public = links(POSTCLOCK_PUBLIC_URL="https://posts.example.org")
    assert pretend.startswith("http://127.0.0.1:8000/media/")
    assert isinstance(public, str)
    assert public.startswith("https://posts.example.org/media/")
    assert public.endswith(f"/{UUID(int=7)}.png")
    assert public.isascii()
    apart, _ = links(
        POSTCLOCK_PUBLIC_URL="https://posts.example.org", SANDBOX_URL="http://sandbox:9000"
    )
    assert apart.startswith("https://posts.example.org/media/")


@pytest.mark.parametrize("ring", [KeyRing({"k": OLD}), KeyRing({"other": OLD, "k": NEW})])
def test_another_installation_reads_nothing(ring: KeyRing) -> None:
    mine = Signer(KeyRing({"k": b"x" * 32}), OwnedClock())
    assert mine.read(Signer(ring, OwnedClock()).sign(PICTURE)) is None
