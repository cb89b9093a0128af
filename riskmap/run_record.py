"""What a run says of itself in ``run.json``: the same for the same inputs; what differs stands in ``timings.json``."""

from __future__ import annotations

import platform
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from riskmap.assessment import worst_tier
from riskmap.ledger import Ledger
from riskmap.outlook import Outlook, beijing, vortex_hours
from riskmap.scale import Tier
from riskmap.scenario import Scenario


def run_record(scenario: Scenario, outlooks: dict[str, Outlook], ledger: Ledger) -> dict[str, Any]:
    """What is the same for the same inputs: event, times, inputs, versions, counts, problems."""
    from riskmap.products.map_data import data_time

    forecast = outlooks["forecast"]
    assessment = forecast.assessment
    return {
        "schema": 1,
        "event": asdict(forecast.event),
        "issued_at": beijing(forecast.issued_at),
        "window": [beijing(assessment.valid_at[0]), beijing(assessment.valid_at[-1])],
        "hours": len(assessment.valid_at) - 1,
        "grid": vars(scenario.grid),
        "observed_until": beijing(data_time(forecast)),
        "seed": scenario.run.seed,
        "landfall_at": {
            kind: beijing(o.landfall_at) if o.landfall_at else None for kind, o in outlooks.items()
        },
        "vortex_hours": {kind: vortex_hours(o) for kind, o in outlooks.items()},
        "marks": {kind: [mark[0] for mark in o.marks] for kind, o in outlooks.items()},
        "marks_english": {kind: [mark[1] for mark in o.marks] for kind, o in outlooks.items()},
        "versions": _versions(),
        "inputs": ledger.described,
        "notes": ledger.notes,
        "counts": {kind: _counts(o) for kind, o in outlooks.items()},
        "apart": {kind: sorted(o.assessment.apart) for kind, o in outlooks.items()},
        "lacking": dict(assessment.lacking),
        "problems": [asdict(problem) for problem in ledger.problems],
    }


def timings(ledger: Ledger) -> dict[str, Any]:
    """What differs from run to run, for a file of its own."""
    return {
        "steps": ledger.steps,
        "seconds": round(sum(step["seconds"] for step in ledger.steps), 3),
        "peak_mb": max((step["peak_mb"] for step in ledger.steps), default=0.0),
    }


def _counts(outlook: Outlook) -> dict[str, dict[str, int]]:
    """Regions by their worst tier over the window, combined and for each hazard; -2 = not applicable."""
    assessment = outlook.assessment
    tiers = {"combined": assessment.window_worst}
    for n, hazard in enumerate(assessment.hazards):
        tiers[hazard] = worst_tier(assessment.table["tier"].values[n])
    names = {int(tier): tier.english for tier in Tier} | {-1: "no_data", -2: "not_applicable"}
    return {
        hazard: {name: int((worst == code).sum()) for code, name in names.items() if (worst == code).any()}
        for hazard, worst in tiers.items()
    }


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in (
        "riskmap",
        "numpy",
        "numba",
        "xarray",
        "rasterio",
        "shapely",
        "folium",
        "exactextract",
        "typst",
    ):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
