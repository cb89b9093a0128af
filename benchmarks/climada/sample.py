"""``python -m benchmarks.climada.sample``: ``sample.csv``, what the peer gives at some cells, for machines without it."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.climada.case import in_fa
from benchmarks.climada.side import running

PATH = Path(__file__).with_name("sample.csv")
DRAWN, WINDIEST = 150, 10
SEED = 20210725


def main() -> int:
    """Run the peer once and keep some cells."""
    case = in_fa()
    with running(case, "H08") as peer:
        values, name = peer.field(0.0).ravel(), peer.name
    calm = np.flatnonzero(values == 0.0)[[0, -1]]
    drawn = np.random.default_rng(SEED).permutation(values.size)[:DRAWN]
    picked = np.unique(np.concatenate([drawn, np.argsort(values)[-WINDIEST:], calm]))
    with PATH.open("w", encoding="utf-8", newline="") as file:
        file.write(f"# {name}, TropCyclone.from_tracks(model='H08', intensity_thres=0) on case.in_fa()\n")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("row", "column", "peak_wind"))
        columns = case.grid.shape[1]
        writer.writerows((i // columns, i % columns, repr(float(values[i]))) for i in picked)
    return 0


def read() -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Row, column, peak wind [m s-1] of the cells that were kept, no threshold."""
    with PATH.open(encoding="utf-8") as file:
        table = np.loadtxt(file, delimiter=",", skiprows=2)
    return table[:, 0].astype(np.intp), table[:, 1].astype(np.intp), table[:, 2]


if __name__ == "__main__":
    sys.exit(main())
