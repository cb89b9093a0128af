"""The ground that water flows over: beds, roughness and cell sizes on the padded grid of the kernels."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskmap._kernels import inundation as kernel
from riskmap.errors import CoverageError, DataError, UnitsError
from riskmap.schema import describe

PAD: Final = kernel.PAD

NO_BED: Final = 1e9
"""Bed [m] of cells without data: no water gets there."""

LOWEST: Final = -9_000.0
"""Height [m] that no sea bed near a coast has: below it stand marks for missing data [D]."""

Number = TypeVar("Number", bound=np.generic)

FEET_HINT: Final = "heights in feet are multiplied by 0.3048; marks like -9999 and 32767 become NaN"


@dataclass(frozen=True, eq=False)
class Ground:
    """Beds, roughness and sizes of a grid, padded and flat where the kernels want them.

    Attributes
    ----------
    shape : (int, int)
        Rows and columns without the padding.
    bed : float32 (cell,)
        Height [m] above ``datum``, padded and flat; ``NO_BED`` without data. A whole multiple of one quantum, the
        resolution of single precision at the height that is farthest from the datum: differences are exact.
    trim : float32 (y, x)
        Height as given minus ``datum`` and bed [m]: less than a quantum; 0 without data.
    datum : float
        Height [m] that ``bed`` counts from.
    manning : float32 (cell,) or (1,)
        Manning's n [s m-1/3].
    table : float64 (row, 5)
        Of each padded row: 1 / dx, 1 / dy to the next row, side, top and bottom over area, all [m-1].
    area : float64 (row,)
        Area [m2] of a cell of each padded row.
    dx, dy : float64 (y,)
        Size [m] of the cells of a row.
    known : bool (y, x)
        Where there is ground.
    """

    shape: tuple[int, int]
    bed: NDArray[np.float32]
    trim: NDArray[np.float32]
    datum: float
    manning: NDArray[np.float32]
    table: NDArray[np.float64]
    area: NDArray[np.float64]
    dx: NDArray[np.float64]
    dy: NDArray[np.float64]
    known: NDArray[np.bool_]

    @property
    def width(self) -> int:
        """Columns of the padded grid."""
        return self.shape[1] + 2 * PAD

    @property
    def size(self) -> int:
        """Cells of the padded grid."""
        return (self.shape[0] + 2 * PAD) * self.width

    @property
    def finest(self) -> float:
        """Smallest side of a cell [m]."""
        return float(min(self.dx.min(), self.dy.min()))

    @property
    def fingerprint(self) -> int:
        """A number that another ground, roughness or grid hardly ever shares."""
        code = zlib.crc32(np.float64(self.datum).tobytes())
        for part in (self.bed, self.manning, self.table, self.area):
            code = zlib.crc32(np.ascontiguousarray(part).data, code)
        return code

    def place(self, row: int, column: int, *, where: str = "cell") -> int:
        """Number of a cell in the padded flat grid.

        Raises
        ------
        CoverageError
            The cell is off the grid or has no ground.
        """
        rows, columns = self.shape
        if not (0 <= row < rows and 0 <= column < columns):
            raise CoverageError(
                "off the grid", where=where, expected=f"rows 0 to {rows - 1}, columns 0 to {columns - 1}",
                found=f"row {row}, column {column}", remedy="check the place, and that y stands before x",
            )  # fmt: skip
        if not self.known[row, column]:
            raise CoverageError(
                "a cell without ground", where=where, expected="a cell with a height",
                found=f"row {row}, column {column}", remedy="move it to a cell with data, or fill the gap",
            )  # fmt: skip
        return (row + PAD) * self.width + column + PAD

    def field(self, values: NDArray[Any], fill: float = 0.0) -> NDArray[np.float32]:
        """A field (y, x) padded and flat, ``fill`` where there is no ground."""
        padded = np.full((self.shape[0] + 2 * PAD, self.width), fill, np.float32)
        inner = padded[PAD:-PAD, PAD:-PAD]
        inner[...] = values
        inner[~self.known] = fill
        return padded.ravel()

    def inner(self, flat: NDArray[Number]) -> NDArray[Number]:
        """A padded flat field as (y, x), a view."""
        return flat.reshape(-1, self.width)[PAD:-PAD, PAD:-PAD]


def make_ground(
    elevation: ArrayLike,
    *,
    dx: float | ArrayLike,
    dy: float | ArrayLike,
    manning: float | ArrayLike,
    area: ArrayLike | None = None,
) -> Ground:
    """Check heights, sizes and roughness, and lay them out for the solver.

    Parameters
    ----------
    elevation : float (y, x)
        Height of the ground [m], NaN where unknown: no water flows there.
    dx, dy : float or float (y,)
        Width and height of the cells [m], of each row where they differ (longitude and latitude).
    manning : float or float (y, x)
        Manning's n [s m-1/3].
    area : float (y,), optional
        Area of a cell of each row [m2]; dx dy by default.

    Raises
    ------
    DataError
        Shapes that do not fit, sizes or roughness that are not positive, no ground at all.
    UnitsError
        Heights that no ground has: feet, or a mark for missing data that was not declared.

    Examples
    --------
    >>> ground = make_ground([[3.0, 2.0, 1.0]], dx=30.0, dy=30.0, manning=0.035)
    >>> ground.shape, ground.datum
    ((1, 3), 2.0)
    """
    heights = np.asarray(elevation, np.float64)
    if heights.ndim != 2 or 0 in heights.shape:
        raise DataError("not a grid", where="elevation", expected="(y, x)", found=f"shape {heights.shape}")
    known = np.isfinite(heights)
    if not known.any():
        raise DataError("no ground", where="elevation", expected="heights", found="NaN everywhere")
    _check_heights(heights)
    rows, columns = heights.shape
    across, down = _sizes(dx, rows, "dx"), _sizes(dy, rows, "dy")
    datum = float(np.round(np.median(heights[known])))
    roughness = _roughness(manning, heights.shape, known)
    table, areas = _row_table(across, down, across * down if area is None else _sizes(area, rows, "area"))
    beds = np.where(known, heights - datum, 0.0)
    quantum = 2.0 ** (np.ceil(np.log2(max(float(np.abs(beds).max()), 1.0))) - 23)
    whole = np.round(beds / quantum) * quantum
    nothing = np.empty(0, np.float32)
    empty = Ground(
        (rows, columns), nothing, (beds - whole).astype(np.float32), datum, nothing, table, areas, across, down, known
    )  # fmt: skip
    rough = np.full(1, roughness) if np.ndim(roughness) == 0 else empty.field(np.asarray(roughness), 1.0)
    return replace(empty, bed=empty.field(whole, NO_BED), manning=rough.astype(np.float32))


def _check_heights(heights: NDArray[np.float64]) -> None:
    highest = describe("surface_altitude").valid_range[1]
    wrong = np.argwhere((heights > highest) | (heights < LOWEST))
    if len(wrong):
        i, j = (int(v) for v in wrong[0])
        raise UnitsError(
            "heights that no ground has", where=f"elevation, row {i}, column {j}",
            expected=f"{LOWEST:g} to {highest:g} m, NaN where unknown", found=f"{heights[i, j]:g} ({len(wrong)} cells)",
            remedy=FEET_HINT,
        )  # fmt: skip


def told(values: NDArray[np.float64]) -> str:
    """What stands in an array, for a message: its range and its gaps."""
    known = values[np.isfinite(values)]
    reach = f"{known.min():g} to {known.max():g}" if known.size else "no number"
    return f"{reach}, {values.size - known.size} NaN"


def _sizes(value: float | ArrayLike, rows: int, name: str) -> NDArray[np.float64]:
    """A size of each row, checked."""
    sizes = np.asarray(value, np.float64)
    if sizes.ndim > 1 or (sizes.ndim == 1 and sizes.shape != (rows,)):
        raise DataError(
            "wrong shape", where=name, expected=f"one number or ({rows},)", found=str(sizes.shape)
        )
    sizes = np.broadcast_to(sizes, (rows,)).copy()
    if not (np.isfinite(sizes).all() and (sizes > 0).all()):
        raise DataError(
            "cell sizes must be positive", where=name, expected="metres", found=f"{sizes.min():g}",
            remedy="turn a south-up grid over, and degrees into metres",
        )  # fmt: skip
    return sizes


def _roughness(
    manning: float | ArrayLike, shape: tuple[int, int], known: NDArray[np.bool_]
) -> float | NDArray[np.float64]:
    """Manning's n, one number or (y, x), checked."""
    n = np.asarray(manning, np.float64)
    if n.shape not in ((), shape):
        raise DataError("wrong shape", where="manning", expected=f"one number or {shape}", found=str(n.shape))
    where = n if n.ndim == 0 else n[known]
    if not (np.isfinite(where).all() and (where >= 0).all() and (where < 1).all()):
        raise DataError(
            "not a roughness", where="manning", expected="0 to 1 s m-1/3 on every cell with ground",
            found=told(where), remedy="check the unit: Strickler's k is 1 / n",
        )  # fmt: skip
    return float(n) if n.ndim == 0 else n


