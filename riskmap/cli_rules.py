"""`riskmap rules`: the rules in force, each number with its source."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from riskmap.io.rule_files import RuleBook
    from riskmap.rules import HazardRule, Metric

LOG_WIDTH = 160

Scenario = Annotated[
    Path | None,
    typer.Argument(help="Scenario whose section `rules` counts; the bundled rules alone without one."),
]
Own = Annotated[
    list[Path] | None, typer.Option("--file", "-f", help="A rule file of your own to check; again for each.")
]
Folder = Annotated[Path | None, typer.Option("--dir", help="A folder of rule files: every .toml in it.")]
Hazard = Annotated[str | None, typer.Option(help="Only this hazard, e.g. wind or landslide.")]


def rules(scenario: Scenario = None, file: Own = None, folder: Folder = None, hazard: Hazard = None) -> None:
    """Print the thresholds in force: blue to red, unit, where each number was read, and which file it is from.

    A wrong rule is told with file, line and key, so that this also checks a rule file before a typhoon.

    Example: riskmap rules --file our-wind.toml --hazard wind
    """
    from riskmap.io.rule_files import read_rule_book
    from riskmap.io.scenario_file import read_scenario

    section = read_scenario(scenario).rules if scenario else None
    own = [*(section.files if section else ()), *(file or [])]
    book = read_rule_book(
        own,
        folder=folder or (section.dir if section else None),
        wind_mode=section.wind_mode if section else None,
    )
    console = Console()
    if not console.is_terminal:
        console = Console(width=LOG_WIDTH, soft_wrap=True)
    for line in lines_of(book, hazard):
        console.print(line, markup=False, highlight=False)


def lines_of(book: RuleBook, hazard: str | None = None) -> list[str]:
    """The rules in force as lines of text.

    Raises
    ------
    ConfigError
        No such hazard.
    """
    from riskmap.errors import ConfigError

    if hazard is not None and hazard not in book.hazards:
        raise ConfigError(
            "no such hazard", where="--hazard", expected=" | ".join(book.hazards), found=repr(hazard),
            remedy="take one of these",
        )  # fmt: skip
    lines: list[str] = []
    for name, rule in book.hazards.items():
        if hazard in (None, name):
            lines += [*_hazard(rule, book.files[name]), ""]
    if hazard is None:
        lines += _combination(book)
    return lines


def _hazard(rule: HazardRule, path: Path) -> list[str]:
    share = f"{rule.unit_area_share:.0%} of the area" if rule.unit_area_share else "any station or asset"
    lines = [
        f"{rule.id} ({rule.group}; {path.name})",
        f"  region: {share} [{rule.unit_area_share_status}] {rule.unit_area_share_source}",
    ]
    if rule.lead_hours:
        hours = " / ".join(f"{h:g}" for h in rule.lead_hours)
        lines.append(f"  mode: {rule.mode}; signal within {hours} h: {rule.lead_source}")
    return lines + [f"  {_metric(metric)}" for metric in rule.metrics]


def _metric(metric: Metric) -> str:
    bounds = (
        " / ".join("-" if t is None else f"{t:g}" for t in metric.thresholds) + f" {metric.units}"
        if not metric.station_levels
        else f"the station's own levels [{metric.units}]"
    )
    return f"{metric.english} {metric.chinese}: {bounds} [{metric.status}] {metric.source}"


def _combination(book: RuleBook) -> list[str]:
    rules = book.combination
    bounds = " / ".join(f"{b:.0%}" for b in rules.ensemble.bounds)
    down, people = rules.hysteresis, rules.people
    return [
        f"combination ({book.files['combination'].name})",
        f"  compound: {'on' if rules.compound.enabled else 'off'}, from {rules.compound.least.english} in two groups "
        f"[{rules.compound.status}] {rules.compound.source}",
        f"  ensemble: {bounds} of the members [{rules.ensemble.status}] {rules.ensemble.source}",
        f"  hysteresis: down {down.down_steps} after {down.down_after_cycles} issues, by hand from "
        f"{down.confirm_from.english} [{down.status}] {down.source}",
        f"  people: {people.village_households} household, {people.township} people of a township, {people.county} of a county, "
        f"for {', '.join(people.hazards) or 'no hazard'} [{people.status}] {people.source}",
    ]
