"""Key villages for flash floods (重要村落): those that meet any of the published criteria, by survey or by the terrain.

The criteria (S): a house 50 m or less from the channel with its plinth less than 2 m above the bank; over the channel; a
pond or an unsound reservoir upstream; a landslide slope above; a gully mouth; a past flood. What a survey says outranks what
the rasters say; what neither says is unknown, and listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from riskmap.errors import DataError
from riskmap.grid import EARTH_RADIUS

CHANNEL_DISTANCE: Final = 50.0
"""[m] (S)."""

BANK_HEIGHT: Final = 2.0
"""Plinth above the bank [m] (S)."""

CHANNEL_DEPTH: Final = 1.5
"""Bank above the channel's bed where it was not surveyed [m]: height above drainage less this is height above the bank (D)."""

SLOPE_REACH, STEEP_SLOPE, LEAST_RISE = 100.0, 0.466, 10.0
"""A slope above: ground within 100 m, 10 m or more above the house, steeper than 25 degrees (D)."""

GULLY_REACH, GULLY_AREA, GULLY_SLOPE, GULLY_FALL = 100.0, (0.02e6, 5e6), 0.15, 0.5
"""A gully mouth: within 100 m, a channel of 0.02 to 5 km2 and a slope of 15 % or more comes onto ground half as steep or
less, or into a stream of four times its area (D)."""

JOINS: Final = 4.0

POND_REACH: Final = 5000.0
"""Way downstream of a pond along which its water is dangerous [m] (D)."""

CRITERIA: Final = (
    "near_channel", "over_channel", "pond_upstream", "landslide_slope", "gully_mouth", "past_flood",
)  # fmt: skip

CRITERIA_WORDS: Final = ("临河低矮", "跨河建房", "上游有山塘或病险水库", "屋后滑坡", "沟口", "曾受山洪")
"""The same in Chinese."""

_NEXT: Final = {
    1: (0, 1),
    2: (1, 1),
    4: (1, 0),
    8: (1, -1),
    16: (0, -1),
    32: (-1, -1),
    64: (-1, 0),
    128: (-1, 1),
}
"""Directions as powers of two: 1 east, then clockwise."""


@dataclass(frozen=True)
class Village:
    """A group of houses by a stream, from the user's table; None or NaN where the survey says nothing.

    Attributes
    ----------
    longitude, latitude : float
        WGS-84 [degrees], or x and y of the rasters' projection [m].
    above_bank : float
        Lowest plinth above the bank [m].
    over_channel, pond_upstream, landslide_slope, gully_mouth, past_flood : bool or None
        Surveyed criteria.
    """

    id: str
    name: str
    longitude: float
    latitude: float
    region: str = ""
    above_bank: float = float("nan")
    over_channel: bool | None = None
    pond_upstream: bool | None = None
    landslide_slope: bool | None = None
    gully_mouth: bool | None = None
    past_flood: bool | None = None
    households: int | None = None
    people: int | None = None
    responsible: str = ""


@dataclass(frozen=True)
class VillageReason:
    """Whether a village is a key village, and why.

    Attributes
    ----------
    met, unknown : tuple of str
        Criteria that it meets, and those that nothing is known of.
    distance : float
        To the nearest channel [m]; infinite beyond the search, NaN where the rasters do not cover it.
    height : float
        Above the bank [m]; NaN where unknown.
    surveyed : tuple of str
        Criteria that the survey decided.
    """

    village: Village
    met: tuple[str, ...]
    unknown: tuple[str, ...]
    distance: float
    height: float
    surveyed: tuple[str, ...] = ()

    @property
    def key(self) -> bool | None:
        """True, False, or None where no criterion is met and some are unknown."""
        return True if self.met else (None if self.unknown else False)


