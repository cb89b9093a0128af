"""How much vapour the air of a typhoon can hold."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from riskmap.errors import DataError
from riskmap.hazard.profiles._checks import STRONGEST_WIND, Numbers, number

FREEZING: Final = 273.15
"""[K]"""

VAPOUR_TO_AIR: Final = 0.622
"""Gas constant of dry air over that of vapour."""

AIR_HEAT: Final = 1005.0
"""Isobaric specific heat of dry air [J kg-1 K-1]; the ports."""

AIR_GAS: Final = 287.0
"""Gas constant of dry air [J kg-1 K-1]; the ports."""

EVAPORATION_HEAT: Final = 2.5e6
"""Latent heat of evaporation [J kg-1]; the ports."""

EYEWALL_ENTROPY: Final = 1.6 / 100.0
"""Entropy that an eyewall has above its surroundings, per square of the surface wind [K-1]: squared gradient over
surface wind, over surface less tropopause temperature; pyTCR (S there), Emanuel (2017), PNAS 114, 12681."""

UPPER_LEVEL: Final = 60_000.0
LOWER_LEVEL: Final = 95_000.0
"""[Pa]; temperature is known at the upper, vapour is asked for at the lower level; the ports (S there; 900 hPa in the
paper)."""


def saturation_vapour_pressure(temperature: Any) -> Numbers:
    """Saturation vapour pressure over water [Pa] at a temperature [K].

    References
    ----------
    Bolton (1980), MWR 108, 1046, eq. 10: 6.112 e^(17.67 T / (T + 243.5)) hPa, T in degC (status S in public code).

    Examples
    --------
    >>> saturation_vapour_pressure([273.15, 293.15]).round(1).tolist()
    [611.2, 2336.9]
    """
    celsius = np.asarray(temperature, float) - FREEZING
    if not ((celsius >= -100.0) & (celsius <= 60.0)).all():
        raise DataError(
            "out of range", where="temperature", expected="173 to 333 K", found=repr(temperature)[:80],
            remedy="give kelvin",
        )  # fmt: skip
    return np.asarray(611.2 * np.exp(17.67 * celsius / (celsius + 243.5)))


def saturation_mixing_ratio(temperature: Any, *, pressure: float) -> Numbers:
    """Vapour of saturated air by mass of dry air [kg kg-1] at a temperature [K] and a pressure [Pa].

    Examples
    --------
    >>> round(float(saturation_mixing_ratio(296.15, pressure=90_000.0)), 5)
    0.02004
    """
    vapour = saturation_vapour_pressure(temperature)
    p = number(pressure, "pressure", least=30_000.0, most=110_000.0, unit="Pa")
    return np.asarray(VAPOUR_TO_AIR * vapour / (p - vapour))


def saturation_specific_humidity(temperature: Any, *, pressure: float) -> Numbers:
    """Vapour of saturated air by mass of moist air [kg kg-1].

    Parameters
    ----------
    temperature : float or array
        [K]
    pressure : float
        [Pa]

    Raises
    ------
    DataError
        Degrees Celsius for kelvin, hectopascals for pascals.

    Examples
    --------
    >>> round(float(saturation_specific_humidity(296.15, pressure=90_000.0)), 5)
    0.01964
    """
    ratio = saturation_mixing_ratio(temperature, pressure=pressure)
    return np.asarray(ratio / (1.0 + ratio))


def tcr_humidity(temperature_600: float, *, maximum_wind: float = 0.0) -> float:
    """Specific humidity [kg kg-1] of saturated air at 950 hPa below a known temperature at 600 hPa.

    Parameters
    ----------
    temperature_600 : float
        At 600 hPa around the storm [K].
    maximum_wind : float
        Maximum surface wind [m s-1]: an eyewall is warmer than its surroundings.

    Raises
    ------
    DataError
        An absurd argument, by name.

    References
    ----------
    Moist entropy cp ln T + Lv r / T - Rd ln p is the same at both levels but for the eyewall's share; Emanuel (2017),
    PNAS 114, 12681, as read in pyTCR (status S there). pyTCR gives out the mixing ratio r, here r / (1 + r).

    Examples
    --------
    >>> round(tcr_humidity(275.0), 5), round(tcr_humidity(275.0, maximum_wind=40.0), 5)
    (0.01548, 0.01768)
    """
    above = number(temperature_600, "temperature_600", least=200.0, most=320.0, unit="K")
    wind = number(maximum_wind, "maximum_wind", least=0.0, most=STRONGEST_WIND, unit="m s-1")
    target = _entropy(above, UPPER_LEVEL) + EYEWALL_ENTROPY * wind**2
    cold, warm = above, 333.0
    for _ in range(60):  # entropy grows with temperature: halving cannot go astray, unlike Newton's steps
        middle = 0.5 * (cold + warm)
        if _entropy(middle, LOWER_LEVEL) < target:
            cold = middle
        else:
            warm = middle
    return float(saturation_specific_humidity(0.5 * (cold + warm), pressure=LOWER_LEVEL))


def _entropy(temperature: float, pressure: float) -> float:
    ratio = float(saturation_mixing_ratio(temperature, pressure=pressure))
    return float(
        AIR_HEAT * np.log(temperature) + EVAPORATION_HEAT * ratio / temperature - AIR_GAS * np.log(pressure)
    )