def _row_table(
    dx: NDArray[np.float64], dy: NDArray[np.float64], area: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The kernels' row table and the areas, padded with the outermost rows."""
    dx, dy, area = (np.pad(v, PAD, mode="edge") for v in (dx, dy, area))
    table = np.empty((len(dx), 5))
    edge = np.append(0.5 * (dx[:-1] + dx[1:]), dx[-1])  # between a row and the next
    table[:, kernel.OVER_DX] = 1.0 / dx
    table[:, kernel.OVER_DY] = 1.0 / np.append(0.5 * (dy[:-1] + dy[1:]), dy[-1])
    table[:, kernel.SIDE] = dy / area
    table[:, kernel.TOP] = np.insert(edge[:-1], 0, edge[0]) / area
    table[:, kernel.BOTTOM] = edge / area
    return table, area


def depths_on(values: ArrayLike | None, ground: Ground, where: str) -> NDArray[np.float64]:
    """Depths [m] or rates [m s-1] on a ground, (y, x).

    Raises
    ------
    DataError
        Another shape, negative ones, gaps on ground.
    """
    given = np.asarray(values, np.float64)
    if given.shape not in ((), ground.shape):
        raise DataError("wrong shape", where=where, expected=str(ground.shape), found=str(given.shape))
    found = np.broadcast_to(given, ground.shape)
    inside = found[ground.known]
    if not (np.isfinite(inside).all() and (inside >= 0).all()):
        raise DataError(
            "negative or missing", where=where, expected="0 or more on every cell with ground",
            found=told(inside),
        )  # fmt: skip
    return np.asarray(found)
