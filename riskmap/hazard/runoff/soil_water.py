"""Soil-water index (土壌雨量指数): three tanks in series with the constants that Japan's agency uses everywhere.

Each tank loses water sideways above its outlets and downwards through its floor into the next. The index is the water
in all three, in mm: long rain counts for days, a shower for hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.blocks import run_rows
from riskmap.errors import ConfigError, CoverageError, DataError
from riskmap.within import require_within

Method = Literal["jma", "exact"]
Field = NDArray[np.floating]

MOST_EXPLICIT_HOURS: Final = 1.0
"""Longest explicit step [h]: the agency's own; longer rain is split evenly into steps of this length at most."""

FINE_STEPS_AN_HOUR: Final = 12
"""Steps of the exact method (Runge and Kutta); of 5 min they are within 1e-3 mm of steps ten times as many."""


@dataclass(frozen=True)
class TankConstants:
    """Outlets of the three tanks.

    Attributes
    ----------
    side : (a1, a2, a3, a4)
        Rates [1/h] of the side outlets: two of the first tank, one each of the others.
    bottom : (b1, b2, b3)
        Rates [1/h] through the floors.
    height : (l1, l2, l3, l4)
        Heights [mm] of the side outlets.
    version : str
        Stands in saved states: one made with other constants is refused.
    """

    version: str
    side: tuple[float, float, float, float]
    bottom: tuple[float, float, float]
    height: tuple[float, float, float, float]

    @property
    def array(self) -> NDArray[np.float64]:
        """As the kernels take them: rates [1/h], heights [mm]."""
        return np.array((*self.side, *self.bottom, *self.height), np.float64)

    def shares(self, hours: float) -> NDArray[np.float64]:
        """As the explicit kernel takes them: rates as shares of a step of ``hours``, heights [mm], what stays behind."""
        numbers = self.array
        numbers[:7] *= hours
        return np.append(numbers, 1.0 - numbers[4:7])


JMA: Final = TankConstants(
    version="jma-1", side=(0.10, 0.15, 0.05, 0.01), bottom=(0.12, 0.05, 0.01), height=(15.0, 60.0, 15.0, 15.0)
)
"""Ishihara and Kobatake (1979), granite slopes, used all over Japan; status S (read in two independent codes)."""


@dataclass(frozen=True, eq=False)
class SoilTanks:
    """Water in the three tanks [mm], (y, x) each, float32 or float64; changed in place by ``soil_water_step``."""

    upper: Field
    middle: Field
    lower: Field

    @classmethod
    def filled(
        cls,
        shape: tuple[int, ...],
        *,
        depth: tuple[float, float, float] = (0.0, 0.0, 0.0),
        dtype: type[np.floating] = np.float32,
    ) -> SoilTanks:
        """Tanks with the same depth [mm] in every cell; see ``steady_tanks`` for a sensible one."""
        return cls(*(np.full(shape, d, dtype) for d in depth))

    @property
    def index(self) -> Field:
        """Soil-water index [mm]."""
        from riskmap._kernels import soil_water as kernel

        flat = [_plane(tank) for tank in (self.upper, self.middle, self.lower)]
        out = np.empty_like(flat[0])
        run_rows(partial(kernel.index_rows, flat[0], flat[1], flat[2], out), out.shape[0])
        return out.reshape(self.upper.shape)


def steady_tanks(rate: float, constants: TankConstants = JMA) -> tuple[float, float, float]:
    """Depths [mm] at which the tanks stay under a steady rain ``rate`` [mm h-1]: where a run without a state may begin.

    Examples
    --------
    >>> [round(d, 2) for d in steady_tanks(4.0 / 24.0)]
    [1.39, 3.33, 15.83]
    """
    a1, a2, a3, a4 = constants.side
    b1, b2, b3 = constants.bottom
    l1, l2, l3, l4 = constants.height
    upper = _steady(rate, b1, ((a1, l1), (a2, l2)))
    middle = _steady(b1 * upper, b2, ((a3, l3),))
    return upper, middle, _steady(b2 * middle, b3, ((a4, l4),))


def _steady(inflow: float, floor: float, outlets: tuple[tuple[float, float], ...]) -> float:
    """Depth at which inflow and outflow are equal: outlets in rising order, each in use only above its height."""
    for count in range(len(outlets) + 1):
        rate = floor + sum(a for a, _ in outlets[:count])
        depth = (inflow + sum(a * height for a, height in outlets[:count])) / rate
        if count == len(outlets) or depth <= outlets[count][1]:
            return depth
    return depth  # pragma: no cover


