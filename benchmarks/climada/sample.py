"""``python -m benchmarks.climada.sample``: ``sample.csv``, what the peer gives at some cells, for machines without it."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.climada.case import Case, in_fa, limits
from benchmarks.climada.side import running

PATH = Path(__file__).with_name("sample.csv")
DRAWN, WINDIEST = 60, 10
SEED = 20210725


def cases() -> dict[str, Case]:
    """In-Fa, and made tracks that touch the peer's limits."""
    return {"In-Fa": in_fa(), **limits()}


def main() -> int:
    """Run the peer once a case and keep some cells: drawn at random, the windiest, and calm ones."""
    rows: list[tuple[str, int, int, str]] = []
    for label, case in cases().items():
        with running(case, "H08") as peer:
            values, name = peer.field(0.0).ravel(), peer.name
        drawn = np.random.default_rng(SEED).permutation(values.size)[:DRAWN]
        picked = np.unique(
            np.concatenate([drawn, np.argsort(values)[-WINDIEST:], np.flatnonzero(values == 0.0)[:2]])
        )
        columns = case.grid.shape[1]
        rows += [(label, i // columns, i % columns, repr(float(values[i]))) for i in picked]
    with PATH.open("w", encoding="utf-8", newline="") as file:
        file.write(f"# {name}, TropCyclone.from_tracks(model='H08', intensity_thres=0) on sample.cases()\n")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("case", "row", "column", "peak_wind"))
        writer.writerows(rows)
    return 0


def read() -> Iterator[tuple[Case, NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]]:
    """For each case: row, column, peak wind [m s-1] of the cells that were kept, no threshold."""
    with PATH.open(encoding="utf-8", newline="") as file:
        next(file)
        table = list(csv.DictReader(file))
    for label, case in cases().items():
        rows = [row for row in table if row["case"] == label]
        places = np.array([(int(row["row"]), int(row["column"])) for row in rows])
        yield case, places[:, 0], places[:, 1], np.array([float(row["peak_wind"]) for row in rows])


if __name__ == "__main__":
    sys.exit(main())
