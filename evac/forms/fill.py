"""The engine: a declared form and the figures make a filled one; what it sums is held against the head-count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from evac.counts.now import CountedRoll
from evac.errors import ConflictError, EvacError
from evac.forms.declared import ENTRY_KINDS, LEVELS, Form
from evac.forms.figures import DERIVED, HOUSES, OF_THE_LOG, Cell, Figures, Line
from evac.forms.look import Look, Names
from evac.grain import CITY_DIGITS, COUNTY_DIGITS, TOWN_DIGITS, VILLAGE_DIGITS
from evac.model import State

MOST_SHEETS: Final = 250
"""More than nobody leafs through: then a smaller region is to be named."""

_DIGITS: Final = {"village": VILLAGE_DIGITS, "town": TOWN_DIGITS, "county": COUNTY_DIGITS}
_DEEPEST: Final = {
    "shelter": VILLAGE_DIGITS,
    "village": VILLAGE_DIGITS,
    "town": TOWN_DIGITS,
    "county": COUNTY_DIGITS,
    "province": CITY_DIGITS,
}


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes
    ----------
    strong : bool
        A line over others, or the sum.
    line : Line or None
        The counts that it was made from, more than it shows; the sum's has the code of its sheet. None of what is handed on.
        Rows that show the same are the same.
    """

    cells: tuple[Cell, ...]
    strong: bool = False
    line: Line | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Section:
    """One sheet of a form.

    Attributes
    ----------
    place, name : str
        Code of the region or id of the shelter, and its name.
    rows : tuple of Row
        The sum is not among them.
    total : Row or None
        The sum.
    """

    place: str
    name: str
    rows: tuple[Row, ...]
    total: Row | None


@dataclass(frozen=True)
class Filled:
    """A form as it is printed.

    Attributes
    ----------
    totals : mapping
        Figure -> its sum over all sheets, for what other forms have too.
    """

    form: Form
    sections: tuple[Section, ...]
    totals: Mapping[str, int]


def fill(form: Form, figures: Figures, *, names: Names = Names.FULL) -> Filled:
    """Fill a form.

    Parameters
    ----------
    form : Form
        From ``declared_forms``.
    figures : Figures
        One reading of the log.
    names : Names
        What this reader may see of people; a form never shows more than it was declared to.

    Raises
    ------
    EvacError
        It cannot be filled here: the region is of another level, there are no shelters, or too many sheets.
    ConflictError
        What it sums differs from the head-count.
    """
    look = Look(figures, min(names, form.names))
    _require_level(form, figures.roll.prefix)
    if not figures.roll.whole:
        _require_no_log(form, lives=not isinstance(figures.roll, CountedRoll))
    places = _places(form, figures)
    if len(places) > MOST_SHEETS:
        raise EvacError(
            f"{form.title} would have {len(places)} sheets", where=form.form_id, expected=f"at most {MOST_SHEETS}",
            remedy="name a smaller region with --prefix",
        )  # fmt: skip
    made = [_section(form, figures, look, place, name) for place, name in places]
    totals: Counter[str] = Counter()
    for _, sums in made:
        totals.update(sums)
    return Filled(form, tuple(section for section, _ in made), dict(totals))


def _require_level(form: Form, prefix: str) -> None:
    if len(prefix) > _DEEPEST[form.level] and not (form.level == "province" and len(prefix) <= COUNTY_DIGITS):
        raise EvacError(
            f"{form.title} is a form of a larger region", where=form.form_id,
            expected=f"{LEVELS[form.level]}: at most {_DEEPEST[form.level]} digits", found=prefix,
            remedy="name a larger region with --prefix",
        )  # fmt: skip


def _require_no_log(form: Form, *, lives: bool) -> None:
    unknown = OF_THE_LOG if lives else OF_THE_LOG | HOUSES
    needed = [column.title for column in form.columns if column.figure in unknown]
    if needed or not form.counts:
        raise EvacError(
            f"{form.title} needs the log", where=form.form_id, expected="a reading of the log (read_roll)",
            found="the present states alone", remedy="name a county with --prefix",
        )  # fmt: skip


def _places(form: Form, figures: Figures) -> Sequence[tuple[str, str]]:
    roll = figures.roll
    if form.per in _DIGITS:
        digits = _DIGITS[form.per]
        # people of whom only the county is known have a sheet of their own
        codes = figures.regions(digits)
        return [(code, figures.name(code)) for code in codes] or [(roll.prefix, figures.name(roll.prefix))]
    if form.per == "shelter_region":
        return [(roll.prefix, _whole(figures))] if roll.own_shelters else _no_shelters(form)
    if form.per == "shelter":
        counts = figures.shelters
        if len(counts) > MOST_SHEETS:  # those without anybody stand in the region's form alone
            counts = tuple(count for count in counts if count.opened_at) or counts
        return [(one.shelter.shelter_id, one.shelter.name) for one in counts] or _no_shelters(form)
    if form.per == "draw_place":
        drawn = sorted({event.place for event in roll.aside("relief_drawn")})
        named = [(place, roll.shelters[place].name if place in roll.shelters else place) for place in drawn]
        return named or [(roll.prefix, _whole(figures))]
    if form.rows == "shelters" and not roll.own_shelters:
        return _no_shelters(form)
    return [(roll.prefix, _whole(figures))]


