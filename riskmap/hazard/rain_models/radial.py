"""Rain by distance from the centre alone: R-CLIPER and IPET."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from riskmap.hazard.profiles._checks import STRONGEST_WIND, Numbers, distances, number
from riskmap.regressions import KNOT

RCLIPER_CENTRE: Final = (-1.10, 3.96)
RCLIPER_MOST: Final = (-1.60, 4.80)
RCLIPER_PEAK: Final = (64.5, -13.0)
RCLIPER_FALL: Final = (150.0, -16.0)
"""Rain at the centre and at its largest [inch a day], radius of the largest and length of the fall [km], each a + b U;
Tuleya, DeMaria and Kuligowski (2007), Table 2, NHC (status S)."""

IPET_BASE: Final = 1.14
IPET_RATE: Final = 0.12
IPET_DECAY: Final = 0.3
"""mm h-1, mm h-1 per hPa, per radius of maximum wind; IPET (2006) as read in cht_cyclones (S in that code, M of the
report)."""


def rcliper(radius: Any, *, maximum_wind: float) -> Numbers:
    """Rain rate [mm h-1] of R-CLIPER: rises to a maximum at 65 - 13 U km, then falls off exponentially.

    Parameters
    ----------
    radius : float or array
        Distance from the centre [m].
    maximum_wind : float
        Maximum 1-min wind [m s-1]; U = 1 + (V - 35 kt) / 33 kt.

    Returns
    -------
    float64 array, shape of ``radius`` [mm h-1]

    Raises
    ------
    DataError
        A missing, negative or absurd argument, by name.

    References
    ----------
    Tuleya, DeMaria and Kuligowski (2007), WAF 22, 56, eqs 3-5, Table 2, NHC (status S). Outside the winds of the fit no
    rate is negative, and the two lengths stay above 10 and 30 km (status D).

    Examples
    --------
    >>> rcliper([0, 100e3, 300e3], maximum_wind=35 * 1852 / 3600).round(4).tolist()
    [3.0268, 2.3582, 0.5301]
    """
    r = distances(radius)
    knots = number(maximum_wind, "maximum_wind", least=0.0, most=STRONGEST_WIND, unit="m s-1") / KNOT
    strength = 1.0 + (knots - 35.0) / 33.0
    centre = max(RCLIPER_CENTRE[0] + RCLIPER_CENTRE[1] * strength, 0.0)
    most = max(RCLIPER_MOST[0] + RCLIPER_MOST[1] * strength, 0.0)
    peak = max(RCLIPER_PEAK[0] + RCLIPER_PEAK[1] * strength, 10.0)
    fall = max(RCLIPER_FALL[0] + RCLIPER_FALL[1] * strength, 30.0)
    km = r / 1e3
    inches = np.where(
        km < peak, centre + (most - centre) * km / peak, most * np.exp(-np.maximum(km - peak, 0.0) / fall)
    )
    return np.asarray(inches * (25.4 / 24.0))


def ipet(radius: Any, *, pressure_deficit: float, radius_of_maximum_wind: float) -> Numbers:
    """Rain rate [mm h-1] of IPET: level inside the radius of maximum wind R, e^(-0.3 (r - R) / R) outside.

    Parameters
    ----------
    radius : float or array
        Distance from the centre [m].
    pressure_deficit : float
        Environmental less central pressure [Pa].
    radius_of_maximum_wind : float
        R [m].

    Returns
    -------
    float64 array, shape of ``radius`` [mm h-1]

    Raises
    ------
    DataError
        A missing, negative or absurd argument, by name.

    References
    ----------
    Interagency Performance Evaluation Task Force (2006), on Katrina: 1.14 + 0.12 dp mm h-1, dp in hPa (status S in a
    public code, cht_cyclones; M of the report).

    Examples
    --------
    >>> ipet([0, 40e3, 120e3], pressure_deficit=4500, radius_of_maximum_wind=40e3).round(4).tolist()
    [6.54, 6.54, 3.5892]
    """
    r = distances(radius)
    deficit = number(pressure_deficit, "pressure_deficit", least=0.0, most=20_000.0, unit="Pa")
    core = number(radius_of_maximum_wind, "radius_of_maximum_wind", least=1e3, most=1e6, unit="m")
    within = IPET_BASE + IPET_RATE * deficit / 100.0
    return np.asarray(within * np.exp(-IPET_DECAY * np.maximum(r - core, 0.0) / core))
