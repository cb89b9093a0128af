"""The tables of one outlook: tiers, counties, changes, assets, water, surge, chances, and the assessment itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial

from riskmap.io.publish import Staging
from riskmap.ledger import Ledger
from riskmap.outlook import Outlook
from riskmap.products.assets import assets_csv
from riskmap.products.changes import changes_csv
from riskmap.products.county_table import counties_csv
from riskmap.products.flood_table import flood_csv
from riskmap.products.levels_table import levels_csv
from riskmap.products.probability import probability_csv
from riskmap.products.risk_table import risk_csv
from riskmap.products.surge import surge_csv
from riskmap.products.table import assessment_json, tiers_csv
from riskmap.reasons import reasons_table


def write_tables(staging: Staging, folder: str, outlook: Outlook, ledger: Ledger) -> None:
    """Write every table of one outlook, one after the other, so that one at a time is in memory.

    One that cannot be made is named and left out, ``assessment.json`` excepted: what comes after a run is decided by it.

    Parameters
    ----------
    folder : str
        Below the staging, with its slash; empty for the forecast.
    outlook : Outlook
        A hindcast has no cycle before it, so no table of changes.

    Raises
    ------
    SourceError
        The disk is full.
    """
    assessment = outlook.assessment
    staging.write(f"{folder}assessment.json", assessment_json(assessment))
    for name, make in _makers(outlook):
        text = ledger.tried(make, f"{folder}{name}")
        if text is not None:
            staging.write(f"{folder}{name}", text)


def _makers(outlook: Outlook) -> Iterator[tuple[str, Callable[[], str]]]:
    """Name of each table, and what makes it."""
    assessment = outlook.assessment
    reasons = cache(partial(reasons_table, assessment, probability=outlook.probability))
    yield "tiers.csv", lambda: tiers_csv(assessment, reasons())
    yield "counties.csv", lambda: counties_csv(assessment, reasons())
    if outlook.kind == "forecast":
        yield "changes.csv", partial(changes_csv, assessment)
    yield "levels.csv", partial(levels_csv, outlook)
    if outlook.risk is not None:
        yield "risk.csv", partial(risk_csv, outlook.risk, assessment.regions)
    if assessment.assets:
        yield "assets.csv", partial(assets_csv, assessment)
    if outlook.flood is not None:
        yield "inundation.csv", partial(flood_csv, outlook.flood, assessment.regions, outlook.issued_at)
    if outlook.surge is not None:
        yield "surge.csv", partial(surge_csv, outlook.surge)
    if outlook.kind == "forecast" and outlook.probability is not None:
        yield (
            "probability.csv",
            partial(probability_csv, outlook.probability, assessment.regions, outlook.issued_at),
        )