def _whole(figures: Figures) -> str:
    return figures.name(figures.roll.prefix) if figures.roll.prefix else "全部"


def _no_shelters(form: Form) -> Sequence[tuple[str, str]]:
    raise EvacError(
        "no shelter of this region is registered", where=form.form_id, expected="shelters in the registry",
        remedy="register the shelters, or name a region that has some",
    )  # fmt: skip


def _section(
    form: Form, figures: Figures, look: Look, place: str, name: str
) -> tuple[Section, Mapping[str, int]]:
    if form.counts:
        return _of_lines(form, figures, place, name)
    kind = ENTRY_KINDS[form.rows]
    entries = kind.rows(figures, place)
    rows = tuple(Row(tuple(kind.asks[c.figure](entry, look) for c in form.columns)) for entry in entries)
    sums: Counter[str] = Counter()
    for column in form.columns:
        if form.sums(column.figure):
            sums[column.figure] = sum(
                value
                for value in (kind.asks[column.figure](e, look) for e in entries)
                if isinstance(value, int)
            )
    people = sum(map(kind.people, entries))
    if form.agrees:
        _require_agreement(form, figures, place, name, people)
    total = (
        _total_row(form, lambda figure: sums[figure] if form.sums(figure) else None) if form.total else None
    )
    kept = {} if len(form.agrees) != 1 else {form.agrees[0]: people}
    return Section(place, name, rows, total), kept


def _of_lines(form: Form, figures: Figures, place: str, name: str) -> tuple[Section, Mapping[str, int]]:
    ask: Callable[[str], Sequence[Line]] = getattr(figures, form.rows)
    lines = ask(place)
    sums: Counter[str] = Counter()
    for line in lines:
        sums.update(line.counts)
    rows: list[Row] = []
    groups = getattr(figures, form.groups)(place) if form.groups else ()
    if len(groups) > 1:
        for group in groups:
            rows.append(Row(_cells(form, group), strong=True, line=group))
            rows += [Row(_cells(form, line), line=line) for line in lines if line.code.startswith(group.code)]
    else:
        rows += [Row(_cells(form, line), line=line) for line in lines]
    if not form.total:
        return Section(place, name, tuple(rows), None), {}
    whole = Line(place, "合计", sums)
    total = _total_row(
        form, lambda figure: whole.figure(figure) if figure == "rate" or form.sums(figure) else None
    )
    total = replace(total, line=whole)
    shown = {c.figure for c in form.columns if c.figure not in DERIVED}
    return Section(place, name, tuple(rows), total), {figure: sums[figure] for figure in shown}


def _cells(form: Form, line: Line) -> tuple[Cell, ...]:
    return tuple(line.figure(column.figure) for column in form.columns)


def _total_row(form: Form, value: Callable[[str], Cell]) -> Row:
    cells = [value(column.figure) for column in form.columns]
    cells[0] = "合计"
    return Row(tuple(cells), strong=True)


def _require_agreement(form: Form, figures: Figures, place: str, name: str, people: int) -> None:
    """The people on a list are those that the head-count counts."""
    if "present" in form.agrees:
        here = (
            {place} if place in figures.roll.shelters else {s.shelter_id for s in figures.roll.own_shelters}
        )
        expected = sum(
            life.grain.place in here and life.grain.stay is State.SHELTERED for life in figures.roll.everybody
        )
    else:
        total = figures.total(place)
        expected = sum(total[figure] for figure in form.agrees)
    if people != expected:
        raise _differ(f"{form.form_id}, {name}", "+".join(form.agrees), expected, people)


def _differ(where: str, figure: str, expected: int, found: int) -> ConflictError:
    return ConflictError(
        "two forms would say different things",
        where=where,
        expected=f"{figure} = {expected}",
        found=str(found),
        remedy="do not hand it in; report this",
    )


def require_forms_agree(filled: Iterable[Filled]) -> dict[str, int]:
    """Check that every figure that stands on several forms of one region is the same on all, and return them.

    Raises
    ------
    ConflictError
        Names the figure and the two forms.
    """
    found: dict[str, tuple[int, str]] = {}
    for one in filled:
        for figure, value in one.totals.items():
            known = found.setdefault(figure, (value, one.form.form_id))
            if known[0] != value:
                raise _differ(f"{known[1]} and {one.form.form_id}", figure, known[0], value)
    return {figure: value for figure, (value, _) in found.items()}
