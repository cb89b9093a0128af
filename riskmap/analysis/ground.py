"""What the relief does to wind and rain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.analysis.inputs import Inputs
from riskmap.hazard.rain import fallen, tcr_rain
from riskmap.hazard.rain_models import precede
from riskmap.hazard.rain_models.precedence import FineRainSource
from riskmap.hazard.storm.swath import StormHour
from riskmap.hazard.surface import (
    HILL_ROUGHNESS,
    LAND_ROUGHNESS,
    RELIEF_CELL,
    Surface,
    surface_of,
)
from riskmap.terrain.relief import Slope, flash_flood_terrain, lifting_slope


@dataclass(frozen=True, eq=False)
class Ground:
    """What the relief does to wind and rain, all (y, x); all sea and flat without one."""

    land: NDArray[np.bool_]
    surface: Surface
    slope: Slope
    possible: NDArray[np.bool_]


def ground_of(inputs: Inputs) -> Ground:
    """Land, surface and slopes of the relief; all sea and flat without one."""
    grid, period = inputs.grid, int(inputs.track.attrs["averaging_period"])
    if inputs.altitude is None:
        flat, nowhere = np.zeros(grid.shape), np.zeros(grid.shape, np.bool_)
        return Ground(nowhere, surface_of(grid, land=nowhere, period=period), (flat, flat), nowhere)
    altitude, hills = inputs.altitude.values, flash_flood_terrain(inputs.altitude.values, grid)
    roughness = np.where(hills, HILL_ROUGHNESS, LAND_ROUGHNESS)
    if inputs.roughness is not None:
        roughness = inputs.roughness.fillna(xr.DataArray(roughness, dims=("y", "x"))).values
    surface = surface_of(
        grid, land=~np.isnan(altitude), altitude=altitude, roughness=roughness,
        relief_cell=float(inputs.altitude.attrs.get("cell", RELIEF_CELL)), period=period,
    )  # fmt: skip
    return Ground(~np.isnan(altitude), surface, lifting_slope(altitude, grid), hills)


def rain_of(inputs: Inputs, ground: Ground) -> Callable[[np.datetime64, StormHour], NDArray[np.float32]]:
    """Rain of an hour [mm], (y, x): gridded where there is some, by the model elsewhere."""
    grid, source = inputs.grid, inputs.rain_source
    tcr = None
    if inputs.rain_model == "tcr":
        tcr = tcr_rain(inputs.track, grid, model=inputs.wind, slope=ground.slope, land=ground.land)

    def rain(hour: np.datetime64, storm: StormHour) -> NDArray[np.float32]:
        modelled = fallen(storm, grid) if tcr is None else tcr.hour(hour, storm)
        return precede(None if source is None else source.hour(hour), modelled)[0]

    return rain


def sub_hours(inputs: Inputs, hour: np.datetime64, count: int) -> list[NDArray[np.float32]] | None:
    """Gridded rain of even parts of an hour [mm], (y, x) each; None where nothing finer than the hour is known."""
    if count == 1 or inputs.rain_source is None:
        return None
    return cast(FineRainSource, inputs.rain_source).parts(hour, count)


RAIN_MODEL_WORDS = {
    "rcliper": ("R-CLIPER+地形抬升", "R-CLIPER + upslope"),
    "ipet": ("IPET+地形抬升", "IPET + upslope"),
    "tcr": ("TCR物理模型", "the physical model TCR"),
}


def rain_note(inputs: Inputs) -> tuple[str, str]:
    """What every product says of its rain."""
    chinese, english = RAIN_MODEL_WORDS[inputs.rain_model]
    if inputs.rain_source is None:
        return f"雨量为参数化模型估算({chinese}),非实况观测", f"Rain is parametric ({english}), not observed"
    return (
        f"雨量优先取所给格点资料,其余格点和时次为参数化模型估算({chinese})",
        f"Rain is that of the given grids where they have some, else parametric ({english})",
    )
