"""Rules as values: each number with its source and status."""

from __future__ import annotations

import math
import tomllib
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest

from riskmap.errors import ConfigError
from riskmap.hazard.flash_flood import TIER_RATIOS
from riskmap.io.rule_files import HAZARDS, read_rule_book, read_rules
from riskmap.rules import GROUPS, STATUSES, parse_combination, parse_rule
from riskmap.scale import Tier
from riskmap.schema import describe
from tests.factories import make_rules

RULES = read_rules()


def content(**changes: Any) -> dict[str, Any]:
    """A rule as TOML gives it."""
    metric = {
        "variable": "rain_3h", "chinese": "3小时雨量", "english": "3 h rain", "units": "mm", "source": "x", "status": "S",
        "thresholds": [False, 30.0, 50.0, 100.0],
    }  # fmt: skip
    return {
        "id": "rain", "group": "rain_water", "unit_area_share": 0.05, "unit_area_share_source": "x",
        "unit_area_share_status": "D", "confidence": "low", "confidence_note": "", "metric": [metric],
    } | changes  # fmt: skip


def with_metric(**changes: Any) -> dict[str, Any]:
    whole = content()
    return whole | {"metric": [whole["metric"][0] | changes]}


def refused(wrong: dict[str, Any], match: str) -> None:
    with pytest.raises(ConfigError, match=match) as caught:
        parse_rule(wrong, where="rain.toml")
    assert str(caught.value).startswith("rain.toml")
    assert caught.value.remedy


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_every_bundled_number_has_source_status_and_the_registers_unit(rule) -> None:  # type: ignore[no-untyped-def]
    assert rule.unit_area_share_status in STATUSES
    for metric in rule.metrics:
        assert metric.status in STATUSES
        assert metric.source
        assert metric.units == describe(metric.variable).units
        assert metric.thresholds != (None,) * 4 or len(metric.station_levels) == 4


def test_wind_tiers_are_those_of_the_rule_book() -> None:
    mean, gust = RULES["wind"].metrics
    assert mean.thresholds == (10.8, 17.2, 24.5, 32.7)
    assert gust.thresholds == (17.2, 24.5, 32.7, 41.5)
    assert (mean.averaging_period, gust.averaging_period) == (120, 3)
    assert RULES["wind"].unit_area_share == 0.05


def test_rain_tiers_are_those_of_the_rule_book() -> None:
    found = {m.window_hours: m.thresholds for m in RULES["rain"].metrics}
    assert found == {12: (50, None, None, None), 6: (None, 50, None, None), 3: (None, None, 50, 100)}


def test_flash_flood_tiers_are_those_of_the_published_table() -> None:
    ratios = [m for m in RULES["flash_flood"].metrics if m.cells]
    table = RULES["flash_flood"].metrics[1:5]
    assert {m.thresholds for m in ratios} == {TIER_RATIOS}
    assert [m.confidence for m in ratios] == ["", "low", "medium", "medium"]
    assert not any(m.cells for m in table)
    found = {m.window_hours: m.thresholds for m in table}
    assert found == {1: (35, 45, 60, 80), 3: (55, 75, 100, 120), 6: (70, 95, 120, 150), 24: (100, 130, 160, 200)}  # fmt: skip


def test_a_wet_basin_needs_less_rain_and_a_dry_one_more() -> None:
    dry, normal, wet = (RULES["flash_flood"].with_wetness(w).metrics[1:5] for w in ("dry", "normal", "wet"))
    assert wet[1].thresholds == pytest.approx((45.65, 62.25, 83.0, 99.6))
    assert dry[0].thresholds == pytest.approx((39.9, 51.3, 68.4, 91.2))
    assert normal == RULES["flash_flood"].metrics[1:5]
    assert dry[3].thresholds == normal[3].thresholds == wet[3].thresholds


def test_a_rule_without_wetness_stays_as_it_is() -> None:
    assert RULES["wind"].with_wetness("wet") is RULES["wind"]


def test_an_unknown_wetness_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"dry \| normal \| wet.*'soaked'.*wetness in the scenario"):
        RULES["flash_flood"].with_wetness("soaked")


