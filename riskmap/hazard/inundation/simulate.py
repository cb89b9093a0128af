"""An inundation on a labelled grid: heights, rain and roughness in, a Dataset of maxima and times out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.errors import CoverageError, DataError, UnitsError
from riskmap.grid import EARTH_RADIUS
from riskmap.hazard.inundation.flow import DEFAULT, Flow, Scheme
from riskmap.hazard.inundation.forcing import Channels, Drain, Inflow, Level, OpenEdge, Wall
from riskmap.hazard.inundation.ground import FEET_HINT, Ground, make_ground, told
from riskmap.hazard.inundation.guard import memory_need, refuse_too_large
from riskmap.hazard.inundation.run import LOOK_EVERY, Progress, Rain, Result, run
from riskmap.hazard.inundation.watch import ARRIVAL_DEPTH, Watch
from riskmap.memory import memory_available

MM_PER_HOUR: Final = 1e-3 / 3600
"""One mm h-1 in m s-1."""

FIELDS: Final = {
    "maximum_depth": ("m", "greatest depth of the water"),
    "peak_time": ("s", "time of the greatest depth, from the start"),
    "maximum_speed": ("m s-1", "greatest speed of water at least 0.01 m deep"),
    "maximum_depth_speed": ("m2 s-1", "greatest depth x speed"),
    "arrival_time": (
        "s",
        "time from the start at which the water first has the arrival depth; NaN where it never has",
    ),
    "duration": ("s", "how long the water has the arrival depth"),
    "hazard_class": ("1", "flood hazard class H1 to H6, 0 dry"),
    "beyond_scheme": (
        "1",
        "1 where the flow was once nearly as fast as its wave (Froude number above 0.9, where it had arrived): the scheme's limit",
    ),
}


def require_dims(field: Any, dims: tuple[str, ...], where: str) -> xr.DataArray:
    """The field; refused where it is not labelled, or has other dimensions.

    Raises
    ------
    DataError
        Names what it has.
    """
    if not isinstance(field, xr.DataArray) or set(field.dims) != set(dims) or 0 in field.shape:
        found = (
            dict(field.sizes)
            if isinstance(field, xr.DataArray)
            else f"{type(field).__name__} {np.shape(field)}"
        )
        raise DataError(
            "not the field that is needed", where=where, expected=f"a DataArray ({', '.join(dims)})", found=str(found),
            remedy="rename its dimensions, select the band or time, or give plain arrays to Flow",
        )  # fmt: skip
    return field


def cell_sizes(elevation: xr.DataArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Width and height [m] of the cells of each row, from coordinates in degrees or metres.

    Parameters
    ----------
    elevation : DataArray (y, x)
        North-up and regular; ``x`` and ``y`` say their unit (``degrees_east``, ``degrees_north`` or ``m``).

    Raises
    ------
    DataError
        South-up, or not regular.
    UnitsError
        The coordinates do not say their unit.

    Examples
    --------
    >>> y = xr.DataArray([60.001, 60.0], dims="y", attrs={"units": "degrees_north"})
    >>> x = xr.DataArray([120.0, 120.001], dims="x", attrs={"units": "degrees_east"})
    >>> dx, dy = cell_sizes(xr.DataArray(np.zeros((2, 2)), dims=("y", "x"), coords={"y": y, "x": x}))
    >>> dx.round(1).tolist(), dy.round(1).tolist()
    ([55.6, 55.6], [111.2, 111.2])
    """
    require_dims(elevation, ("y", "x"), "elevation")
    steps = {}
    for axis in ("y", "x"):
        at = np.asarray(elevation[axis].values, np.float64)
        if at.size < 2:
            raise DataError("one cell has no size", where=f"elevation, {axis}", expected="two cells or more")
        step = np.diff(at)
        if not np.allclose(step, step.mean(), rtol=1e-3):
            raise DataError("cells of uneven size", where=f"elevation, {axis}", expected="a regular grid")
        steps[axis] = float(step.mean())
    if steps["y"] > 0 or steps["x"] < 0:
        raise DataError(
            "not north-up", where="elevation", expected="y falling and x rising",
            found=f"steps of y {steps['y']:g} and x {steps['x']:g}", remedy='elevation.sortby("y", ascending=False)',
        )  # fmt: skip
    units, others = (str(elevation[axis].attrs.get("units", "")) for axis in ("y", "x"))
    rows = elevation.sizes["y"]
    if units and others and units.startswith("degree") != others.startswith("degree"):
        raise UnitsError(
            "rows and columns in different units", where="elevation, y and x", expected="degrees or metres, both",
            found=f"{units!r} and {others!r}", remedy="set attrs['units'] of both to what they are",
        )  # fmt: skip
    if units.startswith("degree"):
        latitude = np.radians(np.asarray(elevation["y"].values, np.float64))
        if np.abs(latitude).max() >= np.pi / 2:
            raise DataError(
                "latitudes beyond the poles", where="elevation, y", expected="degrees between -90 and 90",
                found=f"{elevation['y'].values.min():g} to {elevation['y'].values.max():g}",
                remedy="metres, perhaps: set attrs['units']",
            )  # fmt: skip
        dx = EARTH_RADIUS * np.radians(steps["x"]) * np.cos(latitude)
        return dx, np.full(rows, EARTH_RADIUS * np.radians(-steps["y"]))
    if units in ("m", "metre", "meter"):
        return np.full(rows, steps["x"]), np.full(rows, -steps["y"])
    raise UnitsError(
        "the coordinates do not say their unit", where="elevation, y", expected="degrees_north or m",
        found=repr(units), remedy='elevation["y"].attrs["units"] = "m" (or degrees_north); the same for x',
    )  # fmt: skip


