"""Where the centre of a storm is over land, when it came ashore, and how it weakens where nobody reported it.

Land is a question to a function, ``is_land(latitude, longitude)`` [degrees], arrays in, booleans out; ``land_test``
makes one of polygons. The track is asked every minute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.averaging import convert
from riskmap.decay import (
    KAPLAN_DEMARIA_1995,
    KAPLAN_DEMARIA_2001,
    KAPLAN_DEMARIA_PERIOD,
    ZHEJIANG,
    ZHEJIANG_PERIOD,
    exponential_decay,
    vickery_twisdale_1995,
)
from riskmap.errors import DataError
from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.regressions import (
    ENVIRONMENTAL_PRESSURE,
    LEAST_PRESSURE_DEFICIT,
    pressure_from_wind,
    radius_of_maximum_wind,
    wind_from_pressure,
)
from riskmap.track import interpolate

Numbers = NDArray[np.float64]

IsLand = Callable[[Numbers, Numbers], NDArray[np.bool_]]

LEAST_ISLAND: Final = 20e6
"""Area [m2] from which an island makes a landfall (status D): a circle of 5 km, a few minutes of a storm's way."""

LEAST_MAINLAND: Final = 5000e6
"""Area [m2] from which land weakens a storm (status D): the decay was fitted on the mainland. On a relief of 2 km
the islands of Zhoushan are one piece of 1,350 km2, crossed in two hours; Taiwan has 36,000 km2."""

LEAST_STAY: Final = 30
"""Minutes ashore that make a landfall (status D): less is a cape or an islet that the test let through."""

INLET: Final = 60
"""Minutes over water that do not end a stay ashore (status D): an inlet, a strait, a lake."""

PRESSURE_LAW: Final = "vickery_twisdale_1995"

LAWS: Final[Mapping[str, tuple[Mapping[str, float], int]]] = MappingProxyType(
    {
        "zhejiang": (ZHEJIANG, ZHEJIANG_PERIOD),
        "kaplan_demaria_1995": (KAPLAN_DEMARIA_1995, KAPLAN_DEMARIA_PERIOD),
        "kaplan_demaria_2001": (KAPLAN_DEMARIA_2001, KAPLAN_DEMARIA_PERIOD),
    }
)
"""Laws of the wind: name -> coefficients and averaging period [s]; beside them ``PRESSURE_LAW``."""


@dataclass(frozen=True)
class Landfall:
    """The centre comes from the sea to land.

    Attributes
    ----------
    time : datetime
        UTC, to the minute.
    latitude, longitude : float
        [degrees].
    maximum_wind, central_pressure : float
        [m s-1], in the averaging period of the track, and [Pa]; straight between the two fixes, NaN where unknown.
    """

    time: datetime
    latitude: float
    longitude: float
    maximum_wind: float
    central_pressure: float


def land_polygons(land: NDArray[np.bool_], grid: Grid) -> list[Any]:
    """The land of a mask as shapely polygons along the edges of its cells.

    Parameters
    ----------
    land : bool, shape (y, x)
        For example where a relief is known.
    grid : Grid

    Raises
    ------
    DataError
        Another shape than the grid's.
    """
    from shapely import box, get_parts, union_all

    if np.shape(land) != grid.shape:
        raise DataError(
            "a mask on another grid", where="land_polygons", expected=f"shape {grid.shape}",
            found=str(np.shape(land)), remedy="make it on this grid",
        )  # fmt: skip
    t = grid.transform
    strips = []
    for row in np.flatnonzero(np.any(land, axis=1)):
        edges = np.flatnonzero(np.diff(np.concatenate([[False], land[row], [False]]).astype(np.int8)))
        south, north = t.f + (row + 1) * t.e, t.f + row * t.e
        strips += [box(t.c + a * t.a, south, t.c + b * t.a, north) for a, b in zip(edges[::2], edges[1::2])]
    return list(get_parts(union_all(strips))) if strips else []


