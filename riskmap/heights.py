"""Vertical datums: every height says above what it is counted, or is refused.

Between the datums of this coast lie decimetres to metres (1985 and Wusong: over 1 m), and the difference is a matter of
place: none is built in. A difference that the user declares may be used.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from riskmap.errors import DatumError

HeightDatum = Literal["1985", "wusong", "station", "msl"]
Height = TypeVar("Height", float, NDArray[np.float64])

HEIGHT_DATUMS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "1985": ("1985国家高程基准", "1985 national height datum"),
        "wusong": ("吴淞高程", "Wusong datum"),
        "station": ("站基面", "station datum"),
        "msl": ("当地平均海面", "local mean sea level"),
    }
)
"""Datum -> its words. The zero of a station is that station's own: two stations' zeros are two datums."""

_NAMES: Final = MappingProxyType(
    {
        "1985": "1985", "85": "1985", "85高程": "1985", "1985国家高程基准": "1985", "国家85": "1985",
        "wusong": "wusong", "吴淞": "wusong", "吴淞高程": "wusong", "吴淞基面": "wusong",
        "station": "station", "站基面": "station", "水尺零点": "station",
        "msl": "msl", "平均海面": "msl", "当地平均海面": "msl",
    }
)  # fmt: skip


def height_datum(text: str, *, where: str) -> HeightDatum:
    """The datum that a word stands for.

    Parameters
    ----------
    text : str
        ``1985``, ``wusong``, ``station``, ``msl`` or one of their Chinese names.
    where : str
        File, line and column, for messages.

    Raises
    ------
    DatumError
        Nothing is said, or an unknown word.

    Examples
    --------
    >>> height_datum("吴淞", where="walls.csv")
    'wusong'
    >>> height_datum("", where="walls.csv, line 3")
    Traceback (most recent call last):
    riskmap.errors.DatumError: walls.csv, line 3: a height without its datum; expected 1985 | wusong | station | msl; found nothing. To mend it: say above what the heights are counted: 1985 and Wusong lie over 1 m apart.
    """
    key = text.strip().lower()
    if key in _NAMES:
        return _NAMES[key]  # type: ignore[return-value]
    raise DatumError(
        "an unknown height datum" if key else "a height without its datum", where=where,
        expected=" | ".join(HEIGHT_DATUMS), found=repr(text) if key else "nothing",
        remedy="say above what the heights are counted: 1985 and Wusong lie over 1 m apart",
    )  # fmt: skip


def to_datum(
    height: Height, *, given: HeightDatum, wanted: HeightDatum, where: str,
    shifts: Mapping[tuple[str, str], float] | None = None,
) -> Height:  # fmt: skip
    """A height above another datum, by a difference that the user declared.

    Parameters
    ----------
    height : float or array
        [m] above ``given``.
    shifts : mapping, optional
        (given, wanted) -> what is added to a height [m]; the way back is understood.

    Raises
    ------
    DatumError
        The datums differ and no difference between them is declared.

    Examples
    --------
    >>> to_datum(6.0, given="wusong", wanted="1985", where="walls.csv", shifts={("wusong", "1985"): -1.8})
    4.2
    """
    if given == wanted:
        return height
    known = dict(shifts or {})
    if (given, wanted) in known:
        return height + known[given, wanted]
    if (wanted, given) in known:
        return height - known[wanted, given]
    raise DatumError(
        "heights above two datums", where=where, expected=f"{wanted} ({HEIGHT_DATUMS[wanted][1]})",
        found=f"{given} ({HEIGHT_DATUMS[given][1]})",
        remedy="give both in one datum, or declare the local difference between the two",
    )  # fmt: skip
