"""The door: what a scanner and a clerk type, and what is on the disk after each line."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator

import pytest

from evac.clear_words import RELATIVES
from evac.codes import mint, short_code
from evac.kiosk.desk import Tone
from evac.kiosk.terminal import run
from evac.model import Destination, State, Stay
from evac.people.door import in_stock
from evac.sync.roster_bundle import of_town
from riskmap.errors import SourceError
from tests.evac.kiosk.doors import (
    NOW,
    TOWN,
    Door,
    answers,
    blank,
    desk_of,
    foreign,
    forged,
    scan,
    townspeople,
    unlisted,
)


def test_scans_short_codes_and_what_is_typed_first(door: Door) -> None:
    a, b, c, d, e, _ = door.people
    assert door.desk.take(scan(a) + "\r\n").tone is Tone.GOOD
    assert door.desk.take(short_code(b.code).lower()).tone is Tone.GOOD
    assert "请扫码" in door.desk.take("亲 外婆家").text
    assert "投亲靠友" in door.desk.take(scan(c)).text
    assert door.desk.take(f"r {short_code(d.code)}").tone is Tone.GOOD
    door.desk.take("m")
    door.desk.take(scan(a))
    assert [door.state(p) for p in (a, b, c, d)] == ["medical", "sheltered", "dispersed", "dispersed"]
    assert [door.desk.registry.state(p.code).place for p in (c, d)] == [RELATIVES, RELATIVES]
    assert door.desk.take("").text.startswith("本点现有 here 1 / 300")
    assert door.desk.not_sent() == 6  # with whom c stays is an event of its own
    assert door.desk.take("l " + scan(b)).tone is Tone.GOOD
    assert door.state(b) is State.LEFT
    assert door.state(e) is State.ORDERED


def test_what_a_chinese_keyboard_and_a_shift_lock_do_is_undone(door: Door) -> None:
    text = scan(door.people[0])
    assert door.desk.take(text.lower().replace(":", "：", 1)).tone is Tone.GOOD
    full = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
    assert door.desk.take(full).tone is Tone.LOOK  # here already
    short = short_code(door.people[1].code).lower()
    for typed in (
        f"{short[:4]}—{short[4:8]}——{short[8:]}",
        "".join(chr(ord(c) + 0xFEE0) for c in short),
        f"　{short}",
    ):
        assert door.desk.take(typed).stored[0].code == door.people[1].code
    assert door.desk.take("＋　周八").stored
    assert "外婆家" in door.desk.take("亲外婆家").text
    assert door.desk.take(f"ｍ　{short}").stored[0].kind == "medical"
    assert door.desk.take("ｃ２").tone is Tone.GOOD
    assert door.desk.take("核２").tone is Tone.GOOD


@pytest.mark.parametrize(
    "make", [forged, foreign, lambda _: "https://example.org/x", lambda _: "张三", lambda p: scan(p)[:40]]
)
def test_what_cannot_be_read_is_answered_and_not_stored(door: Door, make: object) -> None:
    before = door.store.seal()
    answer = door.desk.take(make(door.people[0]))  # type: ignore[operator]
    assert (answer.tone, answer.stored) == (Tone.BAD, ())
    assert door.store.seal() == before


def test_after_an_undone_scan_the_next_person_who_is_added_arrives(door: Door) -> None:
    code, text = blank(door.store)
    door.desk.take(text)
    door.desk.take("u")
    assert door.desk.present() == 0
    added = door.desk.take("+ 王五")
    assert door.desk.present() == 1
    assert code not in {event.code for event in added.stored}
    door.desk.take(text)  # moved on elsewhere before the name was typed
    door.watch.passes(minutes=3)
    assert desk_of(door.store, door.node, door.watch, shelter="S2").take(text).stored
    door.watch.passes(minutes=3)
    assert [event.kind for event in door.desk.take("+ 赵六").stored][-1] == "arrived_shelter"
    assert (door.desk.present(), door.state(code)) == (2, State.SHELTERED)


def test_a_disk_that_fails_while_a_name_is_typed_leaves_the_pendant_to_be_named(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, text = blank(door.store)
    door.desk.take(text)
    with monkeypatch.context() as broken:
        broken.setattr(door.store, "append", _full)
        with pytest.raises(SourceError):
            door.desk.take("+ 王五")
    assert {event.code for event in door.desk.take("+ 王五").stored} == {code}
    assert door.desk.present() == 1


@pytest.mark.parametrize("restarted", [False, True])
def test_somebody_whose_row_alone_was_stored_is_no_second_person(
    door: Door, monkeypatch: pytest.MonkeyPatch, restarted: bool
) -> None:
    """The disk failed, or the program was killed, between the row and what the log says of it."""
    before = len(list(door.store.people()))
    with monkeypatch.context() as broken:
        broken.setattr(door.store, "append", _full)
        with pytest.raises(SourceError):
            door.desk.take("+ 王五")
    desk = desk_of(door.store, door.node, door.watch) if restarted else door.desk
    assert desk.take("+ 王五").tone is Tone.GOOD
    assert len(list(door.store.people())) == before + 1
    assert desk.take("+ 王五").tone is Tone.GOOD, "another one of that name"
    assert len(list(door.store.people())) == before + 2


def _full(*_: object, **__: object) -> None:
    raise SourceError("the disk is full")


def test_a_short_code_counts_only_against_the_roster(door: Door) -> None:
    stranger = townspeople(1, random.Random(99))[0]
    assert "名单上没有" in door.desk.take(short_code(stranger.code)).text


def test_again_and_from_another_shelter_is_told(door: Door) -> None:
    person = door.people[0]
    door.desk.take(scan(person))
    assert "已在本点" in door.desk.take(scan(person)).text
    other = desk_of(door.store, door.node, door.watch, shelter="S2")
    door.watch.passes(minutes=3)
    answer = other.take(scan(person))
    assert (answer.tone, "原在 was at S1" in answer.text) == (Tone.LOOK, True)
    assert (door.desk.present(), other.present()) == (0, 1)


def test_people_who_are_not_on_the_list(door: Door) -> None:
    code, text = blank(door.store)
    assert "名单外" in door.desk.take(text).text
    assert door.desk.take("+ 王五").tone is Tone.GOOD
    assert "短码" in door.desk.take("加 赵六").text
    assert door.desk.take("+孙七").tone is Tone.GOOD
    assert door.desk.take("+").tone is Tone.BAD
    named = door.store.person(code)
    assert named is not None
    assert (named.name, named.printed) == ("王五", True)
    assert door.desk.present() == 3
    door.desk.take(scan(door.people[0]))
    door.desk.take("+ 周八")  # somebody else than who was scanned just before
    assert (door.desk.present(), door.state(door.people[0])) == (5, State.SHELTERED)
    states = [s.state for s in dict(door.store.everybody()).values() if s.state.at_door]
    assert [s.state for s in states] == [State.SHELTERED] * 4
    with sqlite3.connect(door.store.path) as raw:
        dump = "".join(raw.iterdump())
    raw.close()
    assert "王五" not in dump  # sealed in the row and in the event


def test_another_towns_pendant_is_not_given_to_the_next_person(door: Door) -> None:
    code, text = unlisted(door.rng)
    assert "外乡" in door.desk.take(text).text
    added = door.desk.take("+ 王五")
    assert code not in {event.code for event in added.stored}
    assert door.desk.present() == 2
    assert door.store.person(code) is None
    assert door.desk.take("= 赵六").tone is Tone.BAD  # whose pendant was not scanned just before
    door.desk.take(text)
    assert {event.code for event in door.desk.take("= 外乡甲").stored} == {code}  # said in so many words
    assert door.desk.present() == 2


def test_a_large_stock_of_blanks_goes_down_in_parts(door: Door) -> None:
    codes = [mint(door.rng) for _ in range(10_002)]
    door.store.put_labels({"blank.330902.B": "".join(codes), "blank.330903.B": mint(door.rng)})
    labels = of_town(door.store, TOWN).labels
    assert sorted(labels)[:3] == ["blank.330902.B", "blank.330902.B/1", "blank.330902.T"]
    assert max(map(len, labels.values())) < 1 << 20
    assert in_stock(door.store, codes[-1])
    assert not in_stock(door.store, mint(door.rng))
    assert "".join(labels[f"blank.330902.B{part}"] for part in ("", "/1")) == "".join(codes)


def test_somebody_who_is_not_on_the_list_may_be_with_relatives(door: Door) -> None:
    assert "投亲靠友 with relatives 外婆家" in door.desk.take("亲 外婆家").text
    assert "下一位 next: 投亲靠友" in door.desk.take("n").text
    added = door.desk.take("+ 张六")
    assert [event.kind for event in added.stored][-1] == "arrived_relatives"
    code = added.stored[0].code
    assert (door.desk.present(), door.desk.registry.state(code).place) == (0, RELATIVES)
    assert not any("外婆" in str(event) for event in added.stored)
    person = door.desk.registry.store.person(code)
    assert person is not None
    assert person.destination == Destination(Stay.RELATIVES, "外婆家")
    door.desk.take("亲 330903001")
    assert door.desk.take(scan(door.people[1])).stored[0].place == "330903001"
    door.desk.take("亲 外婆家 330902195001011234")
    assert door.desk.take(scan(door.people[2])).stored[0].place == RELATIVES
    assert door.desk.take(scan(door.people[0])).tone is Tone.GOOD
    assert door.state(door.people[0]) is State.SHELTERED
    door.desk.take("医")
    assert [e.kind for e in door.desk.take("+ 李七").stored][-2:] == ["arrived_shelter", "medical"]
    assert door.desk.tally == {"relatives": 3, "shelter": 2, "medical": 1, "added": 2}


def test_with_whom_somebody_of_the_list_stays_is_sealed_as_a_newcomers_is(door: Door) -> None:
    person = door.people[0]
    door.desk.take("亲 外婆 王秀英家 330902195001011234")
    arrived, corrected = door.desk.take(scan(person)).stored[0], list(door.desk.registry.events())[-1]
    assert (arrived.place, corrected.kind) == (RELATIVES, "corrected")
    assert not any("王秀英" in str(event) for event in door.desk.registry.events())

    def destination() -> Destination:
        found = door.store.person(person.code)
        assert found is not None
        return found.destination

    assert destination() == Destination(Stay.RELATIVES, "外婆 王秀英家 [号码]")
    assert corrected.counter == arrived.counter + 1
    undone = door.desk.take("撤")
    assert [event.kind for event in undone.stored] == ["undone", "undone"]
    assert destination() == person.destination
    assert door.state(person) is State.ORDERED


@pytest.mark.parametrize("word", ["取消", "x", "撤"])
def test_what_was_said_before_a_scan_can_be_cancelled(door: Door, word: str) -> None:
    door.desk.take(scan(door.people[0]))
    door.desk.take("亲 外婆家")
    assert "已取消" in door.desk.take(word).text
    door.desk.take(scan(door.people[1]))
    assert [door.state(p) for p in door.people[:2]] == [State.SHELTERED, State.SHELTERED]


def test_the_sheet_counts_what_stands_after_undos(door: Door) -> None:
    lines = [
        scan(door.people[0]),
        "亲",
        scan(door.people[1]),
        "+ 王五",
        blank(door.store)[1],
        "+ 赵六",
        "医",
        scan(door.people[0]),
    ]
    for line in lines:
        door.desk.take(line)
    assert door.desk.tally == {"shelter": 3, "relatives": 1, "medical": 1, "added": 2}
    for left in (
        {"shelter": 3, "relatives": 1, "added": 2}, {"shelter": 2, "relatives": 1, "added": 1},
        {"shelter": 1, "relatives": 1}, {"shelter": 1}, {},
    ):  # fmt: skip
        assert door.desk.take("撤销").tone is Tone.GOOD
        assert door.desk.tally == left
    assert (door.desk.present(), door.desk.take("u").tone) == (0, Tone.BAD)


def test_an_undo_takes_the_last_one_back(door: Door) -> None:
    person = door.people[0]
    assert door.desk.take("u").tone is Tone.BAD
    door.desk.take(scan(person))
    assert door.desk.take("撤").tone is Tone.GOOD
    assert door.state(person) is State.ORDERED
    assert door.desk.take("u").tone is Tone.BAD


def test_an_independent_head_count_stands_beside_the_scans(door: Door) -> None:
    door.desk.take(scan(door.people[0]))
    assert door.desk.take("c 1").tone is Tone.GOOD
    answer = door.desk.take("核 3")
    assert (answer.tone, "+2" in answer.text) == (Tone.LOOK, True)
    assert [e.count for _, e in door.store.aside(["head_counted"])] == [1, 3]  # type: ignore[attr-defined]
    assert door.desk.take("c x").tone is Tone.BAD


def test_a_full_disk_is_told_and_the_line_can_be_scanned_again(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def full(*_: object, **__: object) -> object:
        raise SourceError("disk full", where="K1.sqlite")

    def lines() -> Iterator[str]:
        monkeypatch.setattr(door.store, "append", full)
        yield scan(door.people[0])
        monkeypatch.undo()
        yield scan(door.people[0])
        yield "q"

    shift = run(door.desk, lines(), said.append, ask=answers(), node=door.node, began_at=NOW)
    assert "NOT SAVED" in said[1]
    assert shift.present == 1
    assert [e.counter for e in door.store.events() if e.device == "K1"] == [1]
