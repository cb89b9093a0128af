"""Thresholds as values: each number carries its source and its status.

The numbers themselves stand in the TOML files of this folder, one a hazard, so that a bureau can replace
them; ``riskmap.io.rule_files`` reads them. Status: S = read in a published source, M = remembered and not
confirmed, D = our own proposal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import pairwise
from math import isfinite
from types import MappingProxyType
from typing import Any, Final

from riskmap.errors import ConfigError, DataError
from riskmap.scale import Tier
from riskmap.schema import describe

STATUSES: Final = ("S", "M", "D")
_WARNING_TIERS: Final = (Tier.BLUE, Tier.YELLOW, Tier.ORANGE, Tier.RED)


@dataclass(frozen=True)
class Metric:
    """One test of a hazard: a variable against up to four thresholds.

    Attributes
    ----------
    variable : str
        Name in the register of variables (``riskmap.schema``).
    thresholds : tuple of float or None, length 4
        Lower bounds of blue, yellow, orange, red in ``units``; None where the tier has no such test.
    station_levels : tuple of str, optional
        Instead of numbers: the columns of the station table that hold each station's own levels.
    source, status : str
        Where the numbers were read; S, M or D.
    cells : bool
        Whether cells are graded by it; otherwise it is for gauges and for what is derived from it.
    confidence, confidence_note : str
        Where they differ from the rule's: thresholds of the place itself are worth more than borrowed ones.
    """

    variable: str
    chinese: str
    english: str
    units: str
    thresholds: tuple[float | None, float | None, float | None, float | None]
    source: str
    status: str
    averaging_period: int | None = None
    window_hours: int | None = None
    station_levels: tuple[str, ...] = ()
    cells: bool = True
    confidence: str = ""
    confidence_note: str = ""

    def threshold(self, tier: Tier) -> float | None:
        """Lower bound of a tier, or None where this metric does not test for it.

        Examples
        --------
        >>> Metric("rain_3h", "3小时雨量", "3 h rain", "mm", (None, None, 50.0, 100.0), "x", "S").threshold(Tier.RED)
        100.0
        """
        return None if tier is Tier.GREEN else self.thresholds[tier - 1]

    @property
    def lowest(self) -> float | None:
        """The lowest threshold that there is."""
        return next((t for t in self.thresholds if t is not None), None)


@dataclass(frozen=True)
class HazardRule:
    """How one hazard becomes a tier, in a cell and in a region.

    Attributes
    ----------
    unit_area_share : float
        A region takes the highest tier that holds on at least this share of its area; 0 = any station.
    wetness : mapping
        Wetness class -> variable -> factor on the thresholds; empty where the hazard has none.
    """

    id: str
    group: str
    metrics: tuple[Metric, ...]
    unit_area_share: float
    unit_area_share_source: str
    unit_area_share_status: str
    confidence: str
    confidence_note: str
    wetness: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    wetness_source: str = ""

    def with_wetness(self, wetness: str) -> HazardRule:
        """The same rule with its thresholds multiplied by the factors of a wetness class.

        Raises
        ------
        ConfigError
            The rule knows no such class.
        """
        if not self.wetness:
            return self
        if wetness not in self.wetness:
            raise ConfigError(
                "unknown wetness class",
                where=f"rule {self.id}",
                expected=" | ".join(self.wetness),
                found=repr(wetness),
                remedy="set [flash_flood] wetness in the scenario",
            )
        factors = self.wetness[wetness]
        metrics = tuple(
            Metric(
                **{
                    **vars(metric),
                    "thresholds": tuple(
                        None if t is None else round(t * factors.get(metric.variable, 1.0), 6)
                        for t in metric.thresholds
                    ),
                }
            )
            for metric in self.metrics
        )
        return HazardRule(**{**vars(self), "metrics": metrics})


def parse_rule(content: Mapping[str, Any], *, where: str) -> HazardRule:
    """Check one rule and freeze it.

    Parameters
    ----------
    content : mapping
        What TOML gave.
    where : str
        File name, for messages.

    Raises
    ------
    ConfigError
        A key is missing or unknown, a threshold is reversed, a source or status is absent.
    """
    known = {
        "id", "group", "unit_area_share", "unit_area_share_source", "unit_area_share_status",
        "confidence", "confidence_note", "metric", "wetness",
    }  # fmt: skip
    _only(content, known, where)
    _all(content, known - {"wetness"}, where)
    entries = content["metric"]
    if not isinstance(entries, list) or not entries or not all(isinstance(e, Mapping) for e in entries):
        raise ConfigError(
            "a rule without metrics", where=f"{where}, [[metric]]", expected="one [[metric]] section or more",
            found=repr(entries), remedy="see the bundled rules",
        )  # fmt: skip
    metrics = tuple(
        _parse_metric(entry, where=f"{where}, [[metric]] number {n}") for n, entry in enumerate(entries, 1)
    )  # fmt: skip
    share = content["unit_area_share"]
    if not isinstance(share, int | float) or not 0 <= share <= 1:
        raise ConfigError(
            "the area share is no share",
            where=f"{where}, unit_area_share",
            expected="0 to 1",
            found=repr(share),
            remedy="write 5 % as 0.05",
        )
    _status(content["unit_area_share_status"], f"{where}, unit_area_share_status")
    wetness, wetness_source = _parse_wetness(content.get("wetness", {}), metrics, where)
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
    )


def _parse_wetness(
    section: Any, metrics: tuple[Metric, ...], where: str
) -> tuple[dict[str, Mapping[str, float]], str]:
    """Factors by class, and their source."""
    if not section:
        return {}, ""
    classes = {} if not isinstance(section, Mapping) else dict(section)
    _all(classes, {"source", "status"}, f"{where}, [wetness]")
    source = str(classes.pop("source"))
    _status(classes.pop("status"), f"{where}, [wetness]")
    for name, factors in classes.items():
        at = f"{where}, [wetness.{name}]"
        rains = {m.variable for m in metrics if m.units == "mm"}
        _all(factors if isinstance(factors, Mapping) else {}, rains, at)
        if not all(_is_number(factor) and factor > 0 for factor in factors.values()):
            raise ConfigError(
                "a factor that is none", where=at, expected="numbers above 0", found=repr(factors),
                remedy="write 1.0 where wetness changes nothing",
            )  # fmt: skip
    return classes, source


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _parse_metric(entry: Mapping[str, Any], *, where: str) -> Metric:
    needed = {"variable", "chinese", "english", "units", "source", "status"}
    _only(
        entry,
        needed
        | {"thresholds", "station_levels", "averaging_period", "window_hours", "cells"}
        | {"confidence", "confidence_note"},
        where,
    )
    _all(entry, needed, where)
    _status(entry["status"], f"{where}, status")
    if not str(entry["source"]).strip():
        raise ConfigError(
            "a threshold without a source",
            where=f"{where}, source",
            expected="where the numbers were read",
            found="nothing",
            remedy='name the document, or set status = "D" and say whose proposal it is',
        )
    _require_unit(entry, where)
    levels = tuple(entry.get("station_levels", ()))
    raw = entry.get("thresholds", [False] * 4)
    sound = isinstance(raw, list) and len(raw) == 4 and all(t is False or _is_number(t) for t in raw)
    if not sound or (levels and len(levels) != 4):
        raise ConfigError(
            "not four thresholds",
            where=f"{where}, thresholds",
            expected="four entries: blue, yellow, orange, red; false where a tier has none",
            found=repr(raw),
            remedy="write false for a tier without a threshold",
        )
    thresholds = tuple(None if t is False else float(t) for t in raw)
    given = [t for t in thresholds if t is not None]
    if any(a >= b for a, b in pairwise(given)) or (not given and not levels):
        raise ConfigError(
            "thresholds are not rising" if given else "a metric without any threshold",
            where=f"{where}, thresholds",
            expected="each tier's bound above the one below it",
            found=repr(raw),
            remedy="order them from blue to red",
        )
    return Metric(
        variable=str(entry["variable"]),
        chinese=str(entry["chinese"]),
        english=str(entry["english"]),
        units=str(entry["units"]),
        thresholds=(thresholds[0], thresholds[1], thresholds[2], thresholds[3]),
        source=str(entry["source"]),
        status=str(entry["status"]),
        averaging_period=entry.get("averaging_period"),
        window_hours=entry.get("window_hours"),
        station_levels=levels,
        cells=_yes(entry.get("cells", True), f"{where}, cells"),
        confidence=str(entry.get("confidence", "")),
        confidence_note=str(entry.get("confidence_note", "")),
    )


def _yes(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise ConfigError(
            "neither true nor false",
            where=where,
            expected="true or false",
            found=repr(value),
            remedy="mend it",
        )
    return value


def _require_unit(entry: Mapping[str, Any], where: str) -> None:
    """A threshold in another unit than the field that it tests would be silently wrong."""
    try:
        units = describe(str(entry["variable"])).units
    except DataError as problem:
        raise ConfigError(
            problem.message, where=f"{where}, variable", expected=problem.expected, found=repr(entry["variable"]),
            remedy="name a variable of the register",
        ) from None  # fmt: skip
    if entry["units"] != units:
        raise ConfigError(
            "thresholds in another unit", where=f"{where}, units", expected=repr(units), found=repr(entry["units"]),
            remedy=f"convert the thresholds to {units}",
        )  # fmt: skip


def _only(content: Mapping[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(content) - known)
    if unknown:
        near = get_close_matches(unknown[0], sorted(known), n=1)
        raise ConfigError(
            f"unknown key {unknown[0]!r}",
            where=where,
            expected=", ".join(sorted(known)),
            found=unknown[0],
            remedy=f"did you mean {near[0]!r}?" if near else "remove it",
        )


def _all(content: Mapping[str, Any], needed: set[str], where: str) -> None:
    missing = sorted(needed - set(content))
    if missing:
        raise ConfigError(
            f"the key {missing[0]!r} is missing",
            where=where,
            expected=", ".join(sorted(needed)),
            found=", ".join(sorted(content)) or "nothing",
            remedy=f"add {missing[0]} = ...",
        )


def _status(status: Any, where: str) -> None:
    if status not in STATUSES:
        raise ConfigError(
            "a number without a valid status",
            where=where,
            expected="S (read in a source), M (remembered) or D (own proposal)",
            found=repr(status),
            remedy='add status = "D" if nothing was published',
        )
