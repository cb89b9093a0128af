"""A storm against a table of sea walls: surge, tide and waves put together, and what could not be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.errors import DatumError
from riskmap.hazard.sea_wall.sections import Breach, assess_sections
from riskmap.hazard.storm.model import DEFAULT, WindModel
from riskmap.hazard.surge.dynamic import Level, simulate_surge
from riskmap.hazard.surge.solver import GARRATT, Drag
from riskmap.hazard.waves import waves


def storm_sections(
    track: xr.Dataset, walls: xr.Dataset, tide: xr.DataArray, times: NDArray[np.datetime64], *, shelf: Level,
    coast: Level | None = None, model: WindModel = DEFAULT, drag: Drag = GARRATT, breaches: Sequence[Breach] = (),
    shifts: Mapping[tuple[str, str], float] | None = None, design: bool = False,
    risen: NDArray[np.float64] | None = None, sea: xr.Dataset | None = None,
) -> xr.Dataset:  # fmt: skip
    """What each section of sea wall meets in a storm.

    Parameters
    ----------
    track : Dataset (time)
        Complete.
    walls : Dataset (section)
        See ``riskmap.io.sea_walls.read_sea_walls``; ``station`` names the tide station of each.
    tide : DataArray (time, station)
        Astronomical tide [m] at ``times``, attribute ``height_datum``.
    times : datetime64 (time,), UTC
    shelf, coast : Level
        Grids of the surge, see ``simulate_surge``; waves run over the finer.
    breaches, shifts, design
        See ``assess_sections``.
    risen : float array (time, section), optional
        Surge [m] at the sections, where it has been computed before.
    sea : Dataset (time, point), optional
        Waves at the sections in their order, where they have been computed before; see ``riskmap.hazard.waves.waves``.

    Returns
    -------
    Dataset (section, time)
        As ``assess_sections``, with ``storm_surge`` and ``astronomical_tide`` [m]. Attribute ``lacking``: one line a section
        that is unknown, and why; its values are NaN.

    Raises
    ------
    DatumError
        The tide does not say above what it counts, or above another datum than a wall.
    CoverageError, DataError
        See ``simulate_surge`` and ``assess_sections``.
    """
    if "height_datum" not in tide.attrs:
        raise DatumError(
            "a tide without its height datum", where="astronomical tide", expected="1985 | wusong | station | msl",
            found="nothing", remedy="read it with datum=..., or set attrs['height_datum']",
        )  # fmt: skip
    points = xr.Dataset({name: ("point", walls[name].values) for name in ("latitude", "longitude")})
    if risen is None:
        surge = simulate_surge(track, shelf, points, times, coast=coast, model=model, drag=drag)
        risen = surge["storm_surge"].values
    inner = shelf if coast is None else coast
    if sea is None:
        sea = waves(track, inner.depth, inner.grid, points, times, model=model)
    stations = [str(code) for code in tide["station"].values]
    levels = np.full((len(times), walls.sizes["section"]), np.nan)
    for n, code in enumerate(walls["station"].values):
        if str(code) in stations:
            levels[:, n] = tide.isel(station=stations.index(str(code))).values
    labels: dict[str, Any] = {"time": times, "section": walls["section"].values}
    still = xr.DataArray(
        levels + risen,
        dims=("time", "section"),
        coords=labels,
        attrs={"height_datum": tide.attrs["height_datum"]},
    )
    at_walls = xr.Dataset(
        {name: (("time", "section"), sea[name].values) for name in ("significant_wave_height", "peak_period", "wave_from")},
        coords=labels,
    )  # fmt: skip
    found = assess_sections(walls, still, at_walls, breaches=breaches, shifts=shifts, design=design)
    units = {"units": "m"}
    return found.assign(
        storm_surge=(("section", "time"), risen.T, units), astronomical_tide=(("section", "time"), levels.T, units)
    ).assign_attrs(lacking=_lacking(walls, levels, risen, sea["wind_speed"].values))  # fmt: skip


def _lacking(
    walls: xr.Dataset,
    levels: NDArray[np.float64],
    risen: NDArray[np.float64],
    wind: NDArray[np.float64],
) -> list[str]:
    """One line a section that is unknown in some hour."""
    reasons = (
        (wind, "lies off the grid"),
        (risen, "lies over 20 km from the sea of the grid"),
        (levels, "has no tide: its station is not in the table or has gaps"),
    )
    found = []
    for n, (code, station) in enumerate(zip(walls["section"].values, walls["station"].values, strict=True)):
        for values, words in reasons:
            if np.isnan(values[:, n]).any():
                found.append(f"sea wall {code} (station {station or 'none'}) {words}")
                break
    return found
