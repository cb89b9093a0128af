"""The flash-flood layer: the faster of the two cadences. Newest rain in, tiers of catchments and counties out, within minutes.

It is a cycle like the full one (``riskmap.scheduled``), below ``root/flash`` with runs, ``latest``, lock and status of its own, so that
neither waits for the other and no page mixes the two. It reads no track: a storm that nobody follows any more still floods
valleys. Its analysis time is the newest time up to which rain is known, so that each page says as of when it is.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from riskmap.cycle import publish_tiers
from riskmap.cycle_inputs import Choice, stale
from riskmap.doubt import Doubt, doubted
from riskmap.io.cycle_config import CycleConfig, InputSection
from riskmap.io.run_store import LATEST, read_manifest
from riskmap.io.scenario_file import read_scenario
from riskmap.ledger import Ledger
from riskmap.outlook import Outlook, beijing
from riskmap.run_record import run_record, timings

if TYPE_CHECKING:
    from riskmap.assessment import Assessment
    from riskmap.checkpoint import Checkpoints
    from riskmap.grid import Grid
    from riskmap.io.publish import Staging
    from riskmap.scenario import Scenario

MISSED: Final = 3
"""A page warns that it is old when so many layers after it should have come (status D)."""


@dataclass(frozen=True)
class Beside:
    """The full run that is the latest when a layer is made.

    Attributes
    ----------
    at : str
        Its analysis time in Beijing time; empty where there is none.
    pace_hours : float
        From one full cycle to the next.
    """

    at: str
    pace_hours: float

    @classmethod
    def of(cls, config: CycleConfig) -> Beside:
        """That of the cycles to which the layer belongs."""
        manifest = read_manifest(config.cycle.root.parent / LATEST)
        at = "" if manifest is None else beijing(datetime.fromisoformat(manifest["at"]))
        return cls(at, config.full_minutes / 60)

    @property
    def mark(self) -> tuple[str, str]:
        """What every page of the layer says of it."""
        if not self.at:
            return "全灾种图尚未生成", "No full map yet"
        return f"同期全灾种图起报:{self.at}", f"Full map beside it issued: {self.at}"


def layer_scenario(config: CycleConfig, due: datetime, choice: Choice) -> tuple[Scenario, Choice]:
    """The layer's scenario, as of the newest time up to which rain is known; and the choice, with a doubt where that is long ago.

    Raises
    ------
    RiskmapError
        A file of rain cannot be read, or holds no whole hour.
    """
    from riskmap.io.flash_inputs import known_at, narrowed, observed_of, rain_of_layer

    assert config.layer_hours is not None
    step = timedelta(minutes=config.cycle.every_minutes)
    whole = read_scenario(
        config.cycle.scenario, {"run.issued_at": due, "run.later": [], **config.unfilled, **choice.given}
    )
    scenario = narrowed(whole, stale_after=MISSED * step / timedelta(hours=1))
    rain = rain_of_layer(scenario, observed_of(scenario, due))
    at, ahead = known_at(rain, due, step=step, hours=config.layer_hours)
    scenario = replace(scenario, run=replace(scenario.run, issued_at=at, hours=ahead))
    return scenario, _old_rain(config.inputs, choice, at, due, limit=MISSED * step)


def _old_rain(
    inputs: Sequence[InputSection], choice: Choice, at: datetime, due: datetime, *, limit: timedelta
) -> Choice:
    """The choice with a doubt where a file is new and the rain in it is not.

    The shortest age that an input may have counts: a register of gauges that is good for a month says nothing of rain. ``limit``
    is that of rain which no input gives.
    """
    mine = (one for one in inputs if one.section in ("rain", "gauges") and one.key in choice.used)
    hours = (due - at) / timedelta(hours=1)
    none = InputSection("rain.file", "", limit / timedelta(hours=1))
    strictest = min(mine, key=lambda one: one.max_age_hours, default=none)
    said = any((doubt.section, doubt.key) == (strictest.section, strictest.name) for doubt in choice.doubts)
    if said or hours <= strictest.max_age_hours:
        return choice
    return replace(choice, doubts=(*choice.doubts, stale(strictest, at, hours)))


def fill_layer(
    staging: Staging, scenario: Scenario, ledger: Ledger, *, before: tuple[Assessment | None, str], confirmations: Path,
    doubts: Sequence[Doubt], checkpoints: Checkpoints, beside: Beside,
) -> None:  # fmt: skip
    """Fill a folder with the layer's products: map, tables, zones, reasons; no letters.

    Parameters
    ----------
    staging, scenario, ledger, before, confirmations, doubts, checkpoints
        As of ``riskmap.cycle.fill``.
    beside : Beside
        The full run that it stands beside.

    Raises
    ------
    RiskmapError
        An input is wrong, or the disk is full.
    """
    from riskmap.products.bundle import write_front

    outlook, grid = checkpoints.step(
        "hazards", lambda: _hazards(scenario, ledger, before, confirmations, doubts, beside), ledger
    )
    checkpoints.step("products-forecast", lambda: _write(staging, outlook, grid, scenario, ledger), ledger)
    with ledger.step("report"):
        record = run_record(scenario, {"forecast": outlook}, ledger)
        record["flash"] = {"full_run": beside.at or None}
        write_front(staging, {"forecast": outlook}, record, {})
    staging.write("run.json", json.dumps(record, ensure_ascii=False, indent=1))
    staging.write("timings.json", json.dumps(timings(ledger), indent=1))


def _hazards(
    scenario: Scenario, ledger: Ledger, before: tuple[Assessment | None, str], confirmations: Path, doubts: Sequence[Doubt],
    beside: Beside,
) -> tuple[Outlook, Grid]:  # fmt: skip
    """What was found, with the tiers that are published."""
    from riskmap.analysis.flash_layer import analyse_flash_floods
    from riskmap.io.flash_inputs import read_layer
    from riskmap.products.raster import tier_image

    with ledger.step("inputs"):
        inputs = read_layer(scenario, ledger)
    marks = (*inputs.marks, beside.mark, *(doubt.words for doubt in doubts))
    inputs = replace(inputs, rules=doubted(inputs.rules, doubts), marks=marks, doubts=tuple(doubts))
    slow = replace(inputs.combination.hysteresis, pace_hours=beside.pace_hours)
    inputs = replace(inputs, combination=replace(inputs.combination, hysteresis=slow))
    with ledger.step("hazards (forecast)") as part:
        outlook = analyse_flash_floods(inputs, encode=tier_image, tell=lambda _step, done: part(done))
    return publish_tiers(outlook, before, confirmations, inputs, scenario, ledger), inputs.grid


def _write(
    staging: Staging, outlook: Outlook, grid: Grid, scenario: Scenario, ledger: Ledger
) -> dict[str, Any]:
    """Map and tables."""
    from riskmap.products.bundle import write_zones
    from riskmap.products.map_bundle import write_maps
    from riskmap.products.tables import write_tables

    event = outlook.event
    title = (
        f"台风{event.chinese}({event.number}) 山洪快速层",
        f"Typhoon {event.name} ({event.number}): flash floods now",
    )
    zones = write_zones(staging, outlook, grid, ledger)
    with ledger.step("map (forecast)"):
        write_maps(staging, outlook, grid, scenario, ledger, {}, zones, title=title)
    with ledger.step("tables (forecast)"):
        write_tables(staging, "", outlook, ledger)
    return {}
