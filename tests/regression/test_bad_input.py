"""Bad input of the flood engine, case by case, from a file or an array through the public door to what a user reads.

Each is either refused, saying where, what was expected, what was found and what to do, or mended and named as a finding.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import xarray as xr
from affine import Affine

import riskmap
from riskmap.errors import CoverageError, DataError, DatumError, GeometryError, RiskmapError, UnitsError
from riskmap.hazard.inundation import (
    Breach,
    Drain,
    Inflow,
    InstabilityError,
    Level,
    OpenEdge,
    Scheme,
    Wall,
    simulate_inundation,
)
from riskmap.io.hydrographs import read_hydrographs
from riskmap.io.inundation_state import read_state, write_state

DEGREES = Affine(1 / 1200, 0.0, 120.0, 0.0, -1 / 1200, 30.0)
METRES = Affine(30.0, 0.0, 200_000.0, 0.0, -30.0, 3_400_000.0)
UTM = "EPSG:32651"


def hills() -> np.ndarray:
    i, j = np.mgrid[:40, :50]
    rough = np.random.default_rng(0).random(i.shape)
    return (300.0 * (1.0 + np.sin(i / 9.0) * np.cos(j / 11.0)) + rough).astype(np.float32)


def file(folder: Path, values: np.ndarray, **profile: Any) -> Path:
    """An elevation model as others write it."""
    unit, scale, bands = profile.pop("unit", None), profile.pop("scale", None), profile.pop("bands", 1)
    given = {"crs": "EPSG:4326", "transform": DEGREES, "dtype": values.dtype} | profile
    path = folder / "dem.tif"
    rows, columns = values.shape
    with rasterio.open(path, "w", driver="GTiff", height=rows, width=columns, count=bands, **given) as out:
        for band in range(1, bands + 1):
            out.write(values, band)
        if unit:
            out.set_band_unit(1, unit)
        if scale:
            out.scales = (scale,) * bands
    return path


def changed(values: Any, at: Any, kind: type = np.float32) -> np.ndarray:
    out = hills().astype(kind)
    out[at] = values
    return out


def blended() -> np.ndarray:
    """A mark that nobody declared, and that a warp has mixed with the ground."""
    wide = np.pad(changed(-9999.0, np.s_[10:20, 10:20]), 1, mode="edge")
    mean = (wide[:-2, 1:-1] + wide[2:, 1:-1] + wide[1:-1, :-2] + wide[1:-1, 2:] + wide[1:-1, 1:-1]) / 5.0
    return np.asarray(mean, np.float32)


def coast() -> np.ndarray:
    out = changed(0.0, np.s_[:, :20])
    out[15:18, 3:6], out[30, 30] = -9999.0, -9999.0
    return out


CENTIMETRES = (hills().astype(np.float64) * 100.0).astype(np.int64).astype(np.int16)

Case = tuple[Callable[[Path], Any], str]

NAMED: dict[str, Case] = {
    "degrees, no vertical unit": (lambda f: file(f, hills()), "no vertical unit: metres are assumed"),
    "feet": (lambda f: file(f, hills(), unit="US survey foot"), "heights in US survey foot: converted"),
    "feet of a compound system": (lambda f: file(f, hills(), crs="EPSG:4269+6360"), "survey foot: converted"),
    "-9999 within the land": (lambda f: file(f, changed(-9999.0, np.s_[5:9, 5:9])), "16 cells of -9999, not declared.*1 voids"),
    "-9999 in whole numbers": (lambda f: file(f, changed(-9999, np.s_[5, 5], np.int16)), "1 cells of -9999, not declared"),
    "-9999 mixed in by a warp": (lambda f: file(f, blended()), "cells below -450 m.*blends"),
    "-999": (lambda f: file(f, changed(-999.0, np.s_[5:9, 5:9])), "16 cells below -450 m.*no data"),
    "-32768": (lambda f: file(f, changed(-32768, np.s_[5, 5], np.int16)), "1 cells of -32768, not declared"),
    "a spike": (lambda f: file(f, changed(4000.0, np.s_[20, 20])), r"1 cells are spikes or pits, at .*\(20, 20\)"),
    "a spike at the border": (lambda f: file(f, changed(4000.0, np.s_[0, 20])), r"spikes or pits, at .*\(0, 20\)"),
    "a spike of two cells": (lambda f: file(f, changed(4000.0, np.s_[20, 20:22])), r"2 cells are spikes.*\(20, 21\)"),
    "a hole": (lambda f: file(f, changed(-400.0, np.s_[20, 20])), r"1 cells are spikes or pits, at .*\(20, 20\)"),
    "no data in the land": (lambda f: file(f, changed(-9999.0, np.s_[5:9, 5:9]), nodata=-9999.0), "1 voids in the land, 16 cells"),
    "infinite cells": (lambda f: file(f, changed(np.inf, np.s_[5, 5])), "1 infinite cells"),
    "bytes that are full": (lambda f: file(f, np.minimum(hills(), 255).astype(np.uint8)), "cells of 255, the largest number"),
    "65535 in centimetres": (lambda f: file(f, changed(65535, np.s_[5, 5], np.uint16), unit="cm"), "1 cells of 65535, not declared"),
    "cells that are not square": (lambda f: file(f, hills(), crs=UTM, transform=METRES @ Affine.scale(1, 3)), "not square: 30 across, 90"),
    "south-up": (lambda f: file(f, hills(), transform=Affine(1 / 1200, 0, 120, 0, 1 / 1200, 30)), "south to north: turned"),
    "Web Mercator": (lambda f: file(f, hills(), crs="EPSG:3857", transform=Affine(30, 0, 1.33e7, 0, -30, 3.5e6)), "stretches lengths, 1.156"),
    "many bands": (lambda f: file(f, hills(), bands=3), "3 bands: heights are read from the first"),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
def test_what_can_be_mended_is_named(name: str, tmp_path: Path) -> None:
    make, words = NAMED[name]
    data = riskmap.read_dem(str(make(tmp_path)))
    assert re.search(words, data.attrs["findings"], re.DOTALL), data.attrs["findings"]
    ground = data["surface_altitude"].values
    assert np.nanmin(ground) > -2.0  # nothing that is no ground is left but blends
    assert np.nanmax(ground) < 700.0


def test_voids_at_the_sea_are_sea_and_those_of_the_land_are_not(tmp_path: Path) -> None:
    data = riskmap.read_dem(file(tmp_path, coast(), nodata=-9999.0), sea="low")
    assert "9 cells of it have no data: voids at the sea" in data.attrs["findings"]
    assert "1 voids in the land, 1 cells" in data.attrs["findings"]
    assert data["sea"].values[16, 4]
    assert not data["sea"].values[30, 30]


REFUSED_FILES: dict[str, tuple[Callable[[Path], Any], type[RiskmapError], str]] = {
    "feet beyond all ground": (lambda f: file(f, hills() * 30), UnitsError, "give vertical_units"),
    "an unknown unit": (lambda f: file(f, hills(), unit="fathom"), UnitsError, "fathom"),
    "9999": (lambda f: file(f, changed(9999.0, np.s_[5, 5])), UnitsError, "9999 in row 5, column 5"),
    "whole numbers that wrapped": (lambda f: file(f, CENTIMETRES, scale=0.01), DataError, "wrapped around in int16"),
    "the same in a unit": (lambda f: file(f, CENTIMETRES, unit="cm"), DataError, "wrapped around in int16"),
    "without a sign": (lambda f: file(f, changed([[65530, 65531]], np.s_[4:6, 4:6], np.uint16)), DataError, "without a sign"),
    "no height at all": (lambda f: file(f, hills() * np.nan), DataError, "no height at all"),
    "complex numbers": (lambda f: file(f, hills().astype(np.complex64)), DataError, "cannot be heights"),
    "no coordinate system": (lambda f: file(f, hills(), crs=None), DatumError, "declares no coordinate system"),
    "a local system": (lambda f: file(f, hills(), transform=METRES, crs='LOCAL_CS["here",UNIT["metre",1]]'), DatumError, "not on the Earth"),
    "metres as degrees": (lambda f: file(f, hills(), transform=METRES), GeometryError, "that are no degrees"),
    "degrees as metres": (lambda f: file(f, hills(), crs=UTM), GeometryError, "too small to be metres"),
    "rotated": (lambda f: file(f, hills(), crs=UTM, transform=METRES @ Affine.rotation(9)), GeometryError, "rotated"),
}  # fmt: skip


def told(error: RiskmapError) -> None:
    """A message has its four parts."""
    assert error.where
    assert error.expected
    assert error.found
    assert error.remedy


@pytest.mark.parametrize("name", REFUSED_FILES)
def test_a_file_that_cannot_be_mended_is_refused(name: str, tmp_path: Path) -> None:
    make, kind, words = REFUSED_FILES[name]
    with pytest.raises(kind, match=words) as caught:
        riskmap.read_dem(make(tmp_path))
    told(caught.value)


def plane(**axes: Any) -> xr.DataArray:
    """Rough ground of 20 x 30 cells of 30 m."""
    metres = {"units": "m"}
    given = {
        "y": ("y", 30.0 * np.arange(20)[::-1], metres),
        "x": ("x", 30.0 * np.arange(30), metres),
    } | axes
    z = np.random.default_rng(1).random((20, 30)) * 5.0
    return xr.DataArray(z, dims=("y", "x"), coords=given, attrs=metres)


def rain(
    rates: list[float], *, hours: list[int] | None = None, east: float = 0.0, **axes: Any
) -> xr.DataArray:
    """Rain of every hour on three by three coarse cells."""
    at = np.datetime64("2024-07-01T00") + np.array(hours or range(len(rates))) * np.timedelta64(1, "h")
    metres = {"units": "m"}
    given = {
        "time": at,
        "y": ("y", [700.0, 300.0, -100.0], metres),
        "x": ("x", np.array([-100.0, 450.0, 1000.0]) + east, metres),
    } | axes
    values = np.array(rates)[:, None, None] * np.ones((1, 3, 3))
    return xr.DataArray(values, dims=("time", "y", "x"), coords=given, attrs={"units": "mm h-1"})


def flood(ground: xr.DataArray | None = None, *, hours: float = 1.0, **more: Any) -> xr.Dataset:
    return simulate_inundation(plane() if ground is None else ground, hours=hours, **more)


DEGREE_AXES = {
    "y": ("y", [700.0, 300.0, -100.0], {"units": "degrees_north"}),
    "x": ("x", [-100.0, 450.0, 1000.0], {"units": "degrees_east"}),
}
POLE = {
    "y": ("y", 100.0 - np.arange(20), {"units": "degrees_north"}),
    "x": ("x", np.arange(30.0), {"units": "degrees_east"}),
}

REFUSED_RUNS: dict[str, tuple[Callable[[], Any], type[RiskmapError], str]] = {
    "rain elsewhere": (lambda: flood(rain=rain([9.0], east=5000.0)), CoverageError, "rain: does not reach over the heights"),
    "rain of a part": (lambda: flood(rain=rain([9.0], east=-600.0)), CoverageError, "rain: does not reach over the heights in x"),
    "rain in degrees": (lambda: flood(rain=rain([9.0], **DEGREE_AXES)), CoverageError, "in other units"),
    "rain that ends early": (lambda: flood(rain=rain([9.0, 9.0]), hours=10.0), CoverageError, "ends before the run"),
    "rain with a gap": (lambda: flood(rain=rain([9.0] * 4, hours=[0, 1, 5, 6]), hours=7.0), DataError, "gap in the rain"),
    "rain out of order": (lambda: flood(rain=rain([9.0] * 3, hours=[0, 2, 1])), DataError, "times do not rise"),
    "negative rain": (lambda: flood(rain=rain([9.0, -1.0]), hours=2.0), DataError, "T01.*negative or missing"),
    "no rain rate": (lambda: flood(rain=rain([np.nan])), DataError, "negative or missing"),
    "a negative rate": (lambda: flood(rain=-1.0), DataError, "not a rain rate"),
    "rain in other words": (lambda: flood(rain=rain([9.0]).rename(x="lon")), DataError, "rain: not the field"),
    "rain in mm": (lambda: flood(rain=rain([9.0]).assign_attrs(units="mm")), UnitsError, "mm h-1"),
    "heights in feet": (lambda: flood(plane().assign_attrs(units="ft"), rain=1.0), UnitsError, "0.3048"),
    "heights in nothing": (lambda: flood(plane().drop_attrs(), rain=1.0), UnitsError, "in none"),
    "-9999 as a height": (lambda: flood(plane().where(plane() > 0.1, -9999.0).assign_attrs(units="m"), rain=1.0), UnitsError, "-9999"),
    "south-up heights": (lambda: flood(plane().sortby("y"), rain=1.0), DataError, "not north-up"),
    "beyond the pole": (lambda: flood(plane(**POLE), rain=1.0), DataError, "beyond the poles"),
    "an array without labels": (lambda: simulate_inundation(np.zeros((3, 3)), hours=1.0), DataError, "elevation: not the field"),  # type: ignore[arg-type]
    "Strickler's roughness": (lambda: flood(rain=1.0, manning=30.0), DataError, "1 / n"),
    "a hydrograph with a gap": (lambda: flood(inflows=[Inflow([(1, 1)], [0.0, 9.0], [1.0, np.nan], where="river")]), DataError, "river: a gap"),
    "a negative hydrograph": (lambda: flood(inflows=[Inflow([(1, 1)], [0.0, 9.0], [1.0, -1.0], where="river")]), DataError, "a Drain"),
    "a hydrograph without times": (lambda: flood(inflows=[Inflow([(1, 1)], [0.0, np.nan], [1.0, 1.0])]), DataError, "a time that is none"),
    "a hydrograph nowhere": (lambda: flood(inflows=[Inflow([], [0.0], [1.0])]), DataError, "no cells"),
    "a hydrograph off the grid": (lambda: flood(inflows=[Inflow([(1, 99)], [0.0], [1.0])]), CoverageError, "off the grid"),
    "a wall off the grid": (lambda: flood(walls=[Wall([(99, 1, "east")], 9.0, where="dyke")]), CoverageError, "dyke, face: off the grid"),
    "a crest that is a mark": (lambda: flood(walls=[Wall([(1, 1, "east")], -9999.0)]), DataError, "no wall has"),
    "a crest that is not known": (lambda: flood(walls=[Wall([(1, 1, "east")], np.nan)]), DataError, "leave it out"),
    "a breach that is not known": (lambda: flood(walls=[Wall([(1, 1, "east")], 9.0, Breach(np.nan, 0.0))]), DataError, "breach"),
    "a pump off the grid": (lambda: flood(drains=[Drain((99, 1), 1.0)]), CoverageError, "off the grid"),
    "an edge that rises": (lambda: flood(edges=[OpenEdge([(1, 1)], -0.1, "x")]), DataError, "not a slope"),
    "a tide with a gap": (lambda: flood(levels=[Level([(1, 1)], [0.0, 9.0], [1.0, np.nan], where="tide")]), DataError, "tide: a gap"),
    "a step that becomes nothing": (lambda: flood(depth=5.0, scheme=Scheme(shortest=60.0)), InstabilityError, "row 0, column 0, after 0.0 s: the step"),
    "a tide in centimetres": (lambda: flood(levels=[Level([(1, 1)], [0.0], [900.0])]), InstabilityError, "row 1, column 1, after 10.0 s"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED_RUNS)
def test_a_run_that_cannot_be_is_refused(name: str) -> None:
    call, kind, words = REFUSED_RUNS[name]
    with pytest.raises(kind, match=words) as caught:
        call()
    told(caught.value)


def test_a_hydrograph_file_with_a_gap_names_its_row(tmp_path: Path) -> None:
    path = tmp_path / "river.csv"
    head = "name,longitude,latitude,time,discharge_m3s\n"
    row = "A,120.1,28.1,2024-07-01T{:02d}:00+08:00,{}\n"
    path.write_text(head + row.format(0, 5) + row.format(9, 7), encoding="utf-8")
    with pytest.raises(DataError, match=r"line 3.*A: a gap in the series") as caught:
        read_hydrographs(path)
    told(caught.value)


@pytest.mark.parametrize(("burst", "kept"), [(7500.0, 7200.0), (300.0, 0.0)])
def test_an_unstable_run_names_place_and_time_and_leaves_its_last_good_state(
    burst: float, kept: float, tmp_path: Path
) -> None:
    river = Inflow([(4, 7)], [0.0, burst, burst + 60.0, 1e5], [1.0, 1.0, 1e8, 1e8])
    path = tmp_path / "state.npz"

    def run(hours: float, **more: Any) -> xr.Dataset:
        return flood(rain=10.0, hours=hours, inflows=[river], **more)

    with pytest.raises(InstabilityError) as caught:
        run(4.0, checkpoint=lambda state: write_state(path, state))
    error = caught.value
    told(error)
    assert (error.row, error.column) == (4, 7)
    assert burst < error.time < burst + 120.0
    assert error.checkpoint is not None
    assert kept <= error.checkpoint["time"] < burst + 60.0
    assert path.exists() == (burst > 3600.0)
    state = read_state(path) if path.exists() else error.checkpoint
    whole = run((burst - 60.0) / 3600.0) if not path.exists() else None
    if whole is not None:  # what is left goes on with the same bits
        assert whole.identical(run((burst - 60.0) / 3600.0, resume=state))
    else:
        assert state["time"] == error.checkpoint["time"]


def test_a_state_of_another_ground_is_refused() -> None:
    states: list[dict[str, Any]] = []
    flood(rain=10.0, checkpoint=states.append)
    for other in (plane()[:10], (plane() + 0.5).assign_attrs(units="m")):
        with pytest.raises(DataError, match="another ground") as caught:
            flood(other, hours=2.0, rain=10.0, resume=states[0])
        told(caught.value)
    with pytest.raises(DataError, match="ends before it starts") as caught:
        flood(hours=0.5, rain=10.0, resume=states[0])
    told(caught.value)


JUNK = {
    "other.csv": b"a,b\n1,2\n",
    "empty.csv": b"",
    "binary.csv": b"\xff\xfe\x00\x01" * 50,
    "torn.toml": b"[[",
    "torn.json": b"{",
}
MORE: dict[str, dict[str, Any]] = {
    "read_members": {"averaging_period": 600.0},
    "read_readings": {"gauges": ()},
    "read_relief": {"grid": riskmap.Grid.from_bounds(west=120, south=28, east=121, north=29, step=0.1)},
    "read_track": {"format": "cma", "storm": "202106"},
}
"""What a reader must be told besides the path."""


NO_FILES = {"read_basemap", "read_palette"}  # these take a box and colours


@pytest.mark.parametrize("name", [n for n in riskmap.__all__ if n.startswith("read_") and n not in NO_FILES])
def test_every_reader_names_junk_and_takes_paths_of_both_kinds(name: str, tmp_path: Path) -> None:
    for file_name, content in JUNK.items():
        (tmp_path / file_name).write_bytes(content)
    for file_name in (*JUNK, "missing.csv", "."):
        for path in (tmp_path / file_name, str(tmp_path / file_name)):
            with pytest.raises(RiskmapError) as caught:
                getattr(riskmap, name)(path, **MORE.get(name, {}))
            assert str(caught.value)
