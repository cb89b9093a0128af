"""Whether the newest wheel of a folder holds every committed file of both packages and of the bundled data: ``make wheel`` asks."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PLACES = {"riskmap/": "riskmap/", "evac/": "evac/", "data/": "riskmap/data/"}
"""Folder of the repository -> where a wheel has it."""


def wanted(committed: Iterable[str]) -> set[str]:
    """Names in a wheel of the committed files that belong into it."""
    return {
        there + name.removeprefix(here)
        for name in committed
        for here, there in PLACES.items()
        if name.startswith(here)
    }


def lacking(wheel: Path, committed: Iterable[str]) -> list[str]:
    """What the wheel should hold and does not."""
    with zipfile.ZipFile(wheel) as archive:
        return sorted(wanted(committed) - set(archive.namelist()))


def main(folder: Path) -> int:
    """Name what is lacking; the exit code is 1 then."""
    wheel = max(folder.glob("*.whl"), key=lambda path: path.stat().st_mtime)
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    lost = lacking(wheel, filter(None, done.stdout.split("\0")))
    for name in lost:
        print(f"{wheel}: {name} is not in it")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
