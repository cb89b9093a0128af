"""Rule files, checked: what TOML gave becomes values, or an error with file, line and key."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
from riskmap.rules.place import (
    Place,
    every,
    flag,
    is_number,
    judged,
    keys_of,
    number,
    one_of,
    only,
    source,
    status,
    table,
)
from riskmap.scale import Tier
from riskmap.schema import describe

WARNING_TIERS: Final = ("blue", "yellow", "orange", "red")
AREA_ALONE: Final = ("wind", "rain")
"""Hazards that reach whole counties: their people are no reason of their own."""

_BORN: Final = {"source", "status"}
_RULE: Final = {
    "id", "group", "unit_area_share", "unit_area_share_source", "unit_area_share_status", "confidence", "confidence_note",
    "metric",
}  # fmt: skip


_LEAST: Final = ("village_households", "township", "county")
_SECTIONS: Final = {
    "compound": {"enabled", "least"}, "ensemble": {"bounds"},
    "hysteresis": {"down_after_cycles", "down_steps", "confirm_from", "hold_tier", "hold_hours"},
    "people": {"hazards", *_LEAST},
}  # fmt: skip


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
    faults = Faults()
    keys_of(content, _RULE, place, faults, {"wetness", "mode", "lead"})
    found = judged(
        content,
        {
            "group": lambda value, at: one_of(value, GROUPS, at), "metric": lambda value, _: _parse_metrics(value, place),
            "unit_area_share": _share, "unit_area_share_source": source, "unit_area_share_status": status,
            "lead": lambda value, _: _parse_lead(value, place.section("lead")),
            "mode": lambda value, at: one_of(value, ("intensity", "signal"), at),
        },
        place, faults,
    )  # fmt: skip
    with faults:
        wetness, wetness_source = _parse_wetness(
            content.get("wetness", {}), found.get("metric"), place.section("wetness")
        )
    lead, lead_source = found.get("lead", ((), ""))
    mode = found.get("mode", "intensity")
    if mode == "signal" and "lead" not in content:
        faults.add(ConfigError(
            "a signal without its lead times", where=str(place.key("mode")), expected="a section [lead] with hours",
            found="none", remedy="add it, or set mode to intensity",
        ))  # fmt: skip
    faults.tell(by_line=True)
    metrics, share = found["metric"], found["unit_area_share"]
    return HazardRule(
        id=str(content["id"]),
        group=str(content["group"]),
        metrics=metrics,
        unit_area_share=share,
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


def _share(value: Any, place: Place) -> float:
    if not is_number(value) or not 0 <= value <= 1:
        raise ConfigError(
            "the area share is no share", where=str(place), expected="0 to 1", found=repr(value),
            remedy="write 5 % as 0.05",
        )  # fmt: skip
    return float(value)


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
    content: Any, metrics: tuple[Metric, ...] | None, place: Place
) -> tuple[dict[str, Mapping[str, float]], str]:
    """Factors by class, and their source; the classes are not looked at where the metrics are wrong."""
    if not content:
        return {}, ""
    section, faults = table(content, place), Faults()
    with faults:
        every(section, _BORN, place)
    words = judged(section, {"source": source, "status": status}, place, faults)
    classes = {name: factors for name, factors in section.items() if name not in _BORN}
    rains = set() if metrics is None else {m.variable for m in metrics if m.units == "mm"}
    for name, factors in {} if metrics is None else classes.items():
        with faults:
            _require_factors(factors if isinstance(factors, Mapping) else {}, rains, place.section(name))
    faults.tell()
    return classes, words["source"]


def _require_factors(factors: Mapping[str, Any], rains: set[str], place: Place) -> None:
    """A number above 0 for each rain that the rule tests."""
    faults = Faults()
    keys_of(factors, rains, place, faults)
    if not all(is_number(factor) and factor > 0 for factor in factors.values()):
        faults.add(ConfigError(
            "a factor that is none", where=str(place), expected="numbers above 0", found=repr(factors),
            remedy="write 1.0 where wetness changes nothing",
        ))  # fmt: skip
    faults.tell()


def _parse_lead(content: Any, place: Place) -> tuple[tuple[float, ...], str]:
    """Hours ahead at which each tier is given at most, and their source."""
    section, faults = table(content, place), Faults()
    keys_of(section, {"hours"} | _BORN, place, faults)
    found = judged(section, {"hours": _hours, "status": status, "source": source}, place, faults)
    faults.tell()
    return found["hours"], found["source"]


def _hours(hours: Any, place: Place) -> tuple[float, ...]:
    sound = isinstance(hours, list) and len(hours) == 4 and all(is_number(h) and h > 0 for h in hours)
    if not sound or any(a < b for a, b in pairwise(hours)):
        raise ConfigError(
            "not four lead times", where=str(place),
            expected="hours for blue, yellow, orange, red, none longer than the one before", found=repr(hours),
            remedy="a higher signal is given nearer to its hour",
        )  # fmt: skip
    return tuple(float(h) for h in hours)


def _parse_metrics(entries: Any, place: Place) -> tuple[Metric, ...]:
    """Every metric; what is wrong in one hides no other."""
    if not isinstance(entries, list) or not entries or not all(isinstance(e, Mapping) for e in entries):
        raise ConfigError(
            "a rule without metrics", where=str(Place(place.file, words=("[[metric]]",))),
            expected="one [[metric]] section or more", found=repr(entries), remedy="see the bundled rules",
        )  # fmt: skip
    found, faults = [], Faults()
    for n, entry in enumerate(entries):
        with faults:
            found.append(_parse_metric(entry, place.entry("metric", n)))
    faults.tell()
    _refuse_gap(found, place)
    return tuple(found)


def _parse_metric(entry: Mapping[str, Any], place: Place) -> Metric:
    needed = {"variable", "chinese", "english", "units"} | _BORN
    more = {"thresholds", "station_levels", "averaging_period", "window_hours", "cells"}
    faults = Faults()
    keys_of(entry, needed, place, faults, more | {"confidence", "confidence_note"})
    judged(entry, {"status": status, "source": source}, place, faults)
    if {"variable", "units"} <= set(entry):
        with faults:
            _require_unit(entry, place)
    levels = tuple(entry.get("station_levels", ()))
    with faults:
        thresholds = _thresholds(entry.get("thresholds", [False] * 4), levels, place.key("thresholds"))
    with faults:
        cells = flag(entry.get("cells", True), place.key("cells"))
    faults.tell()
    return Metric(
        variable=str(entry["variable"]),
        chinese=str(entry["chinese"]),
        english=str(entry["english"]),
        units=str(entry["units"]),
        thresholds=thresholds,
        source=str(entry["source"]),
        status=str(entry["status"]),
        averaging_period=entry.get("averaging_period"),
        window_hours=entry.get("window_hours"),
        station_levels=levels,
        cells=cells,
        confidence=str(entry.get("confidence", "")),
        confidence_note=str(entry.get("confidence_note", "")),
    )


def _thresholds(
    raw: Any, levels: Sequence[Any], place: Place
) -> tuple[float | None, float | None, float | None, float | None]:
    """Bounds of the four tiers, None where one has none."""
    sound = isinstance(raw, list) and len(raw) == 4 and all(t is False or is_number(t) for t in raw)
    if not sound or (levels and len(levels) != 4):
        raise ConfigError(
            "not four thresholds", where=str(place),
            expected="four entries: blue, yellow, orange, red; false where a tier has none", found=repr(raw),
            remedy="write false for a tier without a threshold",
        )  # fmt: skip
    blue, yellow, orange, red = (None if t is False else float(t) for t in raw)
    given = [t for t in (blue, yellow, orange, red) if t is not None]
    if any(a >= b for a, b in pairwise(given)) or (not given and not levels):
        raise ConfigError(
            "thresholds are not rising" if given else "a metric without any threshold", where=str(place),
            expected="each tier's bound above the one below it", found=repr(raw), remedy="order them from blue to red",
        )  # fmt: skip
    return blue, yellow, orange, red


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
    stages: dict[str, Callable[[Mapping[str, Any], Place, Faults], Any]] = {
        "compound": _compound, "ensemble": _ensemble,
        "hysteresis": lambda part, at, gathered: _hysteresis(part, at, hazards, gathered),
        "people": lambda part, at, gathered: _people(part, at, hazards, gathered),
    }  # fmt: skip
    faults, found = Faults(), {}
    keys_of(content, set(stages), place, faults, {"id"})
    for name in (name for name in stages if name in content):
        with faults:
            at, own = place.section(name), Faults()
            part = table(content[name], at)
            keys_of(part, _SECTIONS[name] | _BORN, at, own)
            judged(part, {"source": source, "status": status}, at, own)
            found[name] = stages[name](part, at, own)
    faults.tell(by_line=True)
    return Combination(found["compound"], found["ensemble"], found["hysteresis"], found["people"])


def _compound(part: Mapping[str, Any], place: Place, faults: Faults) -> CompoundRule:
    found = judged(part, {"enabled": flag, "least": _tier}, place, faults)
    faults.tell()
    return CompoundRule(found["enabled"], found["least"], str(part["source"]), str(part["status"]))


def _tier(value: Any, place: Place) -> Tier:
    return Tier[one_of(value, WARNING_TIERS, place).upper()]


def _ensemble(part: Mapping[str, Any], place: Place, faults: Faults) -> EnsembleRule:
    found = judged(part, {"bounds": _chances}, place, faults)
    faults.tell()
    return EnsembleRule(found["bounds"], str(part["source"]), str(part["status"]))


def _chances(bounds: Any, place: Place) -> tuple[float, float, float, float]:
    if (
        not isinstance(bounds, list)
        or len(bounds) != 4
        or not all(is_number(b) and 0 < b <= 1 for b in bounds)
    ):
        raise ConfigError(
            "not four chances", where=str(place), expected="blue to red, each above 0 and at most 1",
            found=repr(bounds), remedy="write 30 % as 0.3; 0.5 everywhere is the median of the members",
        )  # fmt: skip
    blue, yellow, orange, red = (float(b) for b in bounds)
    return blue, yellow, orange, red


def _hysteresis(
    part: Mapping[str, Any], place: Place, hazards: Sequence[str], faults: Faults
) -> HysteresisRule:
    found = judged(
        part,
        {
            "down_after_cycles": lambda value, at: int(number(value, at, low=1, high=100, whole=True)),
            "down_steps": lambda value, at: int(number(value, at, low=1, high=4, whole=True)),
            "confirm_from": _tier, "hold_tier": _tier,
            "hold_hours": lambda value, _: _holds(value, place.section("hold_hours"), hazards),
        },
        place, faults,
    )  # fmt: skip
    faults.tell()
    return HysteresisRule(
        found["down_after_cycles"], found["down_steps"], found["confirm_from"], MappingProxyType(found["hold_hours"]),
        found["hold_tier"], str(part["source"]), str(part["status"]),
    )  # fmt: skip


def _holds(content: Any, place: Place, hazards: Sequence[str]) -> dict[str, float]:
    """Hours that a hazard is held at least, by hazard."""
    holds, faults = table(content, place), Faults()
    with faults:
        only(holds, set(hazards), place)
    judges = {name: lambda value, at: number(value, at, low=0, high=240) for name in hazards}
    found = judged(holds, judges, place, faults)
    faults.tell()
    return {name: found[name] for name in holds}


def _people(part: Mapping[str, Any], place: Place, hazards: Sequence[str], faults: Faults) -> PeopleRule:
    def least(value: Any, at: Place) -> int:
        return int(number(value, at, low=1, high=1_000_000, whole=True))

    judges = {"hazards": lambda value, at: _moved_by(value, at, hazards)} | dict.fromkeys(_LEAST, least)
    found = judged(part, judges, place, faults)
    faults.tell()
    return PeopleRule(
        found["hazards"], found["village_households"], found["township"], found["county"],
        str(part["source"]), str(part["status"]),
    )  # fmt: skip


def _moved_by(names: Any, place: Place, hazards: Sequence[str]) -> tuple[str, ...]:
    """Hazards that registered people count for."""
    if not isinstance(names, list):
        raise ConfigError(
            "not a list", where=str(place), expected="[hazard, ...]", found=repr(names), remedy="mend it"
        )
    able, faults, found = tuple(hazard for hazard in hazards if hazard not in AREA_ALONE), Faults(), []
    for name in names:
        with faults:
            found.append(one_of(name, able, place))
    faults.tell()
    return tuple(found)
