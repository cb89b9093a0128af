"""Tables that are handed on together: a reader of all of them cannot work out a small count, nor that it is small."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import csr_array

from evac.columns import COLUMNS
from evac.counts.roll import read_roll
from evac.errors import ConflictError
from evac.forms.declared import declared_forms
from evac.forms.figures import ALONE, SHELTER_FIGURES, within
from evac.forms.fill import Filled
from evac.forms.sharing import shared
from evac.forms.ties import tied
from evac.privacy import SMALLEST_SHOWN
from evac.privacy.together import Sum, Tied, protect_together, widest
from evac.registry import EventStore
from evac.reporting import Wanted, fill_forms, write_report
from tests.evac.world import END, make_world

SEEDS = st.integers(0, 10**6)
FORMS = tuple(form for form in declared_forms().values() if form.counts and form.total)
_STATUS = (*(column.value for column in COLUMNS), "waiting", "exempt", "withdrawn")
_MOVED = ("sheltered", "dispersed", "ashore", "medical")
_NOT_MOVED = ("not_notified", "notified", "refused")
_UNACCOUNTED = (*_NOT_MOVED, "in_transit", "left", "missing")
_OF_FIGURE: Mapping[str, tuple[str, ...]] = {
    **{status: (status,) for status in _STATUS},
    "listed": _STATUS, "due": _STATUS[: len(COLUMNS)], "moved": _MOVED, "scattered": _MOVED[1:],
    "not_moved": _NOT_MOVED, "unaccounted": _UNACCOUNTED,
}  # fmt: skip


def _filled(store: EventStore, prefix: str = "33") -> list[Filled]:
    filled, left_out = fill_forms(FORMS, read_roll(store, prefix, at=END), {}, Wanted())
    assert not left_out, left_out
    return filled


def _cells(filled: Filled, handed_on: Filled) -> Iterator[tuple[str, str, str, int, int | None]]:
    """Place of the sheet, code of the line, figure, the truth, and what is shown of it."""
    for before, after in zip(filled.sections, handed_on.sections, strict=True):
        pairs = [*zip(before.rows, after.rows, strict=True)]
        if before.total and after.total:
            pairs.append((before.total, after.total))
        for true, seen in pairs:
            assert true.line is not None
            assert seen.line is None  # what is handed on carries nothing that it does not show
            for column, cell, shown in zip(filled.form.columns, true.cells, seen.cells, strict=True):
                if isinstance(cell, int):
                    assert shown is None or shown == cell
                    yield before.place, true.line.code, column.figure, cell, shown  # type: ignore[misc]


class _Reader:
    """A slow twin that knows no ties: it tries every way to give people a village, a category, a state and a place of stay."""

    def __init__(self, filled: list[Filled], handed_on: list[Filled]) -> None:
        codes = {
            row.line.code for one in filled if one.form.rows == "villages"
            for section in one.sections for row in section.rows if row.line
        }  # fmt: skip
        stays = {
            row.line.code for one in filled if one.form.rows == "stays"
            for section in one.sections for row in section.rows if row.line
        }  # fmt: skip
        groups = {
            row.line.code for one in filled if one.form.rows == "categories"
            for section in one.sections for row in section.rows if row.line
        }  # fmt: skip
        self.atoms = [
            (code.removesuffix(ALONE), group, status, stay)
            for code in sorted(codes)
            for group in sorted(groups)
            for status in _STATUS
            for stay in (sorted(stays) if status in _MOVED else [""])
        ]
        self.cells: dict[tuple[Any, ...], tuple[int, int | None, np.ndarray]] = {}
        for one, other in zip(filled, handed_on, strict=True):
            for place, code, figure, n, shown in _cells(one, other):
                if figure in _OF_FIGURE:
                    people = self._people(one.form.rows, place, code, figure)
                    self.cells[one.form.form_id, place, code, figure] = (n, shown, people)
        rows = [people for _, _, people in self.cells.values()]
        self.matrix = csr_array(
            (np.ones(sum(map(len, rows))), (np.repeat(np.arange(len(rows)), [len(r) for r in rows]), np.concatenate(rows))),
            shape=(len(rows), len(self.atoms)),
        )  # fmt: skip

    def _people(self, rows: str, place: str, code: str, figure: str) -> np.ndarray:
        wanted = _OF_FIGURE[figure]

        def here(atom: tuple[str, str, str, str]) -> bool:
            village, group, status, stay = atom
            if status not in wanted:
                return False
            if rows in ("categories", "stays") and code != place:
                return within(village, place) and code == (group if rows == "categories" else stay)
            return within(village, code)

        return np.flatnonzero([here(atom) for atom in self.atoms])

    def most(self, key: tuple[Any, ...]) -> float:
        """The most people that may be in a cell, for all that the tables show."""
        shown = np.array([value is not None for _, value, _ in self.cells.values()])
        values = np.array([value or 0 for _, value, _ in self.cells.values()], dtype=float)
        cost = np.zeros(len(self.atoms))
        cost[self.cells[key][2]] = -1
        found = linprog(
            cost, A_eq=self.matrix[shown], b_eq=values[shown], A_ub=-self.matrix[~shown],
            b_ub=-np.ones((~shown).sum()), method="highs",
        )  # fmt: skip
        return np.inf if found.status == 3 else -float(found.fun)


@pytest.mark.slow
@settings(max_examples=6, deadline=None)
@given(SEEDS, st.sampled_from([40, 130, 400]), st.sampled_from(["33", "330902"]))
def test_no_reader_of_all_tables_can_tell_that_a_hidden_count_is_small(
    seed: int, size: int, prefix: str
) -> None:
    filled = _filled(make_world(seed, size=size), prefix)
    reader = _Reader(filled, shared(filled)[0])
    small = [key for key, (n, _, _) in reader.cells.items() if 0 < n < SMALLEST_SHOWN]
    for key in random.Random(seed).sample(small, min(len(small), 12)):
        assert reader.cells[key][1] is None
        assert reader.most(key) >= SMALLEST_SHOWN - 1e-6, key


def test_tables_that_are_judged_one_by_one_give_small_counts_away() -> None:
    """The control: what was done before the tables were judged together does not pass the twin."""
    filled = _filled(make_world(8, size=400), "330902")
    alone = [shared([one])[0][0] for one in filled]
    reader = _Reader(filled, alone)
    small = [key for key, (n, _, _) in reader.cells.items() if 0 < n < SMALLEST_SHOWN]
    assert any(reader.most(key) < SMALLEST_SHOWN - 1e-6 for key in small)


@pytest.mark.slow
@settings(max_examples=6, deadline=None)
@given(SEEDS, st.sampled_from([40, 250]), st.lists(st.sampled_from(FORMS), min_size=1, unique=True))
def test_every_small_count_of_any_choice_of_forms_has_a_twin_of_ten_or_more(
    seed: int, size: int, forms: list[Any]
) -> None:
    """Figures beside the head-count's sum too: households, weak people, those added at the door, sums over time."""
    filled, _ = fill_forms(forms, read_roll(make_world(seed, size=size), "33", at=END), {}, Wanted())
    counts = tied(filled)
    counts.require_sums()
    hidden = protect_together(counts)
    small = counts.small()
    assert {key for key in small if key in counts.published} <= hidden
    for key in random.Random(seed).sample(small, min(len(small), 15)):
        low, high = widest(counts, hidden, key)
        assert low <= counts.counts[key] < SMALLEST_SHOWN <= high + 1e-6, key