def ground_of(elevation: xr.DataArray, manning: float | xr.DataArray) -> Ground:
    """The ground of a labelled grid: heights [m] (y, x) and Manning's n [s m-1/3], one number or (y, x).

    Raises
    ------
    UnitsError
        Heights that do not say that they are in metres.
    """
    units = elevation.attrs.get("units")
    if units not in ("m", "metre", "meter"):
        raise UnitsError(
            "heights in another unit, or in none", where="elevation", expected="'m'", found=repr(units),
            remedy=f"convert and set attrs['units']; {FEET_HINT}",
        )  # fmt: skip
    values = elevation.transpose("y", "x").values
    if values.dtype.kind != "f":
        values = values.astype(np.float64)
    dx, dy = cell_sizes(elevation)
    n = _on_grid(manning, elevation, "manning").values if isinstance(manning, xr.DataArray) else manning
    return make_ground(values, dx=dx, dy=dy, manning=n)


def _on_grid(field: xr.DataArray, elevation: xr.DataArray, where: str) -> xr.DataArray:
    """A field at the cells of the heights: the cell of its own grid that holds each centre.

    Raises
    ------
    CoverageError
        Its grid does not reach over the heights.
    """
    for axis in ("y", "x"):
        units = [str(f[axis].attrs.get("units", "")) for f in (elevation, field)]
        if all(units) and len({u.startswith("degree") for u in units}) > 1:
            raise CoverageError(
                f"{axis} in other units than that of the heights", where=where, expected=units[0], found=units[1],
                remedy="warp it to the reference system of the heights",
            )  # fmt: skip
        mine, theirs = elevation[axis].values, field[axis].values
        half = 0.5 * abs(float(theirs[1] - theirs[0])) if len(theirs) > 1 else 0.0
        slack = half + 1e-6 * abs(float(mine[-1] - mine[0]))
        if mine.min() < theirs.min() - slack or mine.max() > theirs.max() + slack:
            raise CoverageError(
                f"does not reach over the heights in {axis}", where=where,
                expected=f"{mine.min():g} to {mine.max():g}", found=f"{theirs.min():g} to {theirs.max():g}",
                remedy="give fields on the same ground, in the same reference system",
            )  # fmt: skip
    return field.sel(y=elevation["y"], x=elevation["x"], method="nearest")


def _seconds(times: NDArray[Any], hours: float) -> tuple[float, ...]:
    """Times of rain fields from the first [s]; the last one holds as long as the one before, a single one throughout.

    Raises
    ------
    DataError, CoverageError
        Times that are none, a gap, or an end before the run's.
    """
    if times.dtype.kind != "M" or np.isnat(times).any():
        raise DataError(
            "times that are none", where="rain, time", expected="datetime64", found=f"{times.dtype}, {times[:3]}",
            remedy="decode the times, and drop fields without one",
        )  # fmt: skip
    seconds = (times - times[0]) / np.timedelta64(1, "s")
    steps = np.diff(seconds)
    if (steps <= 0.0).any():
        late = times[int(np.argmax(steps <= 0.0)) + 1]
        raise DataError(
            "times do not rise", where="rain, time", expected="each later than the one before", found=str(late),
            remedy='rain.sortby("time"), and drop repeats',
        )  # fmt: skip
    beside = np.maximum(np.append(steps[1:], 0.0), np.insert(steps[:-1], 0, 0.0))
    gap = np.flatnonzero((steps > 1.5 * beside) & (beside > 0.0))
    if gap.size:
        raise DataError(
            "a gap in the rain", where="rain, time", expected=f"the next field {beside[gap[0]]:g} s after {times[gap[0]]}",
            found=f"{steps[gap[0]]:g} s", remedy="fill it on purpose: with dry fields, or from elsewhere",
        )  # fmt: skip
    if steps.size and seconds[-1] + steps[-1] < hours * 3600.0 - 1.0:
        raise CoverageError(
            "the rain ends before the run", where="rain, time", expected=f"{hours:g} h from {times[0]} on",
            found=f"{(seconds[-1] + steps[-1]) / 3600.0:g} h", remedy="shorten the run, or append dry fields",
        )  # fmt: skip
    return tuple(float(s) for s in seconds)


