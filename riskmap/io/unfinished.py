"""What an unfinished cycle has so far: its plan, its kept steps, and the folder that it fills."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from riskmap.io.durable import cannot_write, replace_file


class Unfinished:
    """A folder of its own for the cycle of one analysis time, for this user's eyes alone.

    Parameters
    ----------
    folder : Path
        Need not be there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = folder / "plan.json"

    def clear(self) -> None:
        """Throw away what there is."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def clear_others(self) -> None:
        """Throw away what cycles of other hours left: after many kills it would fill the disk."""
        for other in self.folder.parent.iterdir() if self.folder.parent.is_dir() else ():
            if other.name != self.folder.name:
                shutil.rmtree(other, ignore_errors=True)

    def plan(self) -> dict[str, Any]:
        """What was to be done; empty where nothing is unfinished, or it cannot be read."""
        try:
            content = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    def begin(self, key: str, plan: Mapping[str, Any]) -> None:
        """Write down what is to be done; what was kept for another key is thrown away.

        Raises
        ------
        SourceError
            The disk is full, or the folder not writable.
        """
        if self.plan().get("key") != key:
            self.clear()
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as problem:
            raise cannot_write(self.folder, problem) from problem
        replace_file(self._file, json.dumps({"key": key, **plan}, ensure_ascii=False, indent=1))