@pytest.mark.slow
@settings(max_examples=6, deadline=None)
@given(SEEDS)
def test_a_report_that_is_handed_on_shows_no_small_count_and_no_share_of_a_hidden_one(seed: int) -> None:
    filled = _filled(make_world(seed, size=64))
    handed_on, left_out = shared(filled)
    assert not left_out
    for one, other in zip(filled, handed_on, strict=True):
        small = (
            (figure, shown)
            for _, _, figure, _, shown in _cells(one, other)
            if figure not in SHELTER_FIGURES and shown is not None
        )
        assert not [(figure, n) for figure, n in small if 0 < n < SMALLEST_SHOWN]
        figures = [column.figure for column in one.form.columns]
        if "rate" not in figures:
            continue
        made_of = [figures.index(name) for name in ("moved", "returned", "due")]
        for section in other.sections:
            for row in (*section.rows, *filter(None, [section.total])):
                assert row.cells[figures.index("rate")] is None or all(
                    row.cells[k] is not None for k in made_of
                )


def test_the_same_people_on_two_forms_are_hidden_on_both_or_on_neither() -> None:
    filled = _filled(make_world(3, size=300))
    seen: dict[tuple[str, str], set[bool]] = {}
    for one, other in zip(filled, shared(filled)[0], strict=True):
        for place, code, figure, _, shown in _cells(one, other):
            if one.form.rows not in ("categories", "stays") or code == place:
                seen.setdefault((code, figure), set()).add(shown is None)
    assert all(len(how) == 1 for how in seen.values())
    assert {True} in seen.values()
    assert {False} in seen.values()


def test_lists_are_not_handed_on() -> None:
    filled, _ = fill_forms(
        declared_forms().values(), read_roll(make_world(3, size=64), "33", at=END), {}, Wanted()
    )
    handed_on, left_out = shared(filled)
    assert {one.form.form_id for one in handed_on} == {form.form_id for form in FORMS}
    assert all("is not handed on" in why for why in left_out.values())
    assert shared([one for one in filled if one.form.form_id == "village-register"])[0] == []


def test_the_record_beside_the_forms_tells_no_more_than_they(tmp_path: Path) -> None:
    store = make_world(5, size=30)
    total = read_roll(store, "330902", at=END).count.total()
    for is_shared in (False, True):
        wanted = Wanted(prefix="330902", at=END, shared=is_shared, formats=("xlsx",))
        write_report(store, wanted, tmp_path / "r")
        record = json.loads((tmp_path / "r" / "report.json").read_text(encoding="utf-8"))
        figures = {name: n for name, n in record["figures"].items() if name not in SHELTER_FIGURES}
        assert any(0 < n < SMALLEST_SHOWN for n in figures.values()) is not is_shared
        assert ("people" in record) is not is_shared
        assert figures.items() <= {**figures, **total}.items()


def test_a_sum_that_does_not_hold_is_not_handed_on() -> None:
    counts = {"a": 20, "b": 30, "all": 51}
    with pytest.raises(ConflictError, match="do not add up"):
        protect_together(Tied(counts, frozenset(counts), (Sum("all", ("a", "b")),)))


def test_a_count_that_two_tables_tell_between_them_is_hidden() -> None:
    """Risk shows 30 of 33 told; the table of categories shows who was not: 3, who stand on no table by that name."""
    counts = {"due": 33, "told": 30, "not told": 3, "of a": 18, "of b": 15}
    ties = (Sum("due", ("told", "not told")), Sum("due", ("of a", "of b")))
    published = frozenset(counts) - {"not told"}
    hidden = protect_together(Tied(counts, published, ties))
    assert hidden
    assert widest(Tied(counts, published, ties), hidden, "not told")[1] >= SMALLEST_SHOWN
    assert widest(Tied(counts, published, ties), set(), "not told") == (3, 3)
