"""What is wrong with an elevation model: marks for no data that nobody declared, units, spikes, voids; what is sea.

Everything here works on plain arrays; ``riskmap.io.dem`` reads the file and says what was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from riskmap.blocks import run_rows
from riskmap.errors import ConfigError, DataError, UnitsError
from riskmap.schema import describe

Sea = Literal["nodata", "low", "none"]

MARKS: Final = (1.0 - 10**4, 1.0 - 10**5, -(2.0**15), 1.0 - 2.0**15, -3.4028234663852886e38)
"""Values that files use for no data; none of them is the height of any ground (status M)."""

UNSIGNED_MARK: Final = 2.0**16 - 1.0
"""Mark for no data of unsigned 16-bit files, also -1 stored in one."""

METRES: Final = {
    "m": 1.0, "metre": 1.0, "metres": 1.0, "meter": 1.0, "meters": 1.0, "cm": 0.01, "dm": 0.1, "km": 1000.0,
    "ft": 12 * 0.0254, "foot": 12 * 0.0254, "feet": 12 * 0.0254, "us-ft": 1200 / 3937, "us survey foot": 1200 / 3937,
    "ftus": 1200 / 3937, "ft_us": 1200 / 3937, "foot_us": 1200 / 3937, "us_survey_foot": 1200 / 3937, "mm": 0.001,
}  # fmt: skip
"""Vertical unit -> metres; the inch of 0.0254 m and the US survey foot of 1200/3937 m are definitions (S)."""

STEEPEST: Final = 3.0
"""A cell that stands over, or lies under, all its neighbours by more than this many metres for each metre of its side
is no ground (status D)."""

ODD: Final = 40.0
"""So is one that does so by more than this many times the median of the cells that stand over (or lie under) theirs
(status D) ..."""

WRAPPED: Final = 3 * 2**14
"""Difference of neighbours, three quarters of all that 16 bits can hold, at which a number wrapped around: no cliff
is 490 m high even in centimetres (status D)."""

LEAST_SPIKE: Final = 50.0
"""... and by this many metres: no tower and no quarry [m] (status D)."""


def metres_per(unit: str) -> float:
    """Metres in a vertical unit.

    Raises
    ------
    UnitsError
        Not one of ``METRES``.

    Examples
    --------
    >>> metres_per("ft")
    0.30479999999999996
    """
    factor = METRES.get(unit.strip().lower())
    if factor is None:
        raise UnitsError(
            "unknown vertical unit", where="vertical_units", expected=", ".join(sorted(METRES)), found=repr(unit),
            remedy="convert the heights to metres, or give one of these",
        )  # fmt: skip
    return factor


def is_mark(values: NDArray[Any], mark: float) -> NDArray[np.bool_]:
    """Where raw numbers are a mark for no data; nowhere, where their type cannot hold it."""
    if values.dtype.kind in "iu":
        info = np.iinfo(values.dtype)
        if not (info.min <= mark <= info.max and float(mark).is_integer()):
            return np.zeros(values.shape, bool)
    return np.asarray(values == np.asarray(mark).astype(values.dtype))


def require_sea(kind: str) -> None:
    """Refuse a word for the sea that is none.

    Raises
    ------
    ConfigError
    """
    if kind not in get_args(Sea):
        raise ConfigError(
            "not a kind of sea", where="sea", expected=", ".join(get_args(Sea)), found=repr(kind)
        )


def require_numbers(kind: str, factor: float, where: str) -> None:
    """Refuse a band that cannot hold heights, or a scale that leaves nothing of them.

    Raises
    ------
    DataError
    """
    if np.dtype(kind).kind not in "fiu" or not (np.isfinite(factor) and factor > 0.0):
        raise DataError(
            "a band that cannot be heights", where=where, expected="whole or floating numbers and a scale above 0",
            found=f"{kind}, scale {factor:g}", remedy="give the elevation model itself",
        )  # fmt: skip


def undeclared_marks(
    values: NDArray[Any], nodata: float | None, highest: float | None = None, *, where: str = "dem"
) -> list[float]:
    """Marks for no data that occur in the raw numbers of a file without being declared as ``nodata``.

    ``highest`` is the largest number that can be a height, 9000 by default; ``where`` is the file, for messages.

    Raises
    ------
    DataError
        Heights below 0 that were stored without a sign, 65535 for -1.

    Examples
    --------
    >>> undeclared_marks(np.array([12, -9999], np.int16), None)
    [-9999.0]
    """
    most = describe("surface_altitude").valid_range[1] if highest is None else highest
    marks = [m for m in MARKS if values.dtype.kind != "u" and m != nodata and is_mark(values, m).any()]
    if values.dtype == np.uint16:
        high = np.unique(values[values > min(most, UNSIGNED_MARK - 1.0)])
        high = high[high != nodata] if nodata is not None else high
        if len(high) > 1:
            raise DataError(
                "heights below 0 that were stored without a sign", where=where, expected=f"up to {most:g}",
                found=", ".join(map(str, high[-3:])), remedy="store the file as int16: 65535 is -1",
            )  # fmt: skip
        if len(high) == 1 and high[0] == UNSIGNED_MARK:
            marks.append(UNSIGNED_MARK)
    return marks


def require_unwrapped(values: NDArray[Any], marks: Sequence[float], where: str) -> None:
    """Refuse 16-bit numbers that wrapped around: neighbours at the two ends of what the type can hold.

    Raises
    ------
    DataError
    """
    if values.dtype.kind not in "iu" or values.dtype.itemsize != 2:
        return
    for first in range(0, values.shape[0], 256):  # some rows, and the next one
        rows = values[first : first + 257].astype(np.int32)
        known = np.ones(rows.shape, bool)
        for mark in marks:
            known &= rows != mark
        for axis in (0, 1):
            a, b = (np.take(known, range(k, known.shape[axis] - 1 + k), axis) for k in (0, 1))
            found = np.argwhere((np.abs(np.diff(rows, axis=axis)) > WRAPPED) & a & b)
            if len(found):
                i, j = (int(v) for v in found[0])
                raise DataError(
                    f"numbers that wrapped around in {values.dtype}", where=where, expected="heights that fit into 16 bits",
                    found=f"{rows[i, j]} beside {rows[i + (axis == 0), j + (axis == 1)]} in row {first + i}, column {j}",
                    remedy="store the heights in metres, as int32, or as floating numbers; or give nodata if one is a mark",
                )  # fmt: skip


def cut_off(values: NDArray[Any], nodata: float | None) -> tuple[int, float] | None:
    """How many cells hold the largest number of an 8-bit file, and that number; None where none does or it is no data.

    Examples
    --------
    >>> cut_off(np.array([[255, 3]], np.uint8), None)
    (1, 255.0)
    """
    if values.dtype.kind not in "iu" or values.dtype.itemsize != 1:
        return None
    most = float(np.iinfo(values.dtype).max)
    count = int((values == most).sum()) if nodata != most else 0
    return (count, most) if count else None


def require_heights(values: NDArray[np.float32], where: str, *, empty: bool = False) -> None:
    """Refuse what cannot be heights in metres; ``empty``: no height at all is allowed.

    Raises
    ------
    UnitsError
        A height outside the register's range.
    DataError
        Not one height.
    """
    if not empty and np.isnan(values).all():
        raise DataError(
            "no height at all", where=where, expected="ground", found=f"no data in all {values.size} cells",
            remedy="give the tile or window that holds the land, and check what is declared as no data",
        )  # fmt: skip
    low, high = describe("surface_altitude").valid_range
    least, most = np.nanmin(values, initial=0.0), np.nanmax(values, initial=0.0)
    if least < low or most > high:
        worst = most if most > high else least
        row, column = np.argwhere(values == worst)[0]
        raise UnitsError(
            "no height of any ground", where=where, expected=f"{low:g} to {high:g} m",
            found=f"{worst:g} in row {row}, column {column}",
            remedy="give vertical_units (feet, cm and dm look like this), or nodata if it is a mark",
        )  # fmt: skip


def patches(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], int]:
    """Cells of a mask that hang together over sides and corners, numbered from 1; their number.

    Examples
    --------
    >>> patches(np.array([[True, False, True], [False, False, True]]))
    (array([[1, 0, 2],
           [0, 0, 2]], dtype=int32), 2)
    """
    from riskmap._kernels import connected as kernel

    labels = np.empty(mask.shape, np.int32)
    return labels, int(kernel.label_patches(np.ascontiguousarray(mask), labels))


def sea_of(values: NDArray[np.float32], kind: Sea) -> NDArray[np.bool_]:
    """Where the sea is, bool (y, x).

    Parameters
    ----------
    values : float32 array (y, x)
        Heights [m], NaN where there are none.
    kind : {"nodata", "low", "none"}
        Cells without data that hang together with the border; cells at or below 0 m that do, with what has no data
        among them; or none.
    """
    if kind == "none":
        return np.zeros(values.shape, bool)
    empty = np.isnan(values)
    open_water = empty if kind == "nodata" else empty | (values <= 0.0)
    labels, count = patches(open_water)
    at_border = np.zeros(count + 1, bool)
    for edge in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        at_border[edge] = True
    if kind == "low":  # nothing but holes is no sea
        wet = np.zeros(count + 1, bool)
        wet[labels[open_water & ~empty]] = True
        at_border &= wet
    at_border[0] = False
    return np.asarray(at_border[labels])


LEVEL_SHARE: Final = 0.01
"""Share of a file from which on one patch of 0 m at its border looks like the sea (status D)."""


def level_water(values: NDArray[np.float32]) -> int:
    """Cells of exactly 0 m in patches at the border, each more than ``LEVEL_SHARE`` of the file: probably the sea.

    Examples
    --------
    >>> level_water(np.array([[0.0, 0.0, 3.0], [0.0, 2.0, 4.0]], np.float32))
    3
    """
    zero = values == 0.0
    least = max(1.0, LEVEL_SHARE * values.size)
    if np.count_nonzero(zero) <= least:
        return 0
    labels, count = patches(zero)
    size = np.bincount(labels.reshape(-1), minlength=count + 1)
    border = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    return int(size[[n for n in border if n and size[n] > least]].sum())


def spikes_of(values: NDArray[np.float32], cell: float) -> NDArray[np.bool_]:
    """Cells that stand far over, or lie far under, all cells around, alone or up to two by two of them, bool (y, x).

    Parameters
    ----------
    values : float32 array (y, x)
        Heights [m], NaN where there are none; cells with few known ones around are not judged.
    cell : float
        Smaller side of a cell [m].

    Examples
    --------
    >>> ground = np.zeros((5, 5), np.float32); ground[2, 2] = 400.0
    >>> np.argwhere(spikes_of(ground, 30.0)).tolist()
    [[2, 2]]
    """
    from riskmap._kernels import slopes as kernel

    stands = np.empty(values.shape, np.float32)
    out = np.zeros(values.shape, bool)
    for reach in (1, 2):

        def look(first: int, last: int, reach: int = reach) -> None:
            kernel.stand_out_rows(values, reach, first, last, stands)

        run_rows(look, values.shape[0])
        for sign in (1.0, -1.0):
            some = stands[stands * np.float32(sign) > 0]
            if some.size:
                usual = abs(float(np.median(some)))
                limit = max(LEAST_SPIKE, min(STEEPEST * reach * cell, ODD * usual))
                out |= stands * np.float32(sign) > limit
    return out


def mend_spikes(values: NDArray[np.float32], spikes: NDArray[np.bool_]) -> None:
    """Give spikes the median height [m] of the cells within two of them that are none, in place."""
    sound = np.pad(np.where(spikes, np.float32(np.nan), values), 2, constant_values=np.nan)
    rows, columns = np.nonzero(spikes)
    around = np.stack([sound[rows + i, columns + j] for i in range(5) for j in range(5)])
    if rows.size:
        values[rows, columns] = np.nanmedian(around, axis=0)
