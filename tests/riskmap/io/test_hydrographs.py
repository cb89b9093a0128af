"""Hydrographs: what is read, and gaps and slips that are named."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from riskmap.errors import CoverageError, DataError
from riskmap.grid import Grid
from riskmap.hazard.inundation.hydrographs import place_inflows
from riskmap.io.hydrographs import read_hydrographs

HEAD = "name,longitude,latitude,time,discharge_m3s\n"
GOOD = [
    "西溪,120.015,28.005,2021-07-25T08:00+08:00,10",
    "西溪,120.015,28.005,2021-07-25T09:00+08:00,80.5",
    "水库,120.005,28.015,2021-07-25T00:00Z,0",
    "水库,120.005,28.015,2021-07-25T06:00Z,300",
]
GRID = Grid.from_bounds(west=120.0, south=28.0, east=120.02, north=28.02, step=0.01)
START = datetime(2021, 7, 25, tzinfo=UTC)


def written(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "flow.csv"
    path.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_hydrographs_become_inflows_at_their_cells(tmp_path: Path) -> None:
    creek, dam = place_inflows(read_hydrographs(written(tmp_path, *GOOD)), GRID, start=START)
    assert creek.where == "hydrograph 西溪"
    assert (list(creek.cells), list(creek.times), list(creek.discharge)) == (
        [(1, 1)],
        [0.0, 3600.0],
        [10.0, 80.5],
    )
    assert (list(dam.cells), list(dam.times)) == ([(0, 0)], [0.0, 21_600.0])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("西溪,120.015,28.005,2021-07-25T18:00+08:00,80", "line 4, column time: 西溪: a gap in the series"),
        ("西溪,120.015,28.005,2021-07-25T10:00+08:00,", "line 4, column discharge_m3s: 西溪: a gap"),
        ("西溪,120.015,28.005,2021-07-25T10:00+08:00,-5", "negative discharge"),
        ("西溪,120.015,28.005,2021-07-25T10:00+08:00,x", "not a number"),
        ("西溪,120.015,28.005,2021-07-25T09:00+08:00,5", "times do not rise"),
        ("西溪,120.015,28.005,2021-07-25T10:00,5", "without its offset"),
        ("西溪,120.015,28.005,25/7/2021,5", "not a time"),
        ("西溪,120.5,28.005,2021-07-25T10:00+08:00,5", "one name at two places"),
        ("东溪,1205,28.005,2021-07-25T10:00+08:00,5", "not a place"),
        (",120.5,28.005,2021-07-25T10:00+08:00,5", "without a name"),
    ],
)
def test_slips_are_named(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_hydrographs(written(tmp_path, *GOOD[:2], row))


def test_a_longer_step_may_be_allowed_on_purpose(tmp_path: Path) -> None:
    late = "西溪,120.015,28.005,2021-07-25T19:00+08:00,80"
    (creek,) = read_hydrographs(written(tmp_path, *GOOD[:2], late), longest_step=12.0)
    assert len(creek.times) == 3


def test_a_place_off_the_grid_and_a_past_series_are_named(tmp_path: Path) -> None:
    off = read_hydrographs(written(tmp_path, "远江,121,28.005,2021-07-25T08:00+08:00,10"))
    with pytest.raises(CoverageError, match="hydrograph 远江: off the grid"):
        place_inflows(off, GRID, start=START)
    found = read_hydrographs(written(tmp_path, *GOOD))
    with pytest.raises(CoverageError, match="西溪: ends before the run starts"):
        place_inflows(found, GRID, start=datetime(2022, 1, 1, tzinfo=UTC))
    with pytest.raises(DataError, match="time zone"):
        place_inflows(found, GRID, start=datetime(2021, 7, 25))  # noqa: DTZ001
