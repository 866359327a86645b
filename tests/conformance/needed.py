"""What an author must choose on a platform before anything is published there, and where its sheet
says that a lost answer cannot always be settled. All else follows from its capabilities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from postclock.sandbox.credentials import SandboxAccount
from postclock.sandbox.linkedin_pages import pages_of


@dataclass(frozen=True)
class Needed:
    """A platform's own; empty for most."""

    options: Mapping[str, Any] = field(default_factory=dict)
    of_images: Mapping[str, Any] = field(default_factory=dict)
    """More, for posts of pictures alone."""
    poll: Mapping[str, Any] = field(
        default_factory=lambda: {"options": ["Tea", "Coffee"], "duration_minutes": 60}
    )
    mute: frozenset[str] = frozenset()
    """Kinds of content (or ``*``) of which a lost answer may have to be left to a person."""
    others: Mapping[str, Callable[[SandboxAccount], str]] = field(default_factory=dict)
    """Profiles of other kinds that a login opens, by what they are called: their remote ids. Every
    case is played as each of them too, and there no answer may be left to a person."""


NEEDED: Mapping[str, Needed] = {
    "linkedin": Needed(
        poll={"question": "Which one?", "options": ["Tea", "Coffee"], "duration": "ONE_DAY"},
        mute=frozenset({"*"}),
        others={"organization": lambda person: pages_of(person)[0].urn},
    ),
    "tiktok": Needed(
        options={"privacy": "PUBLIC_TO_EVERYONE"}, mute=frozenset({"image", "images"})
    ),
}
