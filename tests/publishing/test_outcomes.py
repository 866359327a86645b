"""What uploads that are gone mean: upload again, or look, if they may be in a post already."""

from __future__ import annotations

from postclock.publishing.outcomes import outcome_of
from postclock.scheduler.model import Retry, Unknown
from postclock.services.platforms.base import UploadGone, UploadUsed

GONE = UploadGone("media_missing", "Gone.", answer="400")
USED = UploadUsed("media_missing", "Gone, or used.", answer="422")


def test_uploads_that_are_gone_are_made_again() -> None:
    for error, doubtful in ((GONE, False), (GONE, True), (USED, False)):
        outcome = outcome_of(error, doubtful=doubtful)
        assert outcome == Retry(error.problem, answer=error.answer, restage=True)


def test_after_a_lost_answer_uploads_in_use_speak_for_the_earlier_attempt() -> None:
    outcome = outcome_of(USED, doubtful=True)
    assert outcome == Unknown(USED.problem, answered=True, answer="422")
