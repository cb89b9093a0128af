"""Every product of one outlook, written into the folder under construction.

What one county or one missing extra breaks is recorded and left out; the rest goes on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from riskmap.analysis import Peaks
from riskmap.beside import Begin, begin_here
from riskmap.grid import Grid
from riskmap.io.publish import Held, Staging
from riskmap.io.published_outlook import OUTLOOK_FILE
from riskmap.ledger import Ledger, Problem
from riskmap.outlook import Outlook
from riskmap.products.letter_bundle import Links, write_letters
from riskmap.scenario import Scenario

Files = tuple[dict[str, str | bytes], list[Problem]]
"""Files by name, and what had to be left out."""


def write_outlook(
    staging: Staging, outlook: Outlook, peaks: Peaks, grid: Grid, scenario: Scenario, ledger: Ledger, *,
    begin: Begin = begin_here,
) -> Links:  # fmt: skip
    """Write map, tables, fields and, for the forecast, the letters of one outlook.

    Parameters
    ----------
    staging : Staging
        Folder under construction; a hindcast goes below ``hindcast/``.
    ledger : Ledger
        Takes the steps and what had to be left out.
    begin : Begin, optional
        Begins the tables, which are made while the letters are typeset, and some of the counties' pages.

    Returns
    -------
    mapping
        Region code -> label (PDF, DOCX, CAP) -> path of each letter that was written.
    """
    from riskmap.products.map_bundle import write_maps

    forecast = outlook.kind == "forecast"
    args = outlook, peaks, grid, scenario
    ahead = None if begin is begin_here else begin(table_files, *args)  # here they are written one by one
    zones = write_zones(staging, outlook, grid, ledger)
    letters: Links = {}
    if forecast and scenario.products.letters:
        with ledger.step("letters") as part:
            letters = write_letters(staging, outlook, scenario, ledger, part)
    with ledger.step(f"tables ({outlook.kind})"):
        if ahead is None:
            _write_tables(staging, *args, ledger)
        else:
            files, problems = ahead()
            staging.write_all(files)
            ledger.problems += problems
    with ledger.step(f"map ({outlook.kind})"):
        return write_maps(staging, outlook, grid, scenario, ledger, letters, zones, begin=begin)


def write_zones(staging: Staging, outlook: Outlook, grid: Grid, ledger: Ledger) -> str | None:
    """Write the evacuation zones; gives their GeoJSON, None where there are no first hours or they cannot be made, which is named: letters
    and maps go on without them.
    """
    from riskmap.products.zones import zones_geojson

    if not outlook.onsets:
        return None
    name = "zones.geojson" if outlook.kind == "forecast" else "hindcast/zones.geojson"
    with ledger.step(f"zones ({outlook.kind})"):
        zones = ledger.tried(
            partial(zones_geojson, outlook.assessment, outlook.onsets, grid, marks=outlook.marks, flood=outlook.flood), name
        )  # fmt: skip
        if zones is not None:
            staging.write(name, zones)
    return zones


def outlook_files(outlook: Outlook, peaks: Peaks, grid: Grid, scenario: Scenario) -> Files:
    """What ``write_outlook`` writes: for another process."""
    held, own = Held(), Ledger()
    write_outlook(held, outlook, peaks, grid, scenario, own)
    return held.files, own.problems


def table_files(outlook: Outlook, peaks: Peaks, grid: Grid, scenario: Scenario) -> Files:
    """The tables and fields that ``write_outlook`` writes: for another process."""
    held, own = Held(), Ledger()
    _write_tables(held, outlook, peaks, grid, scenario, own)
    return held.files, own.problems


def _write_tables(
    staging: Staging, outlook: Outlook, peaks: Peaks, grid: Grid, scenario: Scenario, ledger: Ledger
) -> None:  # fmt: skip
    from riskmap.products.tables import write_tables

    folder = "" if outlook.kind == "forecast" else "hindcast/"
    write_tables(staging, folder, outlook, ledger)
    _write_reasons(staging, folder, outlook, scenario, ledger)
    _write_grids(staging, folder, outlook, peaks, grid, scenario, ledger)


def tiers_files(outlook: Outlook, scenario: Scenario, record: Mapping[str, Any]) -> dict[str, str]:
    """What is decided by and nothing that is looked at: the assessment, and what documents need beside it, by file name."""
    from riskmap.products.letter_bundle import wanted_types
    from riskmap.products.outlook_json import outlook_json
    from riskmap.products.table import assessment_json

    products = scenario.products
    files = wanted_types(scenario)[1]
    words = outlook_json(outlook, issuer=products.issuer, organ=products.organ, document_files=files)
    return {
        "assessment.json": assessment_json(outlook.assessment),
        OUTLOOK_FILE: words,
        "run.json": json.dumps(record, ensure_ascii=False, indent=1),
    }


def _write_reasons(
    staging: Staging, folder: str, outlook: Outlook, scenario: Scenario, ledger: Ledger
) -> None:
    """The table of reasons for other programs, where asked for."""
    from riskmap.io.reasons_files import reasons_files
    from riskmap.reasons import reasons_table

    wanted = scenario.products.tables
    if not wanted:
        return
    where = {one: f"{folder}reasons ({one})" for one in wanted}
    table = ledger.tried(
        partial(reasons_table, outlook.assessment, probability=outlook.probability), *where.values()
    )
    if table is None:
        return
    for one, place in where.items():
        files: dict[str, bytes] | None = ledger.tried(
            partial(dict, reasons_files(outlook.assessment, table, [one])), place
        )
        staging.write_all({f"{folder}{name}": content for name, content in (files or {}).items()})


def _write_grids(
    staging: Staging,
    folder: str,
    outlook: Outlook,
    peaks: Peaks,
    grid: Grid,
    scenario: Scenario,
    ledger: Ledger,
) -> None:
    from riskmap.products.grids import grid_files, layers

    found = grid_files(layers(outlook, peaks, grid), outlook, with_netcdf=scenario.products.netcdf)
    for name, make in found:
        content = ledger.tried(make, f"{folder}fields/{name}")
        if content is not None:
            staging.write(f"{folder}fields/{name}", content)


def write_front(
    staging: Staging, outlooks: Mapping[str, Outlook], record: Mapping[str, Any], letters: Links
) -> None:
    """Write ``report.html`` and ``index.html``, which link everything that was written."""
    from riskmap.products.report import build_index, build_report

    staging.write("report.html", build_report(record, outlooks["forecast"], letters=letters))
    staging.write("index.html", build_index(record, outlooks["forecast"], letters=letters))