def land_test(polygons: Iterable[Any], *, least_area: float = LEAST_ISLAND) -> IsLand:
    """A land test out of polygons; what lies outside all of them is sea.

    Parameters
    ----------
    polygons : iterable of shapely Polygon or MultiPolygon
        Longitude and latitude [degrees]. Lakes (holes) are land. Where the polygons end, at the edge of a map,
        begins the sea: give a map that is larger than the track.
    least_area : float
        Smaller pieces of land do not count [m2]: ``LEAST_ISLAND`` for landfalls, ``LEAST_MAINLAND`` for decay.

    Raises
    ------
    DataError
        Something that is no polygon.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> is_land = land_test([box(119, 27, 121, 31), box(122.0, 29.9, 122.02, 29.92)])
    >>> is_land(np.array([29.0, 29.0, 29.91]), np.array([120.0, 122.0, 122.01])).tolist()
    [True, False, False]
    """
    from shapely import Polygon, contains_xy, get_parts, prepare, union_all

    whole = []
    for part in (piece for given in polygons for piece in get_parts(given)):
        if part.geom_type != "Polygon":
            raise DataError(
                "land is not a line", where="land_test", expected="polygons", found=part.geom_type,
                remedy="polygonise the coastline, or make polygons of a mask with land_polygons",
            )  # fmt: skip
        whole.append(Polygon(part.exterior))
    joined = union_all(whole)
    kept = union_all([part for part in get_parts(joined) if _area(part) >= least_area])
    prepare(kept)

    def is_land(latitude: Numbers, longitude: Numbers) -> NDArray[np.bool_]:
        around = (np.asarray(longitude, np.float64) + 180.0) % 360.0 - 180.0
        return np.asarray(contains_xy(kept, around, np.asarray(latitude, np.float64)))

    return is_land


def _area(polygon: Any) -> float:
    """Area [m2] on the sphere, true to a fraction of a percent for what is no wider than a province."""
    west, south, east, north = polygon.bounds
    across = np.cos(np.radians((south + north) / 2.0)) if east > west else 1.0
    return float(polygon.area * (np.radians(1.0) * EARTH_RADIUS) ** 2 * across)


@dataclass(frozen=True, eq=False)
class _Ashore:
    """Stays ashore, in seconds since 1970: from, until."""

    stays: tuple[tuple[float, float], ...]
    begins_ashore: bool


def _ashore(track: xr.Dataset, is_land: IsLand) -> _Ashore:
    """Stays of the centre over land, inlets and islets smoothed away."""
    fixes = track["time"].values.astype("datetime64[s]")
    minutes = np.arange(fixes[0], fixes[-1] + np.timedelta64(1, "s"), np.timedelta64(60, "s"))
    at = interpolate(track[["latitude", "longitude"]], minutes)
    land = np.asarray(is_land(at["latitude"].values, at["longitude"].values), np.bool_)
    clock = minutes.astype(np.int64).astype(np.float64)
    found: list[list[int]] = []  # first and last minute ashore, and how many between
    edges = np.flatnonzero(np.diff(np.concatenate([[False], land, [False]]).astype(np.int8)))
    for first, after in zip(edges[::2].tolist(), edges[1::2].tolist()):
        if found and first - found[-1][1] <= INLET:
            found[-1] = [found[-1][0], after, found[-1][2] + after - first]
        else:
            found.append([first, after, after - first])
    kept = [s for s in found if s[2] >= LEAST_STAY or s[0] == 0 or s[1] == len(land)]
    stays = tuple((clock[a], clock[b] if b < len(land) else np.inf) for a, b, _ in kept)
    return _Ashore(stays, bool(land[0]))


