"""The registers of a scenario's ``[assets]``: read, checked, and their bad rows named."""

from __future__ import annotations

from typing import Any, Final

from riskmap.io.hazard_points import read_hazard_zones
from riskmap.io.landslide_table import read_landslide_rules
from riskmap.ledger import Ledger, Problem
from riskmap.region import Region
from riskmap.scenario import Scenario

HAZARD_OF: Final = {
    "hazard_zones": "landslide", "sea_walls": "sea_wall", "reservoirs": "reservoir", "river_stations": "river_stage",
}  # fmt: skip
"""Key of the section -> the hazard that its assets count for."""


def read_assets(scenario: Scenario, regions: tuple[Region, ...], ledger: Ledger) -> dict[str, Any]:
    """What ``riskmap.analysis.Inputs`` takes of assets.

    Parameters
    ----------
    scenario : Scenario
    regions : tuple of Region
        To check the places against.
    ledger : Ledger
        Takes each row that was left out or is doubtful: people live there.

    Raises
    ------
    RiskmapError
        A register cannot be used at all.
    """
    section = scenario.assets
    found: dict[str, Any] = {"examples": frozenset(HAZARD_OF[key] for key in section.examples)}
    if section.hazard_zones is not None:
        table = read_hazard_zones(section.hazard_zones, datum=section.datum, regions=regions)
        ledger.problems += [
            Problem(problem.where or section.hazard_zones.name, str(problem)) for problem in table.problems
        ]
        found |= {"zones": table.zones, "slope_rules": read_landslide_rules()}
    return found
