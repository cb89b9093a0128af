"""From the fixes of a bulletin feed to a checked track: shared by the readers of live feeds.

Nothing is mended here. Repeated times are merged where they say the same (a landfall row repeats the hour without
its values); whatever else does not fit is refused with the file and the row, or both rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.averaging import convert
from riskmap.errors import DataError, UnitsError
from riskmap.io.cells import BLANK as BLANK
from riskmap.io.cells import parse_number as parse_number
from riskmap.io.cells import parse_pressure as parse_pressure
from riskmap.io.cells import parse_radii as parse_radii
from riskmap.io.cells import parse_time as parse_time
from riskmap.io.cells import parse_wind as parse_wind
from riskmap.io.csv_table import parse_each
from riskmap.regressions import ATKINSON_HOLLIDAY_PERIOD, wind_from_pressure
from riskmap.schema import describe
from riskmap.sphere import distance
from riskmap.track import FORCES, MODELLED, QUADRANTS, make_track
from riskmap.track_check import MOST_POLEWARD

BULLETIN_PERIOD: Final = 120
"""Averaging period of the Chinese centre's bulletins [s]; see ``riskmap.averaging``."""

NAMELESS: Final = frozenset(
    {"", "(nameless)", "nameless", "unnamed", "not_named", "not named", "null", "none"}
)
"""What best tracks write where a storm has no name, in lower case; a track's name is empty then."""

DEEP: Final = 99_000.0
"""[Pa]; only below it does the wind follow the pressure closely enough to judge its unit (status D)."""

USUAL_RATIO: Final = (0.65, 1.5)
"""Median reported wind over that of Atkinson and Holliday, fixes below ``DEEP``: 0.71 to 1.40 in all 910 storms of
the bundled IBTrACS file (1980-2024), so that knots taken for m s-1 (1.94) stand out (measured)."""

GREATEST_RATIO: Final = 1.9
"""The same for one fix; 1.69 at most in those storms (measured)."""


LEAST_RATIO: Final = 0.3
"""The same at its least for one fix; 0.41 in the bundled storms of both agencies (measured)."""

OFF_THE_WAY: Final = (30e3, 400e3)
"""How far a fix may lie off the straight way between its neighbours [m]: the first, and the second times the square of
their distance in time over 12 h. At most 0.77 of it in the 1,446 storms of the western North Pacific in IBTrACS
(1980-2024), so that a wrong digit stands out (measured)."""

FASTEST: Final = 60.0
"""Most motion between two fixes [m s-1]; 48 at most in those storms (measured). Judged at the ends of a track."""


def no_radii() -> NDArray[np.float64]:
    """Unknown radii, shape (force, quadrant) [m].

    Examples
    --------
    >>> no_radii().shape
    (3, 4)
    """
    return np.full((len(FORCES), len(QUADRANTS)), np.nan)


@dataclass(frozen=True)
class Fix:
    """One row of a feed, in SI units.

    Attributes
    ----------
    row : str
        How messages name it: ``line 13`` or ``points[12]``.
    time : datetime
        With its offset.
    latitude, longitude : float
        [degrees].
    pressure, wind, radius_of_maximum_wind : float
        [Pa], [m s-1], [m]; NaN where unknown.
    radii : array (force, quadrant)
        [m]; NaN where unknown.
    forecast : bool
        Nobody had observed it.
    environmental_pressure : float
        [Pa]; NaN where unknown.
    modelled : tuple of str
        Which of ``riskmap.track.MODELLED`` a regression had filled when the track was written.
    """

    row: str
    time: datetime
    latitude: float
    longitude: float
    pressure: float = math.nan
    wind: float = math.nan
    radius_of_maximum_wind: float = math.nan
    radii: NDArray[np.float64] = field(default_factory=no_radii)
    forecast: bool = False
    environmental_pressure: float = math.nan
    modelled: tuple[str, ...] = ()


