"""What an observation speaks for: a tier by riskmap's own rules, with everything that is wrong with it said.

Nothing is dropped, mended or lowered here, and nothing is confirmed: a candidate waits for a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evac.field.events import Candidate, Observed, id_of
from evac.field.registers import Camera
from evac.field.rules import FieldRules
from riskmap.asset import AssetTier
from riskmap.io.rule_files import read_rules
from riskmap.observation.gauges import NOTHING, Flag, Gauge, Readings, words
from riskmap.observation.quality import QualityRules, check
from riskmap.observation.trigger import HAZARD_OF_KIND, level_raises, rain_raises
from riskmap.outlook import beijing
from riskmap.rules import HazardRule
from riskmap.scale import Tier

LATE: Final = ("迟报", "late")
OUT_OF_ORDER: Final = ("乱序", "out of order")
CLAIMED: Final = ("人工或算法判读,未经核实", "claimed, not confirmed")
UNMARKED: Final = "本站无预警水位,等级未知"
OBSERVED: Final = "observed"
"""Hazard of a camera's event, and of a gauge whose kind has no tiers."""

Reading = tuple[datetime, float]
Past = tuple[NDArray[np.int64], NDArray[np.float64]]
"""Readings of a gauge: seconds since 1970 UTC, and values; in any order."""


@cache
def rain_rules() -> Mapping[str, HazardRule]:
    """The bundled rules that rain gauges are held against."""
    rules = read_rules()
    return MappingProxyType({name: rules[name] for name in ("rain", "flash_flood")})


@dataclass(frozen=True, slots=True)
class Graded:
    """What one observation of a gauge comes to.

    Attributes
    ----------
    raised : tuple of AssetTier
        One for each hazard whose bound was met; empty where none was.
    flags : tuple of str
        What is wrong with it.
    marked : bool
        Whether the gauge has bounds at all: without, its value has no tier.
    """

    raised: tuple[AssetTier, ...]
    flags: tuple[str, ...]
    marked: bool

    @property
    def calm(self) -> bool:
        """Below every bound and nothing wrong: no candidate."""
        return self.marked and not self.raised and not self.flags


def grade(
    gauge: Gauge,
    reading: Reading,
    others: Past,
    *,
    received_at: datetime,
    rules: FieldRules,
    quality: QualityRules | None = None,
) -> Graded:
    """Grade one observation among the others of its gauge.

    Parameters
    ----------
    reading : (datetime, float)
        The new one, in the unit of the gauge's kind.
    others : (int64 array, float64 array)
        What is known of the gauge; see ``Past``.
    received_at : datetime
        Earliest receipt of the new one.

    Notes
    -----
    The tier is what the value would mean if it were right, also where a flag speaks against it: the flag is said beside it and a person
    decides. Readings before it that are flagged themselves are left out of sums.
    """
    at, value = reading
    then = min(at, received_at)
    checked = check([_series(gauge, reading, others)], now=received_at, rules=quality)[0]
    here = np.flatnonzero((checked.times == _second(at)) & (checked.values == value))
    found = Flag(int(np.bitwise_or.reduce(checked.flags[here]))) | (checked.whole & ~Flag.SILENT)
    said = tuple(f"{chinese} {english}" for chinese, english in _flags(found, at, others, received_at, rules))
    marked = gauge.kind == "rain" or gauge.bounds is not None
    return Graded(_raised(gauge, checked, here, then) if marked else (), said, marked)


def _series(gauge: Gauge, reading: Reading, others: Past) -> Readings:
    """All readings in the order of time; of one instant, by value."""
    seconds = np.append(others[0], round(reading[0].timestamp()))
    values = np.append(others[1], reading[1])
    order = np.lexsort((values, seconds))
    return Readings(gauge, seconds[order].astype("datetime64[s]"), values[order])


def _flags(
    found: Flag, at: datetime, others: Past, received_at: datetime, rules: FieldRules
) -> list[tuple[str, str]]:
    said = [words(flag) for flag in Flag if flag in found]
    if received_at - at > rules.late:
        said.append(LATE)
    seconds = others[0]
    if ((seconds > at.timestamp()) & (seconds <= received_at.timestamp())).any():
        said.append(OUT_OF_ORDER)
    return said


