"""Errors of the fitted decay and of Kaplan and DeMaria (1995) on the same fixes, and how sure their difference is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from benchmarks.decay_fit.cases import Case
from benchmarks.decay_fit.fit import Sample, fit, fit_spread, log_density, predicted, sample
from riskmap.averaging import convert
from riskmap.decay import KAPLAN_DEMARIA_PERIOD, kaplan_demaria_1995
from riskmap.regressions import KNOT

RESAMPLES = 1000
SEED = 20240917
"""Any number will do; fixed so that the published intervals can be had again."""

PARAMETERS = ("reduction", "background", "rate", "standard_deviation")

ROUNDED_THRESHOLD = 32.5 * KNOT
"""[m s-1]; if 35 kt is a wind rounded to 5 kt, no wind means less than this."""

WELL_INLAND = 3.0
"""[h]; from here on the place of the coast and the hour of the crossing matter little."""


def kaplan_demaria(data: Sample, *, period: int, by_distance: bool = False) -> Any:
    """Their wind [m s-1] at every fix, in the averaging period [s] of the data; with their correction or without."""
    one_minute = convert(data.landfall_wind, period=period, to=KAPLAN_DEMARIA_PERIOD)
    inland = data.distance if by_distance else None
    wind = kaplan_demaria_1995(one_minute, data.hours, inland_distance=inland)
    return convert(wind, period=KAPLAN_DEMARIA_PERIOD, to=period)


def errors(wind: Any, data: Sample) -> Any:
    """Error at every fix [m s-1]; where no wind was given, only what the model lies above the threshold counts."""
    return np.where(np.isfinite(data.wind), wind - data.wind, np.maximum(wind - data.threshold, 0.0))


@dataclass(frozen=True)
class Judged:
    """Winds of one model at every fix [m s-1] and the standard deviation it would have claimed there."""

    wind: Any
    spread: Any

    def where(self, rows: Any) -> Judged:
        """Some of the fixes."""
        return Judged(self.wind[rows], self.spread[rows])


def left_out(data: Sample, *, start: Any, period: int, by_distance: bool = False) -> tuple[Judged, Judged]:
    """Ours fitted on all the other storms, and theirs with its spread from the other storms."""
    theirs = kaplan_demaria(data, period=period, by_distance=by_distance)
    wind, spread, their_spread = (np.empty(len(data.hours)) for _ in range(3))
    for storm in np.unique(data.storm):
        own = data.storm == storm
        others = data.where(~own)
        parameters = fit(others, start=start)
        wind[own], spread[own] = predicted(parameters, data)[own], parameters[3]
        their_spread[own] = fit_spread(theirs[~own], others)
    return Judged(wind, spread), Judged(theirs, their_spread)


def scores(ours: Judged, theirs: Judged, data: Sample) -> dict[str, float]:
    """Root mean square, mean absolute error and bias [m s-1], mean log density; ``difference`` is ours less theirs."""
    found = {}
    for name, model in (("ours", ours), ("kaplan_demaria_1995", theirs)):
        error, seen = errors(model.wind, data), np.isfinite(data.wind)
        found[f"{name}_rmse"] = math.sqrt(float(np.mean(error**2)))
        found[f"{name}_mae"] = float(np.mean(np.abs(error)))
        found[f"{name}_log_score"] = float(np.mean(log_density(model.wind, model.spread, data)))
        found[f"{name}_bias_where_reported"] = float(np.mean(error[seen]))
    for kind in ("rmse", "mae", "log_score"):
        found[f"{kind}_difference"] = found[f"ours_{kind}"] - found[f"kaplan_demaria_1995_{kind}"]
    return found


def paired_intervals(
    ours: Judged, theirs: Judged, data: Sample, *, resamples: int = RESAMPLES
) -> dict[str, tuple[float, float]]:
    """95 % intervals of the differences: whole storms are drawn, the same for both models."""
    generator = np.random.default_rng(SEED)
    columns = [np.ones(len(data.hours))]
    for model in (ours, theirs):
        error = errors(model.wind, data)
        columns += [error**2, np.abs(error), log_density(model.wind, model.spread, data)]
    storms = np.unique(data.storm)
    sums = np.array([np.array(columns)[:, data.storm == storm].sum(axis=1) for storm in storms])
    drawn = sums[generator.integers(0, len(storms), (resamples, len(storms)))].sum(axis=1)
    n, a2, a1, a0, b2, b1, b0 = drawn.T
    return {
        "rmse_difference": _middle(np.sqrt(a2 / n) - np.sqrt(b2 / n)),
        "mae_difference": _middle((a1 - b1) / n),
        "log_score_difference": _middle((a0 - b0) / n),
    }


def parameter_intervals(data: Sample, *, start: Any, resamples: int = RESAMPLES) -> list[tuple[float, float]]:
    """95 % intervals of the parameters: fits to storms drawn with replacement."""
    generator = np.random.default_rng(SEED)
    storms = np.unique(data.storm)
    fits = [fit(data.of(list(generator.choice(storms, len(storms)))), start=start) for _ in range(resamples)]
    return [_middle(column) for column in np.array(fits).T]


def _middle(values: Any) -> tuple[float, float]:
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


def verdict(intervals: dict[str, tuple[float, float]]) -> str:
    """In words, from the intervals of ours less theirs: of the error, and of the log density.

    The error sees a censored fix only where a model lies above the threshold, so a model that is always too low
    pays nothing there; the log density is the score that the fit itself maximises and has no such blind side.

    >>> verdict({"rmse_difference": (-1.2, -0.2), "log_score_difference": (-0.2, 0.2)})
    'against Kaplan and DeMaria (1995): error smaller, log score not distinguishable'
    """
    low, high = intervals["rmse_difference"]
    error = "smaller" if high < 0 else "larger" if low > 0 else "not distinguishable"
    low, high = intervals["log_score_difference"]
    score = "better" if low > 0 else "worse" if high < 0 else "not distinguishable"
    return f"against Kaplan and DeMaria (1995): error {error}, log score {score}"


def report(
    cases: Sequence[Case], *, period: int, trained_until: int, resamples: int = RESAMPLES
) -> dict[str, Any]:
    """Everything about one agency's winds: the fit, its intervals, the held-out years, one storm left out at a time."""
    data = sample(cases)
    early = sample([case for case in cases if case.season <= trained_until])
    late = sample([case for case in cases if case.season > trained_until])
    parameters = fit(early)
    spread = fit_spread(kaplan_demaria(early, period=period), early)
    held_out = (
        Judged(predicted(parameters, late), np.full(len(late.hours), parameters[3])),
        Judged(kaplan_demaria(late, period=period), np.full(len(late.hours), spread)),
    )
    blind = left_out(data, start=parameters, period=period)
    rounded = replace(data, threshold=ROUNDED_THRESHOLD)
    inland = data.hours >= WELL_INLAND
    away = left_out(data, start=parameters, period=period, by_distance=True)
    lower = left_out(rounded, start=parameters, period=period)
    judged: dict[str, tuple[Judged, Judged, Sample]] = {
        "leave_one_storm_out": (*blind, data),
        "leave_one_storm_out_from_3_h": (blind[0].where(inland), blind[1].where(inland), data.where(inland)),
        "leave_one_storm_out_against_theirs_by_distance": (*away, data),
        "leave_one_storm_out_threshold_32.5_kt": (*lower, rounded),
        "held_out_years": (*held_out, late),
    }
    intervals = {name: paired_intervals(*each, resamples=resamples) for name, each in judged.items()}
    bootstrap = parameter_intervals(early, start=parameters, resamples=resamples)
    return {
        "averaging_period": period,
        "counts": {"all": _counts(data), "fitted": _counts(early), "held_out": _counts(late)},
        "parameters": dict(zip(PARAMETERS, map(float, parameters))),
        "parameter_intervals": dict(zip(PARAMETERS, bootstrap)),
        "parameters_all_years": dict(zip(PARAMETERS, map(float, fit(data)))),
        "judged": {name: scores(*each) for name, each in judged.items()},
        "judged_intervals": intervals,
        "verdict": {name: verdict(each) for name, each in intervals.items()},
    }


def _counts(data: Sample) -> dict[str, int]:
    return {
        "storms": data.storms, "fixes": len(data.hours), "below_threshold": int(np.isnan(data.wind).sum()),
    }  # fmt: skip
