"""The desk: from an observation to a task on the spot and back, in one transaction; never into danger."""

from __future__ import annotations

from datetime import timedelta

import pytest

from evac.errors import ConflictError
from evac.field import events as ev
from evac.field.danger import NothingKnown, Safety
from evac.field.desk import FieldDesk
from evac.field.intake import camera_event, reading
from evac.field.seen import field_tasks, open_alarms, raising, silent_villages, who_is_out
from evac.field.terms import Decision, Kind, Says, Why
from evac.store.body_log import MemoryBodyLog
from riskmap.scale import Tier
from tests.evac.field.scene import AT, OTHER, VILLAGE, WORKERS, level, private, scene

MINUTE = timedelta(minutes=1)


def test_a_level_becomes_a_candidate_and_two_tasks_in_one_write() -> None:
    desk = scene()
    before = desk.log.head().sequence
    level(desk, 4.0, minute=-10)
    found = level(desk, 6.2)
    (candidate,) = found.candidates
    assert (candidate.hazard, candidate.tier, candidate.threshold, candidate.flags) == (
        "river_stage",
        Tier.ORANGE,
        6.0,
        (),
    )
    (sent,) = found.sent
    assert (sent.worker, sent.nearness) == ("W1", "village")
    assert sent.distance == pytest.approx(111, abs=2)
    kinds = [ev.parse(e.body).kind for e in desk.log.after(before)]
    assert kinds == ["observed", "observed", "candidate", "tasked", "tasked", "sent"]
    rooms = [t for t in desk.book().tasks.values() if t.room]
    assert [t.record.candidate for t in rooms] == [candidate.id]


def test_answer_and_arrival_are_timed_and_who_went_is_counted_back_in() -> None:
    desk = scene()
    level(desk, 6.2)
    desk.said("W1", Says.ACKNOWLEDGED, by="W1", at=AT + MINUTE / 2, now=AT + MINUTE / 2)
    assert [o.worker for o in who_is_out(desk.book(), desk.rules, now=AT + MINUTE)] == ["W1"]
    desk.said("W1", Says.ARRIVED, by="W1", at=AT + 2.5 * MINUTE, now=AT + 2.5 * MINUTE)
    line = next(t for t in field_tasks(desk.book()) if not t.room)
    assert (line.answered_after, line.arrived_after, line.state) == (MINUTE / 2, 2.5 * MINUTE, "W1已到场")
    with pytest.raises(ConflictError, match="cannot go off duty"):
        desk.said("W1", Says.OFF_DUTY, by="W1", at=AT + 3 * MINUTE, now=AT + 3 * MINUTE)
    desk.said("W1", Says.BACK, by="W1", at=AT + 20 * MINUTE, now=AT + 20 * MINUTE)
    assert who_is_out(desk.book(), desk.rules, now=AT + 20 * MINUTE) == ()
    assert [t.room for t in field_tasks(desk.book())] == [True]


def test_the_next_worker_is_called_when_nobody_answers_and_a_late_answer_still_counts_out() -> None:
    desk = scene()
    level(desk, 6.2)
    assert desk.tick(AT + MINUTE - timedelta(seconds=1)) == []
    written = desk.tick(AT + MINUTE)
    assert [r.kind for r in written] == ["alarmed", "sent"]
    assert written[1].worker == "W2"
    assert desk.tick(AT + MINUTE) == []
    answer = desk.said("W1", Says.ACKNOWLEDGED, by="W1", at=AT + 1.5 * MINUTE, now=AT + 1.5 * MINUTE)
    assert "W2" in answer
    assert [o.worker for o in who_is_out(desk.book(), desk.rules, now=AT + 2 * MINUTE)] == ["W1"]
    assert Kind.NO_ANSWER not in {a.kind for a in open_alarms(desk.book())}


def test_the_town_is_asked_after_the_village_and_another_county_never() -> None:
    desk = scene()
    level(desk, 6.2)
    called = []
    for n in range(1, 8):
        called += [r.worker for r in desk.tick(AT + n * MINUTE) if isinstance(r, ev.Sent)]
    assert called == ["W2", "W3", "W4"]
    task = next(t for t in desk.book().open_tasks() if not t.room)
    assert task.unsent is not None
    assert task.unsent.why == Why.NOBODY


