"""Hazards of several groups at once: where they meet, a region goes up by one tier.

Off by default. Wind that fells trees on flooded roads, or a tide that holds back a river in spate, is worse than either; whether
one tier says how much worse is not shown, so that a bureau has to turn the rule on.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from riskmap.assessment import Assessment
from riskmap.rules import GROUPS, CompoundRule


def meeting(assessment: Assessment, rule: CompoundRule) -> NDArray[np.bool_] | None:
    """Where hazards of two groups both reach the rule's tier in one hour, shape (time, region).

    Hazards that are ``apart`` (invented examples) count for nothing.

    Parameters
    ----------
    assessment : Assessment
        ``raised`` takes the result; the combined tier is one higher there, at most red.
    rule : CompoundRule

    Returns
    -------
    array or None
        None where the rule is off.

    References
    ----------
    Vietnam, Decision 18/2021/QD-TTg, Art. 4: levels go up where disasters occur together (precedent).

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> import riskmap as rm
    >>> hours = np.datetime64("2021-07-25T00", "ns") + np.arange(6) * np.timedelta64(1, "h")
    >>> grid = rm.Grid.from_bounds(west=122, south=29.8, east=122.6, north=30.2, step=0.1)
    >>> rain = xr.DataArray(40.0, {"time": hours, **grid.coordinates}, ("time", "y", "x"), attrs={"units": "mm"})
    >>> found = rm.assess(rm.rain_sums(rain))
    >>> from riskmap.rules import CompoundRule
    >>> bool(meeting(found, CompoundRule(enabled=True)).any())  # rain alone
    False
    """
    if not rule.enabled:
        return None
    tier = assessment.table["tier"].values
    groups = np.zeros(tier.shape[1:], np.int64)
    for group in GROUPS:
        rows = [
            n
            for n, hazard in enumerate(assessment.hazards)
            if hazard not in assessment.apart and assessment.rules[hazard].group == group
        ]
        if rows:
            groups += (tier[rows] >= rule.least).any(axis=0)
    return np.asarray(groups >= 2)
