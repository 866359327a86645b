"""What becomes public by several calls: a thread's posts, a first comment. The ledger of parts.

``staged["parts"]`` lists what is public, in order: ``{"id", "url"}`` and what the platform needs
to answer to it. It is committed after each part and before the next is sent, so that a crash goes
on with the first that is missing; that one is looked for before it is sent again. A first comment
is noted in ``staged["comment"]`` before it is sent: it is never sent twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from postclock.scheduler.model import Found, Receipt, Resume, Sighting, Staged
from postclock.services.platforms.base import OutcomeUnknown, PlatformError
from postclock.services.platforms.drafting import Save

PARTS, COMMENT = "parts", "comment"
SENDING, DONE = "sending", "done"

Part = Mapping[str, Any]
"""One public part: ``id``, ``url`` (may be missing), and a platform's own."""


def public_parts(staged: Staged) -> list[Part]:
    """What of the draft is public already, in order."""
    return list(staged.get(PARTS, ()))


def receipt_of(parts: Sequence[Part], note: str = "") -> Receipt:
    """The receipt of a whole thread: its first post's."""
    return Receipt(str(parts[0]["id"]), parts[0].get("url"), note=note)


async def publish_parts(
    count: int,
    staged: Staged,
    save: Save,
    send: Callable[[int, Sequence[Part]], Awaitable[tuple[Receipt, Part]]],
) -> tuple[Receipt, Staged]:
    """Send what is missing of ``count`` parts; the first one's receipt, and the ledger.

    ``send(index, parts before it)`` sends one and answers its receipt and its entry. What a part
    raises names the part. A single part is not noted: its receipt is recorded at once.
    """
    parts = public_parts(staged)
    first: Receipt | None = None
    while len(parts) < count:
        try:
            receipt, entry = await send(len(parts), parts)
        except PlatformError as error:
            _name_part(error, len(parts), count)
            raise
        first = first or receipt if not parts else first
        parts = [*parts, entry]
        if count > 1:
            staged = {**staged, PARTS: parts}
            await save(staged)
    return first or receipt_of(parts), staged


async def comment_once(
    receipt: Receipt, staged: Staged, save: Save, send: Callable[[], Awaitable[object]]
) -> Receipt:
    """Send the first comment, noted before; whatever becomes of it is the receipt's note."""
    if staged.get(COMMENT) == DONE:
        return receipt
    if staged.get(COMMENT) == SENDING:
        return replace(receipt, note=COMMENT_UNSURE)
    parts = public_parts(staged) or [{"id": receipt.remote_id, "url": receipt.permalink}]
    await save({**staged, PARTS: parts, COMMENT: SENDING})
    try:
        await send()
    except OutcomeUnknown:
        return replace(receipt, note=COMMENT_UNSURE)
    except PlatformError as error:
        return replace(receipt, note=f"The first comment was not posted: {error}")
    return receipt


COMMENT_UNSURE = "The first comment may be missing: its answer was lost. Look at the post."


def whole(count: int, staged: Staged, *, comment: bool) -> Sighting | None:
    """What the ledger alone tells a look: Found when all is public, Resume when only a comment
    that never left is missing, None when a part must be looked for."""
    parts = public_parts(staged)
    if len(parts) < count:
        return None
    if comment and COMMENT not in staged:
        return Resume()
    note = COMMENT_UNSURE if staged.get(COMMENT) == SENDING else ""
    return Found(receipt_of(parts, note))


async def found_part(
    count: int, staged: Staged, save: Save, entry: Part, sighting: Found, *, comment: bool
) -> Sighting:
    """What follows when the part in doubt was found: the rest may be sent, if there is any."""
    parts = [*public_parts(staged), entry]
    if len(parts) == count and not comment:
        return sighting if count == 1 else Found(receipt_of(parts))
    await save({**staged, PARTS: parts})
    return Resume()


def _name_part(error: PlatformError, index: int, count: int) -> None:
    if count > 1:
        words = f"Part {index + 1} of {count}: {error.problem.message}"
        error.problem = replace(error.problem, message=words)