@pytest.mark.parametrize("safety", [Safety.DANGER, Safety.UNKNOWN])
def test_nobody_is_sent_where_it_is_dangerous_or_not_known(safety: Safety) -> None:
    desk = scene(dangers={VILLAGE: safety})
    found = level(desk, 7.5)
    (unsent,) = found.sent
    assert unsent.why == (Why.DANGER if safety is Safety.DANGER else Why.UNKNOWN)
    line = next(t for t in field_tasks(desk.book()) if not t.room)
    assert line.unsent
    assert line.state == "待派"
    assert any(t.room for t in field_tasks(desk.book()))
    if safety is Safety.DANGER:
        with pytest.raises(ConflictError, match="into danger"):
            desk.send(line.number[:8], "W1", by="李四", reason="群众报险", now=AT)
        desk.dangers = NothingKnown()  # leaving the run out opens no way round
        with pytest.raises(ConflictError, match="into danger"):
            desk.send(line.number[:8], "W1", by="李四", reason="群众报险", now=AT)
    else:
        assert desk.send(line.number[:8], "W1", by="李四", reason="群众报险", now=AT).by == "李四"


def test_who_stands_in_danger_is_not_called_out_of_his_house() -> None:
    desk = scene(dangers={OTHER: Safety.DANGER})
    level(desk, 6.2)
    for n in range(1, 5):
        desk.tick(AT + n * MINUTE)
    assert {s.worker for t in desk.book().tasks.values() for s in t.sent} == {"W1", "W2"}


def test_a_worker_out_where_it_turns_dangerous_is_called_back() -> None:
    desk = scene()
    level(desk, 6.2)
    desk.said("W1", Says.ARRIVED, by="W1", at=AT + 2 * MINUTE, now=AT + 2 * MINUTE)
    desk.dangers.verdicts[VILLAGE] = Safety.DANGER  # type: ignore[attr-defined]
    assert [a.about for a in desk.tick(AT + 3 * MINUTE)] == [Kind.RECALL]
    assert desk.tick(AT + 4 * MINUTE) == []


def test_silence_out_there_and_no_return_are_alarms_until_counted_in() -> None:
    desk = scene()
    level(desk, 6.2)
    desk.said("W1", Says.ARRIVED, by="W1", at=AT + 2 * MINUTE, now=AT + 2 * MINUTE)
    desk.room(
        next(t.id for t in desk.book().tasks.values() if t.room),
        Decision.TAKEN,
        by="室",
        words="",
        at=AT,
        now=AT,
    )
    assert [a.about for a in desk.tick(AT + 22 * MINUTE) if a.about != Kind.SENSOR_SILENT] == [Kind.NO_WORD]
    assert [a.about for a in desk.tick(AT + 60 * MINUTE) if a.about != Kind.SENSOR_SILENT] == [Kind.NOT_BACK]
    kinds = {a.kind for a in open_alarms(desk.book())}
    assert {Kind.NO_WORD, Kind.NOT_BACK} <= kinds
    desk.said("W1", Says.BACK, by="W1", at=AT + 62 * MINUTE, now=AT + 62 * MINUTE)
    kinds = {a.kind for a in open_alarms(desk.book())}
    assert not {Kind.NO_WORD, Kind.NOT_BACK} & kinds


def test_the_same_reading_again_changes_nothing_and_a_graver_one_asks_anew() -> None:
    desk = scene()
    assert level(desk, 5.2).candidates[0].tier == Tier.YELLOW
    head = desk.log.head()
    assert level(desk, 5.2).known
    assert desk.log.head() == head
    assert level(desk, 5.3, minute=5).candidates == ()
    worse = level(desk, 7.1, minute=10)
    assert [c.tier for c in worse.candidates] == [Tier.RED]
    assert worse.sent == ()  # somebody is called there already
    assert level(desk, 4.6, minute=15).candidates == ()  # nothing comes down by itself


def test_a_gauge_without_levels_gives_a_grey_candidate_and_its_tasks() -> None:
    desk = scene()
    found = level(desk, 3.0, source="G3")
    assert found.candidates[0].tier is None
    assert "等级未知" in found.candidates[0].words
    assert {t.room for t in desk.book().open_tasks()} == {True, False}
    assert level(desk, 3.1, source="G3", minute=5).candidates == ()


def test_a_camera_is_a_claim_with_its_author_and_never_confirmed_by_itself() -> None:
    desk = scene()
    event = camera_event("C1", AT, "漫堤", by="算法v3", tier=Tier.RED)
    (candidate,) = desk.observe([event], now=AT)[0].candidates
    assert candidate.claimed
    assert candidate.by == "算法v3"
    assert "未经核实" in candidate.flags[0]
    assert raising(desk.book()) == ()
    room = next(t for t in desk.book().open_tasks() if t.room)
    desk.room(room.id[:8], Decision.CONFIRMED, by="值班李四", words="视频复核", at=AT, now=AT)
    assert [r.tier for r in raising(desk.book())] == [Tier.RED]
    with pytest.raises(ConflictError, match="decided already"):
        desk.room(room.id[:8], Decision.DISMISSED, by="值班李四", words="", at=AT + MINUTE, now=AT + MINUTE)


