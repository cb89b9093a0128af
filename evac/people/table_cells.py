"""Cells of an office's tables that several tables have: times and numbers as people write them."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Final

from riskmap.outlook import BEIJING

EARLY: Final = timedelta(minutes=10)
"""A clock may be so far ahead; what is later than that is a mistyped date (D)."""
_TIMES: Final = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M",
)  # fmt: skip


def time_cell(words: str, heading: str, *, now: datetime) -> datetime:
    """The instant of a time in Beijing.

    Raises
    ------
    ValueError
        It is none, or later than now; with words for the row.

    Examples
    --------
    >>> from datetime import UTC
    >>> time_cell("2021/07/25 04:30", "时间", now=datetime(2021, 7, 25, tzinfo=UTC)).isoformat()
    '2021-07-25T04:30:00+08:00'
    """
    for form in _TIMES:
        try:
            at = datetime.strptime(words, form).replace(tzinfo=BEIJING)
        except ValueError:
            continue
        if at > now + EARLY:
            raise ValueError(f"{heading} {words}: later than now")
        return at
    raise ValueError(f"{heading} {words!r}: 2021-07-25 04:30, Beijing time")


def number_cell(words: str, heading: str) -> float | None:
    """The number of a cell; None of an empty one.

    Raises
    ------
    ValueError
        It is none; with words for the row.

    Examples
    --------
    >>> number_cell("1,200.5", "数量"), number_cell("", "数量")
    (1200.5, None)
    """
    bare = words.replace(",", "")
    if not bare:
        return None
    try:
        number = float(bare)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{heading} {words!r}: not a number")
    return number
