"""The strength of a displaced storm where it and the storm it was made from are not both over sea or both over land."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from riskmap.averaging import convert
from riskmap.decay import ZHEJIANG_PERIOD, zhejiang_decay

Numbers = NDArray[np.float64]

LandTest = Callable[[Numbers, Numbers], NDArray[np.bool_]]
"""(latitude, longitude) [degrees], arrays of one shape -> over land, of the same shape: ``riskmap.inland.land_test``
with its ``LEAST_MAINLAND``, since the decay was not fitted on passages over small islands."""

STEP: Final = 1800.0
"""A track is asked every so many seconds whether it is over land (status D): a storm crosses 10 km in it."""


def hours_inland(seconds: Numbers, *, latitude: Numbers, longitude: Numbers, land: LandTest) -> Numbers:
    """Hours that a centre has spent over land by each fix, at sea in between not counted.

    Parameters
    ----------
    seconds : array (time,)
        Strictly increasing [s].
    latitude, longitude : array (..., time)
        [degrees]; straight between fixes, longitude continuous.
    land : callable
        See ``LandTest``; asked every ``STEP`` seconds, in the middle of each step.

    Returns
    -------
    array (..., time) [h]
        0 at the first fix.

    Examples
    --------
    >>> def west_of_121(latitude, longitude):
    ...     return longitude < 121
    >>> hours_inland(np.array([0.0, 21600.0]), latitude=np.array([28.0, 28.0]),
    ...              longitude=np.array([122.0, 120.0]), land=west_of_121).tolist()
    [0.0, 3.0]
    """
    pieces = np.ceil(np.diff(seconds) / STEP).astype(np.int64)
    fix = np.repeat(np.arange(len(pieces)), pieces)
    within = np.arange(len(fix)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    part = (within + 0.5) / pieces[fix]
    places = (v[..., fix] + part * (v[..., fix + 1] - v[..., fix]) for v in (latitude, longitude))
    spent = np.cumsum(land(*places) * (np.diff(seconds) / pieces / 3600.0)[fix], axis=-1)
    return np.concatenate([np.zeros((*spent.shape[:-1], 1)), spent[..., np.cumsum(pieces) - 1]], axis=-1)


def land_factor(wind: Numbers, base_inland: Numbers, inland: Numbers, *, period: int) -> Numbers:
    """Wind of a displaced storm over that of the storm it was made from, at the same instant.

    The decay that the base storm owes to its own hours inland is taken off, and that of the displaced storm's
    hours put on. A storm with the same hours inland is not changed. One that stays at sea while the base goes
    ashore keeps at most the last wind that the base had at sea. What was lost over land does not come back over
    the sea within a forecast (status D, as is the whole rule).

    Parameters
    ----------
    wind : array (time,)
        Of the base storm [m s-1].
    base_inland, inland : array (time,), array (..., time)
        Hours over land so far (see ``hours_inland``).
    period : int
        Averaging period of ``wind`` [s].

    Returns
    -------
    array (..., time)

    References
    ----------
    ``riskmap.decay.zhejiang_decay``.

    Examples
    --------
    >>> hours = np.array([0.0, 0.0, 6.0])
    >>> land_factor(np.array([40.0, 40.0, 40.0]), np.zeros(3), hours, period=600).round(2).tolist()
    [1.0, 1.0, 0.71]
    """
    wind = np.maximum(wind, 1e-3)
    own, at_sea = _kept(wind, base_inland, period=period)
    ceiling = np.where(base_inland > 0, np.maximum(at_sea, wind), wind)
    as_at_sea = np.minimum(wind / own, ceiling)
    kept, _ = _kept(np.broadcast_to(as_at_sea, inland.shape), inland, period=period)
    return np.asarray(np.minimum(wind / own * kept, ceiling) / wind)


def _kept(wind: Numbers, inland: Numbers, *, period: int) -> tuple[Numbers, Numbers]:
    """Share of its sea wind that a storm keeps, and that wind, each (..., time)."""
    ashore = np.argmax(inland > 0, axis=-1)[..., None]  # the first fix after coming ashore; 0 if never
    at_sea = np.take_along_axis(wind, np.maximum(ashore - 1, 0), axis=-1)
    ten_minute = convert(at_sea, period=period, to=ZHEJIANG_PERIOD)
    share = zhejiang_decay(ten_minute, inland) / ten_minute
    return np.where(inland > 0, share, 1.0), np.broadcast_to(at_sea, inland.shape)