@dataclass(frozen=True, eq=False)
class Terrain:
    """Rasters (y, x) of one shape; those that are None decide nothing.

    Attributes
    ----------
    x, y : float arrays
        Cell centres: degrees (``geographic``) or metres.
    stream : bool array
        Channel cells.
    height_above_drainage, elevation : float array
        [m].
    slope : float array
        [m m-1].
    upstream_area : float array
        [m2].
    directions : uint8 array
        1 east, then clockwise in powers of two.
    """

    x: NDArray[np.floating]
    y: NDArray[np.floating]
    stream: NDArray[np.bool_]
    geographic: bool
    height_above_drainage: NDArray[np.floating] | None = None
    elevation: NDArray[np.floating] | None = None
    slope: NDArray[np.floating] | None = None
    upstream_area: NDArray[np.floating] | None = None
    directions: NDArray[np.uint8] | None = None

    def __post_init__(self) -> None:
        shape = (len(self.y), len(self.x))
        for name in ("stream", "height_above_drainage", "elevation", "slope", "upstream_area", "directions"):
            raster = getattr(self, name)
            if raster is not None and raster.shape != shape:
                raise DataError(
                    "a raster of another shape", where=f"terrain, {name}", expected=str(shape), found=str(raster.shape),
                    remedy="make all of them from one DEM",
                )  # fmt: skip

    def metres(self, latitude: float) -> tuple[float, float]:
        """Metres of a unit of x and of y at a latitude [degrees]."""
        if not self.geographic:
            return 1.0, 1.0
        degree = float(np.radians(1.0)) * EARTH_RADIUS
        return degree * float(np.cos(np.radians(latitude))), degree


def key_villages(
    villages: Iterable[Village], terrain: Terrain, *, ponds: Sequence[tuple[float, float]] | None = None
) -> list[VillageReason]:
    """Which villages meet the criteria of a key village.

    Parameters
    ----------
    villages : iterable of Village
    terrain : Terrain
        On a DEM finer than about 30 m; coarser cells decide nothing about 50 m.
    ponds : sequence of (x, y), optional
        Ponds and unsound reservoirs, in the unit of the rasters; needs ``directions``.

    Examples
    --------
    >>> stream = np.zeros((5, 5), bool); stream[2] = True
    >>> ground = Terrain(np.arange(5) * 30.0, np.arange(5) * -30.0, stream, False, np.full((5, 5), 2.5))
    >>> found = key_villages([Village("1", "a", 60.0, -30.0), Village("2", "b", 60.0, -30.0, above_bank=6.0)], ground)
    >>> [(r.met, round(r.distance)) for r in found]
    [(('near_channel',), 15), ((), 15)]
    """
    danger = None if ponds is None or terrain.directions is None else below_ponds(terrain, ponds)
    return [_judge(village, terrain, danger) for village in villages]


def _judge(village: Village, terrain: Terrain, danger: NDArray[np.bool_] | None) -> VillageReason:
    here = _cell(terrain, village)
    found: dict[str, bool | None] = dict.fromkeys(CRITERIA)
    distance, height = float("nan"), village.above_bank
    if here is not None:
        distance = _distance(terrain, village, here, terrain.stream, 4 * CHANNEL_DISTANCE)
        if np.isnan(height) and terrain.height_above_drainage is not None:
            height = float(terrain.height_above_drainage[here]) - CHANNEL_DEPTH
        found["landslide_slope"] = _slope_above(terrain, village, here)
        found["gully_mouth"] = _gully_mouth(terrain, village, here)
        if danger is not None:
            found["pond_upstream"] = (
                _distance(terrain, village, here, danger, 4 * CHANNEL_DISTANCE) <= CHANNEL_DISTANCE
            )
    if distance > CHANNEL_DISTANCE:
        found["near_channel"] = False
    elif not np.isnan(distance + height):
        found["near_channel"] = height < BANK_HEIGHT
    surveyed = tuple(name for name in CRITERIA if getattr(village, name, None) is not None)
    found |= {name: getattr(village, name) for name in surveyed}
    return VillageReason(
        village,
        tuple(name for name in CRITERIA if found[name]),
        tuple(name for name in CRITERIA if found[name] is None),
        distance,
        height,
        surveyed,
    )


def _cell(terrain: Terrain, village: Village) -> tuple[int, int] | None:
    """Row and column of the cell that holds the village, None outside."""
    at = []
    for axis, value in ((terrain.y, village.latitude), (terrain.x, village.longitude)):
        step = (axis[-1] - axis[0]) / (len(axis) - 1)
        k = int(np.floor((value - axis[0]) / step + 0.5))
        if not 0 <= k < len(axis):
            return None
        at.append(k)
    return at[0], at[1]


