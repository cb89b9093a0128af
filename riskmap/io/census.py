"""Who lives in a region: residents by age and in towns, from the table that also gives the head count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from riskmap.io.csv_table import CsvTable, parse_each, read_csv_table
from riskmap.io.regions import CODE_KEYS
from riskmap.region import Region

AGE_COLUMNS: Final = ("age60p", "age65p", "age80p")
"""Residents aged 60, 65 and 80 and over."""

URBAN_COLUMN: Final = "urban"
"""Residents who live in towns."""


def with_census(regions: Sequence[Region], path: str | Path | None) -> tuple[Region, ...]:
    """The regions with their residents by age and in towns, where the table has such columns.

    Parameters
    ----------
    regions : sequence of Region
    path : path or None
        CSV of ``riskmap.io.regions.read_population``, with any of ``age60p``, ``age65p``, ``age80p``, ``urban``; an empty
        cell, or a column that is not there, is unknown. None = no table.

    Raises
    ------
    DataError
        A count is negative, or an older group larger than a younger one or than the residents.

    Examples
    --------
    >>> from riskmap.io.bundled import bundled
    >>> from riskmap.io.regions import read_regions
    >>> table = bundled("census/zhejiang_pop2020_on_2021_boundaries.csv")
    >>> regions = read_regions(bundled("admin/zhejiang_district_simple.geojson"), population=table)
    >>> with_census(regions, table)[1].aged
    (229280, 161185, 41660)
    """
    if path is None:
        return tuple(regions)
    table = read_csv_table(path)
    wanted = [name if name in table.header else None for name in (*AGE_COLUMNS, URBAN_COLUMN)]
    if not any(wanted):
        return tuple(regions)
    code = table.column(next((k for k in CODE_KEYS if k in table.header), CODE_KEYS[0]))
    people = {region.code: region.population for region in regions}
    rows = [row for row in table.rows if table.text(row, code) in people]
    counts = parse_each(
        rows, lambda row: _counts(table, row, wanted, people[table.text(row, code)]), file=table.where
    )
    found = {table.text(row, code): own for row, own in zip(rows, counts, strict=True)}
    return tuple(
        replace(r, aged=tuple(found[r.code][:3]), urban=found[r.code][3]) if r.code in found else r
        for r in regions
    )


def _counts(
    table: CsvTable, row: tuple[int, list[str]], wanted: Sequence[str | None], residents: int | None
) -> list[int | None]:
    """One row's counts, each at most the one before it and the residents."""
    counts: list[int | None] = []
    most = float("inf") if residents is None else residents
    for n, name in enumerate(wanted):
        value = np.nan if name is None else table.number(row, table.column(name))
        if n == len(AGE_COLUMNS):
            most = float("inf") if residents is None else residents
        if name is not None and (value < 0 or value > most):
            raise table.wrong(
                row, table.column(name), "not a part of the residents", f"0 to {most:g}",
                "older groups are parts of younger ones, all are parts of the residents",
            )  # fmt: skip
        if not np.isnan(value):
            most = value
        counts.append(None if np.isnan(value) else round(value))
    return counts
