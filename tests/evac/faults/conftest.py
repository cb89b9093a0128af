"""A disk that fails when told to: a shim that is compiled here and preloaded into a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compiled shim; skipped where there is no C compiler or no glibc."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("no C compiler for the failing disk")
    made = tmp_path_factory.mktemp("shim") / "failing_disk.so"
    source = Path(__file__).with_name("failing_disk.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", made, source, "-ldl"], check=True, timeout=60)
    return made


@pytest.fixture
def on_failing_disk(shim: Path, tmp_path: Path) -> Callable[[str], str]:
    """Runs a script with the shim; in it ``tell("sync" | "full" | "")`` breaks and mends the disk below ``folder``."""

    def run(script: str) -> str:
        disk, told = tmp_path / "disk", tmp_path / "told"
        disk.mkdir()
        head = (
            "import sys\nfrom pathlib import Path\n"
            f"folder = Path({str(disk)!r})\n"
            f"def tell(mode): Path({str(told)!r}).write_text(mode)\n"
        )
        environment = os.environ | {
            "LD_PRELOAD": str(shim), "FAILING_DISK": str(told), "FAILING_DISK_ROOT": str(disk), "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", head + script], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
