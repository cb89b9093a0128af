"""The user's table of villages by streams (沿河村落). One row a group of houses; a wrong row is left out and listed by line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import Final

from riskmap.errors import DataError, DatumError
from riskmap.hazard.flash_flood.villages import Village
from riskmap.io.csv_table import CsvTable, read_csv_table
from riskmap.io.rows import require_some

Row = tuple[int, list[str]]

REQUIRED: Final = ("id", "name", "lon", "lat", "region")
CRITERIA: Final = ("over_channel", "pond_upstream", "landslide_slope", "gully_mouth", "past_flood")
DATUMS: Final = ("WGS-84", "CGCS2000")

_YES: Final = {"1", "yes", "true", "是", "有", "y"}
_NO: Final = {"0", "no", "false", "否", "无", "n"}
_REGION: Final = re.compile(r"\d{6}|\d{9}|\d{12}")


@dataclass(frozen=True)
class VillageTable:
    """Villages that were read, and the rows that were not: line, column and why."""

    villages: tuple[Village, ...]
    refused: tuple[str, ...]


def read_key_villages(path: str | Path, *, datum: str) -> VillageTable:
    """Read villages for ``riskmap.hazard.flash_flood.key_villages``.

    Parameters
    ----------
    path : path
        CSV with ``id``, ``name``, ``lon``, ``lat`` [degrees], ``region`` (administrative code), and as far as surveyed
        ``above_bank_m``, ``over_channel``, ``pond_upstream``, ``landslide_slope``, ``gully_mouth``, ``past_flood`` (是/否,
        yes/no, 1/0, empty = unknown), ``households``, ``people``, ``responsible``.
    datum : str
        ``WGS-84`` or ``CGCS2000``; nothing else is guessed. GCJ-02 is converted first (``riskmap.io.gcj02``).

    Raises
    ------
    DatumError
        Another datum.
    SourceError, DataError
        Unreadable, a column missing, or no row that is right.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "villages.csv")
    ...     _ = file.write_text("id,name,lon,lat,region,past_flood\\nV1,上坑,120.3,28.4,331102001001,是\\n"
    ...                         "V2,下坑,28.4,120.3,331102001002,否\\n", encoding="utf-8")
    ...     table = read_key_villages(file, datum="CGCS2000")
    >>> [(village.name, village.past_flood) for village in table.villages], len(table.refused)
    ([('上坑', True)], 1)
    """
    if datum not in DATUMS:
        raise DatumError(
            "coordinates in another datum", where=str(path), expected=" or ".join(DATUMS), found=repr(datum),
            remedy="convert them first, GCJ-02 with riskmap.io.gcj02",
        )  # fmt: skip
    table = read_csv_table(path, required=REQUIRED)
    found: dict[str, Village] = {}
    refused: list[DataError] = []
    for row in table.rows:
        try:
            village = _village(table, row)
            if village.id in found:
                raise table.wrong(row, table.column("id"), "a village twice", "each id once", "drop one row")
        except DataError as error:
            refused.append(error)
            continue
        found[village.id] = village
    require_some(list(found), refused, table.where)
    return VillageTable(tuple(found.values()), tuple(map(str, refused)))


def _village(table: CsvTable, row: Row) -> Village:
    words = {name: table.text(row, table.column(name)) for name in ("id", "name", "region")}
    for name, text in words.items():
        if not text:
            raise table.wrong(row, table.column(name), "an empty cell", f"the village's {name}")
    if not _REGION.fullmatch(words["region"]):
        raise table.wrong(row, table.column("region"), "not an administrative code", "6, 9 or 12 digits")
    place = {name: _number(table, row, name, -180.0, 180.0) for name in ("lon", "lat")}
    for name, bounds in (("lon", (73.0, 136.0)), ("lat", (3.0, 54.0))):
        if not bounds[0] <= place[name] <= bounds[1]:
            raise table.wrong(
                row, table.column(name), "a place that is not in China", f"{bounds[0]:g} to {bounds[1]:g} degrees",
                "check that lon and lat are not swapped",
            )  # fmt: skip
    answers = {name: _answer(table, row, name) for name in CRITERIA}
    counts = {name: _number(table, row, name, 0.0, 1e6) for name in ("households", "people")}
    whole = {name: None if isnan(value) else int(value) for name, value in counts.items()}
    return Village(
        longitude=place["lon"],
        latitude=place["lat"],
        above_bank=_number(table, row, "above_bank_m", -20.0, 200.0),
        responsible=table.text(row, table.column("responsible")) if "responsible" in table.header else "",
        id=words["id"],
        name=words["name"],
        region=words["region"],
        over_channel=answers["over_channel"],
        pond_upstream=answers["pond_upstream"],
        landslide_slope=answers["landslide_slope"],
        gully_mouth=answers["gully_mouth"],
        past_flood=answers["past_flood"],
        households=whole["households"],
        people=whole["people"],
    )


def _number(table: CsvTable, row: Row, name: str, low: float, high: float) -> float:
    if name not in table.header:
        return float("nan")
    value = table.number(row, table.column(name))
    if value < low or value > high:
        raise table.wrong(row, table.column(name), "a number that cannot be", f"{low:g} to {high:g}")
    return value


def _answer(table: CsvTable, row: Row, name: str) -> bool | None:
    if name not in table.header:
        return None
    text = table.text(row, table.column(name)).lower()
    if not text:
        return None
    if text not in _YES | _NO:
        raise table.wrong(
            row, table.column(name), "neither yes nor no", "是 or 否, yes or no, 1 or 0, or an empty cell"
        )
    return text in _YES
