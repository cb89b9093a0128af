"""What a phone takes along: read back as it was packed, by nobody else, and not after its time."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evac.errors import EvacError
from evac.model import Category, Destination, Person, Shelter, State, Stay, Vulnerability
from evac.privacy import mask_name
from evac.state import PersonState
from evac.web.roster_pack import pack, unpack
from evac.web.shell import shell_bytes
from riskmap.errors import DataError

NOW = datetime(2021, 7, 25, 4, tzinfo=UTC)
END = NOW + timedelta(days=3)
KEY = bytes(range(32))
BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=6)


@st.composite
def listed(draw: st.DrawFn) -> Person:
    return Person(
        code=draw(st.sampled_from("01234567")) + draw(st.text(BASE32, min_size=25, max_size=25)), name=draw(words),
        household=draw(words), county="330902", village=draw(st.sampled_from(["330902001001", "330902001002"])),
        village_name="青岙村", category=draw(st.sampled_from(list(Category))),
        destination=Destination(draw(st.sampled_from(list(Stay))), draw(words)),
        vulnerability=tuple(draw(st.lists(st.sampled_from(list(Vulnerability)), unique=True, max_size=3))),
        helper=draw(st.none() | words), synthetic=True,
    )  # fmt: skip


@pytest.mark.slow
@given(st.lists(listed(), max_size=12, unique_by=lambda p: p.code), st.data())
def test_a_pack_is_read_back_as_it_was(people: list[Person], data: st.DataObject) -> None:
    states = {
        p.code: PersonState(data.draw(st.sampled_from(list(State)[:10])), place="S1") for p in people[::2]
    }
    found = unpack(
        pack(people, states, key=KEY, expires_at=END, event="E", keys="{}", revocations=b"\1"),
        key=KEY,
        now=NOW,
    )
    assert (found.event, found.keys, found.revocations, found.expires_at) == ("E", "{}", b"\1", END)
    rows = {row.code: row for row in found.rows}
    assert rows.keys() == {p.code for p in people}
    for p in people:
        row, state = rows[p.code], states.get(p.code, PersonState())
        assert (row.name, row.household, row.village, row.category) == (
            mask_name(p.name),
            p.household,
            p.village,
            p.category,
        )
        assert set(row.weak) == set(p.vulnerability)
        assert (row.stay, row.bound_for) == (p.destination.stay, p.destination.place)
        assert (row.state, row.place) == (state.state, state.place)
        assert row.helper == (mask_name(p.helper) if p.helper else "")


def person(n: int, **changes: object) -> Person:
    one = Person(
        code=f"{n:026d}", name=f"王小{'渔民张李周'[n % 5]}", household=f"H{n // 3:05d}", county="330902",
        village=f"330902001{n // 600:03d}", village_name=f"第{n // 600}村", category=list(Category)[n % 13],
        destination=Destination(Stay.SHELTER, f"S330902-{n // 100:03d}"), helper="村干部" if n % 6 == 0 else None,
    )  # fmt: skip
    return replace(one, **changes)  # type: ignore[arg-type]


def test_a_town_and_the_page_fit_into_a_megabyte() -> None:
    rng = random.Random(3)
    people = [person(n, code="7" + "".join(rng.choices(BASE32, k=25))) for n in range(5000)]
    shelters = [Shelter(f"S330902-{n:03d}", f"第{n}小学", "330902", 100) for n in range(50)]
    states = {p.code: PersonState(State.SHELTERED, place=p.destination.place) for p in people[::2]}
    present = {s.shelter_id: 100 for s in shelters}
    size = len(
        pack(people, states, key=KEY, expires_at=END, shelters=shelters, present=present, counted_at=NOW)
    )
    assert size < 260_000
    assert size + shell_bytes() <= 1_000_000  # the page with its two decoders beside it


def test_who_is_at_a_shelter_and_not_in_the_pack_is_counted_apart() -> None:
    people = [person(n, destination=Destination(Stay.SHELTER, "S9")) for n in range(3)]
    states = {
        people[0].code: PersonState(State.SHELTERED, place="S1"),
        people[1].code: PersonState(State.RETURN_HELD, place="S1"),
        people[2].code: PersonState(State.DISPERSED, place="亲友"),
    }
    shelters = [Shelter(s, s, "330902", 9) for s in ("S1", "S2")]
    present = {"S1": 7, "S9": 2, "elsewhere": 5}
    made = pack(people, states, key=KEY, expires_at=END, shelters=shelters, present=present, counted_at=NOW)
    found = unpack(made, key=KEY, now=NOW)
    assert (found.others, found.counted_at) == ({"S1": 5, "S2": 0, "S9": 2}, NOW)
    without = unpack(pack(people, states, key=KEY, expires_at=END, shelters=shelters), key=KEY, now=NOW)
    assert (without.others, without.counted_at) == ({}, None)


def test_no_name_stands_in_clear_or_whole() -> None:
    made = pack([person(1, name="欧阳小渔")], {}, key=KEY, expires_at=END)
    assert "欧".encode() not in made
    assert [row.name for row in unpack(made, key=KEY, now=NOW).rows] == ["欧***"]
    whole = pack([person(1, name="欧阳小渔")], {}, key=KEY, expires_at=END, names=str)
    assert [row.name for row in unpack(whole, key=KEY, now=NOW).rows] == ["欧阳小渔"]


def test_who_was_merged_or_purged_is_left_out() -> None:
    people = [person(n) for n in range(3)]
    states = {people[0].code: PersonState(State.PURGED), people[1].code: PersonState(State.MERGED)}
    found = unpack(pack(people, states, key=KEY, expires_at=END), key=KEY, now=NOW)
    assert [row.code for row in found.rows] == [people[2].code]


@given(st.integers(min_value=0), st.integers(1, 255))
def test_any_altered_byte_is_noticed(place: int, change: int) -> None:
    made = bytearray(pack([person(1)], {}, key=KEY, expires_at=END))
    made[place % len(made)] ^= change
    with pytest.raises(DataError, match="not a roster"):
        unpack(bytes(made), key=KEY, now=NOW)


def test_another_key_a_short_key_and_a_late_reader_are_refused() -> None:
    made = pack([person(1)], {}, key=KEY, expires_at=END)
    with pytest.raises(DataError, match="not a roster"):
        unpack(made, key=b"x" * 32, now=NOW)
    with pytest.raises(DataError, match="not a roster"):
        unpack(made[:40], key=KEY, now=NOW)
    with pytest.raises(DataError, match="short"):
        pack([], {}, key=b"x", expires_at=END)
    with pytest.raises(DataError, match="time zone"):
        pack([], {}, key=KEY, expires_at=END.replace(tzinfo=None))
    with pytest.raises(EvacError, match="time is over"):
        unpack(made, key=KEY, now=END)
