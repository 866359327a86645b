"""An author's choices: read by the platform's model, every problem at its place and by its name."""

from __future__ import annotations

import pytest

from postclock.services.platforms.drafting import Draft
from postclock.services.platforms.options import chosen, read_options
from postclock.services.platforms.twitter_posts import PostOptions


def problems(**options: object) -> list[tuple[str, str | None, str]]:
    read, found = read_options(PostOptions, Draft("x", options=options))
    assert (read is None) == bool(found)
    return [(one.code, one.field, one.message) for one in found]


def test_what_is_left_out_has_its_default() -> None:
    assert problems() == []
    assert chosen(PostOptions, Draft("x")).poll is None


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"poll": {}}, ("option_missing", "options.poll.options",
                        "Answers: this has to be chosen.")),
        ({"colour": 1}, ("option_unknown", "options.colour", "There is no such choice: colour.")),
        ({"poll": {"options": ["a", "b"], "duration_minutes": 1}},
         ("option_invalid", "options.poll.duration_minutes",
          "Minutes it is open: input should be greater than or equal to 5.")),
        ({"made_with_ai": "perhaps"}, ("option_invalid", "options.made_with_ai",
         "Made with AI: input should be a valid boolean, unable to interpret input.")),
    ],
)  # fmt: skip
def test_each_problem_is_told_by_name_and_place(
    options: dict[str, object], expected: tuple[str, str, str]
) -> None:
    assert problems(**options) == [expected]


def test_all_problems_come_at_once() -> None:
    assert len(problems(poll={"options": ["a"] * 5, "duration_minutes": 1}, colour=1)) == 3
