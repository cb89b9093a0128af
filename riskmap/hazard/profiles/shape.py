"""Shape parameters of Holland's profiles from pressure, and the maximum wind that goes with them."""

from __future__ import annotations

from math import e
from typing import Any

import numpy as np

from riskmap.hazard.profiles._checks import AIR_DENSITY


def holland_b(*, pressure_deficit: Any, gradient_wind: Any, air_density: float = AIR_DENSITY) -> Any:
    """Holland's shape parameter B from pressure deficit [Pa] and maximum gradient wind [m s-1], 1 to 2.5.

    Numbers give a float, arrays (node,) an array.

    References
    ----------
    Holland (1980), MWR 108, 1212: B = V^2 e rho / dp.

    Examples
    --------
    >>> round(holland_b(pressure_deficit=3000, gradient_wind=40.0), 6)
    1.667213
    >>> holland_b(pressure_deficit=1500, gradient_wind=35.0)
    2.5
    """
    b = np.clip(gradient_wind**2 * e * air_density / np.maximum(pressure_deficit, 1.0), 1.0, 2.5)
    return float(b) if np.ndim(b) == 0 else b


def holland_bs(
    *, pressure_deficit: float, pressure_tendency: float, latitude: float, translation_speed: float
) -> float:
    """Surface shape parameter b_s of Holland (2008).

    Parameters
    ----------
    pressure_deficit : float
        Environmental minus central pressure [Pa].
    pressure_tendency : float
        Change of central pressure [Pa s-1], as the paper's equation takes it (deepening negative).
    latitude : float
        [degrees], either hemisphere.
    translation_speed : float
        [m s-1].

    References
    ----------
    Holland (2008), MWR 136, 3432, eq. 11.

    Examples
    --------
    >>> round(holland_bs(pressure_deficit=473, pressure_tendency=0.0049 / 36, latitude=12.3, translation_speed=5.242), 2)
    1.27
    """
    dp = pressure_deficit / 100.0
    tendency = pressure_tendency * 36.0  # hPa h-1
    x = 0.6 * (1.0 - dp / 215.0)
    b = (
        -4.4e-5 * dp**2 + 0.01 * dp + 0.03 * tendency
        - 0.014 * abs(latitude) + 0.15 * translation_speed**x + 1.0
    )  # fmt: skip
    return float(np.clip(b, 0.8, 2.5))


def maximum_wind_from_pressure(
    *, pressure_deficit: float, b: float, air_density: float = AIR_DENSITY
) -> float:
    """Maximum surface wind V_ms [m s-1] of Holland (2008), eq. 7: sqrt(b dp / (rho e)).

    Examples
    --------
    >>> round(maximum_wind_from_pressure(pressure_deficit=1500, b=2.5), 6)
    34.635341
    >>> round(maximum_wind_from_pressure(pressure_deficit=3000, b=1.67), 6)
    40.033421
    """
    return float(np.sqrt(b * pressure_deficit / (air_density * e)))
