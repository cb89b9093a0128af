"""What goes out: as little as its purpose needs, in the order that PFIF wants, and gone after a time."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evac.crockford import mint, short_code
from evac.exchange.edxl import EDXL, edxl_xml
from evac.exchange.pfif import PFIF, pfif_xml, read_pfif
from evac.exchange.told import Policy, Status, tell
from evac.model import Category, Destination, Person, State, Stay
from evac.state import PersonState
from riskmap.errors import DataError

NOW = datetime(2021, 7, 25, 8, 0, tzinfo=UTC)
POLICY = Policy("ema.example.gov.cn", "定海区防指", "定海区防指", counties={"330902": "定海区"})
PERSON_ORDER = (
    "person_record_id", "entry_date", "expiry_date", "author_name", "author_email", "author_phone", "source_name",
    "source_date", "source_url", "full_name", "given_name", "family_name", "alternate_names", "description", "sex",
    "date_of_birth", "age", "home_street", "home_neighborhood", "home_city", "home_state", "home_postal_code",
    "home_country", "photo_url", "profile_urls", "note",
)  # fmt: skip
NOTE_ORDER = (
    "note_record_id", "person_record_id", "linked_person_record_id", "entry_date", "author_name", "author_email",
    "author_phone", "source_date", "author_made_contact", "status", "email_of_found_person", "phone_of_found_person",
    "last_known_location", "text", "photo_url",
)  # fmt: skip


def somebody(number: int, state: State = State.MISSING, **changes: Any) -> tuple[Person, PersonState]:
    person = Person(
        mint(random.Random(number)), "陈建国", f"330902-{number}", "330902", "330902001001", "马目村", Category.LOW_LYING,
        Destination(Stay.SHELTER, "S330902-001"), phone="13800000147", identity="a" * 32, sex="男", birth_year=1950,
    )  # fmt: skip
    return replace(person, **changes), PersonState(state, "330902", since=NOW - timedelta(hours=3))


def told(*pairs: tuple[Person, PersonState], policy: Policy = POLICY) -> tuple[list[Any], Counter[str]]:
    withheld: Counter[str] = Counter()
    states = {person.code: state for person, state in pairs}
    return list(tell([p for p, _ in pairs], states, policy, now=NOW, withheld=withheld)), withheld


def test_by_default_the_missing_alone_and_little_of_them() -> None:
    pairs = [
        somebody(1),
        somebody(2, State.SHELTERED),
        somebody(3, State.DECEASED),
        somebody(4, birth_year=2012),
    ]
    found, withheld = told(*pairs)
    assert [one.status for one in found] == [Status.MISSING]
    assert withheld == {"not asked for": 1, "deceased": 1, "child": 1}
    text = pfif_xml(found, POLICY, now=NOW).decode()
    assert "陈**" in text
    assert "70-79" in text
    person = pairs[0][0]
    for secret in (
        person.name,
        person.code,
        short_code(person.code),
        person.phone,
        person.identity,
        "S330902",
        "1950",
        "马目村",
    ):
        assert secret not in text, secret


def test_those_who_arrived_are_told_without_where_and_a_death_never() -> None:
    pairs = [somebody(n, state) for n, state in enumerate((State.SHELTERED, State.MEDICAL, State.DECEASED))]
    policy = replace(POLICY, moved=True, whole=True)
    found, withheld = told(*pairs, policy=policy)
    assert [(one.status, one.name, one.age) for one in found] == [(Status.ALIVE, "陈建国", "70-71")] * 2
    assert withheld == {"deceased": 1}
    text = pfif_xml(found, policy, now=NOW).decode()
    assert "S330902-001" not in text
    assert "医" not in text  # health is sensitive: two who are safe read alike
    assert len({one.words for one in found}) == 1


def test_records_are_in_order_with_all_that_pfif_demands_and_expire() -> None:
    found, _ = told(somebody(1), somebody(2), somebody(3, name=""))
    root = ElementTree.fromstring(pfif_xml(found, POLICY, now=NOW))
    assert root.tag == f"{{{PFIF}}}pfif"
    assert len(root) == 3
    for person in root:
        names = [field.tag.removeprefix(f"{{{PFIF}}}") for field in person]
        assert [PERSON_ORDER.index(name) for name in names] == sorted(
            PERSON_ORDER.index(name) for name in names
        )
        assert {"person_record_id", "source_date", "full_name", "expiry_date", "note"} <= set(names)
        assert person.findtext(f"{{{PFIF}}}expiry_date") == "2021-08-24T08:00:00Z"
        (note,) = person.iter(f"{{{PFIF}}}note")
        fields = [field.tag.removeprefix(f"{{{PFIF}}}") for field in note]
        assert [NOTE_ORDER.index(name) for name in fields] == sorted(
            NOTE_ORDER.index(name) for name in fields
        )
        assert {"note_record_id", "author_name", "source_date", "text"} <= set(fields)
    ids = [person.findtext(f"{{{PFIF}}}person_record_id") for person in root]
    assert len(set(ids)) == 3
    assert all(str(i).startswith("ema.example.gov.cn/person.") for i in ids)


def test_an_edxl_message_carries_the_same_records_and_says_what_is_a_drill() -> None:
    found, _ = told(somebody(1))
    for exercise, status in ((True, "Exercise"), (False, "Actual")):
        root = ElementTree.fromstring(edxl_xml(found, POLICY, now=NOW, number="7", exercise=exercise))
        assert root.tag == f"{{{EDXL}}}EDXLDistribution"
        assert root.findtext(f"{{{EDXL}}}distributionStatus") == status
        inner = root.find(f".//{{{EDXL}}}embeddedXMLContent/{{{PFIF}}}pfif")
        assert inner is not None
        alone = ElementTree.fromstring(pfif_xml(found, POLICY, now=NOW))
        assert [e.text for e in inner.iter()] == [e.text for e in alone.iter()]


@given(st.text(max_size=40))
def test_any_name_makes_a_document_that_is_read_back(name: str) -> None:
    policy = replace(POLICY, whole=True)
    found, _ = told(somebody(1, name=name), policy=policy)
    content = pfif_xml(found, policy, now=NOW)
    for one in read_pfif(content, now=NOW):
        assert one.record_id == found[0].record_id
        assert one.ages == (70, 71)


@pytest.mark.parametrize(
    "bad",
    [
        {"domain": ""},
        {"domain": "a/b.c"},
        {"domain": "office"},
        {"keep_for": timedelta(0)},
        {"keep_for": timedelta(days=999)},
    ],
)
def test_a_policy_that_cannot_be_is_told(bad: dict[str, Any]) -> None:
    with pytest.raises(DataError):
        replace(POLICY, **bad)


def test_a_drill_says_so_in_every_record() -> None:
    found, _ = told(somebody(1, synthetic=True))
    assert "演练 SYNTHETIC" in found[0].words
