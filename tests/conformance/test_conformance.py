"""Every platform × every content it declares × every fault: never twice, never lost, no wrong word.

The oracle is the twin's ledger: what is public there, however it came there. The client, the
outcomes and the retry rules are the product's own; only the database's row is not (driver.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from postclock.sandbox.faults import Fault
from postclock.scheduler.states import State
from tests.conformance.cases import Case, cases
from tests.conformance.driver import Crashes, Delivery
from tests.conformance.stage import Served, Stage, serving, staged_for

CREATES = [fault for fault in Fault if not fault.of_uploads]
UPLOADS = [fault for fault in Fault if fault.of_uploads]
CASES = cases()
SETTLES = {State.PUBLISHED}
MAY_BE_ASKED = {State.PUBLISHED, State.UNCONFIRMED}
UPLOADING = [(case, fault) for case in CASES for fault in UPLOADS if case.bytes_of]
MOST_SAVES = 40
PLAYS = "plays"
"""How many deliveries one test played, where it is not one."""
LOST = {
    Fault.COMMIT_THEN_DROP, Fault.COMMIT_THEN_ERROR, Fault.DROP_BEFORE_COMMIT, Fault.SERVER_ERROR,
}  # fmt: skip


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving() as one:
        yield one


def delivery(stage: Stage, case: Case, crashes: Crashes | None = None) -> Delivery:
    return Delivery(
        stage.platform, stage.login, case.draft, stage.files, stage.clock, crashes or Crashes()
    )


def verify(stage: Stage, case: Case, made: Delivery, allowed: set[State]) -> None:
    """The oracle: how often each part is public, and whether the delivery says so."""
    entries, steps = stage.entries(), "\n".join(made.told)
    texts = [entry.text for entry in entries]
    parts = len(case.draft.segments)
    assert made.state in allowed, steps
    if case.draft.text:
        for i in range(parts):
            assert sum(f"m{i}" in text for text in texts) <= 1, f"twice: {texts}\n{steps}"
        public = sum(any(f"m{i}" in text for text in texts) for i in range(parts))
    else:
        assert len(entries) <= 1, f"twice: {len(entries)}\n{steps}"
        public = len(entries)
    assert sum("c0" in text for text in texts) <= 1, f"two comments\n{steps}"
    if made.state is State.PUBLISHED:
        assert public == parts, f"{public} of {parts} parts are public\n{steps}"
        assert made.receipt
        assert made.receipt.remote_id
    elif made.state in (State.FAILED, State.HELD):
        assert public == 0, f"it says {made.state}, and {public} parts are public\n{steps}"
        assert made.problem, steps
        assert len(made.problem.message.split()) > 3, "a sentence for a person is missing"


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_it_is_published_once(case: Case, served: Served) -> None:
    async with staged_for(case, served) as stage:
        assert stage.platform.check(case.draft) == []
        made = delivery(stage, case)
        await made.run()
        verify(stage, case, made, SETTLES)
        assert made.receipt
        assert not made.receipt.note
        assert made.requests == 1 or made.failures == 0


@pytest.mark.parametrize("fault", CREATES)
@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_fault_of_the_publishing_call(case: Case, fault: Fault, served: Served) -> None:
    async with staged_for(case, served) as stage:
        stage.fail(fault)
        made = delivery(stage, case)
        await made.run()
        asked = case.mute and fault in LOST
        verify(stage, case, made, MAY_BE_ASKED if asked else SETTLES)


@pytest.mark.parametrize(("case", "fault"), UPLOADING, ids=str)
async def test_a_fault_of_an_upload(case: Case, fault: Fault, served: Served) -> None:
    async with staged_for(case, served) as stage:
        stage.fail(fault)
        made = delivery(stage, case)
        await made.run()
        fails = fault is Fault.UPLOAD_FAILS
        verify(stage, case, made, {State.PUBLISHED, State.FAILED} if fails else SETTLES)


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_crash_right_after_anything_was_saved(
    case: Case, served: Served, record_property: Callable[[str, object], None]
) -> None:
    for at in range(1, MOST_SAVES):
        async with staged_for(case, served) as stage:
            crashes = Crashes(at_save=at)
            made = delivery(stage, case, crashes)
            await made.run()
            verify(stage, case, made, MAY_BE_ASKED if case.mute else SETTLES)
            if crashes.saves < at:
                break
    else:
        raise AssertionError(f"it saves more than {MOST_SAVES} times")
    record_property(PLAYS, at)


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_crash_before_the_answer_is_recorded(case: Case, served: Served) -> None:
    async with staged_for(case, served) as stage:
        made = delivery(stage, case, Crashes(at_answer=1))
        await made.run()
        verify(stage, case, made, MAY_BE_ASKED if case.mute else SETTLES)


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_login_that_was_taken_back_holds_it(case: Case, served: Served) -> None:
    async with staged_for(case, served) as stage:
        stage.sandbox.grants[case.platform.name].revoke(stage.person)
        made = delivery(stage, case)
        await made.run()
        verify(stage, case, made, {State.HELD})
