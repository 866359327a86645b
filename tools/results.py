"""What the suites came to: read from JUnit files, counted, laid out."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

WIDTH = 160
"""Characters of a reason that are shown: enough to know it again."""


@dataclass(frozen=True)
class Counts:
    """One suite's tests; ``trouble`` is a sentence when it failed as a whole.

    ``broken`` names each failed test with the first line of its reason.
    """

    suite: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    trouble: str = ""
    seconds: float = 0.0
    broken: tuple[str, ...] = ()

    def after(self, seconds: float) -> Counts:
        """The same, with the time it took."""
        return replace(self, seconds=seconds)


def read_junit(suite: str, path: Path, exit_code: int) -> Counts:
    """Counts of a JUnit file; a suite that ended badly never comes out clean.

    A missing file, a run of no tests, or a bad exit code without a failed test is one failure.
    """
    try:
        cases = list(ET.parse(path).getroot().iter("testcase"))
    except (OSError, ET.ParseError):
        cases = []
    broken = tuple(_reason(case) for case in cases if _has(case, "failure", "error"))
    skipped = sum(_has(case, "skipped") and not _has(case, "failure", "error") for case in cases)
    trouble = ""
    if not cases:
        trouble = f"it ran no tests (exit code {exit_code}); its words are above."
    elif exit_code and not broken:
        trouble = f"it ended with exit code {exit_code} though no test failed."
    passed = len(cases) - len(broken) - skipped
    return Counts(suite, passed, len(broken) + bool(trouble), skipped, trouble, broken=broken)


def table(outcomes: Sequence[Counts], left_out: Sequence[str]) -> str:
    """A line for each suite, each failed test under its own; then those left out."""
    lines = [f"{'suite':<10}{'passed':>8}{'failed':>8}{'skipped':>9}{'time':>10}"]
    for at in outcomes:
        time = f"{at.seconds:.1f} s"
        lines.append(f"{at.suite:<10}{at.passed:>8}{at.failed:>8}{at.skipped:>9}{time:>10}")
        lines += [f"{'':<10}{line}" for line in (at.trouble, *at.broken) if line]
    lines += [f"{name:<10}left out by SKIP" for name in left_out]
    return "\n".join(lines)


def summary(outcomes: Sequence[Counts]) -> str:
    """The last line of a run."""
    passed, failed, skipped = (
        sum(getattr(counts, field) for counts in outcomes)
        for field in ("passed", "failed", "skipped")
    )
    return f"{passed} passed, {failed} failed, {skipped} skipped"


def _has(case: ET.Element, *names: str) -> bool:
    return any(case.find(name) is not None for name in names)


def _reason(case: ET.Element) -> str:
    """Where the test is, and the first line of what it said when it failed."""
    found = next(child for child in case if child.tag in ("failure", "error"))
    said = (found.get("message") or found.text or "").strip().partition("\n")[0]
    name = "::".join(filter(None, (case.get("classname"), case.get("name"))))
    return f"{name}: {said[:WIDTH]}".removesuffix(": ")
