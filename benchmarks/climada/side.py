"""Finds the Python that has CLIMADA and talks to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.climada.case import Case

VARIABLE = "RISKMAP_CLIMADA_PYTHON"
VERSION = "6.1.0"
HOW = (
    f"set {VARIABLE} to the python of an environment with climada {VERSION}: its dependencies without gdal, then "
    f"`pip install --no-deps climada=={VERSION}` (a plain install fails for want of gdal)"
)
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)
STARTUP = 300.0
"""Seconds after which a peer that has not answered is given up; it imports for 10 s on a quiet machine."""


class PeerMissingError(RuntimeError):
    """There is no CLIMADA to compare with; the message says why and how to get one."""


def interpreter() -> str:
    """The Python of ``RISKMAP_CLIMADA_PYTHON``, or this one.

    Raises
    ------
    PeerMissingError
        It cannot import CLIMADA.
    """
    named = os.environ.get(VARIABLE)
    path = named or sys.executable
    look = "import importlib.util, sys; sys.exit(importlib.util.find_spec('climada') is None)"
    try:
        found = (
            subprocess.run([path, "-c", look], capture_output=True, timeout=60, check=False).returncode == 0
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise PeerMissingError(f"{VARIABLE} is not a Python that runs: {problem}") from problem
    if not found:
        which = f"the Python of {VARIABLE}" if named else "this Python"
        raise PeerMissingError(f"{which} has no CLIMADA: {HOW}")
    return path


class Peer:
    """A running peer: one case, one model, one thread."""

    def __init__(self, process: subprocess.Popen[str], folder: Path, shape: tuple[int, int]) -> None:
        self._process, self._folder, self._shape = process, folder, shape
        self.version: str = self._answer()["version"]
        self.peak_gb = 0.0
        self.cpu: list[float] = []

    @property
    def name(self) -> str:
        return f"CLIMADA {self.version}"

    def seconds(self) -> float:
        """Wall time of one computation [s], without start, import and reading."""
        found = self._ask("time")
        self.cpu.append(found["cpu"])
        return float(found["seconds"])

    def field(self, threshold: float) -> NDArray[np.float64]:
        """Peak wind [m s-1], shape (y, x), speeds below ``threshold`` as 0."""
        path = self._folder / "field.npy"
        self._ask(f"field {threshold} {path}")
        return np.asarray(np.load(path), np.float64).reshape(self._shape)

    def _ask(self, line: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        found = self._answer()
        self.peak_gb = max(self.peak_gb, found["peak_gb"])
        return found

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("@"):
                return dict(json.loads(line[1:]))
        self._process.wait()
        said = (self._folder / "errors.txt").read_text(encoding="utf-8", errors="replace").strip()
        last = said.splitlines()[-1] if said else "nothing"
        raise PeerMissingError(f"CLIMADA ended with {self._process.returncode}; it said: {last[-300:]}")


@contextmanager
def running(case: Case, model: str) -> Iterator[Peer]:
    """A peer that has read the case and waits.

    Raises
    ------
    PeerMissingError
        No CLIMADA, or it does not start.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        path = interpreter()
        case.write(folder)
        script = Path(__file__).with_name("peer.py")
        with (folder / "errors.txt").open("w", encoding="utf-8") as errors:
            process = subprocess.Popen(
                [path, str(script), str(folder), model], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=errors, text=True, cwd=folder, env=os.environ | ONE_THREAD,
            )  # fmt: skip
        too_late = threading.Timer(STARTUP, process.kill)
        too_late.start()
        try:
            peer = Peer(process, folder, case.grid.shape)
            too_late.cancel()
            yield peer
        finally:
            too_late.cancel()
            process.kill()
            process.communicate()