def test_a_silent_sensor_and_a_room_that_does_not_answer_are_alarms() -> None:
    desk = scene()
    level(desk, 6.2)
    found = desk.tick(AT + 16 * MINUTE)
    about = {(a.about, a.subject) for a in found if isinstance(a, ev.Alarmed)}
    assert (Kind.SENSOR_SILENT, "G1") in about
    assert (Kind.SENSOR_SILENT, "G2") in about  # entered, and never heard of
    assert (Kind.ROOM_LATE, "G1") in about
    level(desk, 4.0, minute=17)
    assert {a.subject for a in open_alarms(desk.book()) if a.kind is Kind.SENSOR_SILENT} == {
        "G2",
        "G3",
    }


def test_a_village_silent_for_half_an_hour_of_response_is_an_alarm_with_what_was_last_heard() -> None:
    desk = scene()
    desk.heard(VILLAGE, "radio", by="室", at=AT, now=AT)
    assert silent_villages(desk.book(), desk.rules, now=AT + 40 * MINUTE) == ()  # no response, no watch
    desk.watch("330902", begins=True, by="室", reason="Ⅱ级响应", at=AT, now=AT)
    desk.heard(VILLAGE, "satellite", by="室", at=AT + 5 * MINUTE, now=AT + 5 * MINUTE)
    alarms = [a for a in desk.tick(AT + 31 * MINUTE) if a.about == Kind.VILLAGE_SILENT]
    assert [a.subject for a in alarms] == [OTHER]
    alarms = [a for a in desk.tick(AT + 35 * MINUTE) if a.about == Kind.VILLAGE_SILENT]
    assert [a.subject for a in alarms] == [VILLAGE]
    assert "卫星电话" in alarms[0].words
    desk.heard(OTHER, "paper", by="室", at=AT + 20 * MINUTE, now=AT + 36 * MINUTE)  # paper, entered later
    silent = {v.code for v in silent_villages(desk.book(), desk.rules, now=AT + 36 * MINUTE)}
    assert silent == {VILLAGE}
    desk.watch("330902", begins=False, by="室", reason="结束", at=AT + 37 * MINUTE, now=AT + 37 * MINUTE)
    assert not [a for a in open_alarms(desk.book()) if a.kind is Kind.VILLAGE_SILENT]


def test_a_turn_of_duty_ends_and_is_handed_over() -> None:
    desk = scene()
    late = AT + timedelta(hours=11, minutes=30)  # on duty for 12.5 h
    assert {a.subject for a in desk.tick(late) if isinstance(a, ev.Alarmed) and a.about == Kind.DUTY_LONG} == {w.number for w in WORKERS}  # fmt: skip
    level(desk, 6.2, minute=690)
    assert not [s for t in desk.book().tasks.values() for s in t.sent]  # nobody whose turn is over is sent
    desk.hand_over("W2", "W1", by="室", at=late, now=late)
    assert desk.book().standing["W2"].duty_from is None
    with pytest.raises(ConflictError, match="oneself"):
        desk.hand_over("W1", "W1", by="室", at=late, now=late)


def test_no_name_or_telephone_stands_in_the_log() -> None:
    desk = scene()
    level(desk, 6.2)
    text = b"".join(e.body for e in desk.log.after(0)).decode()
    for worker in WORKERS:
        assert private(worker).name not in text
        assert private(worker).phone not in text


def test_what_was_refused_leaves_nothing_in_the_book() -> None:
    desk = scene()
    head = desk.log.head()
    with pytest.raises(ConflictError, match="no register"):
        desk.observe([reading("G1", AT, 7.5, by="G1"), reading("nobody", AT, 1.0, by="x")], now=AT)
    assert desk.log.head() == head
    assert list(desk.book().open_tasks()) == []
    assert desk.book().workers.keys() == {w.number for w in WORKERS}
    with pytest.raises(ConflictError, match="no such village"):
        desk.heard("330902001999", "radio", by="室", at=AT, now=AT)


def test_two_desks_on_one_log_send_nobody_twice() -> None:
    log = MemoryBodyLog()
    one = scene(log=log)
    two = FieldDesk(log, dangers=one.dangers)
    level(one, 6.2)
    assert [r.kind for r in two.tick(AT + MINUTE)] == ["alarmed", "sent"]
    assert one.tick(AT + MINUTE) == []
    one.verify()


def test_what_the_room_dismissed_calls_nobody_any_more_unless_a_graver_one_is_open() -> None:
    desk = scene(dangers={VILLAGE: Safety.UNKNOWN})
    level(desk, 5.2)
    level(desk, 6.5, minute=5)
    rooms = [t.id for t in desk.book().tasks.values() if t.room]
    late = AT + 6 * MINUTE
    desk.room(rooms[0], Decision.DISMISSED, by="室", words="", at=late, now=late)
    assert any(not t.room for t in desk.book().open_tasks())
    desk.room(rooms[1], Decision.DISMISSED, by="室", words="", at=late, now=late)
    assert list(desk.book().open_tasks()) == []
