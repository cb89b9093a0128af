"""Forms fill themselves from one log, agree with each other, and show no more than their reader may see."""

from __future__ import annotations

import random
from dataclasses import replace
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from evac.counts.head_count import region_of_place
from evac.counts.roll import read_roll
from evac.counts.terms import terms_of
from evac.errors import ConflictError, EvacError
from evac.forms.declared import LEVELS, Form, declared_forms, read_forms
from evac.forms.figures import Figures
from evac.forms.fill import Filled, fill, require_forms_agree
from evac.forms.look import Names
from evac.forms.pdf import form_pdf
from evac.forms.sheet import Head
from evac.forms.xlsx import form_workbook
from evac.registry import EventStore, Registry
from evac.reporting import Wanted, fill_forms
from evac.store.memory import MemoryStore
from riskmap.errors import ConfigError
from tests.evac.world import END, Clerk, make_person, make_shelters, make_world

SEEDS = st.integers(0, 10**6)
FORMS = tuple(declared_forms().values())


def _filled(store: EventStore, prefix: str = "33") -> dict[str, Filled]:
    filled, left_out = fill_forms(FORMS, read_roll(store, prefix, at=END), {}, Wanted())
    assert not left_out, left_out
    return {one.form.form_id: one for one in filled}


def _cells(filled: Filled, figure: str) -> list[object]:
    k = [column.figure for column in filled.form.columns].index(figure)
    return [row.cells[k] for section in filled.sections for row in section.rows]


def test_there_are_forms_of_every_level() -> None:
    assert len(FORMS) >= 12
    assert {form.level for form in FORMS} == set(LEVELS)
    assert len({form.title for form in FORMS}) == len(FORMS)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.form_id)
def test_each_form_names_its_source_and_has_lines_to_sign(form: Form) -> None:
    assert form.source
    assert form.sign
    assert (form.status == "S") == any(column.status == "S" for column in form.columns)
    if form.status == "S":
        assert form.source != "own"
    if form.level in ("county", "province"):
        assert form.names <= Names.MASKED


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.sampled_from(["", "33", "3309", "330902", "330903001"]))
def test_all_forms_agree_on_every_figure_that_they_share(seed: int, prefix: str) -> None:
    roll = read_roll(make_world(seed, size=32), prefix, at=END)
    filled, left_out = fill_forms(
        FORMS, roll, {}, Wanted()
    )  # raises where two forms differ, or a list and the count
    figures = require_forms_agree(filled)
    total = roll.count.total()
    for figure, value in figures.items():
        if figure in total:
            assert value == total[figure], figure
    assert all("larger region" in reason or "no shelter" in reason for reason in left_out.values())
    assert len(filled) + len(left_out) == len(FORMS)


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_who_was_moved_stays_somewhere_in_every_county_of_a_province(seed: int) -> None:
    roll = read_roll(make_world(seed, size=32), "33", at=END)
    (filled,), _ = fill_forms([declared_forms()["county-by-stay"]], roll, {}, Wanted())
    risk = Figures(roll, {})
    asked = [column.figure for column in filled.form.columns]
    for section in filled.sections:
        assert section.total is not None
        assert section.total.cells[asked.index("moved")] == risk.total(section.place)["moved"]
        moved = [life.grain for life in risk.under(section.place) if "moved" in terms_of(life.grain)]
        towns = [(g.region, region_of_place(g.place, roll.shelters)) for g in moved]
        fine = [(here[:9], there[:9]) for here, there in towns if len(here) >= 9 and len(there) >= 9]
        same = sum(here == there for here, there in fine)
        rows = [row.cells for row in section.rows]
        assert sum(row[asked.index("same_town")] for row in rows) == same  # type: ignore[misc]
        known = same + sum(here[: len(there[:9])] != there[: len(here[:9])] for here, there in towns if there)
        assert sum(row[asked.index("same_town")] + row[asked.index("other_town")] for row in rows) == known  # type: ignore[operator]


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_one_event_more_changes_every_form_that_has_the_figure_by_the_same(seed: int) -> None:
    rng, clerk = random.Random(f"another {seed}"), Clerk(10**6)
    store = make_world(seed, size=32)
    person = make_person(777, rng)
    store.put_people([person])
    Registry(store).check_ins(
        [
            clerk.event("registered", 0, code=person.code, county=person.county),
            clerk.event("ordered", 1, code=person.code),
        ],
        received_at=END,
    )
    before = _filled(store)
    arrived = clerk.event("arrived_shelter", 1750, code=person.code, place="S330902-1")
    Registry(store).check_in(arrived, received_at=END)
    after = _filled(store)
    moved = {
        "moved": 1,
        "sheltered": 1,
        "unaccounted": -1,
        "not_moved": -1,
        "ever_moved": 1,
        "due": 0,
        "listed": 0,
        "present": 1,
    }
    seen = dict.fromkeys(moved, 0)
    for name, one in after.items():
        for figure in moved.keys() & one.totals.keys():
            assert one.totals[figure] - before[name].totals[figure] == moved[figure], (name, figure)
            seen[figure] += 1
    assert all(count >= 1 for count in seen.values())
    assert seen["moved"] >= 4
    names = _cells(after["shelter-register"], "name")
    assert len(names) == len(_cells(before["shelter-register"], "name")) + 1