def _window(
    terrain: Terrain, village: Village, here: tuple[int, int], reach: float
) -> tuple[tuple[slice, slice], NDArray[np.float64]]:
    """Cells within ``reach`` [m] and more, and their distances from the village to the nearest edge of each [m]."""
    mx, my = terrain.metres(village.latitude)
    cell = (abs(float(terrain.y[1] - terrain.y[0])) * my, abs(float(terrain.x[1] - terrain.x[0])) * mx)
    half = [int(np.ceil(reach / size)) + 1 for size in cell]
    rows, columns = (
        slice(max(0, k - h), min(n, k + h + 1))
        for k, h, n in zip(here, half, terrain.stream.shape, strict=True)
    )
    down = np.maximum(np.abs(terrain.y[rows] - village.latitude) * my - 0.5 * cell[0], 0.0)
    across = np.maximum(np.abs(terrain.x[columns] - village.longitude) * mx - 0.5 * cell[1], 0.0)
    return (rows, columns), np.hypot(down[:, None], across[None, :])


def _distance(
    terrain: Terrain, village: Village, here: tuple[int, int], cells: NDArray[np.bool_], reach: float
) -> float:
    window, away = _window(terrain, village, here, reach)
    near = away[cells[window]]
    found = float(near.min(initial=np.inf))
    return found if found <= reach else float("inf")


def _slope_above(terrain: Terrain, village: Village, here: tuple[int, int]) -> bool | None:
    if terrain.slope is None or terrain.elevation is None or np.isnan(terrain.elevation[here]):
        return None
    window, away = _window(terrain, village, here, SLOPE_REACH)
    higher = terrain.elevation[window] >= terrain.elevation[here] + LEAST_RISE
    return bool(((away <= SLOPE_REACH) & higher & (terrain.slope[window] >= STEEP_SLOPE)).any())


def _gully_mouth(terrain: Terrain, village: Village, here: tuple[int, int]) -> bool | None:
    if terrain.slope is None or terrain.upstream_area is None or terrain.directions is None:
        return None
    (rows, columns), away = _window(terrain, village, here, GULLY_REACH)
    area, slope = terrain.upstream_area, terrain.slope
    for i, j in zip(*np.nonzero((away <= GULLY_REACH) & terrain.stream[rows, columns]), strict=True):
        at = (rows.start + int(i), columns.start + int(j))
        below = _below(terrain.directions, at)
        if below is None or not (GULLY_AREA[0] <= area[at] <= GULLY_AREA[1]) or not slope[at] >= GULLY_SLOPE:
            continue
        if slope[below] <= GULLY_FALL * slope[at] or area[below] >= JOINS * area[at]:
            return True
    return False


def _below(directions: NDArray[np.uint8], at: tuple[int, int]) -> tuple[int, int] | None:
    """Cell downstream of one, None at an outlet or off the raster."""
    step = _NEXT.get(int(directions[at]))
    if step is None:
        return None
    row, column = at[0] + step[0], at[1] + step[1]
    inside = 0 <= row < directions.shape[0] and 0 <= column < directions.shape[1]
    return (row, column) if inside else None


def below_ponds(
    terrain: Terrain, ponds: Sequence[tuple[float, float]], *, reach: float = POND_REACH
) -> NDArray[np.bool_]:
    """Cells (y, x) that the water of ponds passes within ``reach`` [m] downstream.

    Parameters
    ----------
    terrain : Terrain
        With ``directions``.
    ponds : sequence of (x, y)
        In the unit of the rasters; one outside is left out.

    Raises
    ------
    DataError
        No directions.
    """
    if terrain.directions is None:
        raise DataError(
            "no flow directions", where="below_ponds", expected="terrain with directions", remedy="make them from the DEM",
        )  # fmt: skip
    out = np.zeros(terrain.stream.shape, np.bool_)
    for x, y in ponds:
        at = _cell(terrain, Village("", "", x, y))
        mx, my = terrain.metres(y)
        cell = (abs(float(terrain.y[1] - terrain.y[0])) * my, abs(float(terrain.x[1] - terrain.x[0])) * mx)
        gone = 0.0
        while at is not None and gone <= reach:
            out[at] = True
            below = _below(terrain.directions, at)
            if below is not None:
                gone += float(np.hypot((below[0] - at[0]) * cell[0], (below[1] - at[1]) * cell[1]))
            at = below
    return out
