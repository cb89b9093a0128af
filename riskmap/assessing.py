"""Tiers from fields that somebody has already: no scenario, no folder. What a notebook, or another model, begins with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.aggregate import fill_cells, residents
from riskmap.assessment import Assessment, empty_table
from riskmap.errors import CoverageError, DataError, UnitsError
from riskmap.grid import AXES, Grid
from riskmap.io.bundled import bundled
from riskmap.io.regions import read_regions
from riskmap.io.rule_files import read_rules
from riskmap.region import Region
from riskmap.rules import HazardRule, Metric
from riskmap.schema import require
from riskmap.severity import grade
from riskmap.track import instants
from riskmap.zonal import shared_weights

BY_CELL: Final = ("wind", "rain", "landslide", "inundation")
"""Hazards that a field alone can grade; the others need watersheds, stations or registers: ``riskmap.run``."""

GUST: Final = 3
"""Averaging period of a gust [s], which the register's name says."""

GIVEN_NOTE: Final = "由给定的场分级,场未经核对 (graded from the fields that were given, which nobody checked)"


def counties() -> tuple[Region, ...]:
    """The 90 counties of Zhejiang with their residents of 2020, as bundled.

    Examples
    --------
    >>> len(counties()), counties()[0].name
    (90, '上城区')
    """
    return read_regions(
        bundled("admin/zhejiang_district_simple.geojson"),
        population=bundled("census/zhejiang_pop2020_on_2021_boundaries.csv"),
    )


def assess(
    fields: xr.Dataset,
    regions: Sequence[Region] | None = None,
    *,
    rules: Mapping[str, HazardRule] | None = None,
    issued_at: datetime | None = None,
) -> Assessment:
    """Tiers of every region and hour from fields on a grid, each with its reason.

    A hazard is graded where every variable that its rule tests is there; else it is named in ``lacking``, never coloured
    and never green. Graded are wind, rain, landslide and inundation; for the others, for assets, cycles and letters there
    is ``riskmap.run``.

    Parameters
    ----------
    fields : Dataset (time, y, x)
        By the names and units of ``riskmap.schema``: ``wind_speed`` and ``wind_speed_of_gust`` [m s-1] with the
        ``averaging_period`` of the mean [s] in the attributes, ``rain_3h``, ``rain_6h`` and ``rain_12h`` [mm] (see
        ``riskmap.rain_sums``), ``landslide_grade``, ``inundation_class``. NaN where unknown. May be Dask-backed: hours are
        taken one by one.
    regions : sequence of Region, optional
        The bundled counties unless given.
    rules : mapping, optional
        See ``riskmap.read_rules``, whose bundled rules hold unless given.
    issued_at : datetime, optional
        The first time unless given.

    Raises
    ------
    CoverageError
        No region lies on the grid, or the data lie on none.
    DataError, UnitsError
        A variable is in other units or of another averaging period, or no hazard can be graded.

    Examples
    --------
    >>> hours = np.datetime64("2021-07-25T00", "h") + np.arange(12)
    >>> grid = Grid.from_bounds(west=121.5, south=29.5, east=123, north=31, step=0.1)
    >>> radar = xr.DataArray(np.full((12, 15, 15), 9.0), coords={"time": hours.astype("M8[ns]"), **grid.coordinates},
    ...                      dims=("time", "y", "x"), attrs={"units": "mm"})
    >>> from riskmap import rain_sums
    >>> found = assess(rain_sums(radar))
    >>> worst = found.worst("330903")
    >>> worst.region.name, worst.tier.english, worst.driver.metric.english, worst.driver.value
    ('普陀区', 'yellow', '6 h rain', 54.0)
    """
    given = fields.rename({name: AXES[str(name)] for name in fields.dims if str(name) in AXES})
    if "time" not in given.coords:
        raise DataError(
            "fields without a time", where="assess", expected="dims (time, y, x)", found=str(dict(given.sizes)),
            remedy="fields.expand_dims(time=[...]), UTC",
        )  # fmt: skip
    grid, hours = Grid.of(given), instants(given["time"].values)
    graded, lacking = _graded(given, read_rules() if rules is None else rules)
    units = counties() if regions is None else tuple(regions)
    weights, people = shared_weights(units, grid), residents(units)
    if not weights.cell.size:
        raise CoverageError(
            "no region lies on the grid", where="assess, regions", expected=f"one that meets {grid!r}",
            found=f"{len(units)} regions such as {units[0].name}" if units else "none", remedy="give your own regions",
        )  # fmt: skip
    stamps = [datetime.fromtimestamp(int(second), UTC) for second in hours.astype(np.int64)]
    issued = (issued_at or stamps[0]).astimezone(UTC)
    table = empty_table(list(graded), stamps, [region.code for region in units])
    for hour, stamp in enumerate(stamps):
        lead = (stamp - issued).total_seconds() / 3600
        for at, rule in enumerate(graded.values()):
            near = rule.at_lead(lead)
            if near is not None:  # else a signal says nothing so far ahead: unknown, as the table begins
                cells = grade(_hour(given, hour, rule), near)
                fill_cells(table, at, hour, cells, near, weights, people)
    return Assessment(issued, units, table, graded, lacking)


