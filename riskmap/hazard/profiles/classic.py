"""Profiles of one line: modified Rankine and Jelesnianski."""

from __future__ import annotations

from typing import Any

import numpy as np

from riskmap.hazard.profiles._checks import Numbers, distances, number, storm


def modified_rankine(
    radius: Any, *, maximum_wind: float, radius_of_maximum_wind: float, latitude: float, exponent: float = 0.5
) -> Numbers:
    """Wind [m s-1]: V r / R inside, V (R / r)^exponent outside.

    Parameters
    ----------
    radius : float or array
        Distance from the centre [m].
    maximum_wind, radius_of_maximum_wind, latitude : float
        V [m s-1], R [m], [degrees] (checked; the formula has no rotation).
    exponent : float
        Decay outside, 0.4 to 0.6 in observed storms; 1 is the Rankine vortex.

    Returns
    -------
    float64 array, shape of ``radius`` [m s-1]

    Raises
    ------
    DataError
        A missing, negative or absurd argument, by name.

    References
    ----------
    Holland (1980), MWR 108, 1212, for the range of the exponent.

    Examples
    --------
    >>> modified_rankine([20e3, 40e3, 160e3], maximum_wind=40, radius_of_maximum_wind=40e3, latitude=29).tolist()
    [20.0, 40.0, 20.0]
    """
    r = distances(radius)
    wind, core, _ = storm(maximum_wind, radius_of_maximum_wind, latitude)
    decay = number(exponent, "exponent", least=0.05, most=2.0, unit="")
    return np.asarray(wind * np.where(r <= core, r / core, (core / np.maximum(r, core)) ** decay))


def jelesnianski(
    radius: Any, *, maximum_wind: float, radius_of_maximum_wind: float, latitude: float
) -> Numbers:
    """Wind [m s-1] of the SLOSH surge model: 2 V R r / (R^2 + r^2).

    Parameters
    ----------
    radius : float or array
        Distance from the centre [m].
    maximum_wind, radius_of_maximum_wind, latitude : float
        V [m s-1], R [m], [degrees] (checked; the formula has no rotation).

    Returns
    -------
    float64 array, shape of ``radius`` [m s-1]

    Raises
    ------
    DataError
        A missing, negative or absurd argument, by name.

    References
    ----------
    Jelesnianski (1965), MWR 93, 343.

    Examples
    --------
    >>> jelesnianski([0, 40e3, 120e3], maximum_wind=40, radius_of_maximum_wind=40e3, latitude=29).tolist()
    [0.0, 40.0, 24.0]
    """
    r = distances(radius)
    wind, core, _ = storm(maximum_wind, radius_of_maximum_wind, latitude)
    return np.asarray(2.0 * wind * core * r / (core**2 + r**2))
