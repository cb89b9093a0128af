"""At the door: in seconds, with or without a name; a blank used for two persons is named and can be parted."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from evac.codes import short_code
from evac.errors import ConflictError, UnknownCodeError
from evac.model import Category, State
from evac.people.cells import Setting
from evac.people.clerk import Clerk
from evac.people.door import add, blank_people, blanks, double_claims, newcomer, part_claims, stock
from evac.people.region_list import Regions
from evac.registry import Registry
from evac.state import fold
from evac.store.memory import MemoryStore
from evac.vault import Vault
from riskmap.errors import SourceError
from tests.evac.people_lists import TODAY

At = Callable[[str], Clerk]
CODE, OTHER = "7" + "A" * 25, "6" + "B" * 25
NUMBER = "11010519491231002X"


@pytest.fixture
def setting(vault: Vault) -> Setting:
    return Setting(vault.pseudonym, TODAY, region="330902001001")


def test_somebody_is_let_in(registry: Registry, vault: Vault, clerk: At, setting: Setting) -> None:
    told = {"name": "张三", "identity": NUMBER, "phone": "13800001111", "vulnerability": "独居"}
    added = add(registry, CODE, told, setting=setting, vault=vault, clerk=clerk("D1"))
    assert added.findings == ()
    state = registry.states[CODE]
    assert (state.state, state.place, state.at_door, state.due) == (State.SHELTERED, "S1", True, True)
    assert (added.person.name, added.person.birth_year, added.person.county) == ("张三", 1949, "330902")
    assert registry.store.people_of([CODE])[CODE] == added.person
    assert registry.states == fold(registry.events())


@pytest.mark.parametrize(
    "told",
    [{}, {"name": "张三、李四"}, {"identity": "1101051949123100"}, {"name": NUMBER}, {"name": "张" * 90}, {"village_code": "999999"}, {"sex": "?", "age": "-1", "category": "怕水"}],
)  # fmt: skip
def test_nothing_keeps_anybody_out(
    registry: Registry, vault: Vault, clerk: At, setting: Setting, told: dict[str, str]
) -> None:
    known = replace(setting, regions=Regions({"330902": "定海区"}))
    added = add(registry, CODE, told, setting=known, vault=vault, clerk=clerk("D1"))
    assert registry.states[CODE].state is State.SHELTERED
    assert added.person.county == "330902"
    assert NUMBER[:17] not in repr(added)
    assert len(added.person.name) <= 60


def test_asking_again_changes_nothing(registry: Registry, vault: Vault, clerk: At, setting: Setting) -> None:
    told = {"name": "张三", "identity": NUMBER}
    first = add(registry, CODE, told, setting=setting, vault=vault, clerk=clerk("D1"))
    again = add(registry, CODE, told, setting=setting, vault=vault, clerk=clerk("D2"))
    assert again.receipt is None
    assert again.person == first.person
    assert len(list(registry.events())) == 3


def _fails_once(monkeypatch: pytest.MonkeyPatch, registry: Registry) -> None:
    """The disk is full when events are stored, once."""
    append = registry.store.append

    def full(*_: object, **__: object) -> None:
        monkeypatch.setattr(registry.store, "append", append)
        raise SourceError("the disk is full")

    monkeypatch.setattr(registry.store, "append", full)


def test_adding_again_after_the_disk_failed_stores_what_is_missing(
    registry: Registry, vault: Vault, clerk: At, setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"name": "张三", "identity": NUMBER}
    _fails_once(monkeypatch, registry)
    with pytest.raises(SourceError):
        add(registry, CODE, told, setting=setting, vault=vault, clerk=clerk("D1"))
    again = add(registry, CODE, told, setting=setting, vault=vault, clerk=clerk("D2"))
    assert again.receipt is not None
    assert [event.kind for event in registry.events()] == [
        "registered",
        "corrected_at_door",
        "arrived_shelter",
    ]
    assert (registry.states[CODE].state, registry.states[CODE].at_door) == (State.SHELTERED, True)


def test_who_was_put_on_the_list_elsewhere_arrives_when_added_at_a_door(
    registry: Registry, vault: Vault, clerk: At, setting: Setting
) -> None:
    told = {"name": "张三", "identity": NUMBER}
    add(registry, CODE, told, setting=setting, vault=vault, clerk=clerk("D1"), arrived=False)
    assert registry.states[CODE].state is not State.SHELTERED
    later = replace(clerk("D2"), now=clerk("D2").now + timedelta(minutes=5))
    add(registry, CODE, told, setting=setting, vault=vault, clerk=later)
    assert registry.states[CODE].state is State.SHELTERED
    assert len(list(registry.events())) == 3


def test_a_pendant_of_somebody_else_is_a_conflict_with_a_name(
    registry: Registry, vault: Vault, clerk: At, setting: Setting
) -> None:
    add(registry, CODE, {"name": "张三丰"}, setting=setting, vault=vault, clerk=clerk("D1"))
    for told in ({"name": "李四"}, {}):
        with pytest.raises(ConflictError, match=r"somebody else's.*张\*\*.*another blank") as caught:
            add(registry, CODE, told, setting=setting, vault=vault, clerk=clerk("D2"))
        assert "三丰" not in str(caught.value)
    assert len(registry.states) == 1


def test_what_is_no_code_is_refused(registry: Registry, vault: Vault, clerk: At, setting: Setting) -> None:
    with pytest.raises(UnknownCodeError):
        add(registry, "https://example.org", {}, setting=setting, vault=vault, clerk=clerk("D1"))


def test_a_stock_of_blanks(registry: Registry) -> None:
    codes = stock(registry.store, "330902", 50, batch="0725", rng=random.Random(1))
    assert stock(registry.store, "330902", 50, batch="0725") == codes
    assert stock(registry.store, "330902", 60, batch="0725")[:50] == codes
    found = blanks(registry.store, "330902")
    assert found[short_code(codes[0])] == codes[0]
    assert len(found) == 60
    assert blanks(registry.store, "330281") == {}
    assert [p.code for p in blank_people(codes, "330902")] == codes
    assert registry.states == {}
    assert list(registry.store.people()) == []


def test_a_door_reads_what_a_list_reads(setting: Setting) -> None:
    found = newcomer({"name": "Ann", "identity": "E12345678", "category": "游客", "age": 30}, setting)
    assert found.entry is not None
    assert (found.entry.category, found.entry.birth_year) == (Category.GUEST_HOUSE, 1991)


def two_doors(vault: Vault, clerk: At, setting: Setting) -> Registry:
    """One blank, copied, given to two persons by two shelters without a network; both bundles come in."""
    doors = [Registry(MemoryStore()) for _ in range(2)]
    for n, (door, name) in enumerate(zip(doors, ("张三", "李四"), strict=True)):
        at = clerk(f"door{n}")
        at = replace(at, place=f"S{n}", now=at.now + timedelta(minutes=n))
        add(door, CODE, {"name": name, "phone": f"1380000111{n}"}, setting=setting, vault=vault, clerk=at)
    office = Registry(MemoryStore())
    for door in reversed(doors):
        office.check_ins(door.events(), received_at=clerk("x").now + timedelta(hours=1))
    office.store.put_people(list(doors[1].store.people()))
    return office


def test_a_blank_given_twice_is_found_and_parted(vault: Vault, clerk: At, setting: Setting) -> None:
    office = two_doors(vault, clerk, setting)
    assert len(office.states) == 1
    claims = double_claims(office.store, vault, "330902")[CODE]
    assert [(c.place, c.details["name"]) for c in claims] == [("S0", "张三"), ("S1", "李四")]
    late = clerk("office")
    late = replace(late, now=late.now + timedelta(hours=2))
    second = part_claims(office, claims[1], OTHER, vault=vault, clerk=late)
    assert second.name == "李四"
    states = office.states
    assert (states[CODE].place, states[OTHER].place) == ("S0", "S1")
    assert {p.code: p.name for p in office.store.people()} == {CODE: "张三", OTHER: "李四"}
    assert double_claims(office.store, vault) == {}
    assert states == fold(office.events())


def test_parting_goes_on_after_the_disk_failed(
    vault: Vault, clerk: At, setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = two_doors(vault, clerk, setting)
    (_, second) = double_claims(office.store, vault)[CODE]
    late = clerk("office")
    late = replace(late, now=late.now + timedelta(hours=2))
    _fails_once(monkeypatch, office)
    with pytest.raises(SourceError):
        part_claims(office, second, OTHER, vault=vault, clerk=late)
    assert part_claims(office, second, OTHER, vault=vault, clerk=late).name == "李四"
    assert (office.states[CODE].place, office.states[OTHER].place) == ("S0", "S1")
    assert {p.code: p.name for p in office.store.people()} == {CODE: "张三", OTHER: "李四"}
    with pytest.raises(ConflictError, match="somebody else's"):
        part_claims(office, second, OTHER, vault=vault, clerk=late)


def test_parting_goes_to_a_blank_and_from_a_double_claim_only(
    vault: Vault, clerk: At, setting: Setting
) -> None:
    office = two_doors(vault, clerk, setting)
    claims = double_claims(office.store, vault)[CODE]
    late = clerk("office")
    with pytest.raises(ConflictError, match="nobody else was given"):
        part_claims(office, claims[0], OTHER, vault=vault, clerk=late)
    with pytest.raises(ConflictError, match="somebody else's"):
        part_claims(office, claims[1], CODE, vault=vault, clerk=late)


def test_one_person_added_by_two_devices_is_no_double_claim(
    vault: Vault, clerk: At, setting: Setting
) -> None:
    doors = [Registry(MemoryStore()) for _ in range(2)]
    office = Registry(MemoryStore())
    for n, door in enumerate(doors):
        add(door, CODE, {"name": "张三"}, setting=setting, vault=vault, clerk=clerk(f"door{n}"))
        office.check_ins(door.events(), received_at=clerk("x").now)
    assert double_claims(office.store, vault) == {}
