"""Sensors: riskmap's own tiers and flags; what is wrong is said in the candidate, and nothing is dropped."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from evac.errors import ConflictError
from evac.field.book import FieldBook
from evac.field.intake import camera_event, read_observations, reading
from evac.field.sensors import candidates_of, grade
from evac.field.terms import Thing
from evac.field.turn import Outcome
from riskmap.errors import DataError
from riskmap.outlook import BEIJING
from riskmap.scale import Tier
from tests.evac.field.scene import AT, CAMERA, RAIN, RIVER, level, scene

MINUTE = timedelta(minutes=1)


def flags(outcome: Outcome) -> str:
    return ";".join(flag for candidate in outcome.candidates for flag in candidate.flags)


def test_a_spike_is_taken_at_its_word_and_the_doubt_is_said() -> None:
    desk = scene()
    level(desk, 3.0)
    found = level(desk, 7.5, minute=5)
    assert found.candidates[0].tier == Tier.RED
    assert "跳变" in flags(found)


def test_a_gauge_stuck_at_a_value_is_said() -> None:
    desk = scene()
    last = None
    for hour in range(26):
        last = level(desk, 5.5, minute=60 * hour)
        if last.candidates and hour:
            break
    assert last is not None
    assert "卡滞" in flags(last)
    assert last.candidates[0].tier == Tier.YELLOW


def test_two_values_of_one_instant_are_both_kept_and_the_second_is_flagged() -> None:
    desk = scene()
    level(desk, 5.2)
    found = level(desk, 6.2)
    assert "重复" in flags(found)
    assert len(desk.book().observed["G1"]) == 2


def test_out_of_order_and_late_readings_are_judged_at_their_own_time() -> None:
    desk = scene()
    level(desk, 4.0, minute=30)
    found = level(desk, 6.3, minute=5, received=40)
    assert found.candidates[0].tier == Tier.ORANGE
    assert "迟报" in flags(found)
    assert "乱序" in flags(found)


@pytest.mark.parametrize("off", [timedelta(days=1), timedelta(hours=8), timedelta(days=-1)])
def test_a_clock_that_is_off_is_said_and_never_hides_the_value(off: timedelta) -> None:
    desk = scene()
    (found,) = desk.observe([reading("G1", AT + off, 7.2, by="G1")], now=AT)
    assert found.candidates[0].tier == Tier.RED
    assert ("时间错位" if off > timedelta() else "迟报") in flags(found)
    last = desk.book().last_reading("G1")
    assert last is not None
    assert last <= AT


def test_impossible_values_are_said_and_grey_ones_have_a_task_all_the_same() -> None:
    desk = scene()
    found = level(desk, 630.0)  # centimetres
    assert "越界" in flags(found)
    assert any(task.room for task in desk.book().open_tasks())
    quiet = scene()
    out = level(quiet, -3.0)
    assert out.candidates[0].tier is None
    assert "越界" in flags(out)


def test_rain_is_summed_over_riskmaps_own_windows() -> None:
    desk = scene()
    for n in range(12):
        outcome = level(desk, 8.0, minute=5 * n, source="G2")
    tiers = {c.hazard: c.tier for c in desk.book().candidates.values()}
    assert tiers["flash_flood"] == Tier.RED  # 96 mm in an hour
    assert {c.hazard for c in desk.book().candidates.values()} >= {"rain", "flash_flood"}
    assert outcome is not None
    workers = [t for t in desk.book().tasks.values() if not t.room]
    assert len(workers) == 1  # one goes there, whatever it is called


def test_a_calm_reading_asks_nobody() -> None:
    desk = scene()
    assert level(desk, 3.0).candidates == ()
    assert list(desk.book().open_tasks()) == []
    graded = grade(
        RIVER,
        (AT + MINUTE, 3.0),
        desk.book().readings("G1", before=AT),
        received_at=AT + MINUTE,
        rules=desk.rules,
    )
    assert graded.calm
    assert candidates_of(RIVER, reading("G1", AT, 3.0, by="G1"), graded, received_at=AT) == ()


def test_a_value_for_a_camera_and_an_event_for_a_gauge_are_refused() -> None:
    desk = scene()
    for wrong in (reading("C1", AT, 3.0, by="x"), camera_event("G1", AT, "漫堤", by="x")):
        with pytest.raises(ConflictError, match="another kind"):
            desk.observe([wrong], now=AT)


def book() -> FieldBook:
    return scene().book()


def test_readings_and_events_are_read_from_csv_and_json_and_wrong_rows_are_named() -> None:
    rows = "id,time,value,units\nG1,2021-07-25T10:00:00+08:00,6.2,m\nG1,2021-07-25T10:05:00+08:00,631,cm\nG9,2021-07-25T10:00:00+08:00,1,m\nG2,gestern,1,mm\n"
    found = read_observations(rows, book(), where="a.csv", by="站")
    assert [(o.source, o.value) for o in found.observed] == [("G1", 6.2), ("G1", 6.31)]
    assert len(found.problems) == 2
    assert "G9" in str(found.problems[0])
    events = "id,time,event,tier,by\nC1,2021-07-25T10:00,漫堤,红,算法v3\nC9,2021-07-25T10:00,漫堤,红,x\nC1,2021-07-25T10:00,漫堤,紫,x\n"
    found = read_observations(events, book(), where="b.csv", by="站", zone=BEIJING)
    assert [(o.source, o.event, o.tier, o.by, o.at) for o in found.observed] == [
        ("C1", "漫堤", 4, "算法v3", AT)
    ]
    assert len(found.problems) == 2
    text = '{"readings": [{"id": "G2", "time": "2021-07-25T10:00:00+08:00", "value": 8, "units": "mm"}], "events": [{"id": "C1", "time": "2021-07-25T10:00:00+08:00", "event": "涉水", "by": "李四"}]}'
    found = read_observations(text, book(), where="c.json", by="站")
    assert {o.source for o in found.observed} == {"G2", "C1"}
    assert found.problems == ()


@pytest.mark.parametrize(
    "text", ["", "[1", "{", '{"events": 3}', "a,b\n1,2\n", "id,event\nC1,x\n", "\x00\x01"]
)
def test_what_is_no_table_is_refused_with_a_reason(text: str) -> None:
    try:
        found = read_observations(text, book(), where="x", by="站")
    except DataError as error:
        assert str(error)  # noqa: PT017
    else:
        assert found.observed == ()


def test_the_same_reading_by_two_ways_has_one_id() -> None:
    one = reading("G1", AT, 6.2, by="站")
    two = reading("G1", AT.astimezone(BEIJING), 6.2, by="U盘")
    assert one.id == two.id
    assert one.id != reading("G1", AT, 6.21, by="站").id


def test_the_register_of_the_scene_is_whole() -> None:
    held = book()
    assert held.gauges["G2"] == RAIN
    assert held.cameras["C1"] == CAMERA
    assert isinstance(held.entered_at[Thing.GAUGE, "G1"], datetime)
