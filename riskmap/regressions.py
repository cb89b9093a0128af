"""Published regressions between a storm's wind, pressure and size, for the western North Pacific.

They fill what an agency did not report; a filled value is always flagged as modelled.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

NAUTICAL_MILE: Final = 1852.0
"""[m]; BIPM, SI brochure 9, table of units outside the SI."""

KNOT: Final = NAUTICAL_MILE / 3600.0
"""[m s-1]: one nautical mile an hour."""

ENVIRONMENTAL_PRESSURE: Final = 101_000.0
"""[Pa]; the ambient pressure that Atkinson and Holliday (1977) put into their relation (status M)."""

LEAST_PRESSURE_DEFICIT: Final = 100.0
"""[Pa]; a storm's centre lies at least 1 hPa below its surroundings (status D)."""

ATKINSON_HOLLIDAY_PERIOD: Final = 60
"""Averaging period of their wind [s]; abstract of the paper: maximum sustained (1 min) wind speed."""

_FACTOR, _EXPONENT = 6.7, 0.644


def wind_from_pressure(central_pressure: Any) -> Numbers:
    """Maximum sustained wind, 1-min mean [m s-1], from central pressure [Pa].

    ``V = 6.7 (1010 - p)^0.644`` in knots and hPa; zero at or above 1010 hPa.

    References
    ----------
    Atkinson and Holliday (1977), MWR 105, 421; coefficients status M (the abstract does not print them).

    Examples
    --------
    >>> round(float(wind_from_pressure(95_000)) / KNOT, 1)
    93.6
    """
    deficit = np.clip((ENVIRONMENTAL_PRESSURE - np.asarray(central_pressure, np.float64)) / 100.0, 0.0, None)
    return np.asarray(_FACTOR * deficit**_EXPONENT * KNOT)


def pressure_from_wind(maximum_wind: Any) -> Numbers:
    """Central pressure [Pa] from the maximum sustained 1-min wind [m s-1]: the inverse of ``wind_from_pressure``.

    References
    ----------
    Atkinson and Holliday (1977), MWR 105, 421.

    Examples
    --------
    >>> round(float(pressure_from_wind(wind_from_pressure(95_000))))
    95000
    """
    wind = np.clip(np.asarray(maximum_wind, np.float64), 0.0, None) / KNOT
    return np.asarray(ENVIRONMENTAL_PRESSURE - 100.0 * (wind / _FACTOR) ** (1.0 / _EXPONENT))


def radius_of_maximum_wind(*, pressure_deficit: Any, latitude: Any) -> Numbers:
    """Radius of maximum wind [m] from the pressure deficit [Pa] and the latitude [degrees, either hemisphere].

    ``ln R = 3.015 - 6.291e-5 dp^2 + 0.0337 |lat|`` with R in km and dp in hPa. All hurricanes, Atlantic and
    Gulf; taken for the western North Pacific too.

    References
    ----------
    Vickery and Wadhera (2008), JAMC 47, 2497.

    Examples
    --------
    >>> round(float(radius_of_maximum_wind(pressure_deficit=4000, latitude=30)) / 1000, 3)
    50.671
    >>> round(float(radius_of_maximum_wind(pressure_deficit=6000, latitude=25)) / 1000, 3)
    37.751
    """
    deficit = np.asarray(pressure_deficit, np.float64) / 100.0
    exponent = 3.015 - 6.291e-5 * deficit**2 + 0.0337 * np.abs(np.asarray(latitude, np.float64))
    return np.asarray(1000.0 * np.exp(exponent))
