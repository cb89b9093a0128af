"""The whole chain, from a file to watersheds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from riskmap import bundled
from riskmap.errors import DataError
from riskmap.io.dem import read_dem
from riskmap.terrain.layers import drainage_layers, shape_layers, watershed_layers
from riskmap.terrain.streams import Network, stream_links


@pytest.fixture(scope="module")
def relief() -> xr.Dataset:
    return read_dem(bundled("relief/zhejiang_srtm30_land_1-48deg.tif"))


@pytest.fixture(scope="module")
def layers(relief: xr.Dataset) -> xr.Dataset:
    return drainage_layers(relief, stream_area=200e6)


def check(dem: xr.Dataset, found: xr.Dataset) -> None:
    """Laws that hold for any ground."""
    ground = dem["surface_altitude"].notnull() & ~dem["sea"]
    filled, height = found["filled_altitude"], found["height_above_drainage"]
    assert bool((filled.notnull() == ground).all())
    assert bool((height.notnull() == ground).all())
    assert bool((filled.where(ground) >= dem["surface_altitude"]).where(ground, True).all())
    assert float(height.min()) >= 0.0
    assert bool((height.where(found["stream"], 0.0) == 0.0).all())
    codes = found["flow_direction"].values
    network = Network.of(codes, dx=found["cell_width"].values, dy=found.attrs["cell_height"])
    leaves = (network.below == np.arange(network.below.size)).reshape(network.shape)
    area = found["cell_width"].values * found.attrs["cell_height"]
    whole = (area[:, None] * ground.values).sum()
    assert found["upstream_area"].values[leaves].sum() == pytest.approx(whole, rel=1e-12)


def test_the_bundled_relief_drains(relief: xr.Dataset, layers: xr.Dataset) -> None:
    check(relief, layers)
    assert 300 < int(layers["stream"].sum()) < 20_000
    assert layers["height_above_drainage"].attrs["units"] == "m"
    assert np.array_equal(layers["y"], relief["y"])


def test_its_watersheds_are_small_and_whole(layers: xr.Dataset) -> None:
    label, table = watershed_layers(layers)
    assert float(table["area"].max()) < 200e6
    assert bool(((label > 0) == layers["filled_altitude"].notnull()).all())
    assert table["outlet_y"].attrs["standard_name"] == "latitude"
    assert float(table["outlet_y"].min()) > 26.0
    assert float(table["main_drop"].min()) >= 0.0
    shape = shape_layers(layers)
    assert bool((shape["wetness_index"].notnull() == layers["filled_altitude"].notnull()).all())
    assert float(shape["slope"].max()) < 1.0


def test_chunks_give_the_same_bits(relief: xr.Dataset, layers: xr.Dataset) -> None:
    pytest.importorskip("dask.array")
    lazy = drainage_layers(relief.chunk({"y": 150, "x": 170}), stream_area=200e6)
    for name in ("filled_altitude", "flow_direction", "upstream_area", "height_above_drainage"):
        assert hasattr(lazy[name].data, "dask")
        assert np.array_equal(lazy[name].values, layers[name].values, equal_nan=True), name
    shape, whole = shape_layers(lazy), shape_layers(layers)
    for name in whole.data_vars:
        assert hasattr(shape[name].data, "dask")
        assert shape[name].attrs["units"] == whole[name].attrs["units"]
        assert np.array_equal(shape[name].values, whole[name].values, equal_nan=True), name


def test_a_coast_and_mountains_at_90_m_drain(shared_data: Path) -> None:
    dem = read_dem(shared_data / "dem" / "N37W123.hgt", sea="low")
    found = drainage_layers(dem)
    check(dem, found)
    network = Network.of(
        found["flow_direction"].values, dx=found["cell_width"].values, dy=found.attrs["cell_height"]
    )
    link, table = stream_links(
        network, found["stream"].values, found["filled_altitude"].values, found["upstream_area"].values
    )
    assert int(table["strahler_order"].max()) >= 4
    assert int(link.max()) == table.sizes["link"]
    assert float(table["drop"].min()) >= 0.0


def test_inland_ground_at_90_m_drains_as_others_have_it(shared_data: Path) -> None:
    pyflwdir: Any = pytest.importorskip("pyflwdir")
    dem = read_dem(shared_data / "dem" / "hydrosheds_3sec_texas.tif")
    found = drainage_layers(dem, stream_area=5e6)
    check(dem, found)
    codes = found["flow_direction"].values
    theirs = pyflwdir.from_array(np.where(codes == 255, 247, codes).astype(np.uint8), ftype="d8")
    heights = theirs.hand(drain=found["stream"].values, elevtn=found["filled_altitude"].values)
    assert found["height_above_drainage"].values == pytest.approx(heights, abs=1e-4)


def test_breached_banks_raise_the_ground_less(relief: xr.Dataset, layers: xr.Dataset) -> None:
    dug = drainage_layers(relief, stream_area=200e6, pits="breach")
    check(relief.assign(surface_altitude=np.fmin(relief["surface_altitude"], dug["filled_altitude"])), dug)
    ground = relief["surface_altitude"].where(~relief["sea"])
    raised = [float((found["filled_altitude"] - ground).clip(0).sum()) for found in (dug, layers)]
    assert raised[0] < raised[1]


def test_cells_without_sides_are_refused(relief: xr.Dataset) -> None:
    with pytest.raises(DataError, match="sides of the cells"):
        drainage_layers(relief.drop_vars("cell_width"))
    with pytest.raises(DataError, match="missing variable"):
        drainage_layers(relief.drop_vars("surface_altitude"))


WRONG = {
    "an array": (
        lambda dem, _: drainage_layers(dem["surface_altitude"]),
        "expected a Dataset; found DataArray",
    ),
    "no area": (lambda dem, _: drainage_layers(dem, stream_area=0.0), "stream_area"),
    "an unknown area": (lambda dem, _: drainage_layers(dem, stream_area=np.nan), "no area of streams"),
    "no layers to cut": (lambda dem, _: watershed_layers(dem), "drainage_layers: layers are missing"),
    "no layers to shape": (lambda dem, _: shape_layers(dem), "drainage_layers: layers are missing"),
    "no size": (lambda _, layers: watershed_layers(layers, max_area=-1.0), "max_area"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_not_given_is_named(name: str, relief: xr.Dataset, layers: xr.Dataset) -> None:
    call, words = WRONG[name]
    with pytest.raises(DataError, match=words):
        call(relief, layers)