def build_track(
    fixes: Sequence[Fix], *, averaging_period: int, wind_threshold: Sequence[float] | None = None,
    attributes: dict[str, str], where: str, judge_wind: bool = True, judge_way: bool = False,
) -> xr.Dataset:  # fmt: skip
    """A checked track of fixes in the order of their time, repeated ones merged where they agree.

    The attribute ``repeated_rows`` says which rows were merged; there is none where no row was.

    Parameters
    ----------
    fixes : sequence of Fix
        Analysed first, forecast after.
    averaging_period : int
        Of the winds [s].
    wind_threshold : sequence (3,), optional
        Wind speed at the radii [m s-1].
    judge_wind : bool
        Whether to tell a wrong unit of the winds by the pressures (see ``check_wind_unit``).
    judge_way : bool
        Whether to tell a wrong digit of a position by its neighbours (see ``check_way``): for what people analysed,
        since a model's centre may jump.

    Raises
    ------
    DataError
        A position is unknown, times go backwards, two rows of one time differ, a forecast is older than the
        analysis, fewer than two fixes.
    UnitsError
        The winds do not fit the pressures.
    """
    parse_each(fixes, lambda fix: _check_position(fix, where), file=where)
    merged = merge_fixes(fixes, where=where)
    repeats = _repeats(fixes)
    track = make_track(
        time=[f.time for f in merged],
        latitude=[f.latitude for f in merged],
        longitude=[f.longitude for f in merged],
        central_pressure=[f.pressure for f in merged],
        maximum_wind=[f.wind for f in merged],
        radius_of_maximum_wind=[f.radius_of_maximum_wind for f in merged],
        environmental_pressure=[f.environmental_pressure for f in merged],
        wind_radius=np.array([f.radii for f in merged]).reshape(len(merged), len(FORCES), len(QUADRANTS)),
        wind_threshold=wind_threshold,
        forecast=[f.forecast for f in merged],
        averaging_period=averaging_period,
        attributes=attributes | ({"repeated_rows": "; ".join(repeats)} if repeats else {}),
        where=where,
    )
    for name in MODELLED:
        track[f"{name}_modelled"] = ("time", np.array([name in f.modelled for f in merged], bool))
    if judge_wind:
        check_wind_unit(track, where=where, rows=[f.row for f in merged])
    if judge_way:
        check_way(track, where=where, rows=[f.row for f in merged])
    return track


def _repeats(fixes: Sequence[Fix]) -> list[str]:
    """Rows that repeat the time of the row before, which are merged with it."""
    return [
        f"{fix.row} repeats {before.row}" for before, fix in pairwise(fixes)
        if (fix.time, fix.forecast) == (before.time, before.forecast)
    ]  # fmt: skip


def _check_position(fix: Fix, where: str) -> None:
    at = f"{where}, {fix.row} ({fix.time:%Y-%m-%d %H:%M} UTC)"
    if math.isnan(fix.latitude) or math.isnan(fix.longitude):
        raise DataError(
            "a fix without a position", where=at, expected="latitude and longitude in degrees", found="no value",
            remedy="drop the row",
        )  # fmt: skip
    low, high = describe("longitude").valid_range
    if abs(fix.latitude) > MOST_POLEWARD or not low <= fix.longitude <= high:
        swapped = abs(fix.longitude) <= MOST_POLEWARD
        raise DataError(
            "latitude and longitude look swapped" if swapped else "no typhoon is found there", where=at,
            expected=f"latitude within {MOST_POLEWARD:g}, longitude {low:g} to {high:g} degrees",
            found=f"latitude {fix.latitude:g}, longitude {fix.longitude:g}",
            remedy="exchange the two" if swapped else "check the position and its unit",
        )  # fmt: skip


def merge_fixes(fixes: Sequence[Fix], *, where: str) -> list[Fix]:
    """The fixes with strictly increasing times; those of one time become one where they agree.

    Raises
    ------
    DataError
        Times go backwards, or a forecast is not later than the analysis, or two rows of one time differ: both
        rows are named.

    Examples
    --------
    >>> from datetime import UTC
    >>> hour = datetime(2021, 7, 25, 4, tzinfo=UTC)
    >>> rows = [Fix("line 116", hour, 30, 122.5, wind=38.0), Fix("line 117", hour, 30, 122.5)]
    >>> [fix.wind for fix in merge_fixes(rows, where="f")]
    [38.0]
    """
    merged: list[Fix] = []
    for fix in fixes:
        before = merged[-1] if merged else None
        if before is None or (fix.time > before.time and fix.forecast >= before.forecast):
            merged.append(fix)
            continue
        rows = f"{where}, {before.row} and {fix.row}"
        if fix.forecast != before.forecast:
            raise DataError(
                "a forecast older than the analysis", where=rows, expected="forecast times after the last analysis",
                found=f"{fix.time:%Y-%m-%d %H:%M} UTC after {before.time:%Y-%m-%d %H:%M} UTC",
                remedy="take the forecast of that analysis or a later one",
            )  # fmt: skip
        if fix.time < before.time:
            raise DataError(
                "times go backwards", where=rows, expected="rows in the order of their time",
                found=f"{fix.time:%Y-%m-%d %H:%M} UTC after {before.time:%Y-%m-%d %H:%M} UTC",
                remedy="sort the rows by time",
            )  # fmt: skip
        merged[-1] = _merged(before, fix, rows)
    return merged


