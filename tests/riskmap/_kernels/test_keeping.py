"""Where compiled kernels are kept: a service that may write nowhere still computes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import riskmap._kernels as kernels
from tests.contracts.tree import ROOT


def test_code_is_kept_beside_the_package_or_in_the_users_caches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder can be made below a file")
    assert kernels.may_keep(tmp_path, tmp_path / "file" / "caches")
    # an administrator may write anywhere, so that what the system answers is said for it
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert kernels.may_keep(tmp_path, tmp_path / "home" / ".cache")
    assert (tmp_path / "home" / ".cache" / "numba").is_dir()
    assert not kernels.may_keep(tmp_path, tmp_path / "file" / "caches")


WITHOUT_A_PLACE = """
import os
real = os.access
os.access = lambda path, mode, **more: "_kernels" not in str(path) and real(path, mode, **more)
import riskmap._kernels
from pathlib import Path
own = Path(os.environ["NUMBA_CACHE_DIR"])
assert own.is_dir()
from numba import config
assert config.CACHE_DIR == str(own)
print(own)
"""


def test_a_process_that_may_write_nowhere_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    nowhere = tmp_path / "file"
    nowhere.write_text("")
    bare = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_A_PLACE], capture_output=True, text=True, check=True, cwd=ROOT,
        env=bare | {"XDG_CACHE_HOME": str(nowhere), "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    assert "set NUMBA_CACHE_DIR to a folder" in done.stderr
    assert not Path(done.stdout.strip()).exists()


def test_the_units_of_cycles_keep_what_is_compiled() -> None:
    for name in ("riskmap-cycle.service", "riskmap-flash.service"):
        lines = (ROOT / "docs" / "deploy" / name).read_text(encoding="utf-8").splitlines()
        assert "CacheDirectory=riskmap" in lines
        assert "Environment=NUMBA_CACHE_DIR=/var/cache/riskmap" in lines
