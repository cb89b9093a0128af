"""What stays of an event for ever: counts by county, category and final state, none of which tells of anybody."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from io import StringIO
from typing import Final

from evac.model import Category, State
from evac.privacy.counts import SMALLEST_SHOWN
from evac.privacy.tables import TOTAL, Margins, protect
from evac.standing import Cell

NOT_SHOWN: Final = "—"
_BETWEEN: Final = "|"


def final_counts(cells: Mapping[Cell, int], *, smallest: int = SMALLEST_SHOWN) -> Margins:
    """The table of an event's end: counties by category and state, fit to be kept and published.

    Parameters
    ----------
    cells : mapping
        ``EventStore.cells``.
    smallest : int
        Smallest count that is shown [persons].

    Examples
    --------
    >>> table = final_counts({Cell("330902", "other", State.RETURNED, None, True): 3, Cell("330903", "other", State.RETURNED, None, True): 40})
    >>> table.shown["330902", "other|returned"] is None
    True
    """
    counts: dict[tuple[str, str], int] = {}
    for cell, people in cells.items():
        place = (cell.county, f"{cell.category}{_BETWEEN}{cell.state.value}")
        counts[place] = counts.get(place, 0) + people
    return protect(dict(sorted(counts.items())), smallest=smallest)


def as_csv(table: Margins) -> str:
    """The table as CSV, one row a count above 0 and 「—」 for what is not shown; sums have the word 合计."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["county 县", "category 类别", "state 状态", "people 人数"])
    for (county, column), people in table.shown.items():
        if people != 0:
            category, _, state = column.partition(_BETWEEN)
            writer.writerow([county, _word(category), _state(state), NOT_SHOWN if people is None else people])
    return "\ufeff" + out.getvalue()


def _word(category: str) -> str:
    known = category in {c.value for c in Category}
    return f"{category} {Category(category).chinese}" if known else TOTAL if category == TOTAL else category


def _state(state: str) -> str:
    return f"{state} {State(state).chinese}" if state else TOTAL
