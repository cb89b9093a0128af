"""Wind averaging periods and gust factors.

A wind speed means nothing without its averaging period: CMA reports 2-min, JMA and WMO 10-min, JTWC 1-min
means. All conversions go through one published table.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from riskmap.errors import UnitsError

Exposure = Literal["in_land", "off_land", "off_sea", "at_sea"]
Speed = TypeVar("Speed", float, NDArray[np.float64])

GUST_FACTORS: Final = MappingProxyType(
    # exposure -> reference period T0 [s] -> gust duration [s] -> factor
    {
        "in_land": {
            3600: {3: 1.75, 60: 1.28, 120: 1.19, 180: 1.15, 600: 1.08},
            600: {3: 1.66, 60: 1.21, 120: 1.12, 180: 1.09},
            120: {3: 1.55, 60: 1.13},
            60: {3: 1.49},
        },
        "off_land": {
            3600: {3: 1.60, 60: 1.22, 120: 1.15, 180: 1.12, 600: 1.06},
            600: {3: 1.52, 60: 1.16, 120: 1.09, 180: 1.06},
            120: {3: 1.42, 60: 1.08},
            60: {3: 1.36},
        },
        "off_sea": {
            3600: {3: 1.45, 60: 1.17, 120: 1.11, 180: 1.09, 600: 1.05},
            600: {3: 1.38, 60: 1.11, 120: 1.05, 180: 1.03},
            120: {3: 1.28, 60: 1.03},
            60: {3: 1.23},
        },
        "at_sea": {
            3600: {3: 1.30, 60: 1.11, 120: 1.07, 180: 1.06, 600: 1.03},
            600: {3: 1.23, 60: 1.05, 120: 1.02, 180: 1.00},
            120: {3: 1.15, 60: 1.00},
            60: {3: 1.11},
        },
    }
)
"""G(gust duration | reference period) at +10 m: Harper, Kepert and Ginger (2010), WMO/TD-No. 1555, Table 1.1.
Read in two public implementations that cite it, not in the report itself (status M until checked there)."""


def gust_factor(exposure: Exposure, *, gust: int = 3, period: int = 120) -> float:
    """Largest ``gust``-second mean expected within a ``period``-second mean wind, as a ratio.

    Raises
    ------
    UnitsError
        The table has no such pair of periods.

    References
    ----------
    Harper, Kepert and Ginger (2010), WMO/TD-No. 1555, Table 1.1.

    Examples
    --------
    >>> gust_factor("at_sea"), gust_factor("in_land", period=600)
    (1.15, 1.66)
    """
    try:
        return GUST_FACTORS[exposure][period][gust]
    except KeyError:
        raise _unknown(f"{gust} s within {period} s") from None


def convert(speed: Speed, *, period: int, to: int, exposure: Exposure = "at_sea") -> Speed:
    """A storm's maximum wind in another averaging period.

    The ratio of the two maxima within the same hour, K = G(to | 3600) / G(period | 3600): it gives the
    report's own recommended factors (0.93 at sea from 1 to 10 min). G(2 min | 10 min) is another thing, the
    peak within one given 10-min mean, and not meant for an agency's maximum.

    Parameters
    ----------
    speed : float or array
        Maximum of ``period``-second means [m s-1].
    period, to : int
        Averaging periods [s]: 600 (JMA, WMO), 120 (CMA), 60 (JTWC).
    exposure : str
        Best tracks describe the storm over open water: ``at_sea``.

    Raises
    ------
    UnitsError
        A period that the table does not have.

    References
    ----------
    Harper, Kepert and Ginger (2010), WMO/TD-No. 1555, Tables 1.1 and 1.2.

    Examples
    --------
    >>> round(convert(1.0, period=60, to=600), 2)
    0.93
    >>> round(convert(33.4, period=600, to=120), 1)
    34.7
    """
    factors = GUST_FACTORS[exposure][3600]
    if period not in factors or to not in factors:
        raise _unknown(f"{period} s to {to} s")
    return speed * (factors[to] / factors[period])


def _unknown(found: str) -> UnitsError:
    return UnitsError(
        "unknown averaging period",
        where="maximum_wind",
        expected="one of 60, 120, 180, 600 s",
        found=found,
        remedy="set the averaging period of the agency that issued the track",
    )
