"""Wind averaging periods and gust factors.

A wind speed means nothing without its averaging period: CMA reports 2-min, JMA and WMO 10-min, JTWC 1-min
means. All conversions go through one published table.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, Literal

from riskmap.errors import UnitsError

Exposure = Literal["in_land", "off_land", "off_sea", "at_sea"]

GUST_FACTORS: Final = MappingProxyType(
    # exposure -> reference period [s] -> gust duration [s] -> factor
    {
        "in_land": {
            600: {3: 1.66, 60: 1.21, 120: 1.12, 180: 1.09, 600: 1.00},
            120: {3: 1.55, 60: 1.13, 120: 1.00},
            60: {3: 1.49, 60: 1.00},
        },
        "off_land": {
            600: {3: 1.52, 60: 1.16, 120: 1.09, 180: 1.06, 600: 1.00},
            120: {3: 1.42, 60: 1.08, 120: 1.00},
            60: {3: 1.36, 60: 1.00},
        },
        "off_sea": {
            600: {3: 1.38, 60: 1.11, 120: 1.05, 180: 1.03, 600: 1.00},
            120: {3: 1.28, 60: 1.05, 120: 1.00},
            60: {3: 1.23, 60: 1.00},
        },
        "at_sea": {
            600: {3: 1.23, 60: 1.05, 120: 1.02, 180: 1.00, 600: 1.00},
            120: {3: 1.15, 60: 1.02, 120: 1.00},
            60: {3: 1.11, 60: 1.00},
        },
    }
)
"""Harper, Kepert and Ginger (2010), WMO/TD-No. 1555, Table 1.1: wind speed conversion factors for tropical
cyclone conditions, at +10 m."""


def convert(speed: float, *, period: int, to: int, exposure: Exposure = "at_sea") -> float:
    """A maximum wind speed in another averaging period.

    Parameters
    ----------
    speed : float or array
        Largest mean wind of ``period`` seconds [m s-1].
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
    Harper, Kepert and Ginger (2010), WMO/TD-No. 1555, Table 1.1.

    Examples
    --------
    >>> round(convert(33.4, period=600, to=120), 2)
    34.07
    >>> round(convert(convert(40.0, period=120, to=600), period=600, to=120), 6)
    40.0
    """
    factors = GUST_FACTORS[exposure][600]
    if period not in factors or to not in factors:
        raise UnitsError(
            "unknown averaging period",
            where="maximum_wind",
            expected="one of 60, 120, 180, 600 s",
            found=f"{period} s to {to} s",
            remedy="set the averaging period of the agency that issued the track",
        )
    return speed * factors[to] / factors[period]
