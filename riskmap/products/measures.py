"""Numbered measures for letters: which ones fit a region's own reasons."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from riskmap.errors import ConfigError
from riskmap.rules import STATUSES
from riskmap.scale import Tier

_KEYS: Final = {"id", "hazard", "tiers", "text", "source", "status"}
ANY_HAZARD: Final = "any"


@dataclass(frozen=True)
class Measure:
    """One measure.

    Attributes
    ----------
    hazard : str
        Hazard id, or ``any``: fits the combined tier.
    tiers : tuple of Tier
        Tiers that it fits.
    coastal : bool
        Only for regions with a coast.
    source, status : str
        Where it was read; S, M or D (our own proposal).
    """

    id: str
    hazard: str
    tiers: tuple[Tier, ...]
    text: str
    source: str
    status: str
    coastal: bool = False

    @property
    def proposal(self) -> bool:
        """Whether it is our own, to be printed as 建议."""
        return self.status == "D"


@lru_cache(maxsize=1)
def bundled_measures() -> tuple[Measure, ...]:
    """The measures of ``riskmap/rules/measures.toml``."""
    file = resources.files("riskmap.rules") / "measures.toml"
    return parse_measures(file.read_text(encoding="utf-8"), where="measures.toml")


def parse_measures(text: str, *, where: str) -> tuple[Measure, ...]:
    """Check a TOML text of measures and freeze it.

    Parameters
    ----------
    text : str
        ``[[measure]]`` entries with id, hazard, tiers, text, source, status and, if need be, coastal.
    where : str
        File name, for messages.

    Raises
    ------
    ConfigError
        A key is missing or unknown, a tier or status is unknown, an id comes twice.

    Examples
    --------
    >>> parse_measures('[[measure]]', where="mine.toml")
    Traceback (most recent call last):
    riskmap.errors.ConfigError: mine.toml, [[measure]] number 1: the key 'hazard' is missing; ...
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError("is not TOML", where=where, found=str(error), remedy="mend the line") from error
    entries = content.get("measure", [])
    found = tuple(_measure(entry, f"{where}, [[measure]] number {n}") for n, entry in enumerate(entries, 1))
    ids = [measure.id for measure in found]
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice or set(content) - {"measure"} or not found:
        raise ConfigError(
            f"the id {twice[0]!r} comes twice" if twice else "not a file of measures",
            where=where,
            expected="[[measure]] entries, each with an id of its own",
            found=", ".join(sorted(content)) or "nothing",
            remedy="correct the file",
        )
    return found


def _measure(entry: Mapping[str, Any], where: str) -> Measure:
    missing = sorted(_KEYS - set(entry))
    unknown = sorted(set(entry) - _KEYS - {"coastal"})
    if missing or unknown:
        raise ConfigError(
            f"the key {missing[0]!r} is missing" if missing else f"unknown key {unknown[0]!r}",
            where=where,
            expected=", ".join(sorted(_KEYS)) + ", coastal",
            found=", ".join(sorted(entry)) or "nothing",
            remedy="correct the entry",
        )
    names = {tier.english: tier for tier in Tier}
    wrong = [t for t in entry["tiers"] if t not in names]
    if wrong or entry["status"] not in STATUSES or not str(entry["source"]).strip():
        raise ConfigError(
            "a measure without a known tier, source or status",
            where=where,
            expected="tiers out of blue, yellow, orange, red; a source; status S, M or D",
            found=repr(wrong[0] if wrong else (entry["source"], entry["status"])),
            remedy="correct the entry",
        )
    return Measure(
        id=str(entry["id"]),
        hazard=str(entry["hazard"]),
        tiers=tuple(names[t] for t in entry["tiers"]),
        text=str(entry["text"]),
        source=str(entry["source"]),
        status=str(entry["status"]),
        coastal=bool(entry.get("coastal", False)),
    )


def fitting(
    measures: Iterable[Measure], tiers: Mapping[str, Tier], *, coastal: bool | None
) -> tuple[Measure, ...]:
    """Those measures that a region's own tiers call for.

    Parameters
    ----------
    measures : iterable of Measure
        In the order in which they are numbered.
    tiers : mapping
        Hazard id -> the region's worst tier.
    coastal : bool or None
        Whether the region has a coast; None = not known, then nothing is left out.

    Examples
    --------
    >>> [m.id for m in fitting(bundled_measures(), {"flash_flood": Tier.RED}, coastal=False)]
    ['flash-flood-red-1', 'flash-flood-red-2', 'any-1']
    """
    worst = max(tiers.values(), default=Tier.GREEN)
    return tuple(
        measure
        for measure in measures
        if (worst if measure.hazard == ANY_HAZARD else tiers.get(measure.hazard)) in measure.tiers
        and not (measure.coastal and coastal is False)
    )
