"""The invented tables of the demo: marked as such in every file, and complete for In-Fa's days."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.coast import example
from riskmap.hazard.surge.tide import predict_tide
from riskmap.io.harmonics import read_harmonics
from riskmap.io.sea_walls import read_sea_walls
from riskmap.io.tides import read_astronomical_tide, read_stations

HOURS = np.datetime64("2021-07-24T05", "s") + np.arange(49) * np.timedelta64(3600, "s")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    pytest.importorskip("utide")
    monkeypatch.setattr(example, "FOLDER", tmp_path)
    example.main()
    return tmp_path


def test_every_section_has_a_station_and_says_that_it_is_invented(folder: Path) -> None:
    walls = read_sea_walls(folder / "sea_walls_example.csv")
    stations = read_stations(folder / "tide_stations_example.csv")
    assert walls.sizes["section"] >= 10
    assert set(walls["station"].values) <= set(stations["station"].values)
    assert "虚构" in walls.attrs["marks"]
    assert all("示例" in name for name in walls["name"].values)
    assert all("虚构" in name for name in stations["name"].values)
    assert set(walls["height_datum"].values) == {"1985"}


def test_the_tide_is_that_of_its_constants_and_covers_the_demo(folder: Path) -> None:
    constants = read_harmonics(folder / "harmonics_example.csv")
    tide = read_astronomical_tide(folder / "tide_example.csv", sorted(constants), HOURS, datum="1985")
    assert tide.attrs["height_datum"] == "1985"
    for code, harmonics in constants.items():
        np.testing.assert_allclose(tide.sel(station=code), predict_tide(harmonics, HOURS), atol=0.03)