def _tested(rule: HazardRule) -> list[Metric]:
    return [metric for metric in rule.metrics if metric.cells and not metric.station_levels]


def _hour(given: xr.Dataset, hour: int, rule: HazardRule) -> dict[str, NDArray[np.floating]]:
    """The fields of one hour that a rule tests, (y, x)."""
    names = [metric.variable for metric in _tested(rule)]
    return {name: given[name].isel(time=hour).transpose("y", "x").values for name in names}


def _graded(
    given: xr.Dataset, rules: Mapping[str, HazardRule]
) -> tuple[dict[str, HazardRule], dict[str, str]]:
    """The rules that the fields can be graded by, and what the others lack."""
    graded: dict[str, HazardRule] = {}
    lacking: dict[str, str] = {}
    for hazard, rule in rules.items():
        wanted = [metric.variable for metric in _tested(rule)]
        absent = [name for name in wanted if name not in given]
        if hazard not in BY_CELL:
            lacking[hazard] = "需小流域、测站或名录 (needs watersheds, stations or registers: riskmap.run)"
        elif absent:
            lacking[hazard] = f"未给出 {'、'.join(absent)} (not given: {', '.join(absent)})"
        else:
            require(given, *wanted, where="assess")
            _require_periods(given, rule)
            graded[hazard] = replace(rule, confidence_note=GIVEN_NOTE)
    if not graded:
        wishes = {h: [m.variable for m in _tested(rule)] for h, rule in rules.items() if h in BY_CELL}
        raise DataError(
            "no hazard can be graded from these fields", where="assess",
            expected="; ".join(f"{h}: {', '.join(names)}" for h, names in wishes.items()),
            found=", ".join(map(str, given.data_vars)) or "nothing", remedy="name the variables as riskmap.schema does",
        )  # fmt: skip
    return graded, lacking


def _is_number(value: object, wanted: float | str | None) -> bool:
    """Whether an attribute is a number, or a text of one, of the wanted size; ``2 min`` is none."""
    try:
        return float(str(value)) == wanted
    except ValueError:
        return False


def _require_periods(given: xr.Dataset, rule: HazardRule) -> None:
    """A mean wind is of the averaging period that the rule tests; what declares none is refused."""
    for metric in _tested(rule):
        if metric.averaging_period in (None, GUST):
            continue
        period = given[metric.variable].attrs.get("averaging_period", given.attrs.get("averaging_period"))
        if not _is_number(period, metric.averaging_period):
            raise UnitsError(
                "wind of another averaging period", where=f"assess, {metric.variable}",
                expected=f"attrs['averaging_period'] = {metric.averaging_period} s", found=f"{period!r}",
                remedy="take riskmap.to_averaging_period of the track before riskmap.wind_field, or convert the field",
            )  # fmt: skip
