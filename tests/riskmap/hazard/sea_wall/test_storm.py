"""A storm against a few sections: put together from surge, tide and waves; what is unknown is named."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from riskmap.errors import DatumError
from riskmap.grid import Grid
from riskmap.hazard.sea_wall import storm_sections
from riskmap.hazard.surge import Level
from riskmap.io.sea_walls import read_sea_walls
from tests.storms import still_storm

SHELF = Grid.from_bounds(west=118.0, south=25.0, east=127.0, north=33.0, step=0.2)
HOURS = np.datetime64("2021-07-24T12", "s") + np.arange(4) * np.timedelta64(3600, "s")
TABLE = """code,name,region,crest_m,height_datum,toe_m,allowed_q_l_s_m,station,lon,lat,facing_deg,length_m
N,北塘,330902,6.0,1985,0.0,20,S1,122.05,29.6,90,1000
S,南塘,330902,6.0,1985,0.0,20,S1,122.05,28.4,90,1000
FAR,远塘,330902,6.0,1985,0.0,20,S1,140.00,28.4,90,1000
INLAND,内塘,330902,6.0,1985,0.0,20,S1,120.00,28.4,90,1000
ALONE,孤塘,330902,6.0,1985,0.0,20,S9,122.05,29.0,90,1000
"""


def tide(**attrs: str) -> xr.DataArray:
    levels = np.array([[0.5], [1.0], [1.5], [2.0]])
    return xr.DataArray(
        levels, dims=("time", "station"), coords={"time": HOURS, "station": ["S1"]}, attrs=attrs
    )


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    path = tmp_path_factory.mktemp("walls") / "walls.csv"
    path.write_text(TABLE, encoding="utf-8")
    shelf = Level(SHELF, np.where(SHELF.longitude > 122.0, 30.0, np.nan) * np.ones(SHELF.shape))
    return storm_sections(still_storm(), read_sea_walls(path), tide(height_datum="1985"), HOURS, shelf=shelf)


def test_still_water_is_tide_and_surge(found: xr.Dataset) -> None:
    known = found.sel(section=["N", "S"])
    np.testing.assert_allclose(known["still_water"], known["astronomical_tide"] + known["storm_surge"])
    assert known["astronomical_tide"].values[0].tolist() == [0.5, 1.0, 1.5, 2.0]


def test_the_wall_that_the_wind_blows_at_fares_worse(found: xr.Dataset) -> None:
    north, south = (found.sel(section=code) for code in "NS")
    assert float(north["freeboard"].min()) < float(south["freeboard"].min()) - 1.0
    assert float(north["overtopping_discharge"].max()) > float(south["overtopping_discharge"].max())


def test_what_is_unknown_is_named_and_nan(found: xr.Dataset) -> None:
    assert [line.split()[2] for line in found.attrs["lacking"]] == ["FAR", "INLAND", "ALONE"]
    for code in ("FAR", "INLAND", "ALONE"):
        assert np.isnan(found["overtopping_share"].sel(section=code)).all()
    assert "off the grid" in found.attrs["lacking"][0]
    assert "S9" in found.attrs["lacking"][2]


def test_a_tide_without_datum_is_refused() -> None:
    shelf = Level(SHELF, np.full(SHELF.shape, 30.0))
    with pytest.raises(DatumError, match="a tide without its height datum"):
        storm_sections(still_storm(), xr.Dataset(), tide(), HOURS, shelf=shelf)
