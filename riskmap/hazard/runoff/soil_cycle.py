"""The soil's water from one cycle to the next: labelled states, rain let in hour by hour, nothing missed or counted twice."""

from __future__ import annotations

import numpy as np
import xarray as xr

from riskmap.errors import CoverageError
from riskmap.hazard.runoff.soil_water import JMA, TankConstants, soil_state, soil_water_step, tanks_of


def let_in(state: xr.Dataset, rain: xr.DataArray, *, constants: TankConstants = JMA) -> xr.Dataset:
    """The state after the rain of some steps; the one given stays as it is.

    Parameters
    ----------
    state : Dataset (y, x)
        See ``soil_state``; goes on by the method that made it.
    rain : DataArray (time, y, x)
        Rain of the step that ends at each time [mm], on the state's cells. The first step begins at the state's time.
        May be lazy: it is taken step by step.

    Raises
    ------
    CoverageError
        Rain on other cells, or steps that do not follow on the state or on each other.
    DataError
        Negative rain.

    Examples
    --------
    >>> from riskmap.hazard.runoff import SoilTanks
    >>> axes = {"y": [30.0], "x": [120.0]}
    >>> state = soil_state(SoilTanks.filled((1, 1)), axes, np.datetime64("2021-07-25T00"))
    >>> times = np.array(["2021-07-25T01", "2021-07-25T02"], "datetime64[ns]")
    >>> rain = xr.DataArray(np.full((2, 1, 1), 30.0), dims=("time", "y", "x"), coords={"time": times, **axes})
    >>> soil_index(let_in(state, rain)).values.tolist()
    [[58.5]]
    """
    for axis in ("y", "x"):
        ours, theirs = state[axis].values, rain[axis].values
        if len(ours) != len(theirs) or not np.allclose(ours, theirs, rtol=0.0, atol=1e-9):
            raise CoverageError(
                "rain on other cells than the soil state", where=f"rain, {axis}",
                expected=f"{len(ours)} cells from {float(ours[0])} to {float(ours[-1])}",
                found=f"{len(theirs)} cells from {float(theirs[0])} to {float(theirs[-1])}",
                remedy="bring the rain onto the state's grid",
            )  # fmt: skip
    times, begin = rain["time"].values, state["time"].values
    steps = np.diff(times, prepend=begin) / np.timedelta64(1, "s")
    if len(times) == 0 or (steps != steps[-1]).any() or steps[-1] <= 0.0:
        raise CoverageError(
            "rain that does not follow on the soil state", where="rain, time",
            expected=f"even steps, the first from {begin.astype('datetime64[s]')}",
            found=", ".join(str(t.astype("datetime64[s]")) for t in times[:3]) or "no rain",
            remedy="give the rain since the state, every step, NaN where unknown",
        )  # fmt: skip
    method = state.attrs["method"]
    tanks = tanks_of(state, method=method, constants=constants)
    for k in range(len(times)):
        amount = np.asarray(rain.isel(time=k).transpose("y", "x").values)
        soil_water_step(tanks, amount, hours=steps[k] / 3600.0, method=method, constants=constants)
    axes: dict[str, object] = {str(name): state.coords[name] for name in state.coords if name != "time"}
    return soil_state(tanks, axes, times[-1], method=method, constants=constants)


def soil_index(state: xr.Dataset) -> xr.DataArray:
    """Soil-water index of a state (y, x) [mm]."""
    tanks = tanks_of(state, method=state.attrs["method"], constants=_any(state))
    axes = {name: state.coords[name] for name in state.coords}
    return xr.DataArray(
        tanks.index, dims=("y", "x"), coords=axes, name="soil_water_index",
        attrs={"units": "mm", "long_name": "soil-water index (土壤雨量指数)", "constants": state.attrs["constants"]},
    )  # fmt: skip


def _any(state: xr.Dataset) -> TankConstants:
    """Constants of the state's version: for the sum of the tanks it does not matter which."""
    return TankConstants(str(state.attrs["constants"]), JMA.side, JMA.bottom, JMA.height)
