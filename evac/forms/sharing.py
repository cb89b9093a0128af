"""Filled forms for handing on beyond their level: counts alone, and none so small that it points at somebody.

All forms of a report are judged as one: what one of them hides, no other gives away (``evac.privacy.together``).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from evac.errors import EvacError
from evac.forms.figures import DERIVED, SHELTER_FIGURES, Cell
from evac.forms.fill import Filled, Row, Section
from evac.forms.ties import named, tied
from evac.privacy.together import protect_together

_OF_RATE: Final = ("moved", "returned", "due")
_ANYWAY: Final = frozenset({*SHELTER_FIGURES, *DERIVED} - {"rate", "verified_rate"})


def shared(filled: Sequence[Filled]) -> tuple[list[Filled], dict[str, str]]:
    """The forms of one report without small counts.

    Counts of 1 to 9 persons are hidden, and as many more as keep the other tables, and the sums, from giving them away. A share
    is shown where the counts that it was made of are. Figures that are not tied to the others are hidden whole (residents who
    stay in their own town or in another: they would tie each table of stays to each of risk).

    Returns
    -------
    forms, left_out
        Those of counts, and id -> why the others are not handed on: they list people, boats or calls, or count people twice.

    Raises
    ------
    ConflictError
        Two forms say different things.
    MissingExtraError
        scipy is not installed (extra ``plan``).
    """
    left_out = {
        one.form.form_id: str(
            EvacError(
                f"{one.form.title} is not handed on", where=one.form.form_id, expected="a table of counts with a sum",
                found="a list", remedy="leave --shared out, or hand on the tables of counts",
            )
        )
        for one in filled
        if not one.form.counts or not one.form.total
    }  # fmt: skip
    kept = [one for one in filled if one.form.form_id not in left_out]
    if not kept:
        return [], left_out
    counts = tied(kept)
    shown = counts.published - protect_together(counts)
    return [_form(one, shown) for one in kept], left_out


def _form(one: Filled, shown: Collection[object]) -> Filled:
    sections = tuple(_section(one, section, shown) for section in one.sections)
    sums = {
        figure: n
        for figure, n in one.totals.items()
        if figure in SHELTER_FIGURES
        or all(
            section.total is None
            or section.total.line is None
            or named(one, section.place, section.total.line, figure) in shown
            for section in one.sections
        )
    }
    return replace(one, sections=sections, totals=sums)


def _section(one: Filled, section: Section, shown: Collection[object]) -> Section:
    total = section.total and _row(one, section.place, section.total, shown)
    rows = tuple(_row(one, section.place, row, shown) for row in section.rows)
    return replace(section, rows=rows, total=total)


def _row(one: Filled, place: str, row: Row, shown: Collection[object]) -> Row:
    line = row.line
    assert line is not None

    def stands(figure: str) -> bool:
        return named(one, place, line, figure) in shown

    def cell(figure: str, value: Cell) -> Cell:
        if figure in _ANYWAY or not isinstance(value, int | float):
            return value
        seen = all(map(stands, _OF_RATE)) if figure == "rate" else stands(figure)
        return value if seen else None

    figures = [column.figure for column in one.form.columns]
    return Row(tuple(map(cell, figures, row.cells)), row.strong)
