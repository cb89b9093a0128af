from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evac.model import Category, Destination, Person, Stay
from evac.privacy import mask_name, mask_phone, seen_from
from riskmap.errors import DataError

PERSON = Person(
    code="7" * 26, name="欧阳修文", household="H1", county="330902", village="330902001203", village_name="村",
    category=Category.OTHER, destination=Destination(Stay.SHELTER, "S1"), helper="李白",
    phone="13800000147", birth_year=1947, identity="a" * 32,
)  # fmt: skip


@given(st.text(max_size=8))
def test_a_masked_name_shows_one_character_at_most(name: str) -> None:
    assert mask_name(name).count("*") >= max(len(name) - 1, 1)


@given(st.text("0123456789", max_size=14))
def test_a_masked_phone_keeps_its_length_and_shows_two_digits_at_most(phone: str) -> None:
    masked = mask_phone(phone)
    assert len(masked) == len(phone)
    assert len(masked.replace("*", "")) <= 2


def test_a_village_sees_its_own_people_a_town_masked_names_the_others_nobody() -> None:
    assert seen_from(PERSON, "330902001203") == PERSON
    town = seen_from(PERSON, "330902001")
    assert town == replace(
        PERSON, name="欧***", helper="李*", phone="*********47", birth_year=None, identity=""
    )
    for scope in ("330902001204", "330902002", "330902", "3309", "33"):
        assert seen_from(PERSON, scope) is None


@pytest.mark.parametrize("scope", ["", "3", "33090", "330902001203x", "33090200120³", "村"])
def test_a_scope_that_is_no_code_is_refused(scope: str) -> None:
    with pytest.raises(DataError, match="not a scope"):
        seen_from(PERSON, scope)
