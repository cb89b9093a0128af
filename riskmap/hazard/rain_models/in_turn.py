"""Several sources of rain as one: of each hour the first that has it, step by step and cell by cell.

Observed rain goes before a nowcast, which goes before gauges. A step that nobody has is mended from the steps around it where
the gap is short, and is unknown elsewhere: no missing rain is dry.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np

from riskmap.hazard.rain_models.precedence import Rain
from riskmap.hazard.storm.swath import HOUR

STEP: Final = np.timedelta64(600, "s")
STEPS: Final = 6

LONGEST_MENDED: Final = 3
"""Steps of a gap that is mended at most, half an hour (status D): a lost volume or two of a radar."""


class SpanSource(Protocol):
    """Rain by intervals; ``riskmap.io.rain_grids.GriddedRain`` and ``riskmap.observation.gauge_rain.GaugeRain`` are such."""

    @property
    def steps_an_hour(self) -> int:
        """Even steps that an hour can be told in: 1, 2, 3 or 6."""
        ...

    @property
    def everywhere(self) -> bool:
        """Whether it tells of fields, not of places alone."""
        ...

    @property
    def until(self) -> np.datetime64:
        """End of what is known, UTC."""
        ...

    def has(self, end: np.datetime64, length: np.timedelta64) -> bool:
        """Whether the interval of ``length`` that ends at ``end`` (UTC) is wholly there."""
        ...

    def span(self, end: np.datetime64, length: np.timedelta64) -> Rain | None:
        """Its rain [mm] (y, x), NaN where unknown; None if it is not wholly there."""
        ...


class InTurn:
    """Sources of rain in their order.

    Parameters
    ----------
    sources : sequence of SpanSource
        On one grid; the first goes before the others.
    mend : int
        So many steps of a gap are mended.
    """

    def __init__(self, sources: Sequence[SpanSource], *, mend: int = LONGEST_MENDED) -> None:
        self.sources, self._mend = tuple(sources), mend

    @property
    def steps_an_hour(self) -> int:
        """Even steps that an hour can be told in, by the finest source."""
        return max(source.steps_an_hour for source in self.sources)

    @property
    def until(self) -> np.datetime64:
        """End of what any source knows, UTC."""
        return np.max([source.until for source in self.sources])

    def by_grid(self, end: np.datetime64) -> bool:
        """Whether anything but gauges tells the last step before ``end`` (UTC): theirs is unknown beyond their reach."""
        return any(source.everywhere and source.has(end, STEP) for source in self.sources)

    def known(self, end: np.datetime64) -> bool:
        """Whether the hour that ends at ``end`` (UTC) can be told, mended where it must be."""
        return self._has(end, HOUR) or all(self._tells(step) for step in _steps(end))

    def missing(self, ends: Sequence[np.datetime64]) -> list[np.datetime64]:
        """Those of the hours (by their ends, UTC) that cannot be told."""
        return [end for end in ends if not self.known(end)]

    def mended(self, ends: Sequence[np.datetime64]) -> list[np.datetime64]:
        """Ends of the steps of the hours that are mended from the steps around them."""
        broken = (end for end in ends if not self._has(end, HOUR) and self.known(end))
        return [step for end in broken for step in _steps(end) if not self._has(step, STEP)]

    def hour(self, end: np.datetime64) -> Rain | None:
        """Rain [mm] of the hour that ends at ``end`` (UTC), NaN where unknown; None if it cannot be told."""
        if self.sources[0].has(end, HOUR):
            return self._span(end, HOUR)
        # by steps: an older nowcast has the whole hour too, and what was measured of it goes first
        steps = [self._step(step) for step in _steps(end)]
        told = [step for step in steps if step is not None]
        if len(told) == STEPS:
            return np.asarray(np.sum(told, axis=0, dtype=np.float64), np.float32)
        return self._span(end, HOUR)

    def parts(self, end: np.datetime64, count: int) -> list[Rain] | None:
        """Rain [mm] of ``count`` even parts of the hour that ends at ``end`` (UTC); None if one cannot be told."""
        found = [self._step(step) for step in _steps(end)]
        told = [step for step in found if step is not None]
        if len(told) < STEPS:
            return None
        each = STEPS // count
        return [np.sum(told[k : k + each], axis=0).astype(np.float32) for k in range(0, STEPS, each)]

    def _has(self, end: np.datetime64, length: np.timedelta64) -> bool:
        return any(source.has(end, length) for source in self.sources)

    def _span(self, end: np.datetime64, length: np.timedelta64) -> Rain | None:
        found: Rain | None = None
        for source in self.sources:
            rain = source.span(end, length)
            if rain is None:
                continue
            found = rain if found is None else np.where(np.isnan(found), rain, found)
            if not np.isnan(found).any():
                break
        return found

    def _step(self, end: np.datetime64) -> Rain | None:
        own = self._span(end, STEP)
        if own is not None and not np.isnan(own).any():
            return own
        around = self._around(end)
        if around is None:
            return own
        before, after = (self._span(at, STEP) for at in around)
        assert before is not None
        assert after is not None
        between = ((before + after) / 2).astype(np.float32)
        return between if own is None else np.where(np.isnan(own), between, own)

    def _tells(self, end: np.datetime64) -> bool:
        return self._has(end, STEP) or self._around(end) is not None

    def _around(self, end: np.datetime64) -> tuple[np.datetime64, np.datetime64] | None:
        """Known steps on both sides of a short gap, of sources that lack the step itself."""
        lacking = [source for source in self.sources if not source.has(end, STEP)]

        def first(way: int) -> int | None:
            reach = range(1, self._mend + 1)
            return next(
                (k for k in reach if any(one.has(end + way * k * STEP, STEP) for one in lacking)), None
            )

        back, forth = first(-1), first(1)
        if back is None or forth is None or back + forth - 1 > self._mend:
            return None
        return end - back * STEP, end + forth * STEP


def _steps(end: np.datetime64) -> list[np.datetime64]:
    """Ends of the steps of an hour, in order."""
    return [end - k * STEP for k in range(STEPS - 1, -1, -1)]
