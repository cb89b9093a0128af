"""Storm surge at coastal points: inverse barometer plus wind set-up over the shelf, quasi-static.

No dynamics, no waves, no tide: the water is taken to follow the wind at once and cannot escape sideways, so that
the figure is an upper estimate, above all between islands. The shelf is the bundled 0.1 degree bathymetry, too
coarse for the inner Hangzhou Bay. So the surge is drawn, and coloured only where the
user supplies warning levels and the astronomical tide.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.hazard.profiles import AIR_DENSITY
from riskmap.hazard.storm.model import DEFAULT, WindModel
from riskmap.hazard.storm.swath import storm_hours
from riskmap.track import interpolate
from riskmap.within import require_within

WATER_DENSITY: Final = 1025.0
"""[kg m-3]"""
GRAVITY: Final = 9.80665
"""[m s-2]"""
DRAG_CAP: Final = 0.0035
"""Cap on Garratt's (1977) drag coefficient; the default of ADCIRC and GeoClaw."""
FETCH: Final = 400e3
"""Upwind distance over which set-up is integrated [m]: beyond it the shelf is too deep to matter."""
FETCH_STEP: Final = 2e3
"""[m]"""
REACH_TO_SEA: Final = 20e3
"""How far [m] a point may lie from the first wet cell of the 0.1 degree chart, and how long an island may be that
does not end the fetch (status D)."""
DEPTH_FLOOR: Final = 8.0
"""The chart's depths fall to nothing at the shore and over tidal flats, where set-up would grow without bound;
the mean depth of Hangzhou Bay is 8 to 10 m (status M)."""


def inverse_barometer(pressure: NDArray[np.floating], environmental_pressure: float) -> NDArray[np.float64]:
    """Rise of the sea [m] under low pressure [Pa]: (pn - p) / (rho g), about 1 cm a hPa.

    Examples
    --------
    >>> round(float(inverse_barometer(np.array(96_500.0), 101_000.0)), 3)
    0.448
    """
    for name, values in (
        ("pressure [Pa]", pressure),
        ("environmental pressure [Pa]", environmental_pressure),
    ):
        require_within(
            values, name, where="inverse_barometer", least=5e4, most=1.2e5, remedy="multiply hPa by 100"
        )
    return (environmental_pressure - np.asarray(pressure, np.float64)) / (WATER_DENSITY * GRAVITY)


def storm_surge(
    track: xr.Dataset, depth: xr.DataArray, grid: Grid, points: xr.Dataset, times: NDArray[np.datetime64], *,
    model: WindModel = DEFAULT,
) -> xr.Dataset:  # fmt: skip
    """Surge at coastal points.

    Parameters
    ----------
    track : Dataset (time)
    depth : DataArray (y, x)
        Depth of the sea below mean level [m] on ``grid``, <= 0 on land.
    points : Dataset (point)
        ``latitude``, ``longitude`` [degrees], ``region`` (code).
    times : datetime64 (time,)

    Returns
    -------
    Dataset
        ``storm_surge`` (time, point) [m] above the undisturbed level, NaN outside the chart, with its parts
        ``inverse_barometer`` and ``wind_set_up``; the points' own variables.

    References
    ----------
    Set-up d(eta)/dx = tau / (rho g (h + eta)) over a real shelf profile, tau = rho_a Cd V^2; Garratt (1977),
    MWR 105, 915. Dean and Dalrymple (1991), ch. 5, gives the closed form on a plane that the tests compare with.

    Examples
    --------
    In-Fa at the coast of a made sea, 20 m deep east of 122 E: wind onshore in the north, offshore in the south.

    >>> import riskmap as rm
    >>> infa = rm.read_track(rm.bundled("tracks/jma_bst_zhejiang_2015_2021.txt"), format="jma", storm="2106")
    >>> grid = rm.Grid.from_bounds(west=118, south=25, east=127, north=33, step=0.2)
    >>> depth = xr.DataArray(np.where(grid.longitude > 122, 20.0, -50.0) * np.ones(grid.shape), grid.coordinates, ("y", "x"))
    >>> coast = xr.Dataset({"latitude": ("point", [30.5, 28.5]), "longitude": ("point", [122.05, 122.05])})
    >>> surge = storm_surge(rm.complete(infa), depth, grid, coast, np.array(["2021-07-25T00"], "M8[s]"))
    >>> surge["storm_surge"].values.round(1).tolist(), surge["wind_set_up"].values.round(1).tolist()  # m
    ([[1.6, 0.1]], [[1.5, 0.0]])
    """
    from riskmap._kernels import surge as kernel

    latitude, longitude = (points[name].values.astype(np.float64) for name in ("latitude", "longitude"))
    chart = np.ascontiguousarray(depth.values, np.float64)
    rows = (grid.latitude[0] - latitude) / -grid.transform.e
    columns = (longitude - grid.longitude[0]) / grid.transform.a
    i = np.clip(np.round(rows).astype(int), 0, grid.shape[0] - 1)
    j = np.clip(np.round(columns).astype(int), 0, grid.shape[1] - 1)
    set_up, barometer = (np.empty((len(times), len(latitude))) for _ in range(2))
    around = interpolate(track, times)["environmental_pressure"].values
    for n, wind in enumerate(storm_hours(track, grid, times, model, at_once=len(times))):
        kernel.set_up_points(
            latitude, longitude, chart, wind.u.astype(np.float64), wind.v.astype(np.float64),
            grid.latitude[0], grid.longitude[0], -grid.transform.e, grid.transform.a,
            FETCH_STEP, FETCH, REACH_TO_SEA, DEPTH_FLOOR, AIR_DENSITY, WATER_DENSITY, GRAVITY, DRAG_CAP,
            np.radians(1.0) * EARTH_RADIUS, set_up[n],
        )  # fmt: skip
        barometer[n] = inverse_barometer(wind.pressure[i, j], float(around[n]))
    parts = {"storm_surge": set_up + barometer, "wind_set_up": set_up, "inverse_barometer": barometer}
    return points.assign(
        {name: (("time", "point"), values, {"units": "m"}) for name, values in parts.items()}
    ).assign_coords(time=times)
