"""Flash flood of small basins (小流域山洪): rolling rain where the terrain makes one possible.

The relief is 2.3 km, basins are not delineated and the rain is parametric: low confidence, and said so.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray


def flash_flood_rain(
    sums: Mapping[str, NDArray[np.float32]], possible: NDArray[np.bool_]
) -> dict[str, NDArray[np.float32]]:
    """Rain that counts for flash floods.

    Parameters
    ----------
    sums : mapping
        ``rain_1h``, ``rain_3h``, ``rain_6h``, ``rain_24h`` [mm], each (y, x).
    possible : bool array (y, x)
        See ``riskmap.terrain.relief.flash_flood_terrain``.

    Returns
    -------
    dict
        The same variables; 0 mm where the terrain cannot make a flash flood, NaN where the rain is unknown.

    Examples
    --------
    >>> rain = np.array([[90.0, np.nan]], np.float32)
    >>> flash_flood_rain({"rain_3h": rain}, np.array([[False, True]]))["rain_3h"].tolist()
    [[0.0, nan]]
    """
    return {
        name: np.where(possible | np.isnan(total), total, np.float32(0.0)).astype(np.float32)
        for name, total in sums.items()
    }
