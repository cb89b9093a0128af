"""Finds the Python that has the peers, and runs one peer at a time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

VARIABLE = "RISKMAP_FLOOD_PEERS_PYTHON"
HOW = (
    f"set {VARIABLE} to the python of an environment made by `pip install whitebox_workflows topotoolbox pyflwdir "
    "rasterio landlab` (Python 3.12 or newer: landlab needs it)"
)
HERE = Path(__file__).parent
TIMEOUT = 900.0
"""Seconds after which a peer is given up."""


class PeerMissingError(RuntimeError):
    """There is no such peer here, or it failed; the message says why."""


def chain_seconds(peer: str, dem: Path, *, repeat: int = 3) -> dict[str, Any]:
    """DEM to drainage height by one peer: ``peer`` with its version, ``seconds``, best of ``repeat``.

    Raises
    ------
    PeerMissingError
        It is not installed, or it failed.
    """
    return _ask("chains.py", peer, str(dem), str(repeat))


def landlab_rate(ground: NDArray[np.float32], *, steps: int = 30, threads: int = 2) -> dict[str, Any]:
    """landlab's rate on rain over hills: ``mcups`` [Mcell-updates/s] and the ``least_depth`` [m] that it came to.

    Raises
    ------
    PeerMissingError
        It is not installed, or it failed.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "dem.npy"
        np.save(path, ground)
        return _ask("landlab_rate.py", str(path), str(steps), threads=threads)


def _ask(script: str, *arguments: str, threads: int = 2) -> dict[str, Any]:
    path = os.environ.get(VARIABLE) or sys.executable
    many = {name: str(threads) for name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS")}
    try:
        done = subprocess.run(
            [path, str(HERE / script), *arguments], capture_output=True, text=True, timeout=TIMEOUT, check=False,
            env=os.environ | many,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise PeerMissingError(f"{path}: {problem}; {HOW}") from problem
    for line in done.stdout.splitlines():
        if line.startswith("@"):
            return dict(json.loads(line[1:]))
    last = (done.stderr.strip().splitlines() or ["nothing"])[-1]
    raise PeerMissingError(f"{arguments[0] if arguments else script}: {last[-200:]}; {HOW}")