def landfalls(track: xr.Dataset, is_land: IsLand) -> tuple[Landfall, ...]:
    """Every time that the centre comes from the sea to land and stays for half an hour or more.

    An hour or less over water is an inlet and does not end the stay. A track that begins ashore has not landed
    there; one that ends within half an hour of coming ashore has.

    Parameters
    ----------
    track : Dataset (time)
    is_land : callable
        See ``land_test``: which islands count is its business.

    Returns
    -------
    tuple of Landfall
        In order of time.

    Examples
    --------
    >>> from riskmap.track import make_track
    >>> track = make_track(time=np.array(["2021-07-25T00", "2021-07-25T06"], "M8[s]"), latitude=[30.0, 30.0],
    ...                    longitude=[123.0, 121.0], averaging_period=600, maximum_wind=[40, 34])
    >>> landfall, = landfalls(track, lambda latitude, longitude: longitude < 122)
    >>> landfall.time.isoformat(), round(landfall.longitude, 2), round(landfall.maximum_wind, 1)
    ('2021-07-25T03:01:00+00:00', 121.99, 37.0)
    """
    ashore = _ashore(track, is_land)
    stays = ashore.stays[1:] if ashore.begins_ashore else ashore.stays
    if not stays:
        return ()
    stamps = np.array([stay[0] for stay in stays]).astype(np.int64).astype("datetime64[s]")
    at = interpolate(track, stamps)
    columns = (at[n].values for n in ("latitude", "longitude", "maximum_wind", "central_pressure"))
    return tuple(
        Landfall(datetime.fromtimestamp(stay[0], UTC), *(float(v) for v in numbers))
        for stay, *numbers in zip(stays, *columns)
    )


def decayed(
    track: xr.Dataset, is_land: IsLand, *, law: str = "zhejiang", which: Sequence[bool] | None = None
) -> xr.Dataset:
    """The track with the decay after landfall where the storm's strength was not reported.

    From the last strength that stands (a report, or a fix before the coast) the wind follows the law for the time
    that the centre is over land. Back over the sea it is held: the storm does not grow again unless a later
    report says so, and the next coast takes its share anew. Pressure and wind go together by the regression of
    Atkinson and Holliday, scaled to the storm's own deficit; a modelled radius of maximum wind follows.

    Parameters
    ----------
    track : Dataset (time)
        Complete (see ``riskmap.track.complete``): an unknown strength before the coast cannot decay, and what
        comes after it stays as it is.
    is_land : callable
        See ``land_test``, with ``LEAST_MAINLAND``.
    law : str
        ``zhejiang``, ``kaplan_demaria_1995``, ``kaplan_demaria_2001`` (of the wind) or ``vickery_twisdale_1995``
        (of the pressure deficit); see ``riskmap.decay``.
    which : sequence of bool (time), optional
        The fixes that may be changed; by default those of which neither wind nor pressure was reported. All others
        stay bit for bit.

    Returns
    -------
    Dataset (time)
        With ``maximum_wind_modelled`` and ``central_pressure_modelled`` where something was changed.

    Raises
    ------
    DataError
        An unknown law, or ``which`` of another length.

    References
    ----------
    ``riskmap.decay``; Atkinson and Holliday (1977), MWR 105, 421. That the two go together inland, and that
    nothing grows back over the sea, is ours (status D).
    """
    if law not in LAWS and law != PRESSURE_LAW:
        raise DataError(
            "unknown law of decay", where="decayed, law", expected=" | ".join((*LAWS, PRESSURE_LAW)),
            found=repr(law), remedy="choose one of them",
        )  # fmt: skip
    change = _not_reported(track) if which is None else np.asarray(which, np.bool_)
    seconds = track["time"].values.astype("datetime64[s]").astype(np.int64).astype(np.float64)
    if change.shape != seconds.shape:
        raise DataError(
            "not one answer a fix", where="decayed, which", expected=f"{len(seconds)} values",
            found=str(change.shape), remedy="give one truth value for each fix",
        )  # fmt: skip
    stays = _ashore(track, is_land).stays
    period = int(track.attrs["averaging_period"])
    wind, pressure = track["maximum_wind"].values.copy(), track["central_pressure"].values.copy()
    around = track["environmental_pressure"].values
    changed = np.zeros(len(seconds), np.bool_)
    anchor = 0
    for n in range(len(seconds)):
        # a fix at the very minute of the landfall is still the storm before the coast: its share is yet to be lost
        over_land = any(a <= seconds[n] and b > seconds[anchor] for a, b in stays)
        if n == 0 or not change[n] or not over_land:
            anchor = n
            continue
        start = (float(wind[anchor]), float(around[anchor] - pressure[anchor]))
        new_wind, new_deficit = _advance(start, seconds[anchor], seconds[n], stays, law, period)
        if np.isnan(new_wind):
            continue
        wind[n], changed[n] = new_wind, True
        pressure[n] = around[n] - max(new_deficit, LEAST_PRESSURE_DEFICIT)
    return _with(track, wind, pressure, changed)