def soil_water_step(
    tanks: SoilTanks,
    rain: NDArray[np.floating],
    *,
    hours: float = 1.0,
    method: Method = "jma",
    substeps: int = 1,
    constants: TankConstants = JMA,
) -> None:
    """Let the rain of one step into the tanks, in place.

    Parameters
    ----------
    tanks : SoilTanks
    rain : float array, shape of the tanks
        Rain of the step [mm]. NaN makes the cell's tanks NaN from there on: water that nobody measured is not zero.
    hours : float
        Length of the step [h]: 1, 1/6 ...
    method : {"jma", "exact"}
        ``jma``: explicit, every flow as at the start of the step, as the agency publishes the index; the two differ by
        2 to 4 %. ``exact``: the differential equation, rain spread evenly.
    substeps : int
        Explicit steps that a step is cut into, rain spread evenly: 1 as the agency, many towards the exact. A step
        longer than ``MOST_EXPLICIT_HOURS`` is always cut.

    Raises
    ------
    DataError
        Negative rain, or another shape. The tanks are then as they were.
    ConfigError
        An unknown method or a step that is not positive.

    References
    ----------
    Okada et al. (2001), Tenki 48, 349 (status M); Ishihara and Kobatake (1979).

    Examples
    --------
    >>> tanks = SoilTanks.filled((1, 1))
    >>> for rain in (30.0, 30.0, 30.0, 0.0):
    ...     soil_water_step(tanks, np.array([[rain]]))
    ...     print(round(float(tanks.index[0, 0]), 3))
    30.0
    58.5
    84.51
    76.428
    """
    from riskmap._kernels import soil_water as kernel

    if method not in ("jma", "exact") or not 0.0 < hours < np.inf or substeps < 1:
        raise ConfigError(
            "a soil-water step that is none", where="soil_water_step", expected="method jma or exact, hours > 0, substeps > 0",
            found=f"method={method!r}, hours={hours}, substeps={substeps}", remedy="correct the arguments",
        )  # fmt: skip
    amount = np.ascontiguousarray(rain, tanks.upper.dtype)
    if amount.shape != tanks.upper.shape:
        raise DataError(
            "rain and soil tanks have other shapes", where="soil_water_step", expected=str(tanks.upper.shape),
            found=str(amount.shape), remedy="bring the rain onto the grid of the state",
        )  # fmt: skip
    require_no_negative(amount, where="soil_water_step")
    fallen = _plane(amount)
    water = (_plane(tanks.upper), _plane(tanks.middle), _plane(tanks.lower))
    rows, numbers = fallen.shape[0], constants.array
    if method == "exact":
        steps = max(1, int(np.ceil(FINE_STEPS_AN_HOUR * hours)))
        run_rows(
            lambda first, last: kernel.fine_rows(fallen, *water, numbers, hours, steps, first, last), rows
        )
        return
    steps = substeps * max(1, int(np.ceil(hours / MOST_EXPLICIT_HOURS - 1e-9)))
    if steps > 1:
        fallen = fallen / amount.dtype.type(steps)
    shares = constants.shares(hours / steps).astype(amount.dtype)
    for _ in range(steps):
        run_rows(lambda first, last: kernel.explicit_rows(fallen, *water, shares, first, last), rows)


def require_no_negative(rain: NDArray[np.floating], *, where: str) -> None:
    """Refuse negative or infinite rain [mm]; NaN passes.

    Raises
    ------
    DataError
        Names how many, and the first.
    """
    from riskmap._kernels import soil_water as kernel

    flat = _plane(np.ascontiguousarray(rain))
    counts: list[int] = []
    run_rows(lambda first, last: counts.append(kernel.impossible_rows(flat, first, last)), flat.shape[0])
    if sum(counts):
        wrong = (np.asarray(rain).ravel() < 0) | np.isinf(np.asarray(rain).ravel())
        at = np.unravel_index(int(np.argmax(wrong)), np.shape(rain))
        raise DataError(
            "negative rain" if rain[at] < 0 else "infinite rain", where=where, expected="0 mm or more, NaN where unknown",
            found=f"{sum(counts)} cells, the first {float(rain[at])} at {tuple(int(k) for k in at)}",
            remedy="set NaN where the value marks missing data; a difference of sums must not fall",
        )  # fmt: skip


def _plane(array: Field) -> Field:
    """The same memory in two dims, for the row kernels."""
    return array.reshape(-1, array.shape[-1]) if array.ndim else array.reshape(1, 1)


