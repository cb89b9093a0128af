"""How the counts of filled forms hang together: what everybody who has the forms of one report can add up.

A count is called by what is counted (people of a region, of a category at a place, who stay somewhere), where, and the figure.
Two forms that name the same people name the same count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from evac.errors import ConflictError
from evac.forms.figures import Line
from evac.forms.fill import Filled
from evac.privacy.together import Sum, Tied

_WHOLES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "listed": ("due", "waiting", "exempt", "withdrawn"),
        "due": ("moved", "returned", "unaccounted", "deceased"),
        "moved": ("sheltered", "scattered"),
        "scattered": ("dispersed", "ashore", "medical"),
        "unaccounted": ("not_moved", "in_transit", "left", "missing"),
        "not_moved": ("not_notified", "notified", "refused"),
    }
)
"""The sum of the head-count, as a tree; whoever is in a part is in no other."""
_AMONG: Final = (
    ("listed", "at_door"), ("due", "second_round"), ("not_notified", "unreached"),
    ("unaccounted", "weak_unaccounted"), ("due", "due_households"), ("unaccounted", "unaccounted_households"),
    ("due_households", "unaccounted_households"), ("listed", "ever_moved"), ("ever_moved", "moved"),
    ("ever_moved", "ever_sheltered"), ("ever_moved", "ever_scattered"), ("ever_sheltered", "sheltered"),
    ("ever_scattered", "scattered"),
)  # fmt: skip
"""Figure, and another of people who are all among its own (a household counts as one of its people)."""
_OF_STAYS: Final = ("moved", "sheltered", "scattered", "dispersed", "ashore", "medical")
_OF_REGIONS: Final = frozenset({"due_households", "unaccounted_households", "present"})
_TREE: Final = tuple(dict.fromkeys(name for whole, parts in _WHOLES.items() for name in (whole, *parts)))
TIED: Final = frozenset({*_TREE, *(name for pair in _AMONG for name in pair), "present"})
"""Figures of people that can be handed on; of others nobody has said how they hang together with these."""


class Count(NamedTuple):
    """What a count is called.

    Attributes
    ----------
    of : str
        ``region``, ``categories`` or ``stays``.
    at : str
        The place whose people are taken apart; empty for regions.
    code : str
        Region, category or place of stay.
    figure : str
        As in ``evac.counts.terms.WORDS``.
    """

    of: str
    at: str
    code: str
    figure: str


def named(filled: Filled, place: str, line: Line, figure: str) -> Count:
    """What the count of a line is called; the sum of a sheet is the count of its region."""
    of = filled.form.rows
    if of not in ("categories", "stays") or line.code == place:
        return Count("region", "", line.code, figure)
    return Count(of, place, line.code, figure)


def tied(filled: Sequence[Filled]) -> Tied:
    """The counts of forms of one report, and every tie between them.

    Parameters
    ----------
    filled : sequence of Filled
        Forms of counts (``Form.counts``).

    Raises
    ------
    ConflictError
        Two forms say different things of the same people.
    """
    columns = {column.figure for one in filled for column in one.form.columns}
    wanted = [figure for figure in (*_TREE, *sorted(TIED - {*_TREE})) if figure in _TREE or figure in columns]
    counts: dict[Count, int] = {}
    published: set[Count] = set()
    for one in filled:
        stands = {column.figure for column in one.form.columns}
        for place, line, is_sum in _lines(one):
            for figure in wanted:
                if _lacks(one.form.rows, figure) or (figure == "present" and figure not in stands):
                    continue  # shelters know no village: lines of smaller regions do not come to those of larger ones
                key = named(one, place, line, figure)
                if counts.setdefault(key, line.counts[figure]) != line.counts[figure]:
                    raise ConflictError(
                        "two forms would say different things", where=f"{one.form.form_id}, {key}",
                        expected=str(counts[key]), found=str(line.counts[figure]), remedy="do not hand it in; report this",
                    )  # fmt: skip
                if figure in stands and (not is_sum or one.form.sums(figure)):
                    published.add(key)
    ties = [*_of_figures(counts), *_of_places(counts), *_of_groups(counts), *_of_shelters(counts)]
    return Tied(counts, frozenset(published), tuple(dict.fromkeys(ties)))


def _lines(one: Filled) -> Iterator[tuple[str, Line, bool]]:
    """Place of the sheet, line, and whether it is the sheet's sum."""
    for section in one.sections:
        for row in (*section.rows, *([section.total] if section.total else [])):
            if row.line is not None:
                yield section.place, row.line, row is section.total


def _lacks(rows: str, figure: str) -> bool:
    """Whether lines of this kind do not know a figure, so that their 0 says nothing."""
    return (rows == "stays" and figure not in _OF_STAYS) or (rows == "categories" and figure in _OF_REGIONS)


def _of_figures(counts: Mapping[Count, int]) -> Iterator[Sum]:
    """One place, two figures: terms and their sum, some among others."""
    for key in counts:
        parts = [key._replace(figure=name) for name in _WHOLES.get(key.figure, ())]
        if parts and all(part in counts for part in parts):
            yield from _sum(counts, key, parts)
        for whole, part in _AMONG:
            if key.figure == whole and (one := key._replace(figure=part)) in counts:
                yield from _sum(counts, key, [one], exact=False)


def _of_places(counts: Mapping[Count, int]) -> Iterator[Sum]:
    """A region and its parts, the people of a category at a place and at its parts."""
    codes = {key.code for key in counts if key.of == "region"}
    above = {code: _above(code, codes) for code in codes}
    places = {key.at for key in counts if key.of == "categories"}
    inside = {place: _above(place, places) for place in places}
    parts: dict[Count, list[Count]] = {}
    for key in counts:
        if key.of == "region" and (over := above[key.code]) is not None:
            parts.setdefault(key._replace(code=over), []).append(key)
        if key.of == "categories" and (over := inside[key.at]) is not None:
            parts.setdefault(key._replace(at=over), []).append(key)
    for whole, found in parts.items():
        if whole in counts:
            yield from _sum(counts, whole, found)


def _above(code: str, codes: Iterable[str]) -> str | None:
    """The smallest of the regions that a region lies in."""
    return max((one for one in codes if one != code and code.startswith(one)), key=len, default=None)


def _of_groups(counts: Mapping[Count, int]) -> Iterator[Sum]:
    """The people of a place are those of its categories; its moved people are those who stay anywhere."""
    parts: dict[Count, list[Count]] = {}
    for key in counts:
        if key.of != "region":
            parts.setdefault(Count("region", f"{key.of}", key.at, key.figure), []).append(key)
    for whole, found in parts.items():
        yield from _sum(counts, whole._replace(at=""), found)


def _of_shelters(counts: Mapping[Count, int]) -> Iterator[Sum]:
    """Those who stay at the shelters of a region are at least those of whom a table of stays says so."""
    stays = [key for key in counts if key.of == "stays" and key.figure == "sheltered" and key.code]
    for key in counts:
        if key.figure == "present":
            found = [one for one in stays if one.code.startswith(key.code)]
            if found:
                yield from _sum(counts, key, found, exact=False)


def _sum(
    counts: Mapping[Count, int], whole: Count, parts: Sequence[Count], *, exact: bool = True
) -> Iterator[Sum]:
    """A tie that the truth keeps: where parts are not all there, they come to no more than the whole."""
    if whole not in counts:
        return
    found, n = sum(counts[part] for part in parts), counts[whole]
    if found <= n:
        yield Sum(whole, tuple(parts), exact and found == n)
