"""Doubts about inputs: what a run goes on with although it is old or wanting, said on every product and counted in its confidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from riskmap.rules import HazardRule, Metric

Said = TypeVar("Said", HazardRule, Metric)

_RELIEF: Final = ("relief", "dem")
_GROUND: Final = ("roughness", "land_cover")
_SEA: Final = ("bathymetry", "coastline")

READ_BY: Final[Mapping[str, Mapping[str, tuple[str, ...] | None]]] = {
    "wind": {"track": None, "ensemble": None, "terrain": (*_RELIEF, *_GROUND)},
    "rain": {"track": None, "rain": None, "terrain": _RELIEF, "gauges": None},
    "flash_flood": {
        "track": None, "rain": None, "terrain": _RELIEF, "flash_flood": None, "gauges": None, "assets": ("key_villages",),
    },
    "landslide": {"track": None, "rain": None, "terrain": _RELIEF, "gauges": None, "assets": ("hazard_zones",)},
    "inundation": {"track": None, "rain": None, "terrain": (*_RELIEF, *_SEA), "inundation": None, "surge": None, "tide": None},
    "storm_tide": {"track": None, "terrain": _SEA, "tide": None, "surge": None},
    "sea_wall": {"track": None, "terrain": _SEA, "assets": ("sea_walls", "sea_wall_tide")},
    "waves": {"track": None, "terrain": _SEA},
    "reservoir": {"gauges": None, "assets": ("reservoirs",)},
    "river_stage": {"gauges": None, "assets": ("river_stations",)},
}  # fmt: skip
"""Hazard -> section of the scenario -> its keys whose files the hazard reads, None = all of them."""


@dataclass(frozen=True)
class Doubt:
    """An input that a run goes on with although it should not have to.

    Attributes
    ----------
    section, key : str
        Of the scenario, e.g. ``track`` and ``file``.
    chinese, english : str
        What is wrong with it, as every product says it.
    """

    section: str
    key: str
    chinese: str
    english: str

    @property
    def words(self) -> tuple[str, str]:
        """The mark of every product (Chinese, English)."""
        return self.chinese, self.english

    def touches(self, hazard: str) -> bool:
        """Whether a hazard is made from the input; one that is not in the table counts as touched."""
        if hazard not in READ_BY or self.section == "regions":
            return True
        keys = READ_BY[hazard].get(self.section, ())
        return keys is None or self.key in keys


_LOWER: Final = {"high": "medium", "medium": "low", "low": "low", "": "low"}


def doubted(rules: Mapping[str, HazardRule], doubts: Sequence[Doubt]) -> dict[str, HazardRule]:
    """The rules with one step less of confidence where a doubtful input counts, and the reason in the note.

    Examples
    --------
    >>> from riskmap.io.rule_files import read_rules
    >>> old = Doubt("track", "file", "路径资料已过期", "the track is old")
    >>> rules = doubted(read_rules(), [old])
    >>> rules["wind"].confidence, rules["wind"].confidence_note.endswith("路径资料已过期 (the track is old)")
    ('low', True)
    >>> rules["river_stage"].confidence
    'medium'
    """
    return {hazard: _lowered(hazard, rule, doubts) for hazard, rule in rules.items()}


def noted(said: str, hazard: str, doubts: Sequence[Doubt]) -> str:
    """What is said of a hazard's confidence, and behind it the doubts that touch it.

    Examples
    --------
    >>> noted("a model", "wind", [Doubt("track", "file", "路径资料已过期", "the track is old")])
    'a model; 路径资料已过期 (the track is old)'
    """
    why = [f"{d.chinese} ({d.english})" for d in doubts if d.touches(hazard)]
    return "; ".join(filter(None, (said, *why)))


def _lowered(hazard: str, rule: HazardRule, doubts: Sequence[Doubt]) -> HazardRule:
    if not any(d.touches(hazard) for d in doubts):
        return rule

    def lower(one: Said) -> Said:
        note = noted(one.confidence_note, hazard, doubts)
        return replace(one, confidence=_LOWER[one.confidence], confidence_note=note)

    metrics = tuple(lower(m) if m.confidence else m for m in rule.metrics)
    return replace(lower(rule), metrics=metrics)
