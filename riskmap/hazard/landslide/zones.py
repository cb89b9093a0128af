"""Mapped slopes: 地质灾害隐患点 (points) and 风险防范区 (zones), their own thresholds, and the tier of each.

They need no relief: where it is too coarse for slopes, they are all that can be graded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.asset import AssetTier, instant, worst_of_series
from riskmap.errors import CoverageError, DataError
from riskmap.grid import Grid
from riskmap.hazard.landslide.grades import GRADE_WORDS, landslide_grade, tiers_of_grades
from riskmap.hazard.landslide.tables import LandslideRules
from riskmap.scale import NO_DATA, Tier

HAZARD: Final = "landslide"


@dataclass(frozen=True, eq=False)
class HazardZone:
    """One row of the register of hazard points and prevention zones.

    Attributes
    ----------
    kind : str
        ``hazard_point`` (隐患点) or ``prevention_zone`` (风险防范区).
    geometry : shapely Point, Polygon or MultiPolygon
        WGS-84 longitude, latitude [degrees].
    region : str
        Administrative code.
    households, people : int or None
        Registered there; None where unknown.
    responsible, monitor, plan : str
        Responsible person (防灾责任人), monitor (监测责任人), plan (预案); empty where unknown.
    threshold : float or None
        Rain at which its people move [mm in ``window`` hours]; None = graded by the lookup table.
    """

    zone_id: str
    name: str
    kind: str
    geometry: Any
    region: str
    households: int | None = None
    people: int | None = None
    responsible: str = ""
    monitor: str = ""
    plan: str = ""
    threshold: float | None = None
    window: int = 24


def cells_of_zones(
    zones: Sequence[HazardZone], grid: Grid
) -> tuple[tuple[NDArray[np.intp], NDArray[np.intp]], ...]:
    """Rows and columns of the cells that each zone touches; empty where it lies off the grid.

    A zone smaller than a cell takes the cell that it lies in; a larger one all cells whose centre it holds and those
    of its own vertices.
    """
    import shapely

    found = []
    for zone in zones:
        points = shapely.get_coordinates(zone.geometry)
        inner = zone.geometry.representative_point()
        spots = {
            grid.index_of(latitude=float(y), longitude=float(x)) for x, y in [*points, (inner.x, inner.y)]
        }
        if zone.geometry.geom_type != "Point":
            west, south, east, north = zone.geometry.bounds
            rows = np.flatnonzero((grid.latitude >= south) & (grid.latitude <= north))
            columns = np.flatnonzero((grid.longitude >= west) & (grid.longitude <= east))
            y, x = (a.ravel() for a in np.meshgrid(rows, columns, indexing="ij"))
            held = shapely.contains_xy(zone.geometry, grid.longitude[x], grid.latitude[y])
            spots |= {(int(i), int(j)) for i, j in zip(y[held], x[held], strict=True)}
        cells = sorted(spot for spot in spots if spot is not None)
        index = np.array(cells, np.intp).reshape(-1, 2)
        found.append((index[:, 0], index[:, 1]))
    return tuple(found)


def at_zones(
    field: NDArray[np.floating], cells: Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]]
) -> NDArray[np.float64]:
    """Largest value of a field (y, x) in each zone; NaN where all of its cells are unknown or it is off the grid.

    Call it hour by hour: memory grows with the zones, never with grid x time.
    """
    out = np.full(len(cells), np.nan)
    for k, (rows, columns) in enumerate(cells):
        values = np.asarray(field)[rows, columns]
        known = values[~np.isnan(values)]
        if known.size:
            out[k] = float(known.max())
    return np.round(out, 4)


def zone_tiers(
    zones: Sequence[HazardZone],
    times: NDArray[np.datetime64],
    rain: Mapping[int, NDArray[np.floating]],
    rules: LandslideRules,
    *,
    rain_days: NDArray[Any] | None = None,
    soil_water: NDArray[np.floating] | None = None,
) -> xr.Dataset:
    """Tier of every zone at every hour: by its own threshold where it has one, else by the lookup table.

    Parameters
    ----------
    zones : sequence of HazardZone
    times : datetime64 array (time,), UTC
    rain : mapping
        Window [h] -> rain at the zones (time, zone) [mm], see ``at_zones``; 24 h is needed for the table.
    rules : LandslideRules
    rain_days, soil_water : array (time, zone), optional
        Signs of wet ground at the zones: days [1], soil-water index [mm].

    Returns
    -------
    Dataset (time, asset)
        ``tier`` int8, ``value`` and ``threshold`` [mm]: rain, and the bound that it met (NaN where none).

    Raises
    ------
    CoverageError
        A window that a zone's own threshold needs is not given.
    DataError
        The table is needed and nothing says how wet the ground is.
    """
    shape = (len(times), len(zones))
    tier = np.full(shape, NO_DATA, np.int8)
    value, threshold = np.full(shape, np.nan), np.full(shape, np.nan)
    by_table = [k for k, zone in enumerate(zones) if zone.threshold is None]
    for k, zone in enumerate(zones):
        if zone.threshold is not None:
            value[:, k] = _window(rain, zone.window, shape)[:, k]
            bounds = np.round(zone.threshold * np.asarray(rules.zone_fractions), 6)
            tier[:, k], threshold[:, k] = _by_bounds(value[:, k], bounds)
    if by_table:
        total = _window(rain, 24, shape)[:, by_table]
        days = None if rain_days is None else np.asarray(rain_days)[:, by_table]
        water = None if soil_water is None else np.asarray(soil_water)[:, by_table]
        classes = np.full(total.shape, rules.zone_class, np.int8)
        grades = landslide_grade(classes, total, rules, rain_days=days, soil_water=water, workers=1)
        tier[:, by_table], value[:, by_table] = tiers_of_grades(grades), total
        step = np.searchsorted(np.asarray(rules.rain_bounds), np.nan_to_num(total), side="right")
        met = np.append(np.nan, rules.rain_bounds)[step]
        threshold[:, by_table] = np.where(tier[:, by_table] > 0, met, np.nan)
    names = ("time", "asset")
    return xr.Dataset(
        {
            "tier": (names, tier), "value": (names, value, {"units": "mm"}),
            "threshold": (names, threshold, {"units": "mm"}),
        },
        coords={"time": times, "asset": [zone.zone_id for zone in zones]},
    )  # fmt: skip


def zone_assets(
    zones: Sequence[HazardZone], series: xr.Dataset, *, source: str, observed: bool = False
) -> tuple[AssetTier, ...]:
    """One record a zone: its worst tier, when it first comes, and why; for letters, regions and rosters.

    Parameters
    ----------
    zones, series
        As given to and by ``zone_tiers``; tiers may have been held since (``grades.hold``).
    source : str
        Whose rain it was.
    """
    found = []
    for k, zone in enumerate(zones):
        column = series.isel(asset=k)
        tier, first = worst_of_series(column["tier"].values)
        value = None if first is None else _or_none(column["value"].values[first])
        met = None if first is None else _or_none(column["threshold"].values[first])
        inner = zone.geometry.representative_point()
        window = zone.window if zone.threshold is not None else 24
        words = ("无降雨数据", "no rain data") if tier is None else _reason(zone, tier, value, met, window)
        found.append(
            AssetTier(
                asset_id=zone.zone_id,
                name=zone.name,
                kind=zone.kind,
                region=zone.region,
                hazard=HAZARD,
                tier=tier,
                value=value,
                threshold=met,
                units="mm",
                onset=None if first is None else instant(column["time"].values[first]),
                reason_chinese=words[0],
                reason_english=words[1],
                people=zone.people,
                households=zone.households,
                responsible=zone.responsible,
                source=source,
                observed=observed,
                longitude=float(inner.x),
                latitude=float(inner.y),
            )
        )
    return tuple(found)


def _reason(
    zone: HazardZone, tier: Tier, value: float | None, met: float | None, window: int
) -> tuple[str, str]:
    words = GRADE_WORDS[tier]
    rain = "" if value is None else f"{value:.0f}"
    if zone.threshold is not None:
        return (
            f"{window}小时雨量{rain}毫米,本点阈值{zone.threshold:.0f}毫米,{words[0]}",
            f"{rain} mm in {window} h, own threshold {zone.threshold:.0f} mm: {words[1]}",
        )
    if met is None:
        return f"24小时雨量{rain}毫米,{words[0]}", f"{rain} mm in 24 h: {words[1]}"
    return (
        f"24小时雨量{rain}毫米(≥{met:.0f}毫米档),{words[0]}",
        f"{rain} mm in 24 h (class from {met:.0f} mm): {words[1]}",
    )


def _by_bounds(
    values: NDArray[np.float64], bounds: NDArray[np.float64]
) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    """Tier of each value, and the bound met."""
    unknown = np.isnan(values)
    step = np.searchsorted(bounds, np.where(unknown, -np.inf, values), side="right")
    return np.where(unknown, NO_DATA, step).astype(np.int8), np.append(np.nan, bounds)[step]


def _window(
    rain: Mapping[int, NDArray[np.floating]], window: int, shape: tuple[int, int]
) -> NDArray[np.float64]:
    if window not in rain:
        raise CoverageError(
            f"no rain of {window} h", where="hazard zones", expected=f"rain sums over {window} h",
            found=", ".join(f"{w} h" for w in rain) or "none", remedy="give that window, or change the zone's threshold",
        )  # fmt: skip
    values = np.asarray(rain[window], np.float64)
    if values.shape != shape:
        raise DataError(
            "rain of another shape", where=f"hazard zones, rain of {window} h", expected=f"(time, zone) {shape}",
            found=str(values.shape), remedy="sample the rain at the zones hour by hour",
        )  # fmt: skip
    return values


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
