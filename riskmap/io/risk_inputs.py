"""What risk needs beside hazard: curves, 危旧房 by region, and where the towns lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from riskmap.errors import ConfigError
from riskmap.grid import Grid
from riskmap.io.bundled import bundled
from riskmap.io.csv_table import parse_each, read_csv_table
from riskmap.io.people_raster import read_people
from riskmap.io.regions import CODE_KEYS
from riskmap.io.toml_file import read_toml
from riskmap.risk import Dwellings
from riskmap.scenario import RiskSection
from riskmap.vulnerability import VARIABLES, Curve, RiskRule, parse_risk_rule


@dataclass(frozen=True, eq=False)
class Stock:
    """What the hazards meet, as read.

    Attributes
    ----------
    rule : RiskRule
    dwellings : Dwellings or None
        危旧房 by region; None = no register.
    places : mapping
        See ``town_places``.
    people : float array (y, x) or None
        Residents of each cell by a raster; see ``riskmap.io.people_raster``.
    """

    rule: RiskRule
    dwellings: Dwellings | None
    places: Mapping[str, NDArray[np.float64]]
    people: NDArray[np.float64] | None = None


def read_stock(section: RiskSection, grid: Grid) -> Stock:
    """Curves, dwellings, places and people of a scenario, the last on a grid.

    Raises
    ------
    SourceError, DataError, ConfigError
        A file is wrong.
    """
    dwellings = None if section.dwellings is None else read_dwellings(section.dwellings)
    raster = section.population_raster
    people = None if raster is None else read_people(raster, grid, units=section.population_units)
    return Stock(read_risk_rule(section.curves), dwellings, town_places(), people)


def read_risk_rule(curves: str | Path | None = None) -> RiskRule:
    """The bundled rule, with the user's curves in place of its own.

    Parameters
    ----------
    curves : path, optional
        CSV with columns ``variable`` (``wind_speed`` [m s-1, 2-min mean] or ``inundation_depth`` [m]), ``value``, ``loss_ratio``
        (0 to 1), ``source``; points of one variable in rising order. A variable that it has not keeps its bundled curve.

    Raises
    ------
    SourceError, DataError, ConfigError
        The file or a curve is wrong; names file and line or variable.

    Examples
    --------
    >>> read_risk_rule().wind.half
    80.2
    """
    file = Path(str(files("riskmap") / "rules" / "vulnerability.toml"))
    rule = parse_risk_rule(read_toml(file)[0], where=file.name)
    if curves is None:
        return rule
    table = read_csv_table(curves, required=("variable", "value", "loss_ratio", "source"))
    columns = {name: table.column(name) for name in ("variable", "value", "loss_ratio", "source")}
    points: dict[str, list[tuple[float, float, str]]] = {}

    def point(row: tuple[int, list[str]]) -> None:
        variable = table.text(row, columns["variable"])
        if variable not in VARIABLES:
            raise table.wrong(row, columns["variable"], "no such variable", " | ".join(VARIABLES))
        if not table.text(row, columns["source"]):
            raise table.wrong(
                row, columns["source"], "a curve without a source", "where the numbers were read"
            )
        x, y = (table.number(row, columns[name]) for name in ("value", "loss_ratio"))
        points.setdefault(variable, []).append((x, y, table.text(row, columns["source"])))

    parse_each(table.rows, point, file=table.where)
    try:
        made = {
            v: Curve(
                v, VARIABLES[v], p[0][2], "user", 120 if v == "wind_speed" else None,
                values=tuple(x for x, _, _ in p), ratios=tuple(y for _, y, _ in p),
            )
            for v, p in points.items()
        }  # fmt: skip
    except ConfigError as problem:
        problem.where = f"{table.where}, {problem.where}"
        raise
    return replace(
        rule, wind=made.get("wind_speed", rule.wind), depth=made.get("inundation_depth", rule.depth)
    )


def read_dwellings(path: str | Path) -> Dwellings:
    """危旧房 by region code: CSV with ``code`` (or ``adcode``) and ``fragile``, a number of dwellings.

    Raises
    ------
    SourceError, DataError
        The file, a column or a cell is wrong, or a code is there twice.
    """
    table = read_csv_table(path, required=("fragile",))
    code = table.column(next((k for k in CODE_KEYS if k in table.header), CODE_KEYS[1]))
    count = table.column("fragile")
    found: dict[str, float] = {}

    def add(row: tuple[int, list[str]]) -> None:
        key, number = table.text(row, code), table.number(row, count)
        if key in found:
            raise table.wrong(row, code, "the code is there twice", "one row a unit", "keep one of the two")
        if number < 0:
            raise table.wrong(row, count, "not a number of dwellings", "0 or more")
        found[key] = number

    parse_each(table.rows, add, file=table.where)
    return Dwellings(found, Path(path).name)


def town_places() -> dict[str, NDArray[np.float64]]:
    """Longitude and latitude [degrees] of the bundled places, by county code, each of shape (place, 2).

    Examples
    --------
    >>> town_places()["330902"].shape[1]
    2
    """
    table = read_csv_table(bundled("places/zhejiang_geonames.csv"), required=("lon", "lat", "adcode"))
    lon, lat, code = (table.column(name) for name in ("lon", "lat", "adcode"))
    found: dict[str, list[tuple[float, float]]] = {}
    for row in table.rows:
        found.setdefault(table.text(row, code), []).append((table.number(row, lon), table.number(row, lat)))
    return {key: np.array(points, np.float64) for key, points in found.items()}