def _rain(
    rain: xr.DataArray | float | None, elevation: xr.DataArray, known: NDArray[np.bool_], hours: float
) -> Rain | float | None:
    """Rain as the run wants it; grids are read when their time comes."""
    if rain is None:
        return None
    if not isinstance(rain, xr.DataArray) and np.ndim(rain) == 0:
        return float(rain) * MM_PER_HOUR
    given = require_dims(rain, ("time", "y", "x"), "rain")
    if given.attrs.get("units") != "mm h-1":
        raise UnitsError(
            "rain in another unit, or in none", where="rain", expected="'mm h-1'",
            found=repr(given.attrs.get("units")), remedy="divide sums by their hours and set attrs['units']",
        )  # fmt: skip
    placed = _on_grid(given, elevation, "rain")
    times = placed["time"].values
    seconds = _seconds(times, hours)

    def rate(k: int) -> NDArray[np.float64]:
        field = np.asarray(placed.isel(time=k).transpose("y", "x").values, np.float64)
        here = field[known]
        if not (np.isfinite(here).all() and (here >= 0.0).all()):
            raise DataError(
                "negative or missing rain", where=f"rain, {times[k]}", expected="0 mm h-1 or more on every cell",
                found=told(here),
                remedy="say what the gaps are: dry, or filled from elsewhere",
            )  # fmt: skip
        return np.where(known, field, 0.0) * MM_PER_HOUR

    return Rain(seconds, rate)