def test_a_figure_that_differs_between_two_forms_stops_the_report() -> None:
    filled = list(_filled(make_world(3)).values())
    wrong = next(n for n, one in enumerate(filled) if "moved" in one.totals)
    filled[wrong] = replace(filled[wrong], totals={**filled[wrong].totals, "moved": 10**6})
    with pytest.raises(ConflictError, match="two forms"):
        require_forms_agree(filled)


def test_a_list_that_leaves_somebody_out_stops_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    from evac.forms import declared

    kind = declared.ENTRY_KINDS["residents"]
    broken = replace(kind, rows=lambda figures, under: kind.rows(figures, under)[1:])
    monkeypatch.setattr("evac.forms.fill.ENTRY_KINDS", {**declared.ENTRY_KINDS, "residents": broken})
    figures = Figures(read_roll(make_world(3), "33", at=END), {})
    with pytest.raises(ConflictError, match="two forms"):
        fill(declared_forms()["village-register"], figures)


def test_a_form_that_cannot_be_filled_is_named_and_the_others_come() -> None:
    store = MemoryStore()
    store.put_people([make_person(n, random.Random(1)) for n in range(3)])
    filled, left_out = fill_forms(FORMS, read_roll(store, "330902001", at=END), {}, Wanted())
    assert "no shelter" in left_out["shelter-register"]
    assert "larger region" in left_out["province-summary"]
    assert {"village-register", "town-progress", "vessels"} <= {one.form.form_id for one in filled}


def test_a_registered_shelter_without_anybody_is_there_with_0(monkeypatch: pytest.MonkeyPatch) -> None:
    store, clerk = MemoryStore(), Clerk(1)
    store.put_shelters(make_shelters())
    person = make_person(1, random.Random(1))
    store.put_people([person])
    ids = sorted(shelter.shelter_id for shelter in store.shelters())
    register = _filled(store)["shelter-register"]
    assert [section.place for section in register.sections] == ids
    assert not any(section.rows for section in register.sections)
    assert register.totals["present"] == 0
    assert load_workbook(BytesIO(form_workbook(register, Head(END, "", False, False)))).sheetnames
    assert form_pdf(register, Head(END, "", False, False)).startswith(b"%PDF")
    arrived = [
        clerk.event("registered", 0, code=person.code, county=person.county),
        clerk.event("arrived_shelter", 2, code=person.code, place=ids[0]),
    ]
    Registry(store).check_ins(arrived, received_at=END)
    sections = _filled(store)["shelter-register"].sections
    assert [(section.place, len(section.rows)) for section in sections] == [
        (place, int(place == ids[0])) for place in ids
    ]
    monkeypatch.setattr("evac.forms.fill.MOST_SHEETS", len(ids) - 1)  # then those in use come at least
    used = fill(declared_forms()["shelter-register"], Figures(read_roll(store, "33", at=END), {})).sections
    assert [section.place for section in used] == ids[:1]


