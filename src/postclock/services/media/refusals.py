"""What is said of files that are not taken."""

from __future__ import annotations

from postclock.errors import Invalid, Problem


def refused(code: str, message: str) -> Invalid:
    """A file that is not taken, in a sentence for a person."""
    return Invalid(code, message, problems=[Problem(code, message, "file")])


def type_refused() -> Invalid:
    """A file of another type than those that are taken."""
    return refused(
        "media_type_refused",
        "Postclock takes JPEG, PNG, GIF, WebP and HEIC pictures and MP4, MOV and WebM videos: "
        "this file is none of them.",
    )


def damaged(what: str, error: object) -> Invalid:
    """A ``what`` (picture, video) that cannot be read to its end."""
    return refused("media_damaged", f"This {what} is damaged and cannot be read ({error}).")
