"""Layers as files: opened by rasterio and xarray, overviews that keep the worst, bytes that do not change."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from rasterio.io import MemoryFile

from riskmap.errors import DataError, MissingExtraError
from riskmap.grid import Grid
from riskmap.io.grids import NOWHERE, UNKNOWN, Layer, cog, netcdf, tier_bytes, worst_of_four
from riskmap.scale import NO_DATA, NOT_APPLICABLE, Tier

GRID = Grid.from_bounds(west=120.0, south=28.0, east=121.3, north=29.1, step=0.001)
SMALL = Grid.from_bounds(west=120.0, south=28.0, east=120.5, north=28.3, step=0.1)


def rough(seed: int = 0) -> NDArray[np.float32]:
    field = np.random.default_rng(seed).random(GRID.shape, np.float32)
    field[:70] = np.nan
    return field


def tiers(seed: int = 0) -> NDArray[np.int8]:
    return np.random.default_rng(seed).integers(NOT_APPLICABLE, 5, GRID.shape).astype(np.int8)


def level(content: bytes, n: int | None = None) -> NDArray[Any]:
    with (
        MemoryFile(content) as memory,
        rasterio.open(memory.name, **({} if n is None else {"overview_level": n})) as file,
    ):
        return np.asarray(file.read(1))


def test_a_peak_is_a_cloud_optimised_geotiff() -> None:
    layer = Layer("peak_rain_24h", rough(), GRID, "24 h rain", "mm")
    content = cog(layer)
    with MemoryFile(content) as memory, memory.open() as file:
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert file.overviews(1) == [2, 4]
        assert (file.crs, file.dtypes[0], file.units[0], file.descriptions[0]) == (
            "EPSG:4326",
            "float32",
            "mm",
            "24 h rain",
        )
        assert file.bounds == pytest.approx((120.0, 28.0, 121.3, 29.1))
        assert np.isnan(file.nodata)
    np.testing.assert_array_equal(level(content), layer.values)
    assert cog(layer) == content


@pytest.mark.parametrize(("worst", "reduce"), [("largest", np.nanmax), ("smallest", np.nanmin)])
def test_overviews_keep_the_worst(worst: Any, reduce: Any) -> None:
    field = rough(2)
    content = cog(Layer("x", field, GRID, "x", "1", worst))
    second = level(content, 1)
    assert second.shape == (275, 325)
    blocks = field.reshape(275, 4, 325, 4).swapaxes(1, 2).reshape(275, 325, 16)
    known = ~np.isnan(blocks).all(axis=2)
    np.testing.assert_array_equal(second[known], reduce(blocks[known], axis=1))
    assert np.isnan(second[~known]).all()


def test_a_tier_has_its_colours_and_grey_beats_green_in_the_overviews() -> None:
    content = cog(Layer("tier_wind", tiers(), GRID, "wind", "1", "tier"))
    with MemoryFile(content) as memory, memory.open() as file:
        assert file.nodata == NOWHERE
        colours = file.colormap(1)
    assert colours[4] == (*bytes.fromhex(Tier.RED.colour[1:]), 255)
    assert colours[UNKNOWN][:3] == (0xB8, 0xB8, 0xB8)
    np.testing.assert_array_equal(level(content), tier_bytes(tiers()))
    rank = {NOWHERE: 0, 0: 1, UNKNOWN: 2, 1: 3, 2: 4, 3: 5, 4: 6}
    whole, half = tier_bytes(tiers()), level(content, 0)
    for row in range(0, half.shape[0], 13):
        for column in range(0, half.shape[1], 11):
            four = whole[2 * row : 2 * row + 2, 2 * column : 2 * column + 2].ravel().tolist()
            assert half[row, column] == max(four, key=rank.__getitem__)


def test_a_small_grid_has_no_overviews() -> None:
    content = cog(Layer("x", np.zeros(SMALL.shape, np.float32), SMALL, "x", "1"))
    with MemoryFile(content) as memory, memory.open() as file:
        assert file.overviews(1) == []
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"


@given(
    values=arrays(
        np.float32,
        st.tuples(st.integers(1, 9), st.integers(1, 9)),
        elements=st.floats(0, 9, width=32) | st.just(np.nan),
    )
)
@settings(deadline=None)
def test_halving_loses_no_extreme(values: NDArray[np.float32]) -> None:
    known = values[~np.isnan(values)]
    for worst, reduce in (("largest", max), ("smallest", min)):
        half = worst_of_four(values, worst)  # type: ignore[arg-type]
        assert half.shape == tuple(-(-n // 2) for n in values.shape)
        left = half[~np.isnan(half)]
        assert (left.size > 0) == (known.size > 0)
        assert known.size == 0 or reduce(left) == reduce(known)


def test_netcdf_is_opened_by_xarray_with_cf_names(tmp_path: Path) -> None:
    pytest.importorskip("netCDF4")
    field = np.arange(15, dtype=np.float32).reshape(SMALL.shape)
    field[0, 0] = np.nan
    codes = np.array([[0, 1, 2, 3, 4], [NO_DATA] * 5, [NOT_APPLICABLE] * 5], np.int8)
    found = [
        Layer("peak_rain_24h", field, SMALL, "24 h rain", "mm"),
        Layer("tier_rain", codes, SMALL, "rain", "1", "tier"),
    ]
    content = netcdf(found, attributes={"title": "试"})
    (tmp_path / "grids.nc").write_bytes(content)
    with xr.open_dataset(
        tmp_path / "grids.nc", engine="netcdf4", decode_coords="all", mask_and_scale=False
    ) as data:
        assert data.attrs == {"Conventions": "CF-1.10", "title": "试"}
        np.testing.assert_array_equal(data["peak_rain_24h"].values, field)
        assert data["peak_rain_24h"].attrs["units"] == "mm"
        np.testing.assert_allclose(data["y"], SMALL.latitude)
        assert data["y"].attrs["standard_name"] == "latitude"
        assert "WGS 84" in data["spatial_ref"].attrs["crs_wkt"]
        np.testing.assert_array_equal(data["tier_rain"].values, tier_bytes(codes))
        assert data["tier_rain"].attrs["flag_meanings"].split() == [
            "green",
            "blue",
            "yellow",
            "orange",
            "red",
            "no_data",
        ]
        assert data["tier_rain"].attrs["flag_values"].tolist() == [0, 1, 2, 3, 4, UNKNOWN]


def test_wrong_layers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = Layer("x", np.zeros((2, 2), np.float32), SMALL, "x", "1")
    with pytest.raises(DataError, match="fit the grid"):
        cog(wrong)
    pytest.importorskip("netCDF4")
    right = Layer("x", np.zeros(SMALL.shape, np.float32), SMALL, "x", "1")
    with pytest.raises(DataError, match="one grid"):
        netcdf([right, wrong.__class__("y", np.zeros(GRID.shape), GRID, "y", "1")], attributes={})
    monkeypatch.setitem(sys.modules, "netCDF4", None)
    with pytest.raises(MissingExtraError, match="netCDF4"):
        netcdf([right], attributes={})
