"""A filled form for handing on beyond its level: counts alone, and none so small that it points at somebody."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from evac.errors import EvacError
from evac.forms.declared import Form
from evac.forms.figures import SHELTER_FIGURES, Cell
from evac.forms.fill import Filled, Row, Section
from evac.privacy import SMALLEST_SHOWN, protect
from evac.privacy.tables import TOTAL
from evac.progress import COLUMNS

_PARTS: Final = frozenset(column.value for column in COLUMNS)


def shared(filled: Filled) -> Filled:
    """A form of counts without small ones.

    Of the terms of the sum, cells of 1 to 9 persons are hidden and as many more as keep the sums of rows and columns from giving
    them away (``evac.privacy.protect``). In a row that hides anything nothing is shown that was derived from it. Of other
    figures small cells are hidden and the sum of their column with them.

    Raises
    ------
    EvacError
        The form lists people, boats or calls, or counts people twice: it is not handed on.
    """
    if not filled.form.counts or not filled.form.total:
        raise EvacError(
            f"{filled.form.title} is not handed on", where=filled.form.form_id, expected="a table of counts with a sum",
            found="a list", remedy="leave --shared out, or hand on the tables of counts",
        )  # fmt: skip
    return replace(filled, sections=tuple(_section(filled.form, section) for section in filled.sections))


def _section(form: Form, section: Section) -> Section:
    # lines over others are sums of a part of the rows: another way to take them apart
    rows = [row for row in section.rows if not row.strong] or list(section.rows)
    names = [column.figure for column in form.columns]
    parts = [k for k, name in enumerate(names) if name in _PARTS]
    counts = {(f"{n}", names[k]): _whole(row, k) for n, row in enumerate(rows) for k in parts}
    hidden = protect(counts).hidden if counts else frozenset()
    lines = {f"{n}": row for n, row in enumerate(rows)}
    if section.total is not None:
        lines[TOTAL] = section.total
    small = {k for k in range(len(names)) if any(_small(form, row, k) for row in lines.values())}
    shown = {key: _line(form, row, {f for line, f in hidden if line == key}) for key, row in lines.items()}
    total = shown.pop(TOTAL, None)
    if total is not None:
        total = replace(
            total, cells=tuple(None if k in small else cell for k, cell in enumerate(total.cells))
        )
    return replace(section, rows=tuple(shown.values()), total=total)


def _whole(row: Row, k: int) -> int:
    cell = row.cells[k]
    return cell if isinstance(cell, int) else 0


def _small(form: Form, row: Row, k: int) -> bool:
    """A small count of people that is no term of the sum."""
    name = form.columns[k].figure
    return name not in _PARTS and name not in SHELTER_FIGURES and 0 < _whole(row, k) < SMALLEST_SHOWN


def _line(form: Form, row: Row, hidden: set[str]) -> Row:
    def cell(k: int) -> Cell:
        name = form.columns[k].figure
        taken = name in hidden or (bool(hidden) and name not in _PARTS) or _small(form, row, k)
        return None if taken and isinstance(row.cells[k], int | float) else row.cells[k]

    return replace(row, cells=tuple(cell(k) for k in range(len(row.cells))))
