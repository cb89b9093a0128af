"""Every region file of a scenario: counties, which everything is published for, and the units beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from riskmap.errors import ConfigError, CoverageError, DataError, Faults
from riskmap.grid import Grid
from riskmap.io.census import with_census
from riskmap.io.csv_table import parse_each, read_csv_table
from riskmap.io.regions import CODE_KEYS, NAME_KEYS, read_region_file
from riskmap.ledger import Ledger, Problem
from riskmap.levels import city_regions
from riskmap.region import Listed, Region
from riskmap.scenario import RegionsSection

NAMED_UNITS: Final = 8
"""Units that a line of the report names one by one; the others are counted."""


@dataclass(frozen=True, eq=False)
class Levels:
    """Regions by what they are for.

    Attributes
    ----------
    regions : tuple of Region
        The counties.
    units : tuple of Region
        Townships, villages, and units with a command of their own.
    cities : tuple of Region
    listed : tuple of Listed
        Units without a shape.
    """

    regions: tuple[Region, ...]
    units: tuple[Region, ...]
    cities: tuple[Region, ...]
    listed: tuple[Listed, ...]


def read_levels(section: RegionsSection, grid: Grid, day: date, ledger: Ledger) -> Levels:
    """The units that exist on the day of issue; what is wrong with one of them is named and turns it grey.

    Parameters
    ----------
    section : RegionsSection
    grid : Grid
        Of the hazards.
    day : date
        Of issue.
    ledger : Ledger
        Takes the problems.

    Raises
    ------
    ConfigError
        No county is valid on that day.
    CoverageError
        No county lies on the grid.
    RiskmapError
        See ``riskmap.io.regions.read_region_file``; a code that two files of one level have.
    """
    found: dict[str, list[Region]] = {
        level: [] for level in ("city", "county", "township", "village", "unit")
    }
    for part in section.files:
        read = read_region_file(
            part.file, level=part.level, grid=grid, point_radius=part.point_radius, population=part.population,
            valid_on=day, code_key=part.code_key, name_key=part.name_key, datum=part.datum,
        )  # fmt: skip
        ledger.problems += [Problem(part.file.name, str(problem)) for problem in read.problems]
        if not read.told:
            what = f"{part.file.name}: no known border in it, so its datum ({part.datum}) is believed"
            ledger.note("regions, not checked", what)
        for region in with_census(read.regions, part.population):
            found[region.level].append(region)
        if part.population is not None:
            _miss_people(read.regions, part.population.name, ledger)
    counties = tuple(found["county"])
    _require_counties(counties, grid, section, day)
    units = (*found["township"], *found["village"], *found["unit"])
    _refuse_twice([*counties, *units, *found["city"]])
    _outside([*counties, *units], grid, ledger)
    shapes = {city.code: city.geometry for city in found["city"]}
    listed = () if section.codes is None else _listed(section, units)
    return Levels(counties, units, city_regions(counties, shapes), listed)


def _require_counties(counties: Sequence[Region], grid: Grid, section: RegionsSection, day: date) -> None:
    """Refuse files without a county, or of which nothing lies on the grid."""
    from shapely.geometry import box

    where = ", ".join(str(part.file) for part in section.files)
    if not counties:
        raise ConfigError(
            "no county is valid on the day of issue", where=where, expected=f"units of 6 digits, valid on {day}",
            found="none", remedy="check valid_from and valid_to, and that a file of counties is listed",
        )  # fmt: skip
    frame = box(*grid.bounds)
    if not any(region.geometry.intersects(frame) for region in counties):
        raise CoverageError(
            "no region lies on the grid", where=where,
            expected="west {:g}, south {:g}, east {:g}, north {:g}".format(*grid.bounds),
            found=f"{counties[0].name} and {len(counties) - 1} more outside it", remedy="mend [grid] or [regions]",
        )  # fmt: skip


def _refuse_twice(regions: Sequence[Region]) -> None:
    """One code in two files: which of the two a letter would mean is not known."""
    seen: dict[str, Region] = {}
    faults = Faults()
    for region in regions:
        if region.code in seen:
            faults.add(
                DataError(
                    "a code is in two files", where=f"regions, {region.code} {region.name}", expected="one file a level",
                    found=f"also {seen[region.code].name} ({seen[region.code].level})", remedy="leave it in one of them",
                )
            )  # fmt: skip
        seen[region.code] = region
    faults.tell(file="regions")


def _outside(regions: Sequence[Region], grid: Grid, ledger: Ledger) -> None:
    """Name the units of which nothing lies on the grid: they are grey."""
    from shapely.geometry import box

    frame = box(*grid.bounds)
    away = [f"{r.code} {r.name}" for r in regions if not r.geometry.intersects(frame)]
    if away:
        # no fault of the run: a county's grid under the outlines of the province
        what = f"without data: {_some(away)}"
        ledger.note("regions outside the grid", what)


def _miss_people(regions: Sequence[Region], table: str, ledger: Ledger) -> None:
    """Record regions that the population table lacks: their tiers stand, their people are unknown."""
    missing = [f"{region.code} {region.name}" for region in regions if region.population is None]
    if missing and regions[0].level == "county":
        ledger.problems.append(Problem(table, f"no residents for {', '.join(missing)}: people unknown there"))


def _listed(section: RegionsSection, units: Sequence[Region]) -> tuple[Listed, ...]:
    """Codes and names of units that no file has an outline of.

    Raises
    ------
    DataError
        A code that is none.
    """
    assert section.codes is not None
    table = read_csv_table(section.codes)
    code, name = (
        table.column(next((k for k in keys if k in table.header), keys[0])) for keys in (CODE_KEYS, NAME_KEYS)
    )
    shaped, found = {one.code for one in units}, {}

    def unit(row: tuple[int, list[str]]) -> None:
        key = table.text(row, code).removesuffix(".0")
        if not key.isdigit() or len(key) not in (9, 12):
            raise table.wrong(
                row, code, "not the code of a township or village", "9 or 12 digits", "correct the cell"
            )
        if key not in shaped:
            found[key] = Listed(key, table.text(row, name))

    parse_each(table.rows, unit, file=table.where)
    return tuple(found.values())


def _some(names: Sequence[str]) -> str:
    more = len(names) - NAMED_UNITS
    return ", ".join(names[:NAMED_UNITS]) + (f" and {more} more" if more > 0 else "")