def test_thresholds_are_found_by_tier() -> None:
    metric = make_rules()["rain"].metrics[0]
    assert [metric.threshold(t) for t in Tier] == [None, None, None, 50.0, 100.0]
    assert metric.lowest == 50.0


def test_a_good_rule_is_frozen() -> None:
    rule = parse_rule(content(), where="rain.toml")
    assert rule.metrics[0].thresholds == (None, 30.0, 50.0, 100.0)
    with pytest.raises(AttributeError):
        rule.id = "wind"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        (content(groop="x"), "unknown key 'groop'.*did you mean 'group'"),
        (with_metric(tresholds=[1, 2, 3, 4]), r"number 1: unknown key 'tresholds'.*did you mean 'thresholds'"),
        ({k: v for k, v in content().items() if k != "group"}, "the key 'group' is missing"),
        (content(unit_area_share=5), "area share.*0 to 1.*write 5 % as 0.05"),
        (content(unit_area_share="5 %"), "area share"),
        (content(unit_area_share=math.nan), "area share"),
        (content(unit_area_share_status="X"), "status.*found 'X'"),
        (with_metric(status=None), "without a valid status"),
        (with_metric(source="  "), "without a source"),
        (with_metric(thresholds=[1.0, 2.0, 3.0]), "not four thresholds"),
        (with_metric(thresholds=[50.0, 30.0, False, False]), "not rising.*blue to red"),
        (with_metric(thresholds=[30.0, False, 30.0, False]), "not rising"),
        (with_metric(thresholds=[False] * 4), "without any threshold"),
        (with_metric(thresholds=["a", "b", "c", "d"]), "not four thresholds"),
        (with_metric(thresholds=[True, 30.0, 50.0, 100.0]), "not four thresholds"),
        (with_metric(thresholds=[math.nan, 30.0, 50.0, 100.0]), "not four thresholds"),
        (with_metric(thresholds=50.0), "not four thresholds"),
        (with_metric(station_levels=["a"]), "not four thresholds"),
        (with_metric(units="inch"), "unit.*expected 'mm'.*found 'inch'"),
        (with_metric(variable="rain_5h"), "unknown variable"),
        (with_metric(thresholds=[30.0, False, 50.0, 100.0]), "number 1, thresholds: no metric tests for yellow"),
        (with_metric(thresholds=[30.0, 50.0, 50.0, 100.0]), "not rising"),
        (content(group="rain_watr"), "group: an unknown word.*did you mean 'rain_water'"),
        (content(unit_area_share_source=""), "unit_area_share_source: a threshold without a source"),
        (content(mode="signal"), "a signal without its lead times"),
        (content(mode="signals"), "mode: an unknown word.*did you mean 'signal'"),
        (content(lead={"hours": [24, 24, 12, 6]}), r"\[lead\].*'source' is missing"),
        (content(lead={"hours": [6, 12, 24, 24], "source": "x", "status": "S"}), r"\[lead\], hours: not four lead times"),
        (content(lead=24), r"\[lead\]: not a section"),
        (content(metric=3), r"\[\[metric\]\]"),
        (content(metric=["rain_3h"]), r"\[\[metric\]\]"),
        (content(metric=[]), r"\[\[metric\]\]"),
        (content(wetness={"dry": {"rain_3h": 1.1}}), r"\[wetness\].*'source' is missing"),
        (content(wetness={"source": "x", "status": "S", "dry": {}}), r"\[wetness.dry\].*'rain_3h' is missing"),
        (content(wetness={"source": "x", "status": "S", "dry": {"rain_3h": "1.1"}}), r"\[wetness.dry\].*factor"),
        (content(wetness={"source": "x", "status": "S", "dry": 1.1}), r"\[wetness.dry\]"),
        (content(wetness="dry"), r"\[wetness\]"),
    ],
)  # fmt: skip
def test_a_wrong_rule_is_refused(wrong: dict[str, Any], match: str) -> None:
    refused(wrong, match)


# --- the lead time of a warning signal


