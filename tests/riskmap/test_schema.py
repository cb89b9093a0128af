"""The register of variables and its gate."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from riskmap.errors import DataError, UnitsError
from riskmap.rules import STATUSES
from riskmap.schema import REGISTER, describe, require, require_range


def test_every_entry_is_whole() -> None:
    for name, entry in REGISTER.items():
        assert name == entry.name
        assert entry.units
        assert entry.meaning
        assert entry.valid_range[0] < entry.valid_range[1]
        assert np.dtype(entry.dtype).kind == "f"
        assert entry.attributes["units"] == entry.units
    assert STATUSES  # the rules' variables are the register's
    for hazard_variable in (
        "wind_speed",
        "wind_speed_of_gust",
        "rain_3h",
        "rain_24h",
        "storm_surge",
        "high_water",
    ):
        assert hazard_variable in REGISTER


def dataset(values: object, units: str | None = "Pa") -> xr.Dataset:
    return xr.Dataset({"central_pressure": ("time", values, {} if units is None else {"units": units})})


def test_sound_values_pass_and_nan_means_unknown() -> None:
    require(dataset([95_000.0, np.nan, 101_000.0]), "central_pressure")


@pytest.mark.parametrize(
    ("ds", "error", "words"),
    [
        (xr.Dataset(), DataError, "missing variable"),
        (dataset([955.0], "hPa"), UnitsError, "multiply by 100"),
        (dataset([95_500.0], None), UnitsError, "no units"),
        (dataset([955.0]), UnitsError, "look like hPa"),
        (dataset([-999.0]), UnitsError, "missing data"),
        (dataset([np.inf]), UnitsError, "out of range"),
        (dataset(["95500"]), DataError, "not numbers"),
    ],
)
def test_what_is_refused_says_what_to_do(ds: xr.Dataset, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match="central_pressure") as caught:
        require(ds, "central_pressure", where="file.nc")
    assert words in str(caught.value)
    assert "To mend it" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("maximum_wind", 130.0, "knots"),
        ("radius_of_maximum_wind", 40.0, "km"),
        ("latitude", 122.0, "check the unit"),
    ],
)
def test_the_unit_is_guessed(name: str, value: float, words: str) -> None:
    with pytest.raises(UnitsError, match=words):
        require_range([value], name)


def test_the_line_of_the_file_is_named() -> None:
    with pytest.raises(UnitsError, match="line 12"):
        require_range([95_000.0, 950.0], "central_pressure", rows=[11, 12])


def test_unknown_name() -> None:
    with pytest.raises(DataError, match="unknown variable"):
        describe("wind_sped")
