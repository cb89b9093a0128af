"""The user's table of sea-wall sections (海塘名录)."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr

from riskmap.errors import DataError, Faults, RiskmapError
from riskmap.grid import EARTH_RADIUS
from riskmap.heights import height_datum
from riskmap.io.csv_table import CsvTable, read_csv_table
from riskmap.ledger import Ledger, Problem

Row = tuple[int, list[str]]

REQUIRED: Final = ("code", "name", "region", "crest_m", "height_datum", "toe_m")
"""Columns that a table must have; others may be left out or left empty."""

_NUMBERS: Final = {
    # variable: (column, lowest, highest, when empty, factor, units)
    "crest": ("crest_m", -5.0, 30.0, None, 1.0, "m"),
    "toe": ("toe_m", -30.0, 20.0, None, 1.0, "m"),
    "cot_slope": ("cot_slope", 0.0, 20.0, 3.0, 1.0, "1"),
    "roughness": ("roughness", 0.3, 1.0, 1.0, 1.0, "1"),
    "berm_width": ("berm_width_m", 0.0, 100.0, 0.0, 1.0, "m"),
    "berm_level": ("berm_level_m", -10.0, 20.0, 0.0, 1.0, "m"),
    "design_tide": ("design_tide_m", -5.0, 20.0, math.nan, 1.0, "m"),
    "return_period": ("return_period_years", 1.0, 10_000.0, math.nan, 1.0, "year"),
    "allowed_discharge": ("allowed_q_l_s_m", 1e-3, 1_000.0, math.nan, 1e-3, "m3 s-1 m-1"),
    "lowest_opening": ("lowest_opening_m", -10.0, 30.0, math.nan, 1.0, "m"),
    "opening_share": ("opening_share", 0.0, 1.0, 0.0, 1.0, "1"),
    "dry_gates": ("dry_gates", 0.0, 1_000.0, 0.0, 1.0, "1"),
    "gaps": ("gaps", 0.0, 1_000.0, 0.0, 1.0, "1"),
    "sluices": ("sluices", 0.0, 1_000.0, 0.0, 1.0, "1"),
    "under_construction": ("under_construction", 0.0, 1_000.0, 0.0, 1.0, "1"),
}  # fmt: skip
_PLACE: Final = {
    "longitude": ("lon", -180.0, 360.0),
    "latitude": ("lat", -90.0, 90.0),
    "facing": ("facing_deg", 0.0, 360.0),
    "length": ("length_m", 1.0, 100_000.0),
}
_ENDS: Final = ("lon1", "lat1", "lon2", "lat2")
_WORDS: Final = {"name": "name", "region": "region", "owner": "owner", "station": "station", "note": "note"}


def read_sea_walls(path: str | Path, *, ledger: Ledger | None = None) -> xr.Dataset:
    """Sections of sea walls, one a row.

    Parameters
    ----------
    path : path
        CSV: code, name, region (county), crest_m, height_datum (1985, 吴淞, 站基面, 平均海面), toe_m, and as far as known
        wall (slope | vertical), cot_slope, roughness, berm_width_m, berm_level_m, design_tide_m, return_period_years,
        allowed_q_l_s_m, lowest_opening_m, opening_share, dry_gates (旱闸), gaps (缺口), sluices (涵闸),
        under_construction (在建段), owner, station (code of the tide station), note; and either lon, lat of the middle,
        facing_deg (where the sea lies, clockwise from north) and length_m, or lon1, lat1, lon2, lat2 with the sea on the
        right hand of one who walks from the first end to the second.
    ledger : Ledger, optional
        With it a bad row is recorded and left out; without it all of them are told in one error.

    Returns
    -------
    Dataset (section)
        Heights [m] above ``height_datum`` of the section, ``allowed_discharge`` [m3 s-1 m-1], ``length`` [m], ``facing``
        [degrees], NaN or the stated default where unknown. Attribute ``marks``: a first line ``# ...`` above the header, such
        as 示例.

    Raises
    ------
    SourceError, DataError, DatumError
        Unreadable; a column is missing; a cell is wrong, named by line and column; a height without datum; a code twice.

    Examples
    --------
    >>> from riskmap.io.bundled import bundled
    >>> walls = read_sea_walls(bundled("sea_walls/sea_walls_example.csv"))
    >>> walls.sizes["section"], walls["crest"].values[:3].tolist()
    (12, [6.6, 7.3, 9.4])
    """
    table, marks = _table(path)
    rows, seen, faults = [], set(), Faults()
    for row in table.rows:
        try:
            one = _section(table, row)
            if one["code"] in seen:
                raise table.wrong(
                    row, table.column("code"), "a section twice", "each code once", "drop one of the rows"
                )
        except RiskmapError as problem:
            if ledger is None:
                faults.add(problem)
            else:
                ledger.problems += [Problem(Path(path).name, one.paragraph) for one in problem.each]
            continue
        seen.add(one["code"])
        rows.append(one)
    faults.tell(file=table.where)
    numbers = {name: units for name, (*_, units) in _NUMBERS.items()}
    numbers |= {"longitude": "degrees_east", "latitude": "degrees_north", "facing": "degrees", "length": "m"}
    return xr.Dataset(
        {name: ("section", np.array([one[name] for one in rows], np.float64), {"units": units})
         for name, units in numbers.items()}
        | {name: ("section", np.array([one[name] for one in rows], dtype="U80")) for name in (*_WORDS, "height_datum")}
        | {"vertical": ("section", np.array([one["vertical"] for one in rows], np.bool_))},
        coords={"section": np.array([one["code"] for one in rows], dtype="U40")}, attrs={"marks": marks},
    )  # fmt: skip


def _table(path: str | Path) -> tuple[CsvTable, str]:
    """The table, and the words of a remark before its header."""
    table = read_csv_table(path)
    marks = ""
    if table.header and table.header[0].startswith("#"):
        marks = ",".join(cell for cell in table.header if cell).lstrip("# ")
        (_, header), *rows = table.rows
        table = CsvTable(table.where, tuple(cell.strip() for cell in header), tuple(rows), table.ended)
    for name in REQUIRED:
        table.column(name)
    return table, marks


def _section(table: CsvTable, row: Row) -> dict[str, float | str | bool]:
    found: dict[str, float | str | bool] = {}
    code = table.column("code")
    if not table.text(row, code):
        raise table.wrong(row, code, "a section without a code", "a code", "number the sections")
    found["code"] = table.text(row, code)
    found |= {name: _word(table, row, column) for name, column in _WORDS.items()}
    datum, faults = table.column("height_datum"), Faults()
    with faults:
        found["height_datum"] = height_datum(
            table.text(row, datum), where=f"{table.where}, line {row[0]}, column height_datum"
        )
    for name, (column, low, high, default, factor, _) in _NUMBERS.items():
        with faults:
            value = _number(table, row, column, low, high)
            if math.isnan(value) and default is None:
                raise table.wrong(
                    row, table.column(column), "a height is missing", f"{low:g} to {high:g}", "fill the cell"
                )
            found[name] = (default if math.isnan(value) and default is not None else value) * (
                1.0 if math.isnan(value) else factor
            )
    with faults:
        found |= _place(table, row)
    kind = _word(table, row, "wall") or "slope"
    if kind not in ("slope", "vertical"):
        faults.add(table.wrong(row, table.column("wall"), "an unknown kind of wall", "slope | vertical"))
    found["vertical"] = kind == "vertical"
    faults.tell()
    if float(found["crest"]) <= float(found["toe"]):
        raise table.wrong(
            row, table.column("crest_m"), "a crest below its toe", f"more than {found['toe']} m"
        )
    return found


def _word(table: CsvTable, row: Row, column: str) -> str:
    return table.text(row, table.header.index(column)) if column in table.header else ""


def _number(table: CsvTable, row: Row, column: str, low: float, high: float) -> float:
    """A cell within its range; NaN where empty or without a column."""
    if column not in table.header:
        return math.nan
    value = table.number(row, table.column(column))
    if value < low or value > high:
        raise table.wrong(
            row, table.column(column), "a value out of range", f"{low:g} to {high:g}", "check the unit"
        )
    return value


def _place(table: CsvTable, row: Row) -> dict[str, float | str | bool]:
    """Middle, direction of the sea and length, as given or from the two ends."""
    ends = [_number(table, row, name, -180.0, 360.0) for name in _ENDS]
    if not any(math.isnan(value) for value in ends):
        lon1, lat1, lon2, lat2 = ends
        east = (lon2 - lon1) * math.cos(math.radians(0.5 * (lat1 + lat2)))
        length = math.radians(math.hypot(east, lat2 - lat1)) * EARTH_RADIUS
        if length < 1.0:
            raise DataError(
                "a section without length", where=f"{table.where}, line {row[0]}", expected="two ends",
                found=f"{length:.2f} m", remedy="mend the ends",
            )  # fmt: skip
        facing = (math.degrees(math.atan2(east, lat2 - lat1)) + 90.0) % 360.0
        return {
            "longitude": 0.5 * (lon1 + lon2), "latitude": 0.5 * (lat1 + lat2), "facing": facing, "length": length,
        }  # fmt: skip
    found: dict[str, float | str | bool] = {}
    for name, (column, low, high) in _PLACE.items():
        value = _number(table, row, column, low, high)
        if math.isnan(value):
            raise DataError(
                "a section without its place", where=f"{table.where}, line {row[0]}, column {column}",
                expected="lon, lat, facing_deg, length_m, or lon1, lat1, lon2, lat2", found="nothing",
                remedy="fill one of the two sets",
            )  # fmt: skip
        found[name] = value
    return found