def simulate_inundation(
    elevation: xr.DataArray,
    *,
    hours: float,
    rain: xr.DataArray | float | None = None,
    manning: xr.DataArray | float = 0.05,
    infiltration: xr.DataArray | float | None = None,
    depth: xr.DataArray | float = 0.0,
    inflows: Sequence[Inflow] = (),
    levels: Sequence[Level] = (),
    edges: Sequence[OpenEdge] = (),
    drains: Sequence[Drain] = (),
    walls: Sequence[Wall] = (),
    channels: Channels | None = None,
    scheme: Scheme = DEFAULT,
    arrival_depth: float = ARRIVAL_DEPTH,
    look_every: float = LOOK_EVERY,
    memory_limit: int | None = None,
    resume: Mapping[str, Any] | None = None,
    checkpoint: Callable[[dict[str, Any]], None] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> xr.Dataset:
    """Where water goes: depth, speed, hazard class, arrival and duration on every cell.

    Edges are closed unless something is said about them; so are cells without a height.

    Parameters
    ----------
    elevation : DataArray (y, x) [m]
        Ground, north-up, NaN where unknown; coordinates in degrees or metres with their ``units``.
    hours : float
        Length of the run [h].
    rain : DataArray (time, y, x) [mm h-1] or float, optional
        Rate that holds from its time to the next, the last as long as the one before it (a single one to the end); the run
        starts at the first. Its grid may be coarser: each cell takes the
        value of the rain cell that holds its centre.
    manning : DataArray (y, x) or float
        Manning's n [s m-1/3].
    infiltration : DataArray (y, x) [mm h-1] or float, optional
        What the ground takes at most.
    depth : DataArray (y, x) or float
        Water at the start [m].
    inflows, levels, edges, drains, walls, channels
        See ``riskmap.hazard.inundation.forcing``; rows and columns count from the north-west.
    scheme : Scheme
        Numbers of the solver.
    arrival_depth : float
        Depth [m] from which on water counts as arrived.
    look_every : float
        Seconds between looks at the maxima; 0: after each step.
    memory_limit : int, optional
        Bytes that the run may take; the free memory by default.
    resume : mapping, optional
        A checkpoint of the same run, to go on from: what follows has the same bits. ``riskmap.io.inundation_state`` reads it.
    checkpoint, progress : callable, optional
        See ``riskmap.hazard.inundation.run``.

    Returns
    -------
    Dataset (y, x)
        The fields of ``FIELDS`` and ``depth`` [m] at the end, NaN without ground; the water ledger [m3] in the attributes.

    Raises
    ------
    ConfigError
        The run does not fit into memory; says what would.
    DataError, UnitsError, CoverageError
        Inputs that cannot be, or do not overlap.
    InstabilityError
        Names the place and the time, and carries the last good state.

    References
    ----------
    Bates, Horritt and Fewtrell (2010), J. Hydrol. 387, 33-45; de Almeida et al. (2012), Water Resour. Res. 48, W05528.

    Examples
    --------
    Two hours of 18 mm h-1 on a trough 30 m wide between banks:

    >>> metres = {"units": "m"}
    >>> y, x = xr.DataArray([60.0, 30.0, 0.0], dims="y", attrs=metres), xr.DataArray([0.0, 30.0], dims="x", attrs=metres)
    >>> ground = xr.DataArray([[5.0, 5.0], [1.0, 1.0], [5.0, 5.0]], coords={"y": y, "x": x}, attrs=metres)
    >>> flood = simulate_inundation(ground, hours=2.0, rain=18.0)
    >>> bool((flood["depth"].values[1] > 0.1).all()), round(float(flood["depth"].sum()), 3)
    (True, 0.216)

    .. image:: /images/inundation.svg
       :alt: A wave on a plane, the V-catchment, a dam break: the solver beside known answers
    """
    require_dims(elevation, ("y", "x"), "elevation")
    if not (np.isfinite(hours) and hours > 0.0):
        raise DataError("not a length of a run", where="hours", expected="more than 0 h", found=f"{hours}")
    need = memory_need(
        (elevation.sizes["y"], elevation.sizes["x"]), rain=isinstance(rain, xr.DataArray),
        manning=isinstance(manning, xr.DataArray), infiltration=infiltration is not None,
        checkpoint=checkpoint is not None,
    )  # fmt: skip
    shape = (elevation.sizes["y"], elevation.sizes["x"])
    refuse_too_large(shape, need, memory_available() if memory_limit is None else memory_limit)
    ground = ground_of(elevation, manning)

    def plain(value: xr.DataArray | float, name: str) -> Any:
        return (
            _on_grid(value, elevation, name).transpose("y", "x").values
            if isinstance(value, xr.DataArray)
            else value
        )

    soaks = None if infiltration is None else np.asarray(plain(infiltration, "infiltration")) * MM_PER_HOUR
    flow = Flow(
        ground, depth=plain(depth, "depth"), infiltration=soaks, inflows=inflows, levels=levels, edges=edges,
        drains=drains, walls=walls, channels=channels, scheme=scheme,
    )  # fmt: skip
    watch = Watch(flow, arrival_depth=arrival_depth)
    if resume is not None:
        flow.resume(dict(resume))
        watch.resume(dict(resume))
    result = run(
        flow, hours * 3600.0, rain=_rain(rain, elevation, ground.known, hours), watch=watch, look_every=look_every,
        checkpoint=checkpoint, progress=progress,
    )  # fmt: skip
    arrived = watch.arrival_depth
    del flow, watch, ground, soaks  # the state is not needed beside its result
    return label(result, elevation, arrival_depth=arrived)


def label(result: Result, elevation: xr.DataArray, *, arrival_depth: float = ARRIVAL_DEPTH) -> xr.Dataset:
    """A result with names, units and the coordinates of its heights [m]; ``arrival_depth`` [m] as in the run."""
    known = np.isfinite(elevation.transpose("y", "x").values)
    out = xr.Dataset(coords=elevation.transpose("y", "x").coords)
    for name, (units, meaning) in FIELDS.items():
        values = np.where(known, result.fields[name], np.nan).astype(np.float32)
        out[name] = (("y", "x"), values, {"units": units, "long_name": meaning})
    end = result.depth.astype(np.float32)
    out["depth"] = (("y", "x"), end, {"units": "m", "long_name": "depth of the water at the end"})
    for name, value in result.ledger.as_dict().items():
        out.attrs["volume_error" if name == "error" else f"water_{name}"] = value
    out.attrs.update(
        arrival_depth=arrival_depth, steps=result.steps, cells_beyond_scheme=result.cells_beyond,
        comment="local inertial scheme: flows faster than their wave and fronts of dam breaks are beyond it; "
        "see beyond_scheme",
    )  # fmt: skip
    return out
