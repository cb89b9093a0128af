"""The tables of one outlook, by file name: tiers, counties, changes, assets, and the assessment itself."""

from __future__ import annotations

from collections.abc import Iterator

from riskmap.outlook import Outlook
from riskmap.products.assets import assets_csv
from riskmap.products.changes import changes_csv
from riskmap.products.county_table import counties_csv
from riskmap.products.levels_table import levels_csv
from riskmap.products.risk_table import risk_csv
from riskmap.products.table import assessment_json, tiers_csv
from riskmap.reasons import reasons_table


def tables(outlook: Outlook) -> Iterator[tuple[str, str]]:
    """Name and text of each table, one after the other, so that one at a time is in memory.

    Parameters
    ----------
    outlook : Outlook
        A hindcast has no cycle before it, so no table of changes.
    """
    assessment = outlook.assessment
    reasons = reasons_table(assessment, probability=outlook.probability)
    yield "tiers.csv", tiers_csv(assessment, reasons)
    yield "counties.csv", counties_csv(assessment, reasons)
    if outlook.kind == "forecast":
        yield "changes.csv", changes_csv(assessment)
    yield "levels.csv", levels_csv(outlook)
    yield "assessment.json", assessment_json(assessment)
    if outlook.risk is not None:
        yield "risk.csv", risk_csv(outlook.risk, assessment.regions)
    if assessment.assets:
        yield "assets.csv", assets_csv(assessment)