def _not_reported(track: xr.Dataset) -> NDArray[np.bool_]:
    unknown = [
        np.isnan(track[name].values) | track[f"{name}_modelled"].values
        for name in ("maximum_wind", "central_pressure")
    ]
    return np.asarray(unknown[0] & unknown[1])


def _advance(
    start: tuple[float, float],
    since: float,
    until: float,
    stays: Sequence[tuple[float, float]],
    law: str,
    period: int,
) -> tuple[float, float]:
    """Wind [m s-1] and deficit [Pa] at ``until``, from those at ``since``, through the stays ashore between."""
    wind, deficit = start
    for first, after in stays:
        hours = (min(after, until) - max(first, since)) / 3600.0
        if hours <= 0:
            continue
        if law == PRESSURE_LAW:
            filled = float(vickery_twisdale_1995(deficit, hours))
            wind, deficit = wind * _wind_share(filled / deficit), filled
            continue
        numbers, law_period = LAWS[law]
        # the share that is lost at the coast itself is lost once, on coming ashore
        share = {"reduction": numbers["reduction"] if first > since else 1.0}
        before = convert(wind, period=period, to=law_period)
        left = float(exponential_decay(before, hours, **{**numbers, **share}))
        deficit *= _deficit_share(left / before) if before > 0 else 1.0
        wind *= left / before if before > 0 else 1.0
    return wind, deficit


def _wind_share(deficit: float) -> float:
    """Share of the wind that is left with a share of the pressure deficit."""
    full = ENVIRONMENTAL_PRESSURE - 5_000.0  # a power law: any storm gives the same share
    return float(wind_from_pressure(ENVIRONMENTAL_PRESSURE - 5_000.0 * deficit) / wind_from_pressure(full))


def _deficit_share(wind: float) -> float:
    """The other way round."""
    full = ENVIRONMENTAL_PRESSURE - float(pressure_from_wind(40.0))
    return float((ENVIRONMENTAL_PRESSURE - float(pressure_from_wind(40.0 * wind))) / full)


def _with(track: xr.Dataset, wind: Numbers, pressure: Numbers, changed: NDArray[np.bool_]) -> xr.Dataset:
    out = track.copy()
    if not changed.any():
        return out
    for name, values in (("maximum_wind", wind), ("central_pressure", pressure)):
        out[name] = ("time", values, track[name].attrs)
        out[f"{name}_modelled"] = ("time", track[f"{name}_modelled"].values | changed)
    radius = track["radius_of_maximum_wind"].values
    modelled = radius_of_maximum_wind(
        pressure_deficit=track["environmental_pressure"].values - pressure, latitude=track["latitude"].values
    )
    follows = changed & track["radius_of_maximum_wind_modelled"].values & np.isfinite(modelled)
    values = np.where(follows, modelled, radius)
    out["radius_of_maximum_wind"] = ("time", values, track["radius_of_maximum_wind"].attrs)
    return out
