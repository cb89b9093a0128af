"""``[inundation]`` of a scenario: said and refused before it starts; rivers, drains and land cover that do not fit are named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from riskmap.analysis import Inputs
from riskmap.errors import ConfigError, CoverageError, DataError
from riskmap.grid import Grid
from riskmap.io.drains import read_drains
from riskmap.io.inputs import read_inputs
from riskmap.io.land_cover import read_land_cover
from riskmap.io.scenario_file import read_scenario
from riskmap.ledger import Ledger
from tests.valley import write_valley

SOLVER = '[inundation]\nsolver = "local_inertial"\ncell = 180.0\n'
GRID = Grid((3, 4), Affine(0.01, 0.0, 121.0, 0.0, -0.01, 29.0))


def read(folder: Path, keys: str = "", **valley: str) -> tuple[Inputs, Ledger]:
    ledger = Ledger()
    path = write_valley(folder, extra=f"\n{SOLVER}{keys}\n", **valley)  # type: ignore[arg-type]
    return read_inputs(read_scenario(path), ledger)[0], ledger


def test_cells_memory_and_time_are_said_before(tmp_path: Path) -> None:
    inputs, ledger = read(tmp_path)
    said = {entry["key"]: entry["said"] for entry in ledger.notes}["inundation, 2-D solver"]
    assert "cells of 180 m, 30 h" in said
    assert "min on one thread" in said
    assert inputs.fine is not None
    assert inputs.fine.bed is not None
    assert inputs.fine.bed.factor == 2
    assert inputs.flood is not None
    assert inputs.flood.curve_number == 70.0


def test_what_does_not_fit_is_refused_with_the_cell_that_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("riskmap.io.inundation_inputs.memory_available", lambda: 1_000_000)
    inputs, ledger = read(tmp_path)
    assert inputs.fine is None
    assert "no memory" in inputs.lacking["inundation"]
    (refused,) = (p.what for p in ledger.problems if "does not fit into memory" in p.what)
    cell = float(refused.split("inundation.cell = ")[1].split(",")[0])
    monkeypatch.setattr("tests.riskmap.io.test_inundation_inputs.SOLVER", SOLVER.replace("180.0", f"{cell}"))
    inputs, _ = read(tmp_path)
    assert inputs.fine is not None


@pytest.mark.parametrize(
    ("keys", "name"),
    [("run_in = 30", "run_in"), ("manning = 2.0", "manning"), ("curve_number = 120.0", "curve_number"),
     ("conductivity = -1.0", "conductivity"), ("suction = -1.0", "suction")],
)  # fmt: skip
def test_numbers_that_cannot_be_are_refused(tmp_path: Path, keys: str, name: str) -> None:
    with pytest.raises(ConfigError, match=f"inundation.{name}"):
        read(tmp_path, keys)


def test_a_solver_without_its_ground_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="without its ground"):
        read(tmp_path, terrain="")


def rivers(folder: Path, *rows: str) -> str:
    path = folder / "rivers.csv"
    path.write_text("name,longitude,latitude,time,discharge_m3s\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return f'hydrographs = "{path.as_posix()}"'


def hours(name: str, longitude: float, latitude: float, last: int) -> list[str]:
    return [f"{name},{longitude},{latitude},2021-07-25T{h:02d}:00+08:00,50" for h in range(0, last + 1, 2)]


def test_rivers_that_end_early_or_lie_elsewhere_are_named_and_left_out(tmp_path: Path) -> None:
    keys = rivers(
        tmp_path,
        *hours("good", 121.05, 29.55, 16),
        *hours("short", 121.06, 29.55, 8),
        *hours("far", 121.4, 29.8, 16),
    )
    inputs, ledger = read(tmp_path, keys)
    assert inputs.flood is not None
    assert inputs.fine is not None
    assert inputs.fine.bed is not None
    assert [one.name for one in inputs.flood.hydrographs] == ["good"]
    assert len(inputs.fine.bed.inlets) == 1
    told = " ".join(p.what for p in ledger.problems)
    assert "short does not cover the window" in told
    assert "far lies off the elevation model" in told


def test_drains_on_the_grid_and_off_it(tmp_path: Path) -> None:
    path = tmp_path / "drains.csv"
    head = "name,longitude,latitude,capacity_m3s,to_longitude,to_latitude\n"
    path.write_text(
        head
        + "pump,121.005,28.995,5,121.035,28.975\ngate,121.015,28.985,2,,\nfar,130,28.9,2,,\nout,121.005,28.995,1,130,20\n",
        encoding="utf-8",
    )
    drains, problems = read_drains(path, GRID)
    assert [(d.cell, d.capacity, d.to) for d in drains] == [((0, 0), 5.0, (2, 3)), ((1, 1), 2.0, None)]
    assert ["far" in p.what or "out" in p.what for p in problems] == [True, True]
    for bad, words in (
        ("a,121.005,28.995,-1,,", "not a capacity"),
        ("a,121.005,28.995,1,121.0,", "half a place"),
    ):
        path.write_text(head + bad + "\n", encoding="utf-8")
        with pytest.raises(DataError, match=words):
            read_drains(path, GRID)


def cover(path: Path, values: np.ndarray, west: float = 121.0) -> Path:
    with rasterio.open(
        path, "w", driver="GTiff", height=values.shape[0], width=values.shape[1], count=1, dtype="uint8",
        crs="EPSG:4326", transform=Affine(0.005, 0.0, west, 0.0, -0.005, 29.0), nodata=0,
    ) as out:  # fmt: skip
        out.write(values.astype("uint8"), 1)
    return path


def test_the_class_that_covers_most_of_a_cell_is_taken(tmp_path: Path) -> None:
    values = np.full((6, 6), 10)
    values[:2, :2] = [[50, 50], [50, 40]]
    found = read_land_cover(cover(tmp_path / "cover.tif", values), GRID)
    assert found.tolist() == [[50, 10, 10, 0], [10, 10, 10, 0], [10, 10, 10, 0]]
    with pytest.raises(CoverageError, match="no class on the grid"):
        read_land_cover(cover(tmp_path / "far.tif", values, west=100.0), GRID)


def test_land_cover_gives_roughness_and_curve_numbers(tmp_path: Path) -> None:
    path = tmp_path / "cover.tif"
    with rasterio.open(
        path, "w", driver="GTiff", height=10, width=10, count=1, dtype="uint8", crs="EPSG:4326",
        transform=Affine(0.05, 0.0, 120.9, 0.0, -0.05, 29.8), nodata=0,
    ) as out:  # fmt: skip
        out.write(np.full((10, 10), 50, np.uint8), 1)
    inputs, _ = read(tmp_path, f'land_cover = "{path.as_posix()}"')
    assert inputs.flood is not None
    assert np.unique(inputs.flood.manning).tolist() == [0.10]
    assert np.unique(inputs.flood.curve_number).tolist() == [90.0]
