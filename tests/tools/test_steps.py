"""Set-up work is done once for each state of its inputs."""

from __future__ import annotations

from pathlib import Path

import pytest

from steps import SetupError, Step, digest, run, tree


class Work:
    """Counts how often it was done; makes ``output``."""

    def __init__(self, output: Path) -> None:
        self.times = 0
        self.output = output

    def __call__(self) -> None:
        self.times += 1
        self.output.write_text("made")


def step(folder: Path, work: Work, key: str = "one") -> Step:
    return Step("work", key, folder / "stamp", [work.output], work)


def test_work_is_done_once(tmp_path: Path) -> None:
    work = Work(tmp_path / "output")
    step(tmp_path, work).ensure()
    step(tmp_path, work).ensure()
    assert work.times == 1


def test_changed_inputs_do_it_again(tmp_path: Path) -> None:
    work = Work(tmp_path / "output")
    step(tmp_path, work).ensure()
    step(tmp_path, work, "two").ensure()
    assert work.times == 2


def test_a_missing_result_does_it_again(tmp_path: Path) -> None:
    work = Work(tmp_path / "output")
    step(tmp_path, work).ensure()
    work.output.unlink()
    step(tmp_path, work).ensure()
    assert work.times == 2


def test_failed_work_is_not_taken_for_done(tmp_path: Path) -> None:
    work = Work(tmp_path / "output")
    step(tmp_path, work).ensure()

    def fail() -> None:
        raise SetupError("no")

    failing = Step("work", "two", tmp_path / "stamp", [], fail)
    with pytest.raises(SetupError):
        failing.ensure()
    assert not failing.is_done()
    assert not step(tmp_path, work).is_done()


def test_the_digest_sees_content_names_and_absence(tmp_path: Path) -> None:
    first = tmp_path / "a"
    first.write_text("x")
    before = digest(*tree(tmp_path, without=[]))
    first.write_text("y")
    changed = digest(*tree(tmp_path, without=[]))
    first.rename(tmp_path / "b")
    renamed = digest(*tree(tmp_path, without=[]))
    assert len({before, changed, renamed, digest(first), digest("missing")}) == 5


def test_what_is_left_out_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("x")
    before = digest(*tree(tmp_path, without=["node_modules"]))
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "package").write_text("x")
    assert digest(*tree(tmp_path, without=["node_modules"])) == before


def test_a_failed_command_is_named() -> None:
    with pytest.raises(SetupError, match=r"`sh -c exit 3` failed \(exit code 3\)"):
        run(["/bin/sh", "-c", "exit 3"], {})
