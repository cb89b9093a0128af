"""What gust, pressure and rain add to the wind, and what a second thread gains: In-Fa, 49 hours."""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np

from benchmarks.climada.ours import threads
from benchmarks.engine.case import PERIOD, Storm, in_fa
from benchmarks.harness import Record, seconds
from riskmap.hazard.rain import radial_rain
from riskmap.hazard.rain_models.upslope import UPSLOPE_FACTOR
from riskmap.hazard.storm.swath import storm_hours
from riskmap.hazard.surface import surface_of, surface_wind
from riskmap.hazard.wind import hourly_peaks
from riskmap.terrain.relief import lifting_slope

CLAIMS = ("fused_over_wind", "threads2_speedup")
REPEAT = 5
FINE = 0.01


def wind_alone(storm: Storm) -> float:
    """Peak wind of every hour; the largest [m s-1]."""
    return max(float(peak.max()) for peak in hourly_peaks(storm.track, storm.grid, storm.hours))


def all_fields(storm: Storm) -> Callable[[], float]:
    """Peak wind, gust over sea and land, wind and pressure at the hour's end, rain and upslope rain of every hour."""
    slope = lifting_slope(storm.altitude, storm.grid)
    rain = radial_rain()
    ground = surface_of(storm.grid, land=storm.land, altitude=storm.altitude, period=PERIOD)

    def run() -> float:
        hours = storm_hours(
            storm.track, storm.grid, storm.hours, rain=rain, slope=slope, upslope=UPSLOPE_FACTOR
        )
        return max(
            float(
                surface_wind(hour.peak, ground, eastward=hour.u, northward=hour.v)["wind_speed_of_gust"].max()
            )
            for hour in hours
        )

    return run


def best(work: Callable[[], object]) -> float:
    """Least time [s] of some turns, after one that fills the cache."""
    work()
    return min(seconds(work) for _ in range(REPEAT))


def measure() -> list[Record]:
    """Both claims."""
    return [_fused(), _two_threads()]


def _fused() -> Record:
    storm = in_fa()
    everything = all_fields(storm)
    with threads(1):
        alone, fused = best(lambda: wind_alone(storm)), best(everything)
    note = (
        f"peak wind, gust, wind components, pressure, radial and upslope rain {fused:.3f} s, peak wind alone {alone:.3f} s; "
        f"{len(storm.hours)} hours on {storm.grid.shape[0]} x {storm.grid.shape[1]} cells, one thread, best of {REPEAT}"
    )
    return Record(CLAIMS[0], fused / alone, "1", note=note)


def _two_threads() -> Record:
    storm = in_fa(FINE)
    times: dict[int, float] = {}
    peaks: dict[int, float] = {}
    for number in (1, 2):
        with threads(number):
            times[number] = best(lambda: peaks.__setitem__(number, wind_alone(storm)))  # noqa: B023 - called at once
    assert np.isclose(peaks[1], peaks[2], rtol=0, atol=0)  # the result does not depend on the threads
    note = (
        f"peak wind of {len(storm.hours)} hours, {storm.grid.shape[0]} x {storm.grid.shape[1]} cells of {FINE} degree: "
        f"{times[1]:.3f} s and {times[2]:.3f} s, best of {REPEAT}; {os.cpu_count()} cores"
    )
    return Record(CLAIMS[1], times[1] / times[2], "1", note=note)
