"""Curve numbers by land cover and hydrologic soil group.

Covers of USDA TR-55 (1986), tables 2-2a to 2-2c, average antecedent moisture, Ia = 0.2 S; status S (read in public codes
that quote the tables and agree).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from riskmap.errors import DataError

GROUPS: Final = "ABCD"
"""Hydrologic soil groups: A drains well, D hardly; codes 1 to 4 in arrays."""

TR55: Final[Mapping[str, tuple[int, int, int, int]]] = MappingProxyType(
    {
        "woods_poor": (45, 66, 77, 83),
        "woods_fair": (36, 60, 73, 79),
        "woods_good": (30, 55, 70, 77),
        "brush_poor": (48, 67, 77, 83),
        "brush_fair": (35, 56, 70, 77),
        "brush_good": (30, 48, 65, 73),
        "woods_grass_poor": (57, 73, 82, 86),
        "woods_grass_fair": (43, 65, 76, 82),
        "woods_grass_good": (32, 58, 72, 79),
        "pasture_poor": (68, 79, 86, 89),
        "pasture_fair": (49, 69, 79, 84),
        "pasture_good": (39, 61, 74, 80),
        "meadow": (30, 58, 71, 78),
        "farmstead": (59, 74, 82, 86),
        "fallow_bare": (77, 86, 91, 94),
        "row_crops_straight_poor": (72, 81, 88, 91),
        "row_crops_straight_good": (67, 78, 85, 89),
        "row_crops_contoured_poor": (70, 79, 84, 88),
        "row_crops_contoured_good": (65, 75, 82, 86),
        "row_crops_terraced_poor": (66, 74, 80, 82),
        "row_crops_terraced_good": (62, 71, 78, 81),
        "impervious": (98, 98, 98, 98),
        "street_open_ditches": (83, 89, 92, 93),
        "street_gravel": (76, 85, 89, 91),
        "street_dirt": (72, 82, 87, 89),
        "commercial": (89, 92, 94, 95),
        "industrial": (81, 88, 91, 93),
        "residential_65_impervious": (77, 85, 90, 92),
        "residential_38_impervious": (61, 75, 83, 87),
        "residential_30_impervious": (57, 72, 81, 86),
        "residential_25_impervious": (54, 70, 80, 85),
        "residential_20_impervious": (51, 68, 79, 84),
        "newly_graded": (77, 86, 91, 94),
    }
)
"""Cover -> curve numbers of soil groups A, B, C, D."""

WORLDCOVER: Final[Mapping[int, str]] = MappingProxyType(
    {
        10: "woods_fair", 20: "brush_fair", 30: "pasture_fair", 40: "row_crops_straight_good",
        50: "residential_65_impervious", 60: "fallow_bare", 100: "meadow",
    }
)  # fmt: skip
"""ESA WorldCover class -> cover, where there is one (status D)."""

WATER_CURVE_NUMBER: Final = 100.0
"""Rain on open water and on ground that stays saturated runs off whole (status D)."""

WATER_CLASSES: Final = (80, 90, 95)
"""ESA WorldCover: permanent water, herbaceous wetland, mangroves; rice under water belongs here too (D)."""

DEFAULT_GROUP: Final = 3
"""Soil group C where there is no soil map: thin soils over rock, as on most slopes of Zhejiang (status D)."""


def curve_number(cover: str, group: str) -> float:
    """Curve number of a cover of TR-55 and a soil group.

    Raises
    ------
    DataError
        An unknown cover or group.

    Examples
    --------
    >>> curve_number("woods_good", "B")
    55.0
    """
    if cover not in TR55 or group not in tuple(GROUPS):
        raise DataError(
            "no curve number for this ground", where=f"cover {cover}, soil group {group}",
            expected=f"a cover of {', '.join(TR55)}; a group of A, B, C, D", remedy="choose the nearest one",
        )  # fmt: skip
    return float(TR55[cover][GROUPS.index(group)])


def curve_numbers(
    land_cover: NDArray[np.integer],
    soil_group: NDArray[np.integer] | int = DEFAULT_GROUP,
    covers: Mapping[int, str] = WORLDCOVER,
    water: tuple[int, ...] = WATER_CLASSES,
) -> NDArray[np.float32]:
    """Curve number of every cell, from a map of land cover and one of soil groups.

    Parameters
    ----------
    land_cover : int array (y, x)
        Classes of ``covers``.
    soil_group : int array (y, x), or one number
        1 to 4 for A to D; anything else is unknown.
    covers : mapping
        Class -> cover of ``TR55``.
    water : tuple of int
        Classes whose rain runs off whole.

    Returns
    -------
    float32 array (y, x)
        NaN where class or group is unknown: no runoff is known there, not none.

    Examples
    --------
    >>> curve_numbers(np.array([[10, 80, 7]]), np.array([[2, 2, 2]])).tolist()
    [[60.0, 100.0, nan]]
    """
    classes = np.asarray(land_cover)
    group = np.broadcast_to(np.asarray(soil_group), classes.shape)
    out = np.full(classes.shape, np.nan, np.float32)
    known = (group >= 1) & (group <= len(GROUPS))
    for code, cover in covers.items():
        here = known & (classes == code)
        out[here] = np.array(TR55[cover], np.float32)[group[here] - 1]
    out[np.isin(classes, water)] = WATER_CURVE_NUMBER
    return out
