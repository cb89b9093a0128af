"""The scripts on the bare drivers, where a folder has them: ``EVAC_PEERS`` names it, or it lies beside the project."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from types import ModuleType

from benchmarks.harness import ROOT


class DriverMissingError(RuntimeError):
    """There are no such scripts here."""


def script(name: str, *arguments: str) -> ModuleType:
    """One of the scripts as a module, made anew each time: it reads its arguments, a folder among them, on import.

    Raises
    ------
    DriverMissingError
        The folder is not here.
    """
    folder = Path(os.environ.get("EVAC_PEERS", ROOT.parent / "shared" / "peers" / "evac"))
    if not (folder / f"{name}.py").is_file():
        raise DriverMissingError(f"no driver script {name}.py; set EVAC_PEERS to the folder that has it")
    kept = sys.argv
    sys.argv = [name, *arguments]
    sys.path.insert(0, str(folder))
    try:
        sys.modules.pop(name, None)
        return importlib.import_module(name)
    finally:
        sys.argv = kept
        sys.path.remove(str(folder))
