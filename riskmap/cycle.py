"""One analysis time end to end: read, analyse, draw, and publish whole or not at all."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from riskmap.assess import Assessment, worst_tier
from riskmap.errors import RiskmapError
from riskmap.ledger import Ledger, Problem, Tell, tell_nobody
from riskmap.outlook import Outlook, beijing, vortex_hours
from riskmap.scale import Tier
from riskmap.scenario import Scenario

if TYPE_CHECKING:
    from riskmap.analysis import Inputs, Peaks
    from riskmap.io.risk_inputs import Stock

EXIT_OK: Final = 0
EXIT_PARTIAL: Final = 5
"""Something was left out; ``run.json`` and the report name it."""


@dataclass(frozen=True)
class RunResult:
    """Where a run was published and how it ended.

    Attributes
    ----------
    exit_code : int
        0, or 5 where something was left out.
    """

    folder: Path
    exit_code: int
    problems: tuple[Problem, ...]


def run(
    scenario_file: Path,
    out: Path,
    *,
    replace: bool = False,
    previous: Path | None = None,
    fresh: bool = False,
    tell: Tell = tell_nobody,
) -> RunResult:
    """Run a scenario and publish its products under ``out``.

    Parameters
    ----------
    scenario_file : Path
        TOML; see ``riskmap.io.scenario_file``.
    out : Path
        Folder to publish; must not exist unless ``replace``, which swaps an earlier run atomically.
    previous : Path, optional
        Run of the cycle before, whose published tiers are held; the run that is replaced unless given.
    fresh : bool
        Start anew: hold nothing that was published before.
    tell : callable, optional
        Progress: name of the step and its part done.

    Raises
    ------
    RiskmapError
        An input is wrong, or the disk is full; nothing is published then.
    """
    from riskmap.analysis import analyse
    from riskmap.io.inputs import read_inputs
    from riskmap.io.previous import read_previous
    from riskmap.io.publish import publishing, require_free
    from riskmap.io.risk_inputs import read_stock
    from riskmap.io.scenario_file import read_scenario
    from riskmap.products.bundle import write_front, write_outlook
    from riskmap.products.letter_bundle import wanted_types
    from riskmap.products.raster import tier_image

    require_free(out.absolute(), replace=replace)
    ledger = Ledger(tell=tell)
    with ledger.step("inputs"):
        scenario = read_scenario(scenario_file)
        wanted_types(scenario)  # a wrong document type is said before the hours are computed
        before = read_previous(
            out.absolute(), previous=previous, fresh=fresh, event=scenario.event.number, issued_at=scenario.run.issued_at
        )  # fmt: skip
        stock = read_stock(scenario.risk)
        runs = read_inputs(scenario, ledger)
    with publishing(out, replace=replace) as staging:
        outlooks: dict[str, Outlook] = {}
        letters: dict[str, dict[str, str]] = {}
        for inputs in runs:
            with ledger.step(f"hazards ({inputs.kind})") as part:
                outlook, peaks = analyse(inputs, encode=tier_image, tell=lambda _s, p, part=part: part(p))  # type: ignore[misc]
            if inputs.kind == "forecast":
                outlook = _publish_tiers(outlook, before, out, inputs, scenario, ledger)
            outlook = _with_risk(outlook, peaks, inputs, stock)
            outlooks[inputs.kind] = outlook
            _refused_radii(outlook, scenario, ledger)
            ledger.problems += outlook.problems
            if inputs.kind == "forecast":
                _keep_soil(outlook, scenario, ledger)
            letters |= write_outlook(staging, outlook, peaks, inputs.grid, scenario, ledger)
        with ledger.step("report"):
            record = run_record(scenario, outlooks, ledger)
            write_front(staging, outlooks, record, letters)
        staging.write("run.json", json.dumps(record | _timings(ledger), ensure_ascii=False, indent=1))
    problems = tuple(ledger.problems)
    return RunResult(out, EXIT_PARTIAL if problems else EXIT_OK, problems)


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
        "hours": scenario.run.hours,
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
        "inputs": ledger.inputs,
        "counts": {kind: _counts(o) for kind, o in outlooks.items()},
        "apart": {kind: sorted(o.assessment.apart) for kind, o in outlooks.items()},
        "lacking": dict(assessment.lacking),
        "problems": [asdict(problem) for problem in ledger.problems],
    }


def _publish_tiers(
    outlook: Outlook,
    before: tuple[Assessment | None, str],
    out: Path,
    inputs: Inputs,
    scenario: Scenario,
    ledger: Ledger,
) -> Outlook:
    """The outlook with the tiers that are published, by the cycles before it and what people confirmed."""
    from dataclasses import replace

    from riskmap.io.confirmations import beside, read_confirmations
    from riskmap.succession import succeed

    try:
        said = read_confirmations(beside(out))
    except RiskmapError as problem:  # warnings go on; nothing comes down from orange or red meanwhile
        said = ()
        ledger.missed(f"confirmations: {beside(out).name}", problem)
    assessment = succeed(
        outlook.assessment, before[0], event=outlook.event.number, where=before[1], confirmations=said,
        automatic=scenario.run.auto_confirm, rule=inputs.combination.hysteresis,
    )  # fmt: skip
    return replace(outlook, assessment=assessment)


def _with_risk(outlook: Outlook, peaks: Peaks, inputs: Inputs, stock: Stock) -> Outlook:
    """The outlook with the people and dwellings that the hazards meet."""
    from dataclasses import replace

    from riskmap.exposure import spread_people
    from riskmap.risk import risk_of
    from riskmap.zonal import shared_weights

    weights = shared_weights(inputs.everywhere, inputs.grid).first(len(inputs.regions))
    exposure = spread_people(
        inputs.regions, weights, inputs.grid, stock.places, spread=stock.rule.urban_spread
    )
    risk = risk_of(
        outlook.assessment, exposure, inputs.grid, onsets=outlook.onsets, peaks=peaks.fields, rule=stock.rule,
        flood=outlook.flood, dwellings=stock.dwellings,
    )  # fmt: skip
    return replace(outlook, risk=risk)


def _refused_radii(outlook: Outlook, scenario: Scenario, ledger: Ledger) -> None:
    """Name the reported radii that could not be used: a profile stands in for them."""
    for source, hours in vortex_hours(outlook).items():
        profile, _, why = source.partition("; ")
        if why:
            what = f"{why} ({hours} hours of the {outlook.kind}: {profile} instead)"
            ledger.problems.append(Problem(scenario.track.file.name, what))


def _keep_soil(outlook: Outlook, scenario: Scenario, ledger: Ledger) -> None:
    """Leave the soil's water for the next cycle; a run whose state cannot be written goes on."""
    from riskmap.io.soil_cycle import keep_soil_state

    path = scenario.flash_flood.soil_state
    if path is None or outlook.soil is None:
        return
    try:
        keep_soil_state(path, outlook.soil)
    except RiskmapError as problem:
        ledger.missed("flash_flood.soil_state", problem)


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


def _timings(ledger: Ledger) -> dict[str, Any]:
    """What differs from run to run, kept apart from everything else."""
    return {
        "timings": {
            "steps": ledger.steps,
            "seconds": round(sum(step["seconds"] for step in ledger.steps), 3),
            "peak_mb": max((step["peak_mb"] for step in ledger.steps), default=0.0),
        }
    }
