"""Tiers now and to come, read off the published run: never computed anew, grey where the run says nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evac.situation.document import Place, TierChange, Tiers
from evac.situation.places import Names, region
from evac.situation.rules import most
from riskmap.assessment import Assessment, worst_tier
from riskmap.products.letter_words import quantity
from riskmap.scale import DISCLAIMER, NO_DATA, Tier, hazard_words

_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True)
class RowTier:
    """What a row says of its tiers: now, the worst from now on, when first, and why."""

    tier: int | None = None
    worst: int | None = None
    worst_at: datetime | None = None
    reason: str = ""


UNKNOWN: Final = RowTier()


class Outlook:
    """One run, asked by region; what was asked once is kept, since it is the same until the hour or the run changes.

    Parameters
    ----------
    assessment : Assessment
    at : datetime
        The clock.
    """

    def __init__(self, assessment: Assessment, at: datetime) -> None:
        self.assessment = assessment
        self.hours = assessment.valid_at
        self._column = {one.code: n for n, one in enumerate(assessment.regions)}
        passed = [n for n, hour in enumerate(self.hours) if hour <= at]
        step = self.hours[1] - self.hours[0] if len(self.hours) > 1 else _HOUR
        self.now = passed[-1] if passed and at < self.hours[passed[-1]] + step else None
        self.over = bool(passed) and self.now is None
        """Whether the run ends before the clock: then nothing of it is to come."""
        self._columns: dict[str, list[int]] = {}
        self._rows: dict[str, RowTier] = {}
        self._tiers: dict[tuple[Place, tuple[str, ...]], Tiers] = {}

    @property
    def first(self) -> int:
        """The first hour that is not over."""
        return len(self.hours) if self.over else self.now or 0

    def columns(self, code: str) -> list[int]:
        """Regions of the run that make up a region, or the one it lies in; empty where the run has neither."""
        if code not in self._columns:
            self._columns[code] = self._find(code)
        return self._columns[code]

    def _find(self, code: str) -> list[int]:
        inside = [n for own, n in self._column.items() if own.startswith(code)]
        if inside:
            return inside
        around = [own for own in self._column if code.startswith(own)]
        return [self._column[max(around, key=len)]] if around else []

    def series(self, code: str) -> NDArray[np.int8]:
        """Combined tier by hour: the worst of the parts, grey where nothing reaches blue and something is unknown."""
        columns = self.columns(code)
        if not columns:
            return np.full(len(self.hours), NO_DATA, np.int8)
        return np.asarray(worst_tier(self.assessment.combined[:, columns].T), np.int8)

    def row(self, code: str) -> RowTier:
        """Tiers of one row."""
        if code not in self._rows:
            self._rows[code] = self._row(code)
        return self._rows[code]

    def _row(self, code: str) -> RowTier:
        columns = self.columns(code)
        if not columns or self.first >= len(self.hours):
            return UNKNOWN
        combined = self.assessment.combined[self.first :, columns]
        series = self.series(code)[self.first :]
        worst = int(worst_tier(series))
        hour = int(np.argmax(series == worst)) if worst in series else 0
        deciding = columns[int(np.argmax(combined[hour]))]
        now = None if self.now is None else int(series[0])
        return RowTier(now, worst, self.hours[self.first + hour], self._why(deciding, self.first + hour))

    def _why(self, column: int, hour: int) -> str:
        driver = self.assessment.at(self.assessment.regions[column].code, hour).driver
        if driver is None or driver.tier is Tier.GREEN:
            return ""
        bound = "" if driver.threshold is None else f" ≥ {quantity(driver.threshold, driver.metric.units)}"
        where = f"({driver.asset.name})" if driver.asset is not None else ""
        words = hazard_words(driver.hazard)[0]
        return f"{words} {driver.metric.chinese} {quantity(driver.value, driver.metric.units)}{bound}{where}"

    def _of(self, place: Place, names: Names) -> Place:
        columns = self.columns(place.code)
        own = self.assessment.regions[columns[0]].code if len(columns) == 1 else place.code
        return place if place.code == own or len(own) > len(place.code) else region(own, names)

    def tiers(self, place: Place, rows: Sequence[str], names: Names) -> Tiers:
        """The part of the document; ``names`` are the same whenever it is asked."""
        key = (place, tuple(rows))
        if key not in self._tiers:
            self._tiers[key] = self._told(place, rows, names)
        return self._tiers[key]

    def _told(self, place: Place, rows: Sequence[str], names: Names) -> Tiers:
        columns = self.columns(place.code)
        table = self.assessment.table["tier"].values
        hazards = {
            hazard: worst_tier(table[n][:, columns].T)
            for n, hazard in enumerate(self.assessment.hazards)
            if hazard not in self.assessment.apart and columns
        }
        hazards = {hazard: tiers for hazard, tiers in hazards.items() if bool((tiers >= NO_DATA).any())}
        return Tiers(
            issued_at=self.assessment.issued_at, of=self._of(place, names), hours=self.hours, now=self.now,
            combined=_whole(self.series(place.code)), hazards={h: _whole(t) for h, t in hazards.items()},
            words={hazard: hazard_words(hazard)[0] for hazard in hazards},
            rows={code: _whole(self.series(code)) for code in rows},
            changes=tuple(self._changes(rows, names))[: most("changes")], disclaimer=DISCLAIMER[0],
        )  # fmt: skip

    def _changes(self, rows: Iterable[str], names: Names) -> list[TierChange]:
        found = [change for code in rows for change in self._of_row(code, names)]
        return sorted(found, key=lambda change: (change.at, change.code))

    def _of_row(self, code: str, names: Names) -> Iterator[TierChange]:
        series = self.series(code)
        for hour in np.flatnonzero(np.diff(series)) + 1:
            if hour > self.first:
                yield TierChange(
                    self.hours[hour], code, names.get(code, code), int(series[hour - 1]), int(series[hour])
                )


def _whole(tiers: NDArray[np.int8]) -> tuple[int, ...]:
    return tuple(max(int(tier), NO_DATA) for tier in tiers)