def _merged(one: Fix, two: Fix, rows: str) -> Fix:
    """Both rows in one: equal, or known in one of the two only."""
    found: dict[str, Any] = {"modelled": tuple(sorted({*one.modelled, *two.modelled}))}
    for name in (
        "latitude", "longitude", "pressure", "wind", "radius_of_maximum_wind", "environmental_pressure", "radii",
    ):  # fmt: skip
        a, b = np.asarray(getattr(one, name), np.float64), np.asarray(getattr(two, name), np.float64)
        apart = np.abs((a - b + 180.0) % 360.0 - 180.0) if name == "longitude" else np.abs(a - b)
        if (apart > 1e-6).any():
            raise DataError(
                f"two rows of the same time differ in {name}", where=rows,
                expected="equal values, or a value in one of them only",
                found=f"{a.tolist()} and {b.tolist()} at {one.time:%Y-%m-%d %H:%M} UTC",
                remedy="delete the row that is wrong",
            )  # fmt: skip
        both = np.where(np.isnan(a), b, a)
        found[name] = both if name == "radii" else float(both)
    return replace(one, **found)


def check_wind_unit(track: xr.Dataset, *, where: str, rows: Sequence[str] | None = None) -> None:
    """Check that the winds can be m s-1 beside the pressures.

    Raises
    ------
    UnitsError
        They are too strong or too weak by so wide a margin that they must be in another unit.

    References
    ----------
    Atkinson and Holliday (1977), MWR 105, 421; limits in ``USUAL_RATIO`` and ``GREATEST_RATIO``.
    """
    pressure, wind = track["central_pressure"].values, track["maximum_wind"].values
    at = np.flatnonzero((pressure <= DEEP) & np.isfinite(wind))
    if not at.size:
        return
    usual = convert(
        wind_from_pressure(pressure[at]), period=ATKINSON_HOLLIDAY_PERIOD, to=int(track.attrs["averaging_period"])
    )  # fmt: skip
    ratio = wind[at] / usual
    middle, (low, high) = float(np.median(ratio)), USUAL_RATIO
    one_too_weak = bool(ratio.min() < LEAST_RATIO)
    if low <= middle <= high and ratio.max() <= GREATEST_RATIO and not one_too_weak:
        return
    weak = middle < low or (one_too_weak and middle <= high and ratio.max() <= GREATEST_RATIO)
    k = int(np.argmin(ratio)) if weak else int(np.argmax(ratio))
    row = rows[at[k]] if rows is not None else f"fix {at[k] + 1}"
    factor = max(middle, float(ratio[k]))
    unit = "knots" if factor < 2.7 else "km h-1"  # 1.94 and 3.6 stand on either side
    raise UnitsError(
        "the wind does not fit the pressure", where=f"{where}, {row} ({track['time'].values[at[k]]})",
        expected=f"about {usual[k]:.0f} m s-1 at {pressure[at[k]] / 100:.0f} hPa", found=f"{wind[at[k]]:.1f} m s-1",
        remedy="the values look like m s-1 in a column of knots: check the unit" if middle < low
        else "look for a missing digit; leave the value empty where it is unknown" if weak
        else f"the values look like {unit}: convert them to m s-1",
    )  # fmt: skip


def check_way(track: xr.Dataset, *, where: str, rows: Sequence[str]) -> None:
    """Check that no analysed fix lies where the storm cannot have been.

    Raises
    ------
    DataError
        A fix is too far off the way between its neighbours, or the first or last too far from the next.
    """
    seen = np.flatnonzero(~track["forecast"].values)
    latitude, longitude = (track[n].values[seen] for n in ("latitude", "longitude"))
    seconds = track["time"].values[seen].astype(np.int64).astype(np.float64)
    longitude = np.unwrap(longitude, period=360.0)

    def refuse(k: int, expected: str, found: float) -> None:
        raise DataError(
            "the centre jumps", where=f"{where}, {rows[seen[k]]} ({track['time'].values[seen[k]]})",
            expected=expected, found=f"{found / 1e3:.0f} km", remedy="look for a wrong digit in the position or the time",
        )  # fmt: skip

    if len(seen) > 2:
        gap = seconds[2:] - seconds[:-2]
        part = (seconds[1:-1] - seconds[:-2]) / gap
        off = distance(
            latitude=latitude[1:-1], longitude=longitude[1:-1],
            to_latitude=latitude[:-2] + part * (latitude[2:] - latitude[:-2]),
            to_longitude=longitude[:-2] + part * (longitude[2:] - longitude[:-2]),
        )  # fmt: skip
        most = OFF_THE_WAY[0] + OFF_THE_WAY[1] * (gap / 43_200.0) ** 2
        k = int(np.argmax(off / most))
        if off[k] > most[k]:
            refuse(
                k + 1,
                f"at most {most[k] / 1e3:.0f} km off the way between the fixes around it",
                float(off[k]),
            )
    for k, other in ((0, 1), (len(seen) - 1, len(seen) - 2)) if len(seen) > 1 else ():
        ends = {"latitude": latitude[k], "longitude": longitude[k]}
        far = float(distance(**ends, to_latitude=latitude[other], to_longitude=longitude[other]))
        most_far = OFF_THE_WAY[0] + FASTEST * abs(float(seconds[k] - seconds[other]))
        if far > most_far:
            refuse(k, f"at most {most_far / 1e3:.0f} km from the next fix", far)
