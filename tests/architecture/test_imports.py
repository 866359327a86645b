"""Rule 7: imports go one way. The layers stand in pyproject.toml; import-linter reads the code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.architecture.sources import ROOT

LINTER = Path(sys.executable).with_name("lint-imports")


def test_every_contract_is_kept() -> None:
    looked = subprocess.run(
        [LINTER, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert looked.returncode == 0, looked.stdout
    assert "0 broken" in looked.stdout


def test_a_broken_contract_is_found(tmp_path: Path) -> None:
    package = tmp_path / "house"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "roof.py").touch()
    (package / "cellar.py").write_text("from house import roof\n")
    (tmp_path / "setup.cfg").write_text(
        "[importlinter]\nroot_package = house\n[importlinter:contract:1]\nname = Down\n"
        "type = layers\nlayers =\n    house.roof\n    house.cellar\n"
    )
    looked = subprocess.run(
        [LINTER, "--no-cache"], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert looked.returncode == 1
    assert "house.cellar -> house.roof" in looked.stdout