@pytest.mark.parametrize(("lead", "tiers"), [(0, 4), (6, 4), (7, 3), (12, 3), (13, 2), (24, 2), (25, None)])
def test_a_signal_gives_its_tiers_only_so_many_hours_ahead(lead: float, tiers: int | None) -> None:
    signal = replace(RULES["wind"], mode="signal")
    found = signal.at_lead(lead)
    if tiers is None:
        assert found is None
    else:
        assert found is not None
        bounds = found.metrics[0].thresholds
        assert bounds == RULES["wind"].metrics[0].thresholds[:tiers] + (None,) * (4 - tiers)
    assert RULES["wind"].at_lead(lead) is RULES["wind"]


def test_the_lead_times_are_those_of_the_signal() -> None:
    assert RULES["wind"].mode == "intensity"
    assert RULES["wind"].lead_hours == (24, 24, 12, 6)
    assert not RULES["rain"].lead_hours


# --- over all hazards

BOOK = read_rule_book()


def combination(**changes: dict[str, Any]) -> dict[str, Any]:
    whole: dict[str, Any] = tomllib.loads((files("riskmap") / "rules/combination.toml").read_text("utf-8"))
    return whole | {name: whole[name] | change for name, change in changes.items()}


def test_what_holds_over_all_hazards_is_that_of_the_rule_book() -> None:
    rules = BOOK.combination
    assert (rules.compound.enabled, rules.compound.least) == (False, Tier.YELLOW)
    assert rules.ensemble.bounds == (0.3, 0.3, 0.5, 0.5)
    down = rules.hysteresis
    assert (down.down_after_cycles, down.down_steps, down.confirm_from) == (2, 1, Tier.ORANGE)
    assert (dict(down.hold_hours), down.hold_tier) == ({"landslide": 24}, Tier.YELLOW)
    assert [rules.people.least(level) for level in ("village", "township", "county", "unit")] == [
        ("households", 1), ("people", 10), ("people", 50), ("people", 50),
    ]  # fmt: skip
    assert not set(rules.people.hazards) & {"wind", "rain"}
    assert {rule.group for rule in RULES.values()} == set(GROUPS)


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        (combination(compound={"enabled": 1}), r"\[compound\], enabled: neither true nor false"),
        (combination(compound={"least": "pink"}), r"\[compound\], least: an unknown word"),
        (combination(compound={"source": " "}), r"\[compound\], source: a threshold without a source"),
        (combination(ensemble={"status": "X"}), r"\[ensemble\], status"),
        (combination(ensemble={"bounds": [0.3, 0.5]}), r"\[ensemble\], bounds: not four chances"),
        (combination(ensemble={"bounds": [0, 0.3, 0.5, 0.5]}), "not four chances"),
        (combination(ensemble={"bounds": [30, 30, 50, 50]}), "write 30 % as 0.3"),
        (combination(hysteresis={"down_after_cycles": 1.5}), "down_after_cycles.*a whole number"),
        (combination(hysteresis={"down_steps": 0}), "down_steps"),
        (combination(hysteresis={"hold_hours": {"landslides": 24}}), r"\[hysteresis.hold_hours\]: unknown key.*'landslide'"),
        (combination(hysteresis={"hold_hours": {"landslide": -1}}), "0 to 240"),
        (combination(people={"hazards": ["wind"]}), r"\[people\], hazards: an unknown word"),
        (combination(people={"hazards": "landslide"}), "not a list"),
        (combination(people={"county": 0}), "county: not a number that can be"),
        (combination(people={"counties": 5}), "unknown key 'counties'"),
        (combination() | {"compound": 3}, r"\[compound\]: not a section"),
        (combination() | {"wind": {}}, "unknown key 'wind'"),
    ],
)  # fmt: skip
def test_wrong_rules_over_all_hazards_are_refused(wrong: dict[str, Any], match: str) -> None:
    with pytest.raises(ConfigError, match=match) as caught:
        parse_combination(wrong, where="combination.toml", hazards=HAZARDS)
    assert str(caught.value).startswith("combination.toml")
    assert caught.value.remedy