def soil_water_index(
    rain: NDArray[np.floating],
    *,
    hours: float = 1.0,
    method: Method = "jma",
    substeps: int = 1,
    constants: TankConstants = JMA,
    start: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> NDArray[np.float64]:
    """Soil-water index [mm] after each step of a rain series.

    Parameters
    ----------
    rain : float array (time, ...)
        Rain of each step [mm].
    start : (float, float, float)
        Depths [mm] before the first step.

    Examples
    --------
    >>> rain = np.array([30.0, 30.0, 30.0, 0.0, 0.0, 0.0])
    >>> soil_water_index(rain, method="exact").round(2).tolist()
    [29.68, 57.2, 82.34, 77.14, 73.16, 69.85]

    .. image:: /images/soil_water.svg
       :alt: 30 mm/h for three hours: the index of the agency's hourly steps and of the equation
    """
    series = np.asarray(rain, np.float64)
    if series.ndim == 0:
        raise DataError(
            "rain without times", where="soil_water_index", expected="an array (time, ...)", found="one number",
            remedy="give a list of sums, one a step",
        )  # fmt: skip
    require_within(start, "depth of a tank [mm]", where="soil_water_index, start")
    tanks = SoilTanks.filled(series.shape[1:] or (1,), depth=start, dtype=np.float64)
    out = np.empty(series.shape)
    for n, amount in enumerate(series.reshape((-1, *tanks.upper.shape))):
        soil_water_step(tanks, amount, hours=hours, method=method, substeps=substeps, constants=constants)
        out[n] = tanks.index.reshape(series.shape[1:])
    return out


def storm_index(
    rate: float, wet_hours: int, hours: int, *, method: Method = "jma", substeps: int = 1
) -> float:
    """Soil-water index [mm] ``hours`` after an even rain of ``rate`` [mm h-1] began on empty tanks, which fell ``wet_hours``.

    Examples
    --------
    >>> round(storm_index(30.0, 3, 6), 3)
    68.42
    """
    rain = np.where(np.arange(hours) < wet_hours, rate, 0.0)
    return float(soil_water_index(rain, method=method, substeps=substeps)[-1])


STATE_VARIABLES: Final = ("soil_water_upper", "soil_water_middle", "soil_water_lower")
"""Names of the tanks in a state's Dataset."""


def soil_state(
    tanks: SoilTanks,
    coordinates: dict[str, object],
    time: np.datetime64,
    *,
    method: Method = "jma",
    constants: TankConstants = JMA,
) -> xr.Dataset:
    """The tanks as a labelled Dataset (y, x), to be saved by ``riskmap.io.soil_state`` and taken up by the next cycle.

    Parameters
    ----------
    tanks : SoilTanks
        Not copied.
    coordinates : mapping
        ``Grid.coordinates``, or x and y of a projected grid.
    time : datetime64
        UTC instant up to which rain has been let in.

    Returns
    -------
    Dataset (y, x)
        The tanks [mm], the scalar ``time``, attrs ``constants`` and ``method``.
    """
    arrays = (tanks.upper, tanks.middle, tanks.lower)
    names = ("first", "second", "third")
    return xr.Dataset(
        {
            name: (("y", "x"), array, {"units": "mm", "long_name": f"water in the {word} soil tank"})
            for name, array, word in zip(STATE_VARIABLES, arrays, names, strict=True)
        },
        coords={**coordinates, "time": time.astype("datetime64[ns]")},
        attrs={"constants": constants.version, "method": method},
    )


def tanks_of(state: xr.Dataset, *, method: Method = "jma", constants: TankConstants = JMA) -> SoilTanks:
    """Tanks of a state's Dataset, copied; those made with another method or other constants are refused.

    Raises
    ------
    CoverageError
        Made with another method or other constants.
    DataError
        A tank is missing.
    """
    made = (str(state.attrs.get("constants")), str(state.attrs.get("method")))
    if made != (constants.version, method):
        raise CoverageError(
            "a soil state of another model", where="soil state", expected=f"{constants.version}, method {method}",
            found=f"{made[0]}, method {made[1]}", remedy="start anew, or run with the model that made the state",
        )  # fmt: skip
    missing = [name for name in STATE_VARIABLES if name not in state]
    if missing:
        raise DataError(
            "a soil state that lacks a tank", where="soil state", expected=", ".join(STATE_VARIABLES),
            found=f"no {missing[0]}", remedy="start anew from an earlier state",
        )  # fmt: skip
    return SoilTanks(*(np.array(state[name].values, np.float32) for name in STATE_VARIABLES))
