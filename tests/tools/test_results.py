"""The counts at the end of `make test`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from results import Counts, read_junit, summary, table

ROOT = Path(__file__).parents[2]
JUNIT = """<?xml version="1.0"?>
<testsuites><testsuite>
  <testcase name="a"/><testcase name="b"/>
  <testcase name="c"><skipped/></testcase>
  {more}
</testsuite></testsuites>"""


def junit(folder: Path, more: str = "") -> Path:
    path = folder / "results.xml"
    path.write_text(JUNIT.format(more=more))
    return path


def test_passed_failed_and_skipped_are_counted(tmp_path: Path) -> None:
    path = junit(tmp_path, "<testcase><failure/></testcase><testcase><error/></testcase>")
    expected = Counts("s", passed=2, failed=2, skipped=1, broken=("", ""))
    assert read_junit("s", path, 1) == expected


def test_a_failed_test_is_named_with_the_first_line_of_its_reason(tmp_path: Path) -> None:
    case = '<testcase classname="tests.a" name="b"><error message="lost&#10;more"/></testcase>'
    counts = read_junit("s", junit(tmp_path, case), 1)
    assert counts.broken == ("tests.a::b: lost",)
    assert "tests.a::b: lost" in table([counts], [])


def test_a_suite_without_results_has_failed(tmp_path: Path) -> None:
    counts = read_junit("s", tmp_path / "none.xml", 0)
    assert counts.failed == 1
    assert "ran no tests" in counts.trouble


def test_a_bad_end_without_a_failed_test_is_a_failure(tmp_path: Path) -> None:
    counts = read_junit("s", junit(tmp_path), 3)
    assert (counts.passed, counts.failed) == (2, 1)
    assert "exit code 3" in counts.trouble


def test_the_summary_adds_up_and_the_table_names_what_was_left_out() -> None:
    outcomes = [Counts("one", 3, 1, 2, "broken", 1.5), Counts("two", 4)]
    assert summary(outcomes) == "7 passed, 1 failed, 2 skipped"
    laid_out = table(outcomes, ["pds"])
    assert "broken" in laid_out
    assert "pds       left out by SKIP" in laid_out


def test_an_unknown_name_in_skip_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "tools/test.py"], cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "SKIP": "e2e,nonsense"}, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "nonsense" in done.stderr
    assert "backend, web, e2e, pds" in done.stderr
