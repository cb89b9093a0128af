"""The hours of a run that a track holds: what it does not reach is left off, and what was first told late is carried back."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import Final

import numpy as np
import xarray as xr

from riskmap.analysis import RAIN_LEAD_HOURS
from riskmap.errors import CoverageError
from riskmap.ledger import Ledger, Problem
from riskmap.persistence import reach_back
from riskmap.scenario import Scenario

SHORTEST: Final = 6
"""Hours from the issue time on that a track must hold, where the run asks for more (D)."""

LEAST_SHARE: Final = 0.25
"""Share of the window that it must hold (D): less may be a mistake of whoever set the window."""

_HOUR: Final = np.timedelta64(1, "h")


def within_window(
    track: xr.Dataset, scenario: Scenario, ledger: Ledger
) -> tuple[xr.Dataset, Scenario, tuple[tuple[str, str], ...]]:
    """A track that holds the window and the day of rain before it, the scenario of that window, and what every product says of it.

    A forecast gets shorter when its storm nears its end, and a storm may form on the coast: neither is a reason for no map. A window
    that the track does not reach ends with the track. A track that begins less than a day before the issue time is carried back along
    its first motion. Both are problems by name.

    Parameters
    ----------
    track : Dataset (time)
        As read.
    scenario : Scenario
        Says from when on and for how long.
    ledger : Ledger

    Returns
    -------
    track : Dataset (time)
    scenario : Scenario
        With ``run.hours`` that the track holds.
    marks : tuple of (Chinese, English)

    Raises
    ------
    CoverageError
        The track begins after the issue time, or holds less than ``SHORTEST`` hours from it on, or ``LEAST_SHARE`` of the window.
    """
    run, name = scenario.run, scenario.track.file.name
    marks: tuple[tuple[str, str], ...] = ()
    hours = hours_held(track, scenario)
    if hours < run.hours:
        marks = ((f"路径资料仅{hours}小时", f"Track of {hours} h only"),)
        words = f"the track ends {hours} h after the issue time: so does the window, of {run.hours} h that were asked for (run.hours)"
        ledger.problems.append(Problem(name, words))
    first = track["time"].values[0].astype("datetime64[s]")
    needed = _issued(scenario) - RAIN_LEAD_HOURS * _HOUR
    if first > needed:
        words = f"the track begins at {first} UTC, less than a day before the issue time: it is carried back along its first motion to {needed}, for the rain of that day"
        ledger.problems.append(Problem(name, words))
        track = reach_back(track, needed)
    return track, replace(scenario, run=replace(run, hours=hours)), marks


def hours_held(track: xr.Dataset, scenario: Scenario) -> int:
    """Whole hours of the run's window that a track holds, at most those that are asked for.

    Raises
    ------
    CoverageError
        See ``within_window``.
    """
    asked, issued = scenario.run.hours, _issued(scenario)
    first, last = track["time"].values[[0, -1]].astype("datetime64[s]")
    hours = min(int((last - issued) // _HOUR), asked)
    least = min(asked, max(SHORTEST, ceil(LEAST_SHARE * asked)))
    if first <= issued and hours >= least:
        return hours
    raise CoverageError(
        "the track does not cover the window", where=f"{scenario.track.file}, storm {scenario.track.storm}",
        expected=f"{issued} to {issued + asked * _HOUR} UTC, or its first {least} h", found=f"{first} to {last} UTC",
        remedy="move run.issued_at or run.later, shorten run.hours, or give a longer track; "
        'of one that was observed and holds no forecast, set forecast = "simulated" under [track]',
    )  # fmt: skip


def _issued(scenario: Scenario) -> np.datetime64:
    return np.datetime64(int(scenario.run.issued_at.timestamp()), "s")
