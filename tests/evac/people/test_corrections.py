"""Corrections: sealed, applied in the order of events whatever came first, and taken back by an undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest

from evac.codes import bytes_of_code
from evac.counts.roll import read_roll
from evac.counts.tasks import TaskKind, open_tasks
from evac.errors import ConflictError, EvacError
from evac.events import Corrected, Registered, Undone
from evac.model import Category, Person, Stay, Vulnerability
from evac.people.catching_up import LEFT_OUT, catch_up
from evac.people.clerk import Clerk
from evac.people.corrections import (
    blank_person,
    correct,
    corrected_event,
    details_of,
    open_details,
    seal_details,
    with_corrections,
)
from evac.people.duplicates import merge, unmerge
from evac.registry import Registry
from evac.store.memory import MemoryStore
from evac.store.sqlite import SQLiteStore
from evac.vault import Vault
from riskmap.errors import DataError, SourceError

At = Callable[[str], Clerk]
CODE = "7" + "A" * 25
BASE = replace(blank_person(CODE, "330902", Category.OTHER), name="张三", phone="13800001111")


def at(clerk: At, minute: int, device: str = "") -> Clerk:
    one = clerk(device or f"D{minute}")
    return replace(one, now=one.now + timedelta(minutes=minute))


def listed(registry: Registry, clerk: At) -> None:
    registry.store.put_people([BASE])
    registry.check_in(
        clerk("office").write(Registered, CODE, county="330902", category="other"),
        received_at=clerk("office").now,
    )


def test_a_correction_is_an_event_and_a_row(registry: Registry, vault: Vault, clerk: At) -> None:
    listed(registry, clerk)
    changes = {
        "name": "张珊", "county": "330921", "category": "low_lying", "vulnerability": ["ill"], "stay": "relatives",
        "place": "女儿家", "birth_year": 1950,
    }  # fmt: skip
    after = correct(registry, CODE, changes, clerk=at(clerk, 1), vault=vault)
    assert (after.name, after.county, after.category) == ("张珊", "330921", Category.LOW_LYING)
    assert (after.vulnerability, after.destination.stay, after.birth_year) == (
        (Vulnerability.ILL,),
        Stay.RELATIVES,
        1950,
    )
    assert registry.store.people_of([CODE])[CODE] == after
    state = registry.states[CODE]
    assert (state.county, state.category) == ("330921", "low_lying")


def test_corrections_in_any_order_give_one_row(vault: Vault, clerk: At) -> None:
    events = [
        corrected_event(CODE, {"name": "一", "phone": "1"}, clerk=at(clerk, 1), vault=vault, before=BASE),
        corrected_event(CODE, {"name": "二"}, clerk=at(clerk, 2), vault=vault, before=BASE),
        corrected_event(CODE, {"phone": "3"}, clerk=at(clerk, 3), vault=vault, before=BASE),
    ]
    rows = {repr(with_corrections(BASE, order, vault)) for order in permutations([*events, events[0]])}
    assert len(rows) == 1
    after = with_corrections(BASE, events, vault)
    assert (after.name, after.phone) == ("二", "3")
    assert with_corrections(after, events, vault) == after


def test_an_undone_correction_is_as_if_it_had_not_been(registry: Registry, vault: Vault, clerk: At) -> None:
    listed(registry, clerk)
    correct(registry, CODE, {"name": "错"}, clerk=at(clerk, 1), vault=vault)
    correct(registry, CODE, {"phone": "13900000000"}, clerk=at(clerk, 2), vault=vault)
    first = next(e for e in registry.events() if isinstance(e, Corrected))
    late = at(clerk, 3)
    registry.check_in(late.write(Undone, CODE, target=first.event_id), received_at=late.now).require_all()
    catch_up(registry, vault)
    after = registry.store.people_of([CODE])[CODE]
    assert (after.name, after.phone) == ("张三", "13900000000")


def test_catching_up_makes_the_rows_that_came_as_events(vault: Vault, clerk: At) -> None:
    there, here = Registry(MemoryStore()), Registry(MemoryStore())
    from evac.people.cells import Setting
    from evac.people.door import add
    from tests.evac.people_lists import TODAY

    setting = Setting(vault.pseudonym, TODAY, region="330902001001")
    person = add(
        there,
        CODE,
        {"name": "王五", "phone": "13800001111"},
        setting=setting,
        vault=vault,
        clerk=clerk("door"),
    ).person
    correct(there, CODE, {"sex": "男"}, clerk=at(clerk, 1), vault=vault)
    here.check_ins(reversed(list(there.events())), received_at=at(clerk, 5).now)
    end = catch_up(here, vault)
    assert here.store.people_of([CODE]) == there.store.people_of([CODE])
    assert here.store.people_of([CODE])[CODE].name == person.name
    assert catch_up(here, vault, after=end) == end


def test_the_event_says_nothing_in_the_clear(vault: Vault, clerk: At, tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "r.sqlite", vault=vault)
    registry = Registry(store)
    listed(registry, clerk)
    correct(registry, CODE, {"name": "钱铁柱", "phone": "13911112222"}, clerk=at(clerk, 1), vault=vault)
    store.close()
    raw = b"".join(p.read_bytes() for p in tmp_path.iterdir())
    for secret in ("钱铁柱", "13911112222", "张三"):
        assert secret.encode() not in raw
        assert secret.encode("unicode_escape") not in raw


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({}, "nothing to correct"), ({"shoe": 43}, "no such field"), ({"category": "wet"}, "what no entry can"), ({"stay": "moon"}, "what no entry can")],
)  # fmt: skip
def test_what_cannot_be_said_is_refused_and_not_stored(
    registry: Registry, vault: Vault, clerk: At, changes: dict[str, object], reason: str
) -> None:
    listed(registry, clerk)
    with pytest.raises(DataError, match=reason):
        correct(registry, CODE, changes, clerk=at(clerk, 1), vault=vault)
    assert len(list(registry.events())) == 1
    assert registry.store.people_of([CODE])[CODE] == BASE


def test_somebody_who_is_not_there_cannot_be_corrected(registry: Registry, vault: Vault, clerk: At) -> None:
    with pytest.raises(ConflictError, match="nobody on the list"):
        correct(registry, CODE, {"name": "x"}, clerk=clerk("D1"), vault=vault)


def test_another_key_or_another_code_opens_nothing(vault: Vault) -> None:
    sealed = seal_details({"name": "张三"}, CODE, vault)
    for code, key in ((CODE, Vault(b"2" * 32)), ("6" + "A" * 25, vault)):
        with pytest.raises(EvacError) as caught:
            open_details(sealed, code, key)
        assert "张三" not in str(caught.value)
    with pytest.raises(EvacError, match=r"damaged|another key"):
        open_details("???", CODE, vault)
    assert open_details("", CODE, vault) == ({}, {})


def test_details_cover_all_that_can_be_corrected(vault: Vault, clerk: At) -> None:
    event = corrected_event(CODE, details_of(BASE), clerk=clerk("D1"), vault=vault)
    assert with_corrections(blank_person(CODE, "330281", Category.FISH_FARM), [event], vault) == BASE


def test_a_damaged_correction_stops_no_other(registry: Registry, vault: Vault, clerk: At) -> None:
    listed(registry, clerk)
    strangers = [
        at(clerk, 1).write(Corrected, CODE, sealed="?" * 9),
        at(clerk, 2).write(Corrected, CODE, sealed=seal_details({"name": "假"}, CODE, Vault(b"2" * 32))),
        at(clerk, 3).write(Corrected, CODE, sealed=seal_details({"name": 5}, CODE, vault)),
        at(clerk, 4).write(Corrected, CODE, category="wet"),
        at(clerk, 6).write(Registered, "6" + "F" * 25, county="330902", category="wet", at_door=True),
    ]
    good = corrected_event(CODE, {"phone": "13900000000"}, clerk=at(clerk, 5), vault=vault, before=BASE)
    registry.check_ins([*strangers, good], received_at=at(clerk, 9).now)
    damaged: list[str] = []
    catch_up(registry, vault, damaged=damaged)
    after = registry.store.people_of([CODE])[CODE]
    assert (after.name, after.phone, after.category) == ("张三", "13900000000", Category.OTHER)
    assert damaged == [event.event_id for event in strangers[:4]]
    assert registry.store.people_of(["6" + "F" * 25])["6" + "F" * 25].category is Category.OTHER


def test_two_codes_of_one_short_form_stop_no_other(tmp_path: Path, vault: Vault, clerk: At) -> None:
    store = SQLiteStore(tmp_path / "r.sqlite", vault=vault)
    registry = Registry(store)
    codes = [CODE, "6" + "A" * 25, "6" + "F" * 25]  # the first two end alike
    door = clerk("door")
    registry.check_ins(
        [door.write(Registered, code, county="330902", at_door=True) for code in codes], received_at=door.now
    )
    left_out: list[str] = []
    catch_up(registry, vault, left_out=left_out)
    assert len(list(store.people())) == 2
    assert "6" + "F" * 25 in store.people_of(codes)
    assert left_out == [codes[1]]
    store.close()


def test_who_was_left_out_waits_as_a_task_and_is_tried_again(tmp_path: Path, vault: Vault, clerk: At) -> None:
    with closing(SQLiteStore(tmp_path / "r.sqlite", vault=vault)) as store:
        registry, codes, door = Registry(store), [CODE, "6" + "A" * 25], clerk("door")
        said = [door.write(Registered, code, county="330902", at_door=True) for code in codes]
        registry.check_ins(said, received_at=door.now)

        def waiting(prefix: str = "") -> list[tuple[TaskKind, str]]:
            return [
                (task.kind, task.code) for task in open_tasks(read_roll(store, prefix, at=at(clerk, 9).now))
            ]

        end = catch_up(registry, vault)
        assert waiting() == waiting("330902") == [(TaskKind.SHORT_CODE, codes[1])]
        assert waiting("330921") == []
        left_out: list[str] = []
        assert catch_up(registry, vault, after=end, left_out=left_out) == end
        assert left_out == [codes[1]]
        store._raw.execute("DELETE FROM person WHERE code = ?", (bytes_of_code(CODE),))
        assert catch_up(registry, vault, after=end) == end
        assert [person.code for person in store.people()] == [codes[1]]
        assert waiting() == []
        assert store.labels()[LEFT_OUT] == ""


def test_who_was_left_out_and_merged_into_a_new_code_waits_no_more_until_unmerged(
    tmp_path: Path, vault: Vault, clerk: At
) -> None:
    with closing(SQLiteStore(tmp_path / "r.sqlite", vault=vault)) as store:
        registry, codes, door = Registry(store), [CODE, "6" + "A" * 25, "6" + "F" * 25], clerk("door")
        said = [door.write(Registered, code, county="330902", at_door=True) for code in codes]
        registry.check_ins(said, received_at=door.now)

        def waiting() -> list[str]:
            return [task.words for task in open_tasks(read_roll(store, at=at(clerk, 9).now))]

        end = catch_up(registry, vault)
        (words,) = waiting()
        assert f"evac people merge 新码 {codes[1]}" in words
        merge(registry, codes[2], codes[1], clerk=at(clerk, 1))
        assert waiting() == []
        left_out: list[str] = []
        end = catch_up(registry, vault, after=end, left_out=left_out)
        assert (store.labels()[LEFT_OUT], left_out) == ("", [])
        unmerge(registry, codes[1], clerk=at(clerk, 2))
        catch_up(registry, vault, after=end, left_out=left_out)
        assert (store.labels()[LEFT_OUT], left_out) == (codes[1], [codes[1]])
        assert waiting() == [words]


def test_a_disk_that_fails_for_one_row_is_no_short_code_and_the_log_is_not_done(
    tmp_path: Path, vault: Vault, clerk: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SQLiteStore(tmp_path / "r.sqlite", vault=vault)
    registry, codes, door = Registry(store), [CODE, "6" + "F" * 25], clerk("door")
    registry.check_ins(
        [door.write(Registered, code, county="330902", at_door=True) for code in codes], received_at=door.now
    )
    put = store.put_people

    def full(people: Sequence[Person]) -> None:
        if any(person.code == codes[1] for person in people):
            raise SourceError("the disk is full")
        put(people)

    monkeypatch.setattr(store, "put_people", full)
    with pytest.raises(SourceError, match="the disk is full"):
        catch_up(registry, vault)
    store.close()
