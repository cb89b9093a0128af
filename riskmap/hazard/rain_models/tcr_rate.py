"""From rising air to rain: efficiency, moisture, the cap and the sinking of TCR."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from riskmap.hazard.profiles._checks import Numbers, number
from riskmap.hazard.rain_models.tcr import SEA_DRAG, Profile, tcr_friction
from riskmap.hazard.rain_models.upslope import AIR_TO_WATER_DENSITY, EFFICIENCY

SINKING: Final = 0.005
"""Background subsidence by radiative cooling [m s-1]; the ports (S there)."""

FASTEST: Final = 7.0
"""Upward velocity is capped here [m s-1]; the MATLAB forerunner as read in a port (M)."""


def rain_factor(specific_humidity: float, efficiency: float = EFFICIENCY) -> float:
    """Rain rate per ascent [mm h-1 per m s-1]: efficiency times density ratio times moisture.

    Examples
    --------
    >>> round(rain_factor(0.0195), 3)
    73.921
    """
    moisture = number(specific_humidity, "specific_humidity", least=0.0, most=0.05, unit="kg kg-1")
    share = number(efficiency, "efficiency", least=0.0, most=1.0, unit="")
    return float(share * AIR_TO_WATER_DENSITY * moisture * 3.6e6)


def tcr_rain_rate(vertical_velocity: Any, *, specific_humidity: float, efficiency: float = EFFICIENCY) -> Numbers:  # fmt: skip
    """Rain rate [mm h-1] of rising air: efficiency (rho_air / rho_water) q max(min(w, 7) - 0.005, 0).

    Parameters
    ----------
    vertical_velocity : float or array
        Sum of the terms [m s-1].
    specific_humidity : float
        Of saturated air near 900 hPa [kg kg-1], see ``tcr_humidity``.
    efficiency : float
        Share of the vapour that falls as rain: 0.9 in the paper and pyTCR, 0.5 in the MATLAB forerunner (S in ports).

    Returns
    -------
    float64 array, shape of ``vertical_velocity`` [mm h-1], never negative.

    Raises
    ------
    DataError
        An absurd argument, by name.

    References
    ----------
    Lu et al. (2018), eqs 13 and 14.

    Examples
    --------
    >>> tcr_rain_rate([0.0, 0.105, 20.0], specific_humidity=0.0195).round(3).tolist()
    [0.0, 7.392, 517.075]
    """
    factor = rain_factor(specific_humidity, efficiency)
    w = np.asarray(vertical_velocity, float)
    return np.asarray(factor * np.maximum(np.minimum(w, FASTEST) - SINKING, 0.0))


def tcr(
    radius: Any, *, profile: Profile, latitude: float, specific_humidity: float, drag_coefficient: float = SEA_DRAG
) -> Numbers:  # fmt: skip
    """Rain rate [mm h-1] of a steady storm that stands still over level ground without shear.

    Parameters
    ----------
    radius : float or array
        Distance from the centre [m].
    profile : callable
        Distances [m] -> tangential wind [m s-1].
    latitude : float
        [degrees]
    specific_humidity, drag_coefficient : float
        See ``tcr_rain_rate``, ``tcr_friction``.

    Raises
    ------
    DataError
        An absurd argument, by name.

    References
    ----------
    Lu et al. (2018), friction and radiative cooling alone.

    Examples
    --------
    >>> from functools import partial
    >>> from riskmap.hazard.profiles import emanuel_rotunno_2011
    >>> storm = partial(emanuel_rotunno_2011, maximum_wind=40, radius_of_maximum_wind=40e3, latitude=29)
    >>> tcr([40e3, 100e3, 300e3], profile=storm, latitude=29, specific_humidity=0.0195).round(2).tolist()
    [12.18, 0.08, 0.0]
    """
    w = tcr_friction(radius, profile=profile, latitude=latitude, drag_coefficient=drag_coefficient)
    return tcr_rain_rate(w, specific_humidity=specific_humidity)
