"""Censored Gaussian likelihood of the decay, and a small simplex to find its maximum."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from benchmarks.decay_fit.cases import THRESHOLD, Case
from riskmap.decay import exponential_decay

START = (0.9, 12.0, 0.08, 4.0)
"""Reduction, background [m s-1], rate [h-1], standard deviation [m s-1]: where the search begins."""

STEPS = (0.05, 2.0, 0.03, 1.0)
"""Size of the first simplex along each of them; the search runs in these units."""

_erfc = np.vectorize(math.erfc, otypes=[float])


@dataclass(frozen=True)
class Sample:
    """Fixes of all cases, flat. ``wind`` is NaN where it was under ``threshold`` [m s-1]; ``storm`` counts storms.

    ``distance`` [m] is that of the centre from the sea.
    """

    landfall_wind: Any
    hours: Any
    wind: Any
    storm: Any
    distance: Any
    threshold: float = THRESHOLD

    @property
    def storms(self) -> int:
        """How many storms there are."""
        return len(np.unique(self.storm))

    def of(self, storms: Sequence[int]) -> Sample:
        """The fixes of some storms, each as often as it is named."""
        return self.where(np.concatenate([np.flatnonzero(self.storm == storm) for storm in storms]))

    def where(self, rows: Any) -> Sample:
        """Some of the fixes, by mask or number."""
        return replace(
            self,
            landfall_wind=self.landfall_wind[rows],
            hours=self.hours[rows],
            wind=self.wind[rows],
            storm=self.storm[rows],
            distance=self.distance[rows],
        )


def sample(cases: Sequence[Case]) -> Sample:
    """Cases as flat arrays."""
    number = {storm: n for n, storm in enumerate(dict.fromkeys(case.storm for case in cases))}
    return Sample(
        np.concatenate([np.full(len(case.hours), case.landfall_wind) for case in cases]),
        np.concatenate([case.hours for case in cases]),
        np.concatenate([case.wind for case in cases]),
        np.concatenate([np.full(len(case.hours), number[case.storm]) for case in cases]),
        np.concatenate([case.distance for case in cases]),
    )


def predicted(parameters: Any, data: Sample) -> Any:
    """Wind [m s-1] of the model at every fix."""
    reduction, background, rate = parameters[:3]
    return exponential_decay(
        data.landfall_wind, data.hours, reduction=reduction, background=background, rate=rate
    )


def log_density(expected: Any, spread: Any, data: Sample) -> Any:
    """Of every fix: a normal density where there is a wind, the probability below the threshold where not."""
    seen = np.isfinite(data.wind)
    z = (np.where(seen, data.wind, expected) - expected) / spread
    below = 0.5 * _erfc((expected - data.threshold) / (spread * math.sqrt(2)))
    return np.where(
        seen,
        -0.5 * z**2 - np.log(spread * math.sqrt(2 * math.pi)),
        np.log(np.maximum(below, 1e-300)),
    )


def log_likelihood(parameters: Any, data: Sample) -> float:
    """Of all fixes; minus infinity outside the bounds of the parameters."""
    reduction, background, rate, spread = parameters
    if not (0 < reduction <= 1.5 and 0 <= background <= data.threshold and 0 < rate <= 1 and spread > 0.1):
        return -math.inf
    return float(log_density(predicted(parameters, data), spread, data).sum())


def fit_spread(expected: Any, data: Sample) -> float:
    """Standard deviation [m s-1] of the largest likelihood around winds that are given."""

    def cost(scaled: Any) -> float:
        return math.inf if scaled[0] <= 0.1 else -float(log_density(expected, scaled[0], data).sum())

    return float(nelder_mead(cost, np.array([START[3]]))[0])


def fit(data: Sample, *, start: Sequence[float] = START) -> Any:
    """Reduction, background [m s-1], rate [h-1] and standard deviation [m s-1] of the largest likelihood."""
    steps = np.array(STEPS)

    def cost(scaled: Any) -> float:
        return -log_likelihood(scaled * steps, data)

    best = nelder_mead(cost, np.array(start) / steps)
    return nelder_mead(cost, best) * steps  # a fresh simplex where the first one may have collapsed


def nelder_mead(
    cost: Callable[[Any], float], start: Any, *, tolerance: float = 1e-7, most: int = 2000
) -> Any:
    """Minimum by the simplex of Nelder and Mead (1965), Computer Journal 7, 308, with their coefficients."""
    points = [np.array(start, float)] + [start + step for step in np.eye(len(start))]
    simplex = sorted(((cost(p), tuple(p)) for p in points), key=lambda entry: entry[0])
    for _ in range(most):
        if simplex[-1][0] - simplex[0][0] < tolerance:
            break
        middle = np.mean([p for _, p in simplex[:-1]], axis=0)
        away = middle - np.array(simplex[-1][1])

        trial = _trial(cost, middle, away, [value for value, _ in simplex])
        if trial[0] < simplex[-1][0]:
            simplex[-1] = trial
        else:
            lowest = np.array(simplex[0][1])
            halved = [lowest + 0.5 * (np.array(p) - lowest) for _, p in simplex[1:]]
            simplex = [simplex[0], *((cost(p), tuple(p)) for p in halved)]
        simplex.sort(key=lambda entry: entry[0])
    return np.array(simplex[0][1])


def _trial(
    cost: Callable[[Any], float], middle: Any, away: Any, values: list[float]
) -> tuple[float, tuple[float, ...]]:
    """The worst point reflected, stretched where that pays, drawn in where it does not."""
    point, beyond = middle + away, middle + 2 * away
    reflected = cost(point)
    if reflected < values[0]:
        stretched = cost(beyond)
        return (stretched, tuple(beyond)) if stretched < reflected else (reflected, tuple(point))
    if reflected < values[-2]:
        return reflected, tuple(point)
    inner = middle + (0.5 if reflected < values[-1] else -0.5) * away
    drawn = cost(inner)
    return (drawn, tuple(inner)) if drawn < reflected else (reflected, tuple(point))
