"""Tasks: contradictions wait for a person, and the decision is in the log."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from evac.cli import main
from evac.counts.roll import read_roll
from evac.counts.tasks import Desk, Task, TaskKind, decision, open_tasks
from evac.errors import ConflictError
from evac.events import Envelope
from evac.model import State
from evac.registry import EventStore, Registry
from evac.store.memory import MemoryStore
from evac.store.sqlite import SQLiteStore
from tests.evac.world import END, Clerk, make_person, make_shelters

FIRST, SECOND = "S330902-1", "S330902-2"
DESK = Desk("李四", "330902", "desk", 1)
IDS = ("e" * 32, "f" * 32)


def _store(store: EventStore | None = None, *more: Envelope) -> tuple[EventStore, str, Clerk]:
    """Somebody scanned at two shelters within five minutes, a double draw, a local order, a count that differs."""
    held, clerk = store or MemoryStore(), Clerk()
    people = [make_person(2 * n, random.Random(n), vessel="") for n in range(3)]
    held.put_people(people)
    held.put_shelters(make_shelters())
    a, b, c = (person.code for person in people)
    events = [clerk.event("registered", 0, code=p.code, county=p.county) for p in people]
    events += [
        clerk.event("arrived_shelter", 10, code=a, place=FIRST), clerk.event("arrived_shelter", 15, code=a, place=SECOND),
        clerk.event("relief_drawn", 20, code=b, place=FIRST, item="盒饭/1", quantity=1),
        clerk.event("relief_drawn", 25, code=b, place=SECOND, item="盒饭/1", quantity=1),
        clerk.event("ordered_locally", 30, code=c, why="水涨"),
        clerk.event("head_counted", 40, place=SECOND, count=3),
    ]  # fmt: skip
    Registry(held).check_ins([*events, *more], received_at=END)
    return held, a, clerk


def test_all_that_waits_is_in_one_queue_the_oldest_first() -> None:
    store, *_ = _store()
    found = open_tasks(read_roll(store, at=END))
    assert [task.kind for task in found] == [
        TaskKind.TWO_PLACES, TaskKind.DOUBLE_DRAW, TaskKind.LOCAL_ORDER, TaskKind.HEAD_COUNT,
    ]  # fmt: skip
    assert all(task.words and task.kind.chinese for task in found)


def test_a_contradiction_moves_nobody_in_silence_and_goes_when_it_is_decided() -> None:
    store, code, _ = _store()
    (task, *_) = open_tasks(read_roll(store, at=END))
    assert [scan.place for scan in task.suspects] == [FIRST, SECOND]
    events = decision(task, "先扫错人", DESK, at=END, event_ids=IDS, undo=task.suspects[1].event_id)
    Registry(store).check_ins(events, received_at=END).require_all()
    roll = read_roll(store, at=END)
    assert TaskKind.TWO_PLACES not in {t.kind for t in open_tasks(roll)}
    assert (roll.by_code[code].state.state, roll.by_code[code].state.place) == (State.SHELTERED, FIRST)


def test_both_scans_may_be_right() -> None:
    store, code, _ = _store()
    (task, *_) = open_tasks(read_roll(store, at=END))
    events = decision(task, "救护车转送", DESK, at=END, event_ids=IDS)
    assert [event.kind for event in events] == ["resolved"]
    Registry(store).check_ins(events, received_at=END)
    roll = read_roll(store, at=END)
    assert TaskKind.TWO_PLACES not in {t.kind for t in open_tasks(roll)}
    assert roll.by_code[code].state.place == SECOND


def test_a_decision_by_the_province_settles_the_countys_task() -> None:
    store, *_ = _store()
    for task in open_tasks(read_roll(store, at=END)):
        if task.target:
            ids = (task.target[::-1], "a" * 32)
            Registry(store).check_ins(
                decision(task, "confirmed 令7", Desk("省", "33", "p", 1), at=END, event_ids=ids),
                received_at=END,
            )
    assert [task.kind for task in open_tasks(read_roll(store, "330902", at=END))] == [TaskKind.HEAD_COUNT]


@pytest.mark.parametrize(("which", "how", "undo"), [(0, " ", ""), (0, "错", "0" * 32), (3, "数过了", "")])
def test_what_does_not_settle_a_task_is_refused(which: int, how: str, undo: str) -> None:
    task = open_tasks(read_roll(_store()[0], at=END))[which]
    with pytest.raises(ConflictError, match="does not settle"):
        decision(task, how, DESK, at=END, event_ids=IDS, undo=undo)


def test_a_merged_persons_wrong_scan_is_undone_under_the_code_that_was_scanned() -> None:
    store, code, clerk = _store()
    other = make_person(50, random.Random(50))
    store.put_people([other])
    Registry(store).check_ins(
        [
            clerk.event("registered", 0, code=other.code, county=other.county),
            clerk.event("merged", 50, code=other.code, into=code),
            clerk.event("arrived_shelter", 17, code=other.code, place=FIRST),
        ],
        received_at=END,
    )
    task = [t for t in open_tasks(read_roll(store, at=END)) if t.kind is TaskKind.TWO_PLACES][-1]
    wrong = task.suspects[1]
    assert (wrong.code, task.code) == (other.code, code)
    events = decision(task, "拿错吊牌", DESK, at=END, event_ids=IDS, undo=wrong.event_id)
    Registry(store).check_ins(events, received_at=END).require_all()
    assert read_roll(store, at=END).by_code[code].state.place == SECOND


def test_an_item_drawn_three_times_is_a_task_for_each_later_draw_until_both_are_decided() -> None:
    store, _, clerk = _store()
    first = next(e for _, e in store.aside({"relief_drawn"}))
    third = clerk.event("relief_drawn", 27, code=first.code, place=FIRST, item="盒饭/1", quantity=1)
    Registry(store).check_ins([third], received_at=END)

    def waiting() -> list[Task]:
        return [t for t in open_tasks(read_roll(store, at=END)) if t.kind is TaskKind.DOUBLE_DRAW]

    assert [task.target for task in waiting()][1:] == [third.event_id]
    assert ["2 次" in task.words or "3 次" in task.words for task in waiting()] == [True, True]
    for left in (1, 0):
        task = waiting()[-1]
        events = decision(task, "代家人领取", DESK, at=END, event_ids=(task.target[::-1], IDS[1]))
        Registry(store).check_ins(events, received_at=END)
        assert len(waiting()) == left


def _run(*given: str) -> object:
    with pytest.raises(SystemExit) as ended:
        main(list(given))
    return ended.value.code


def test_the_commands_list_and_decide(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "county.sqlite"
    store, *_ = _store(SQLiteStore(path))
    store.close()
    assert _run("tasks", "--registry", str(path)) == 0
    told = capsys.readouterr().out
    assert "4 项待核实" in told
    assert "两地扫码矛盾" in told
    number, scan = told.split()[0], told.splitlines()[2].split()[0]
    given = ["decide", number, "--registry", str(path), "--how", "扫错人", "--by", "李四"]
    assert _run(*given, "--undo", "123456789012") not in (0, None)
    assert _run(*given, "--undo", scan) == 0
    assert _run(*given) not in (0, None)  # decided already
    capsys.readouterr()
    assert _run("tasks", "--registry", str(path)) == 0
    assert "3 项待核实" in capsys.readouterr().out
    store = SQLiteStore(path, read_only=True)
    assert [event.actor for event in store.events() if event.kind in ("resolved", "undone")] == [
        "李四",
        "李四",
    ]
    store.close()


def test_a_registry_that_is_not_there_is_never_made(tmp_path: Path) -> None:
    path = tmp_path / "none.sqlite"
    assert _run("decide", "123456789012", "--registry", str(path), "--how", "x", "--by", "y") not in (0, None)
    assert not path.exists()
