"""Every product of one outlook, written into the folder under construction.

What one county or one missing extra breaks is recorded and left out; the rest goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import xarray as xr

from riskmap.analysis import Peaks
from riskmap.grid import Grid
from riskmap.io.publish import Staging
from riskmap.ledger import Ledger
from riskmap.outlook import FLOOD_FIELDS, Outlook
from riskmap.products.letter_bundle import Links, write_letters
from riskmap.scenario import Scenario

FIELDS: Final = {
    "wind_speed": ("peak 2-min mean wind of the window", "m s-1"),
    "wind_speed_of_gust": ("peak 3-s gust of the window", "m s-1"),
    "rain_3h": ("largest 3 h rain of the window", "mm"),
    "rain_24h": ("largest 24 h rain of the window", "mm"),
}
"""Peak fields that are published as GeoTIFF."""


def write_outlook(
    staging: Staging, outlook: Outlook, peaks: Peaks, grid: Grid, scenario: Scenario, ledger: Ledger
) -> Links:
    """Write map, tables, fields and, for the forecast, the letters of one outlook.

    Parameters
    ----------
    staging : Staging
        Folder under construction; a hindcast goes below ``hindcast/``.
    ledger : Ledger
        Takes the steps and what had to be left out.

    Returns
    -------
    mapping
        Region code -> label (PDF, DOCX, CAP) -> path of each letter that was written.
    """
    from riskmap.io.basemap import read_basemap
    from riskmap.io.rasters import geotiff
    from riskmap.products.flood_table import flood_csv
    from riskmap.products.map import build_map
    from riskmap.products.pyramid import window_pyramids
    from riskmap.products.surge import surge_csv
    from riskmap.products.tables import tables
    from riskmap.products.zones import zones_geojson

    folder = "" if outlook.kind == "forecast" else "hindcast/"
    letters: Links = {}
    if outlook.kind == "forecast" and scenario.products.letters:
        with ledger.step("letters") as part:
            letters = write_letters(staging, outlook, scenario, ledger, part)
    with ledger.step(f"map ({outlook.kind})"):
        page = build_map(
            outlook,
            read_basemap(grid.bounds),
            links=letters,
            windows=window_pyramids(outlook.onsets, grid),
            approval_number=scenario.products.approval_number,
        )
        staging.write(f"{folder}map.html", page)
    with ledger.step(f"tables ({outlook.kind})"):
        for name, text in tables(outlook):
            staging.write(f"{folder}{name}", text)
        if outlook.onsets:
            zones = zones_geojson(
                outlook.assessment, outlook.onsets, grid, marks=outlook.marks, flood=outlook.flood
            )
            staging.write(f"{folder}zones.geojson", zones)
        if outlook.flood is not None:
            table = flood_csv(outlook.flood, outlook.assessment.regions, outlook.issued_at)
            staging.write(f"{folder}inundation.csv", table)
            for name, (units, words) in FLOOD_FIELDS.items():
                if name not in outlook.flood.values:
                    continue
                tiff = geotiff(
                    outlook.flood.field(name),
                    outlook.flood.grid,
                    description=f"{words}; {outlook.flood.note[1]}",
                    units=units,
                )
                staging.write(f"{folder}fields/inundation_{name}.tif", tiff)
        if outlook.surge is not None:
            staging.write(f"{folder}surge.csv", surge_csv(outlook.surge))
        if outlook.probability is not None:
            _write_chances(staging, outlook, outlook.probability, grid)
        for name, (description, units) in FIELDS.items():
            if name in peaks.fields:
                words = f"{description}; {outlook.rain_note[1]}" if name.startswith("rain") else description
                tiff = geotiff(peaks.fields[name], grid, description=words, units=units)
                staging.write(f"{folder}fields/peak_{name}.tif", tiff)
    return letters


def _write_chances(staging: Staging, outlook: Outlook, chances: xr.Dataset, grid: Grid) -> None:
    """``probability.csv`` and a GeoTIFF a tier."""
    from riskmap.io.rasters import geotiff
    from riskmap.products.probability import probability_csv
    from riskmap.tally import TIERS

    staging.write("probability.csv", probability_csv(chances, outlook.assessment.regions, outlook.issued_at))
    members = f"{chances.attrs['members_counted']} members" + (", made" if chances.attrs["made"] else "")
    for n, tier in enumerate(TIERS):
        words = f"chance of wind at {tier.english} or worse in the window ({members})"
        tiff = geotiff(chances["probability"].values[n], grid, description=words, units="1")
        staging.write(f"fields/probability_wind_{tier.english}.tif", tiff)
    words = f"chance that the centre passes within 120 km ({members})"
    strike = geotiff(chances["strike_probability"].values, grid, description=words, units="1")
    staging.write("fields/strike_probability.tif", strike)


def write_front(
    staging: Staging, outlooks: Mapping[str, Outlook], record: Mapping[str, Any], letters: Links
) -> None:
    """Write ``report.html`` and ``index.html``, which link everything that was written."""
    from riskmap.products.report import build_index, build_report

    staging.write("report.html", build_report(record, outlooks["forecast"], letters=letters))
    staging.write("index.html", build_index(record, outlooks["forecast"], letters=letters))
