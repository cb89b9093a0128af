"""The three formulas of the surface, each on plain numbers."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from riskmap.averaging import Exposure
from riskmap.errors import DataError, UnitsError

Numbers = NDArray[np.float64]

HEIGHT: Final = 10.0
"""[m]; where the wind is measured and where ours holds (WMO-No. 8: 10 m above open, level ground; status M)."""

SEA_ROUGHNESS: Final = 0.003
"""Roughness length of the sea [m]; EN 1991-1-4, Table 4.1, category 0, read in public code that cites it. A drag
coefficient of 0.0024, what is measured at typhoon wind (Powell et al. 2003, Nature 422, 279), says the same."""

LAND_ROUGHNESS: Final = 0.05
"""Roughness length of land where no raster says more [m]; EN 1991-1-4, Table 4.1, category II, low vegetation and
single obstacles: ground as a weather station stands on. Gives 0.80 of the wind over the sea (status of choice D)."""

HILL_ROUGHNESS: Final = 0.25
"""Roughness length of hills where no roughness is read [m]: class "rough" of Davenport's scale as the WMO Guide, No. 8,
prints it (M), taken for the wind in valleys and towns between hills (status D): a mountain slows the air over a whole
landscape, which open country does not know."""

MOST_ROUGHNESS: Final = 5.0
"""[m]; no surface is rougher than the centre of a large city, 2 to 3 m (status M); more is another quantity."""

GRADIENT_EXPONENT: Final = 0.0706
"""Wind aloft is the same over rough and smooth ground, friction velocity is not: u*_land / u*_sea =
(z0_land / z0_sea)^0.0706. Read in the source of a public surge model and in its issues; EN 1991-1-4, eq. 4.5, has
0.07 (status S for both readings, M for its origin, Simiu and Scanlan)."""

AT_SEA: Final = 20e3
"""[m]; further from land than this a cell is at sea: Harper et al. (2010), Table 1.1, as remembered (status M)."""

EXPOSURES: Final[tuple[Exposure, ...]] = ("in_land", "off_land", "off_sea", "at_sea")
"""Codes 0 to 3 of ``Surface.exposure``, gustiest first."""

GENTLE_SLOPE: Final = 0.05
"""Below this upwind slope a hill does nothing; AS/NZS 1170.2, clause 4.4.2, read in public code that cites it."""

STEEP_SLOPE: Final = 0.45
"""Above it the flow separates behind the crest; as ``GENTLE_SLOPE``."""

MOST_MULTIPLIER: Final = 1.71
"""Largest hill-shape multiplier; as ``GENTLE_SLOPE``."""


def roughness_ratio(roughness: Any, *, sea: float = SEA_ROUGHNESS) -> Numbers:
    """Mean wind at 10 m over ground of a ``roughness`` length [m], over that over the sea.

    ``(z0 / z0_sea)^0.0706 ln(10 / z0) / ln(10 / z0_sea)``, at most 1: the logarithmic law on both sides of the
    coast, with friction velocities as far apart as they are under one and the same wind aloft. The ratio of
    friction velocities alone, above 1, is another quantity and a known mistake.

    Parameters
    ----------
    roughness, sea : number or array
        Roughness lengths [m].

    Raises
    ------
    UnitsError
        Not above 0, or more than ``MOST_ROUGHNESS``.

    References
    ----------
    Simiu and Scanlan, Wind Effects on Structures, as used by a public surge model (see ``GRADIENT_EXPONENT``).

    Examples
    --------
    >>> roughness_ratio([0.003, 0.03, 0.05, 0.1, 0.3, 1.0]).round(3)
    array([1.   , 0.843, 0.797, 0.727, 0.598, 0.428])
    """
    z0 = roughness_lengths(roughness, "roughness")
    z0_sea = roughness_lengths(sea, "sea")
    ratio = (z0 / z0_sea) ** GRADIENT_EXPONENT * np.log(HEIGHT / z0) / np.log(HEIGHT / z0_sea)
    return np.asarray(np.minimum(ratio, 1.0))


def hill_multiplier(
    distance: Any,
    *,
    height: float,
    half_length: float,
    downwind: bool = False,
    escarpment: bool = False,
    elevation: float = HEIGHT,
) -> Numbers:
    """Wind near a crest over that on flat ground: the hill-shape multiplier of AS/NZS 1170.2.

    ``1 + H / (3.5 (z + L1)) (1 - x / L2)`` with ``L1 = max(0.36 Lu, 0.4 H)``, ``L2 = 4 L1`` (``10 L1`` behind an
    escarpment). 1 where the slope ``H / (2 Lu)`` is below 0.05; at most 1.71; behind a crest steeper than 0.45,
    within H/4 and low above the ground (``z <= H/10``), ``1 + 0.71 (1 - x / L2)``.

    Parameters
    ----------
    distance : number or array
        x, from the crest along the wind [m].
    height : float
        H, of the crest above the ground upwind [m].
    half_length : float
        Lu, from the crest to where the ground upwind lies at half that height [m].
    downwind : bool
        The place lies behind the crest.
    escarpment : bool
        The ground behind the crest falls by less than 0.05.
    elevation : float
        z, above the ground [m].

    Raises
    ------
    DataError
        A negative distance or height, or a half length of 0.

    References
    ----------
    AS/NZS 1170.2, clause 4.4.2, read in public code that cites it (status S there, not in the standard). That its
    elevation factor for Tasmania is left out is on purpose.

    Examples
    --------
    >>> hill_multiplier([0, 1500, 6000], height=400, half_length=2000).round(3)
    array([1.157, 1.075, 1.   ])
    >>> float(hill_multiplier(0, height=400, half_length=400, downwind=True))
    1.71
    """
    x = np.asarray(distance, np.float64)
    if np.any(x < 0) or height < 0 or not half_length > 0:
        raise DataError(
            "not a hill", where="hill_multiplier", expected="distance and height of 0 m or more, half_length above 0",
            found=f"distance {np.min(x):g}, height {height:g}, half_length {half_length:g}",
            remedy="say with downwind which side of the crest is meant",
        )  # fmt: skip
    slope = height / (2.0 * half_length)
    if slope < GENTLE_SLOPE:
        return np.ones_like(x)
    l1 = max(0.36 * half_length, 0.4 * height)
    l2 = (10.0 if escarpment and downwind else 4.0) * l1
    fade = np.maximum(1.0 - x / l2, 0.0)
    multiplier = np.minimum(1.0 + height / (3.5 * (elevation + l1)) * fade, MOST_MULTIPLIER)
    if slope > STEEP_SLOPE and downwind and elevation <= height / 10.0:
        separated = 1.0 + (MOST_MULTIPLIER - 1.0) * fade
        multiplier = np.where((x <= height / 4.0) & (fade > 0), separated, multiplier)
    return np.asarray(multiplier)


def exposure_of(land: Any, *, upwind_land: Any, distance: Any) -> NDArray[np.int8]:
    """Gust exposure of a place for one wind direction, as an index into ``EXPOSURES``.

    On land: in-land, or off-sea where the wind comes from the sea. At sea: off-land where the wind comes from the
    land; else off-sea within 20 km of land; else at sea.

    Parameters
    ----------
    land : bool or array
        The place itself is land.
    upwind_land : number or array
        Share of land in the ground upwind, nearer ground counting more; from one half on the wind comes from land.
    distance : number or array
        From the nearest land [m]; counts at sea only.

    References
    ----------
    Harper, Kepert and Ginger (2010), WMO/TD-No. 1555, Table 1.1: the four classes (status M). That one half of
    the fetch decides between on- and offshore is ours (status D).

    Examples
    --------
    >>> [EXPOSURES[exposure_of(*place[:1], upwind_land=place[1], distance=place[2])] for place in
    ...  ((True, 0.9, 0), (True, 0.2, 0), (False, 0.8, 2e3), (False, 0.0, 15e3), (False, 0.0, 40e3))]
    ['in_land', 'off_sea', 'off_land', 'off_sea', 'at_sea']
    """
    ashore, from_land = np.asarray(land, np.bool_), np.asarray(upwind_land, np.float64) >= 0.5
    far = np.asarray(distance, np.float64) > AT_SEA
    at_sea = np.where(from_land, 1, np.where(far, 3, 2))
    return np.asarray(np.where(ashore, np.where(from_land, 0, 2), at_sea), np.int8)


def roughness_lengths(values: Any, name: str) -> Numbers:
    """Roughness lengths [m], checked; ``name`` is what a message calls them.

    Raises
    ------
    UnitsError
        Not above 0, or more than ``MOST_ROUGHNESS``.
    """
    lengths = np.asarray(values, np.float64)
    if not np.all((lengths > 0) & (lengths <= MOST_ROUGHNESS)):
        wrong = lengths[~((lengths > 0) & (lengths <= MOST_ROUGHNESS))]
        raise UnitsError(
            "not a roughness length", where=name, expected=f"above 0 and up to {MOST_ROUGHNESS:g} m",
            found=f"{wrong.flat[0]:g}", remedy="give metres; classes of land cover need a table of lengths",
        )  # fmt: skip
    return lengths