def test_too_many_sheets_are_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evac.forms.fill.MOST_SHEETS", 3)
    with pytest.raises(EvacError, match=r"8 sheets.*--prefix"):
        fill(declared_forms()["village-register"], Figures(read_roll(make_world(1), "33", at=END), {}))


def test_nobody_is_named_beyond_the_village_and_its_shelters() -> None:
    store = make_world(2, size=40)
    people = {person.name for person in store.people()} | {person.phone for person in store.people()}
    for name, one in _filled(store).items():
        shown = {str(cell) for section in one.sections for row in section.rows for cell in row.cells}
        told = people & {word for text in shown for word in text.replace("、", " ").split()}
        if one.form.names < Names.FULL:
            assert not told, name


@pytest.mark.parametrize("names", [Names.NONE, Names.MASKED])
def test_a_reader_who_may_not_see_names_sees_none_on_any_form(names: Names) -> None:
    store = make_world(2, size=40)
    told = {x for p in store.people() for x in (p.name, p.phone, p.helper) if x}
    filled, _ = fill_forms(FORMS, read_roll(store, "33", at=END), {}, Wanted(names=names))
    for one in filled:
        for section in one.sections:
            for row in section.rows:
                assert not told & {
                    word for cell in row.cells for word in str(cell).replace("、", " ").split()
                }


def test_people_of_unknown_village_are_on_a_sheet_of_their_own() -> None:
    store, clerk = make_world(1), Clerk(10**6)
    stranger = "7" + "C" * 25
    Registry(store).check_ins(
        [
            clerk.event("registered", 1, code=stranger, county="330902", at_door=True),
            clerk.event("arrived_shelter", 2, code=stranger, place="S330902-1"),
        ],
        received_at=END,
    )
    filled = _filled(store)
    assert "330902~" in {section.place for section in filled["village-register"].sections}
    assert any(stranger[-6:] in str(name) for name in _cells(filled["shelter-register"], "name"))


def test_empty_registries_give_forms_that_say_so() -> None:
    store = MemoryStore()
    store.put_shelters(make_shelters())
    filled, _ = fill_forms(FORMS, read_roll(store, "330902", at=END), {}, Wanted())
    summary = next(one for one in filled if one.form.form_id == "county-categories")
    assert summary.sections[0].rows == ()
    assert summary.sections[0].total is not None


_FORM = """
[[form]]
id = "x"
title = "表"
level = "county"
rows = "categories"
orientation = "portrait"
sign = ["填表人"]
source = "own"
status = "D"
columns = [{ title = "类别", figure = "label", width = 9, status = "D" }]
"""


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ('figure = "label"', 'figure = "nonsense"', "nonsense"),
        ('rows = "categories"', 'rows = "stars"', "label"),
        ('level = "county"', 'level = "moon"', "moon"),
        ('9, status = "D"', '9, status = "X"', "类别"),
        ('source = "own"', 'source = "own"\nspare = 1', "spare"),
        ('title = "表"', "", "title"),
        ("[[form]]", "[[shape]]", "form"),
        ("[[form]]", "[[form", "declared wrongly"),
        ("names", "names", ""),
    ],
)
def test_a_wrong_declaration_is_refused_by_name(old: str, new: str, found: str) -> None:
    if old == new:
        assert read_forms(_FORM, where="x.toml")[0].title == "表"
        return
    with pytest.raises(ConfigError, match=found):
        read_forms(_FORM.replace(old, new, 1), where="x.toml")
