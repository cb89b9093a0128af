"""``python -m benchmarks.slopes.gauges_picture``: draws ``docs/images/observations.svg`` and prints the scores."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness import ROOT
from riskmap.grid import Grid
from riskmap.observation.correction import METHODS, GaugeCells, adjustment, apply, gauge_cells, leave_one_out

PAGE = ROOT / "docs" / "images" / "observations.svg"
CELL, LEFT, TOP = 11, 20, 34
GRID = Grid.from_bounds(west=120.0, south=29.0, east=121.0, north=30.0, step=0.05)
Field = NDArray[np.float64]


def storm() -> tuple[Field, Field, GaugeCells]:
    """An invented storm, the same as a model sees it (too little, more so in the east, a cell too far north), gauges."""
    y, x = np.meshgrid(np.arange(20.0), np.arange(20.0), indexing="ij")
    truth = 20.0 + 60.0 * np.exp(-((x - 12.0) ** 2 + (y - 7.0) ** 2) / 30.0)
    field = (20.0 + 60.0 * np.exp(-((x - 12.0) ** 2 + (y - 6.0) ** 2) / 30.0)) / (1.2 + 0.05 * x)
    rows, columns = (a[::4, ::4].ravel() for a in np.meshgrid(np.arange(20), np.arange(20), indexing="ij"))
    return truth, field, gauge_cells(GRID, GRID.longitude[columns], GRID.latitude[rows], truth[rows, columns])


def main() -> None:
    """Write the picture and print the scores."""
    truth, field, cells = storm()
    by = adjustment(field, GRID, cells, method="inverse_distance")
    panels = (("the field", field), ("corrected (inverse_distance)", apply(field, by, method="inverse_distance")), ("the truth, and the gauges", truth))  # fmt: skip
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 290" font-family="sans-serif" font-size="12">'
    lines = [head, '<rect width="760" height="290" fill="white"/>']
    for n, (words, values) in enumerate(panels):
        x0 = LEFT + 245 * n
        lines += [f'<text x="{x0}" y="{TOP - 10}">{words}</text>', *_cells(values, x0)]
        lines += [
            f'<circle cx="{x0 + CELL * (c + 0.5):.1f}" cy="{TOP + CELL * (r + 0.5):.1f}" r="2" fill="black"/>'
            for r, c in zip(cells.row, cells.column)
        ]
    lines.append(f'<text x="{LEFT}" y="{TOP + 20 * CELL + 20}">light 10 mm, dark 80 mm</text>')
    PAGE.write_text("\n".join([*lines, "</svg>", ""]), encoding="utf-8")
    for method in METHODS:
        score = leave_one_out(field, GRID, cells, method=method)
        print(f"{method:17s} left out: rms {score.rms_before:.2f} -> {score.rms_after:.2f} mm, "
              f"bias {score.bias_before:.2f} -> {score.bias_after:.2f} mm")  # fmt: skip


def _cells(values: Field, x0: int) -> Iterable[str]:
    for (row, column), mm in np.ndenumerate(values):
        part = min(max((mm - 10.0) / 70.0, 0.0), 1.0)
        red, green, blue = (round(a + (b - a) * part) for a, b in ((235, 20), (245, 50), (255, 120)))
        yield (
            f'<rect x="{x0 + CELL * column}" y="{TOP + CELL * row}" width="{CELL}" height="{CELL}" '
            f'fill="#{red:02x}{green:02x}{blue:02x}"/>'
        )


if __name__ == "__main__":
    main()