def _raised(gauge: Gauge, checked: Readings, here: NDArray[np.intp], then: datetime) -> tuple[AssetTier, ...]:
    """What riskmap raises by the readings up to this one, this one taken at its word."""
    cut = int(here[-1]) + 1
    flags = checked.flags[:cut].copy()
    flags[here] = 0
    times = np.minimum(checked.times[:cut], _second(then))
    series = Readings(gauge, times, checked.values[:cut], flags, NOTHING)
    return (
        rain_raises([series], rain_rules(), now=then)
        if gauge.kind == "rain"
        else level_raises([series], now=then)
    )


def _second(at: datetime) -> np.datetime64:
    return np.datetime64(round(at.astimezone(UTC).timestamp()), "s")


def candidates_of(
    gauge: Gauge, observed: Observed, graded: Graded, *, received_at: datetime
) -> tuple[Candidate, ...]:
    """The candidates of one observation, the worst first; one without a tier where nothing says what the value means."""
    if graded.calm:
        return ()
    if graded.raised:
        return tuple(_candidate(gauge, observed, graded.flags, asset, received_at) for asset in graded.raised)
    return (_candidate(gauge, observed, graded.flags, None, received_at, marked=graded.marked),)


def _candidate(
    gauge: Gauge,
    observed: Observed,
    flags: tuple[str, ...],
    asset: AssetTier | None,
    at: datetime,
    *,
    marked: bool = True,
) -> Candidate:
    hazard = asset.hazard if asset else HAZARD_OF_KIND.get(gauge.kind, "rain")
    units = "mm" if gauge.kind == "rain" else "m"
    why = f"{gauge.name}{beijing(observed.at)}实测{observed.value:g}{units}"
    why += "" if marked else f";{UNMARKED}"
    return Candidate(
        id=id_of("candidate", observed.id, hazard), at=at, by=observed.by, cause=observed.id, source=gauge.gauge_id,
        name=gauge.name, region=gauge.region, longitude=gauge.longitude, latitude=gauge.latitude, hazard=hazard,
        tier=int(asset.tier) if asset and asset.tier is not None else None, claimed=False, flags=flags,
        value=asset.value if asset else observed.value, threshold=asset.threshold if asset else None, units=units,
        words=asset.reason_chinese if asset else why,
    )  # fmt: skip


def claimed_candidate(
    camera: Camera, observed: Observed, *, received_at: datetime, rules: FieldRules
) -> Candidate:
    """The candidate of what a camera saw: always a claim, whoever says so."""
    late = (LATE,) if received_at - observed.at > rules.late else ()
    early = (words(Flag.TIME_SHIFT),) if observed.at > received_at else ()
    tier = f"{Tier(observed.tier).chinese}色" if observed.tier is not None else "等级未报"
    return Candidate(
        id=id_of("candidate", observed.id, OBSERVED), at=received_at, by=observed.by, cause=observed.id,
        source=camera.camera_id, name=camera.name, region=camera.region, longitude=camera.longitude, latitude=camera.latitude,
        hazard=OBSERVED, tier=observed.tier, claimed=True, flags=tuple(" ".join(pair) for pair in (CLAIMED, *late, *early)),
        value=None, threshold=None, units="",
        words=f"{camera.name}{beijing(observed.at)}:{observed.event}({tier},{observed.by})",
    )  # fmt: skip


def record_of(candidate: Candidate) -> AssetTier:
    """A candidate as riskmap knows what raises a tier: for ``riskmap.observation.trigger.raise_tiers``, which lowers nothing."""
    tier = None if candidate.tier is None else Tier(candidate.tier)
    return AssetTier(
        asset_id=candidate.source, name=candidate.name, kind="gauge", region=candidate.region, hazard=candidate.hazard,
        tier=tier, value=candidate.value, threshold=candidate.threshold, units=candidate.units,
        onset=candidate.at, reason_chinese=candidate.words, reason_english=candidate.words, source=candidate.by,
        observed=not candidate.claimed, longitude=candidate.longitude, latitude=candidate.latitude,
    )  # fmt: skip
