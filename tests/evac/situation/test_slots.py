"""The slots of a screen: field work, dangers, goods and readiness of its own region, as of when, without a name."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from evac.api.readers import Readers
from evac.dangers.danger import Verdict
from evac.field.desk import FieldDesk
from evac.field.terms import Decision, Kind, Says
from evac.ready.duty import Duty, Level
from evac.registry import EventStore, Registry
from evac.situation.document import Panel, Situation, to_json
from evac.situation.gather import gather, revision_of
from evac.situation.office_records import OfficeRecords
from evac.situation.shared import shared_counts, shared_situation
from evac.situation.slots import Slots
from evac.situation.slow import Slow
from evac.store.memory import MemoryStore
from riskmap.errors import SourceError
from tests.evac.field.scene import AT, OTHER, VILLAGE, level, scene
from tests.evac.situation.scene import NAMES
from tests.evac.world import END, Clerk, make_shelters, make_world


def screen(slots: Slots, code: str, store: EventStore | None = None, minutes: float = 0) -> Situation:
    at = (END if store else AT) + timedelta(minutes=minutes)
    return gather(store, code, office=OfficeRecords(names=NAMES, slots=slots), at=at)


def head(panel: Panel | None) -> dict[str, object]:
    assert panel is not None
    return {label: value for label, value, _ in panel.head}


def alarms(one: Situation) -> dict[tuple[str, str], int | None]:
    return {(a.kind, a.code): a.count for a in one.alarms.rows}


def test_an_observation_is_a_line_and_an_alarm_of_every_region_around_it_and_of_no_other() -> None:
    desk = scene()
    level(desk, 6.2)
    slots = Slots(FieldDesk(desk.log))
    for code, row in (("33", "330902"), ("3309", "330902"), ("330902", "330902001"), (VILLAGE, VILLAGE)):
        one = screen(slots, code, minutes=1)
        assert head(one.field_tasks)["未结"] == head(one.field_tasks)["待受理"] == 1
        assert alarms(one)["sensor", row] == 1
        assert one.field_tasks is not None
        assert one.field_tasks.rows[0][:3] == ("马岙站", "橙 河道水位", "待受理 / 已派,待接单")
    far = screen(slots, "330903", minutes=1)
    assert head(far.field_tasks)["未结"] == 0
    assert not [a for a in far.alarms.rows if a.kind == "sensor"]
    task = next(task for task in desk.book().tasks.values() if task.room)
    desk.room(task.id, Decision.DISMISSED, by="甲", words="误报", at=AT, now=AT + timedelta(minutes=2))
    assert not [a for a in screen(slots, "33", minutes=3).alarms.rows if a.kind == "sensor"]


def test_a_silent_village_and_a_worker_who_is_not_heard_of_are_alarms_by_the_clock_alone() -> None:
    desk = scene()
    desk.watch("330902", begins=True, by="甲", reason="台风", at=AT, now=AT)
    level(desk, 6.2)
    worker = next(task for task in desk.book().tasks.values() if not task.room).sent[0].worker
    desk.said(worker, Says.ACKNOWLEDGED, by="乙", at=AT, now=AT + timedelta(minutes=1))
    slots = Slots(FieldDesk(desk.log))
    assert not [a for a in screen(slots, "33", minutes=29).alarms.rows if a.kind == "silent"]
    late = screen(slots, "3309", minutes=600)
    assert alarms(late)["silent", "330902"] == 2
    assert alarms(late)["worker", "330902"] == 1
    assert next(a for a in late.alarms.rows if a.kind == "worker").life_critical
    assert head(late.field_tasks) | {"静默村": 2, "失联或未归": 1, "测点无报": 3} == head(late.field_tasks)
    assert not list(desk.book().alarms), "nobody ticked"
    text = to_json(late)
    assert worker not in text.replace("W1ndow", "")
    assert "秘密姓名" not in text
    desk.heard(OTHER, "radio", by="乙", at=AT + timedelta(minutes=599), now=AT + timedelta(minutes=599))
    assert alarms(screen(slots, "3309", minutes=600))["silent", "330902"] == 1


def test_who_must_come_back_since_the_place_became_dangerous_is_an_alarm() -> None:
    desk = scene()
    level(desk, 6.2)
    task = next(task for task in desk.book().tasks.values() if not task.room)
    desk.said(task.sent[0].worker, Says.ACKNOWLEDGED, by="乙", at=AT, now=AT + timedelta(minutes=1))
    from evac.field.danger import Safety
    from tests.evac.field.scene import Given

    desk.dangers = Given({VILLAGE: Safety.DANGER})
    assert Kind.RECALL in {
        record.about for record in desk.tick(AT + timedelta(minutes=2)) if hasattr(record, "about")
    }
    assert alarms(screen(Slots(FieldDesk(desk.log)), "330902", minutes=2))["worker", "330902001"] == 1


def seen(clerk: Clerk, minute: float, place: str, **said: str) -> object:
    given = {"danger": "slope", "where": "王五家后山 13912345678", "point": "30.0,122.0"}
    return clerk.event("danger_seen", minute, place=place, **(given | said))


def test_dangers_are_folded_once_judged_at_once_and_tell_no_words_of_the_public() -> None:
    store, clerk = MemoryStore(), Clerk()
    store.put_shelters(make_shelters())
    store.put_labels({"label": "SYNTHETIC"})
    first = seen(clerk, 1700, "330902001001")
    Registry(store).check_ins(
        [first, seen(clerk, 1701, "330902001001"), seen(clerk, 1702, "330903001001", point="29.0,121.0")],  # type: ignore[list-item]
        received_at=END,
    )
    slots = Slots()
    one = screen(slots, "330902", store)
    assert head(one.dangers) | {"未结": 1, "待核实": 1, "报告": 2} == head(one.dangers)
    assert alarms(one)["danger", "330902001"] == 1
    assert alarms(screen(slots, "33", store)) | {("danger", "330902"): 1, ("danger", "330903"): 1} == alarms(
        screen(slots, "33", store)
    )
    text = to_json(screen(slots, "33", store))
    assert "王五" not in text
    assert "13912345678" not in text
    judged = clerk.event(
        "danger_judged", 1750, place="", target=first.event_id, verdict=Verdict.FALSE.value, note="",  # type: ignore[attr-defined]
        covers=" ".join(e.event_id for _, e in store.aside({"danger_seen"})),
    )  # fmt: skip
    Registry(store).check_in(judged, received_at=END)
    after = screen(slots, "330902", store)
    assert head(after.dangers)["未结"] == 0
    assert not [a for a in after.alarms.rows if a.kind == "danger"]


def test_goods_are_shown_where_a_book_is_kept_and_unknown_where_none_is() -> None:
    bare = MemoryStore()
    bare.put_shelters(make_shelters())
    assert screen(Slots(), "33", bare).supplies is None
    assert {s.id: s.why for s in screen(Slots(), "33", bare).sources}["supplies"] == "未接入物资:从未登记"
    clerk = Clerk()
    codes = [f"7{n:025d}" for n in range(24)]
    told = [
        clerk.event(kind, minute, code=code, place="S330902-1" if n % 2 else "S330902-2", **more)
        for n, code in enumerate(codes)
        for minute, (kind, more) in enumerate((("registered", {"county": "330902"}), ("arrived_shelter", {})))
    ]
    told.append(clerk.event("stock_counted", 9, place="S330902-1", item="water", quantity=5))
    Registry(bare).check_ins(told, received_at=END)
    slots = Slots()
    one = screen(slots, "330902", bare)
    assert head(one.supplies) | {"有账安置点": 1, "有人无账": 1} == head(one.supplies)
    assert one.supplies is not None
    water = next(row for row in one.supplies.rows if row[1] == "饮用水")
    # twelve people, six bottles a day each
    assert water == ("演练学校", "饮用水", f"{12 * 6 - 5} 瓶", "2 小时")
    assert "在途" not in head(one.supplies)
    assert alarms(one)["supplies", "330902001"] == 1
    assert head(screen(slots, "330903", bare).supplies)["有账安置点"] == 0
    assert alarms(screen(slots, "S330902-1", bare))["supplies", "S330902-1"] == 1
    assert head(screen(slots, "S330902-2", bare).supplies)["有人无账"] == 1


def test_readiness_comes_with_a_duty_roster() -> None:
    store = make_world(7, size=60)
    duties = (Duty(Level.TOWN_VILLAGE, "330902001001", "赵六", phone="13800000001", deputy="钱七"),)
    one = screen(Slots(duties=duties), "33", store)
    assert one.readiness is not None
    assert one.readiness.villages == len({p.village for p in store.people()})
    assert one.readiness.ready == 0
    assert alarms(one)["not_ready", "33"] == one.readiness.villages
    assert "赵六" not in to_json(one)
    town = screen(Slots(duties=duties), "330902001", store)
    assert town.readiness is not None
    assert 0 < town.readiness.villages < one.readiness.villages
    assert screen(Slots(), "33", store).readiness is None


def test_who_only_looks_is_told_of_alarms_and_shown_no_slot() -> None:
    desk = scene()
    level(desk, 6.2)
    store = make_world(7, size=60)
    Registry(store).check_in(seen(Clerk(10**6), 1700, "330902001001"), received_at=END)  # type: ignore[arg-type]
    one = screen(Slots(FieldDesk(desk.log)), "330902", store)
    assert one.field_tasks is not None
    told = shared_situation(one, shared_counts({"330902": {}})["total"])
    assert (told.field_tasks, told.dangers, told.supplies) == (None, None, None)
    assert {s.id: s.read for s in told.sources}["field_tasks"] is False
    danger = next(a for a in told.alarms.rows if a.kind == "danger")
    assert (danger.count, danger.words) == (None, "险情上报 甲镇")


def test_a_source_that_fails_takes_its_own_slot_down_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = scene()
    level(desk, 6.2)
    slots = Slots(FieldDesk(desk.log))
    before = revision_of(None, OfficeRecords(slots=slots), AT)

    def away(*_: object) -> object:
        raise SourceError("the log of field could not be read", where="field.sqlite")

    monkeypatch.setattr(desk.log, "after", away)
    monkeypatch.setattr(desk.log, "head", away)
    one = screen(slots, "33")
    assert one.field_tasks is None
    assert "could not be read" in {s.id: s.why for s in one.sources}["field_tasks"]
    assert revision_of(None, OfficeRecords(slots=slots), AT) != before


def test_a_slow_question_is_asked_behind_and_says_as_of_when() -> None:
    pool, gate, asked = ThreadPoolExecutor(1), threading.Event(), []
    store = MemoryStore()

    def ask(_: EventStore, at: object) -> int:
        gate.wait(10)
        asked.append(at)
        return len(asked)

    def behind(work: Callable[[EventStore], object]) -> Future[object]:
        return pool.submit(work, store)

    slow = Slow(ask, seconds=60.0)
    assert slow.get(store, END, behind) is None
    assert slow.get(store, END, behind) is None, "one asks, however many look"
    gate.set()
    pool.submit(lambda: None).result()
    answer = slow.get(store, END + timedelta(seconds=30), behind)
    assert answer is not None
    assert (answer.value, answer.at, slow.number) == (1, END, 1)
    later = slow.get(store, END + timedelta(seconds=61), behind)
    assert later is not None
    assert later.at == END, "the old one, with its time, until the new one is there"
    pool.submit(lambda: None).result()
    assert slow.get(store, END + timedelta(seconds=62), behind) == replace(
        answer, value=2, at=END + timedelta(seconds=61)
    )
    assert len(asked) == 2
    pool.shutdown()


@pytest.mark.parametrize("error", [SourceError("away", where="x"), ZeroDivisionError("ours")])
def test_a_slow_question_that_fails_is_said_and_asked_again(error: Exception) -> None:
    store, fails, readers, gate = MemoryStore(), [error], Readers(MemoryStore, threads=1), threading.Event()

    def ask(_: EventStore, __: object) -> int:
        if fails:
            gate.wait(10)
            raise fails.pop()
        return 7

    slow = Slow(ask, seconds=1.0)
    assert slow.get(store, END, readers.begin) is None
    gate.set()
    readers.close()
    assert slow.number == 1
    with pytest.raises(SourceError):
        slow.get(store, END, readers.begin)
    answer = slow.get(store, END + timedelta(hours=1), None)
    assert answer is not None
    assert answer.value == 7


def test_a_slow_question_for_which_no_store_could_be_opened_is_said_and_asked_again() -> None:
    away, gate = [SourceError("the database is away", where="registry")], threading.Event()

    def opened() -> MemoryStore:
        gate.wait(10)
        if away:
            raise away.pop()
        return MemoryStore()

    store, readers = MemoryStore(), Readers(opened, threads=1)
    slow = Slow(lambda _, __: 7, seconds=1.0)
    assert slow.get(store, END, readers.begin) is None
    gate.set()
    readers.begin(lambda _: None).result()
    assert slow.number == 1
    gate.clear()
    for seconds in (0, 5):  # at the second look it is asked anew; until the answer is there the fault stands
        with pytest.raises(SourceError, match="away"):
            slow.get(store, END + timedelta(seconds=seconds), readers.begin)
    gate.set()
    readers.close()
    answer = slow.get(store, END + timedelta(seconds=5), readers.begin)
    assert answer is not None
    assert answer.value == 7
