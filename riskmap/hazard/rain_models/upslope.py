"""Rain of air that climbs a slope: how much falls, how far it drifts, and where the slope counts."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from riskmap.hazard.storm.model import SURFACE_FACTOR

EFFICIENCY: Final = 0.9
"""Precipitation efficiency; Lu et al. (2018), JAS 75, 2337, as in pyTCR (other ports take 0.5)."""

AIR_TO_WATER_DENSITY: Final = 0.00117
"""Density of air near 900 hPa over that of water; pyTCR."""

SPECIFIC_HUMIDITY: Final = 0.0195
"""Of the lifted air [kg kg-1]: saturated at 900 hPa and 23 degC, a typhoon's moist core (es = 28.1 hPa, q = 0.622 es /
(p - 0.378 es)). The public TCR ports default to 0.010, which leaves the Siming mountains far below what In-Fa
brought: 951 mm in 94 h at Dingjiafan (status D; docs/adr/0004)."""

UPSLOPE_FACTOR: Final = EFFICIENCY * AIR_TO_WATER_DENSITY * SPECIFIC_HUMIDITY * 3.6e6 / SURFACE_FACTOR
"""Rain rate per lifting speed of the 10 m wind [mm h-1 per m s-1]; the flow that climbs is the gradient wind."""

DRIFT_LENGTH: Final = 15.5e3
"""Drops form and fall while they drift: upslope rain is spread over a window of this side [m], about 15 m/s, the wind of
force 7, times the 1,000 s usual for conversion and fallout in Smith and Barstad (2004), JAS 61, 1377 (status D)."""

TAPER_NEAR: Final = 120.0
TAPER_FAR: Final = 150.0
"""The terrain slope counts 0.6 of itself near the centre, falling to 0.2 outside: clip((150 - r) / 30, 0.2,
0.6), r in km, as in the public TCR ports."""


SLOPE_FADES: Final = 250.0
SLOPE_ENDS: Final = 300.0
"""From here to there [km] the share falls to nothing, as the ports let the storm's wind fade: further out the air is no
longer a typhoon's moist core."""


def slope_share(radius: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the terrain's slope that lifts air, by distance from the centre [m].

    Examples
    --------
    >>> slope_share(np.array([0.0, 135e3, 200e3, 275e3, 500e3])).round(3).tolist()
    [0.6, 0.5, 0.2, 0.1, 0.0]
    """
    km = radius / 1e3
    share = np.clip((TAPER_FAR - km) / (TAPER_FAR - TAPER_NEAR), 0.2, 0.6)
    return np.asarray(share * np.clip((SLOPE_ENDS - km) / (SLOPE_ENDS - SLOPE_FADES), 0.0, 1.0))
