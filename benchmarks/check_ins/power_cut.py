"""A disk that forgets what was not synced: a killed process alone cannot show that a sync is missing."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Final

SOURCE: Final = Path(__file__).with_name("power_cut.c")
_RECORD: Final = struct.Struct("=qqq")


def compiled(folder: Path, source: Path = SOURCE) -> Path | None:
    """A shim to be preloaded, compiled into a folder; None where there is no C compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        return None
    made = folder / f"{source.stem}.so"
    subprocess.run([compiler, "-O1", "-shared", "-fPIC", "-o", made, source, "-ldl"], check=True, timeout=60)
    return made


def environment(shim: Path, root: Path, undo: Path) -> dict[str, str]:
    """What a process needs so that ``cut`` can take back what it did not sync below ``root``."""
    undo.mkdir(exist_ok=True)
    undo.chmod(0o777)  # a database server runs as another user
    return {
        "LD_PRELOAD": str(shim),
        "POWER_CUT_ROOT": f"{root.resolve()}/",
        "POWER_CUT_UNDO": str(undo.resolve()),
    }


def cut(root: Path, undo: Path) -> int:
    """Put the files below ``root`` back to what was synced; returns how many bytes were lost. Nobody has them open."""
    lost = 0
    by_inode = {
        path.stat().st_ino: path for path in root.rglob("*") if path.is_file() and not path.is_symlink()
    }
    for notes in undo.iterdir():
        path = by_inode.get(int(notes.name))
        data = notes.read_bytes()
        if path is not None and data:
            lost += _put_back(path, data)
        notes.unlink()
    return lost


def _put_back(path: Path, data: bytes) -> int:
    records, at = [], 0
    while at + _RECORD.size <= len(data):
        size, offset, length = _RECORD.unpack_from(data, at)
        at += _RECORD.size
        if at + length > len(data):
            break  # killed while it was noted, before it was written
        records.append((size, offset, data[at : at + length]))
        at += length
    with path.open("r+b") as file:
        for size, offset, old in reversed(records):
            os.pwrite(file.fileno(), old, offset)
            os.ftruncate(file.fileno(), size)
    return sum(len(old) for _, _, old in records)
