"""Roughness of flooded ground by land cover."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

WORLDCOVER_MANNING: Final[Mapping[int, float]] = MappingProxyType(
    {
        10: 0.12, 20: 0.10, 30: 0.04, 40: 0.04, 50: 0.10, 60: 0.025, 70: 0.025, 80: 0.035, 90: 0.07, 95: 0.10,
        100: 0.04,
    }
)  # fmt: skip
"""Class of ESA WorldCover -> Manning's n [s m-1/3]: within the ranges of the HEC-RAS 2D manual for the like classes of NLCD
(status M: remembered; forest 0.08 to 0.2, crops 0.02 to 0.05, built-up 0.06 to 0.2, water 0.025 to 0.05)."""


def manning_of(classes: NDArray[np.integer], unknown: float) -> NDArray[np.float64]:
    """Manning's n of every cell; ``unknown`` where the class is none of the table.

    Examples
    --------
    >>> manning_of(np.array([[10, 0]]), 0.06).tolist()
    [[0.12, 0.06]]
    """
    out = np.full(classes.shape, unknown)
    for code, n in WORLDCOVER_MANNING.items():
        out[classes == code] = n
    return out
