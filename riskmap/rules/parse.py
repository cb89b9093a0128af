"""Rule files, checked: what TOML gave becomes values, or an error with file, line and key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final

from riskmap.errors import ConfigError, DataError, Faults
from riskmap.rules.combination import (
    GROUPS,
    Combination,
    CompoundRule,
    EnsembleRule,
    HysteresisRule,
    PeopleRule,
)
from riskmap.rules.hazard_rule import HazardRule, Metric
from riskmap.rules.place import Place, every, flag, is_number, number, one_of, only, source, status, table
from riskmap.scale import Tier
from riskmap.schema import describe

WARNING_TIERS: Final = ("blue", "yellow", "orange", "red")
AREA_ALONE: Final = ("wind", "rain")
"""Hazards that reach whole counties: their people are no reason of their own."""

_BORN: Final = {"source", "status"}


def parse_rule(content: Mapping[str, Any], *, where: str | Place) -> HazardRule:
    """Check one rule and freeze it.

    Parameters
    ----------
    content : mapping
        What TOML gave.
    where : str or Place
        File name, for messages; with the lines of its keys where they are known.

    Raises
    ------
    ConfigError
        A key is missing or unknown, thresholds are reversed or leave out a tier between two others, a source or status
        is absent.
    """
    place = Place(where) if isinstance(where, str) else where
    needed = {
        "id", "group", "unit_area_share", "unit_area_share_source", "unit_area_share_status",
        "confidence", "confidence_note", "metric",
    }  # fmt: skip
    only(content, needed | {"wetness", "mode", "lead"}, place)
    every(content, needed, place)
    one_of(content["group"], GROUPS, place.key("group"))
    entries = content["metric"]
    if not isinstance(entries, list) or not entries or not all(isinstance(e, Mapping) for e in entries):
        raise ConfigError(
            "a rule without metrics", where=str(Place(place.file, words=("[[metric]]",))),
            expected="one [[metric]] section or more", found=repr(entries), remedy="see the bundled rules",
        )  # fmt: skip
    metrics = _parse_metrics(entries, place)
    _refuse_gap(metrics, place)
    share = content["unit_area_share"]
    if not is_number(share) or not 0 <= share <= 1:
        raise ConfigError(
            "the area share is no share", where=str(place.key("unit_area_share")), expected="0 to 1", found=repr(share),
            remedy="write 5 % as 0.05",
        )  # fmt: skip
    source(content["unit_area_share_source"], place.key("unit_area_share_source"))
    status(content["unit_area_share_status"], place.key("unit_area_share_status"))
    wetness, wetness_source = _parse_wetness(content.get("wetness", {}), metrics, place.section("wetness"))
    lead, lead_source = _parse_lead(content.get("lead"), place.section("lead"))
    mode = one_of(content.get("mode", "intensity"), ("intensity", "signal"), place.key("mode"))
    if mode == "signal" and not lead:
        raise ConfigError(
            "a signal without its lead times", where=str(place.key("mode")), expected="a section [lead] with hours",
            found="none", remedy="add it, or set mode to intensity",
        )  # fmt: skip
    return HazardRule(
        id=str(content["id"]),
        group=str(content["group"]),
        metrics=metrics,
        unit_area_share=float(share),
        unit_area_share_source=str(content["unit_area_share_source"]),
        unit_area_share_status=str(content["unit_area_share_status"]),
        confidence=str(content["confidence"]),
        confidence_note=str(content["confidence_note"]),
        wetness=MappingProxyType({k: MappingProxyType(dict(v)) for k, v in wetness.items()}),
        wetness_source=wetness_source,
        mode="signal" if mode == "signal" else "intensity",
        lead_hours=lead,
        lead_source=lead_source,
    )


def _refuse_gap(metrics: Sequence[Metric], place: Place) -> None:
    """A tier that no metric tests for, between two that some do: it could never be seen."""
    if any(metric.station_levels for metric in metrics):
        return
    tested = [any(metric.thresholds[t] is not None for metric in metrics) for t in range(4)]
    gaps = [WARNING_TIERS[t] for t in range(1, 3) if not tested[t] and any(tested[:t]) and any(tested[t:])]
    if gaps:
        raise ConfigError(
            f"no metric tests for {gaps[0]}", where=str(place.entry("metric", 0).key("thresholds")),
            expected="a bound for every tier between the lowest and the highest", found=f"none for {', '.join(gaps)}",
            remedy="add the bound, or write false for all tiers above as well",
        )  # fmt: skip


def _parse_wetness(
    content: Any, metrics: tuple[Metric, ...], place: Place
) -> tuple[dict[str, Mapping[str, float]], str]:
    """Factors by class, and their source."""
    if not content:
        return {}, ""
    classes = {} if not isinstance(content, Mapping) else dict(content)
    every(classes, _BORN, place)
    words = source(classes.pop("source"), place.key("source"))
    status(classes.pop("status"), place.key("status"))
    for name, factors in classes.items():
        at = place.section(name)
        rains = {m.variable for m in metrics if m.units == "mm"}
        every(factors if isinstance(factors, Mapping) else {}, rains, at)
        only(factors, rains, at)
        if not all(is_number(factor) and factor > 0 for factor in factors.values()):
            raise ConfigError(
                "a factor that is none", where=str(at), expected="numbers above 0", found=repr(factors),
                remedy="write 1.0 where wetness changes nothing",
            )  # fmt: skip
    return classes, words


def _parse_lead(content: Any, place: Place) -> tuple[tuple[float, ...], str]:
    """Hours ahead at which each tier is given at most, and their source."""
    if content is None:
        return (), ""
    section = table(content, place)
    only(section, {"hours"} | _BORN, place)
    every(section, {"hours"} | _BORN, place)
    hours = section["hours"]
    sound = isinstance(hours, list) and len(hours) == 4 and all(is_number(h) and h > 0 for h in hours)
    if not sound or any(a < b for a, b in pairwise(hours)):
        raise ConfigError(
            "not four lead times", where=str(place.key("hours")),
            expected="hours for blue, yellow, orange, red, none longer than the one before", found=repr(hours),
            remedy="a higher signal is given nearer to its hour",
        )  # fmt: skip
    status(section["status"], place.key("status"))
    return tuple(float(h) for h in hours), source(section["source"], place.key("source"))


def _parse_metrics(entries: Sequence[Mapping[str, Any]], place: Place) -> tuple[Metric, ...]:
    """Every metric; what is wrong in one hides no other."""
    found, faults = [], Faults()
    for n, entry in enumerate(entries):
        with faults:
            found.append(_parse_metric(entry, place.entry("metric", n)))
    faults.tell()
    return tuple(found)


def _parse_metric(entry: Mapping[str, Any], place: Place) -> Metric:
    needed = {"variable", "chinese", "english", "units"} | _BORN
    more = {"thresholds", "station_levels", "averaging_period", "window_hours", "cells"}
    only(entry, needed | more | {"confidence", "confidence_note"}, place)
    every(entry, needed, place)
    status(entry["status"], place.key("status"))
    source(entry["source"], place.key("source"))
    _require_unit(entry, place)
    levels = tuple(entry.get("station_levels", ()))
    raw = entry.get("thresholds", [False] * 4)
    at = place.key("thresholds")
    sound = isinstance(raw, list) and len(raw) == 4 and all(t is False or is_number(t) for t in raw)
    if not sound or (levels and len(levels) != 4):
        raise ConfigError(
            "not four thresholds", where=str(at),
            expected="four entries: blue, yellow, orange, red; false where a tier has none", found=repr(raw),
            remedy="write false for a tier without a threshold",
        )  # fmt: skip
    blue, yellow, orange, red = (None if t is False else float(t) for t in raw)
    given = [t for t in (blue, yellow, orange, red) if t is not None]
    if any(a >= b for a, b in pairwise(given)) or (not given and not levels):
        raise ConfigError(
            "thresholds are not rising" if given else "a metric without any threshold", where=str(at),
            expected="each tier's bound above the one below it", found=repr(raw), remedy="order them from blue to red",
        )  # fmt: skip
    return Metric(
        variable=str(entry["variable"]),
        chinese=str(entry["chinese"]),
        english=str(entry["english"]),
        units=str(entry["units"]),
        thresholds=(blue, yellow, orange, red),
        source=str(entry["source"]),
        status=str(entry["status"]),
        averaging_period=entry.get("averaging_period"),
        window_hours=entry.get("window_hours"),
        station_levels=levels,
        cells=flag(entry.get("cells", True), place.key("cells")),
        confidence=str(entry.get("confidence", "")),
        confidence_note=str(entry.get("confidence_note", "")),
    )


def _require_unit(entry: Mapping[str, Any], place: Place) -> None:
    """A threshold in another unit than the field that it tests would be silently wrong."""
    try:
        units = describe(str(entry["variable"])).units
    except DataError as problem:
        raise ConfigError(
            problem.message, where=str(place.key("variable")), expected=problem.expected,
            found=repr(entry["variable"]), remedy="name a variable of the register",
        ) from None  # fmt: skip
    if entry["units"] != units:
        raise ConfigError(
            "thresholds in another unit", where=str(place.key("units")), expected=repr(units),
            found=repr(entry["units"]), remedy=f"convert the thresholds to {units}",
        )  # fmt: skip


def parse_combination(
    content: Mapping[str, Any], *, where: str | Place, hazards: Sequence[str]
) -> Combination:
    """Check the rules that hold over all hazards, and freeze them.

    Parameters
    ----------
    content : mapping
        What TOML gave.
    where : str or Place
        See ``parse_rule``.
    hazards : sequence of str
        That there are.

    Raises
    ------
    ConfigError
        A key is missing or unknown, a number is none, a source or status is absent, a hazard does not exist.
    """
    place = Place(where) if isinstance(where, str) else where
    names = {"compound", "ensemble", "hysteresis", "people"}
    only(content, names | {"id"}, place)
    every(content, names, place)
    keys = {
        "compound": {"enabled", "least"}, "ensemble": {"bounds"},
        "hysteresis": {"down_after_cycles", "down_steps", "confirm_from", "hold_tier", "hold_hours"},
        "people": {"hazards", "village_households", "township", "county"},
    }  # fmt: skip
    parts = {}
    for name in sorted(names):
        at = place.section(name)
        parts[name] = table(content[name], at)
        only(parts[name], keys[name] | _BORN, at)
        every(parts[name], keys[name] | _BORN, at)
        source(parts[name]["source"], at.key("source"))
        status(parts[name]["status"], at.key("status"))
    return Combination(
        CompoundRule(
            flag(parts["compound"]["enabled"], place.section("compound").key("enabled")),
            _tier(parts["compound"]["least"], place.section("compound").key("least")),
            str(parts["compound"]["source"]), str(parts["compound"]["status"]),
        ),
        _ensemble(parts["ensemble"], place.section("ensemble")),
        _hysteresis(parts["hysteresis"], place.section("hysteresis"), hazards),
        _people(parts["people"], place.section("people"), hazards),
    )  # fmt: skip


def _tier(value: Any, place: Place) -> Tier:
    return Tier[one_of(value, WARNING_TIERS, place).upper()]


def _ensemble(part: Mapping[str, Any], place: Place) -> EnsembleRule:
    bounds = part["bounds"]
    if (
        not isinstance(bounds, list)
        or len(bounds) != 4
        or not all(is_number(b) and 0 < b <= 1 for b in bounds)
    ):
        raise ConfigError(
            "not four chances", where=str(place.key("bounds")), expected="blue to red, each above 0 and at most 1",
            found=repr(bounds), remedy="write 30 % as 0.3; 0.5 everywhere is the median of the members",
        )  # fmt: skip
    blue, yellow, orange, red = (float(b) for b in bounds)
    return EnsembleRule((blue, yellow, orange, red), str(part["source"]), str(part["status"]))


def _hysteresis(part: Mapping[str, Any], place: Place, hazards: Sequence[str]) -> HysteresisRule:
    at = place.section("hold_hours")
    holds = table(part["hold_hours"], at)
    only(holds, set(hazards), at)
    return HysteresisRule(
        int(number(part["down_after_cycles"], place.key("down_after_cycles"), low=1, high=100, whole=True)),
        int(number(part["down_steps"], place.key("down_steps"), low=1, high=4, whole=True)),
        _tier(part["confirm_from"], place.key("confirm_from")),
        MappingProxyType({name: number(h, at.key(name), low=0, high=240) for name, h in holds.items()}),
        _tier(part["hold_tier"], place.key("hold_tier")),
        str(part["source"]), str(part["status"]),
    )  # fmt: skip


def _people(part: Mapping[str, Any], place: Place, hazards: Sequence[str]) -> PeopleRule:
    at, names = place.key("hazards"), part["hazards"]
    if not isinstance(names, list):
        raise ConfigError(
            "not a list", where=str(at), expected="[hazard, ...]", found=repr(names), remedy="mend it"
        )
    able = tuple(hazard for hazard in hazards if hazard not in AREA_ALONE)
    least = {
        key: int(number(part[key], place.key(key), low=1, high=1_000_000, whole=True))
        for key in ("village_households", "township", "county")
    }
    return PeopleRule(
        tuple(one_of(name, able, at) for name in names), least["village_households"], least["township"], least["county"],
        str(part["source"]), str(part["status"]),
    )  # fmt: skip
