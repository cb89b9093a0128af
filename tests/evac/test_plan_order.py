"""The order of a plan states whom, by when and why then; what nobody knows stays a blank."""

from __future__ import annotations

import csv
import json
from datetime import timedelta
from math import inf
from pathlib import Path

import pytest
import shapely

from evac.model import Category
from evac.plan.last_hours import LastHour
from evac.plan.roster import make_plan
from evac.plan.tables import moves_csv
from evac.plan.ties import Place
from evac.plan.zones import Zone
from evac.plan_order import OrderOf, order_of
from evac.planning import MOVES, RECORD
from riskmap.errors import DataError
from riskmap.scale import Tier
from tests.evac.plan.crowds import SOUTH, STEP, WEST
from tests.evac.plan.planned import at, calm, people, row
from tests.factories import ISSUED_AT


class Dark:
    """Dark six hours after the plan."""

    def before(self, region: str, arrival: float) -> LastHour | None:
        del region
        until = (ISSUED_AT + timedelta(hours=6)).timestamp()
        return LastHour(until, "天黑", "dark") if until < arrival else None

    def after(self, region: str, arrival: float) -> float:
        del region
        until = (ISSUED_AT + timedelta(hours=6)).timestamp()
        return until if until >= arrival else inf


def written(folder: Path, *, onset: float) -> Path:
    """A plan of two households on a slope whose danger begins so many hours after it."""
    box = shapely.box(WEST - STEP, SOUTH - STEP, WEST + STEP, SOUTH + STEP)
    begins = ISSUED_AT + timedelta(hours=onset)
    zone = Zone("outline:1", "坡", "landslide", Tier.RED, "330902", begins, None, "x", "x", named=True, outline=box)  # fmt: skip
    rows = [row(n, household=str(n // 2), category=Category.LANDSLIDE.value) for n in range(4)]
    places = {"330902001201": Place(WEST, SOUTH)}
    made = make_plan(
        calm(), people(*rows), at=at(), outlines=(zone,), places=places, prefix="330902", last_hours=Dark()
    )
    (folder / MOVES).write_text("".join(moves_csv(made)), encoding="utf-8")
    (folder / RECORD).write_text(
        json.dumps({"event": "", "at": at().isoformat(), "issued_at": at().isoformat()}), encoding="utf-8"
    )
    return folder


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    return written(tmp_path, onset=20)


def order(plan: Path, hours: float, **more: object) -> OrderOf:
    return order_of(plan, "330902", now=at(hours), **more)  # type: ignore[arg-type]


def with_hours(plan: Path, changed: dict[str, str], *, one: bool = False) -> None:
    """The plan with other words in its rows, or in the first alone."""
    with (plan / MOVES).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for told in rows[:1] if one else rows:
        told |= changed
    with (plan / MOVES).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_the_last_safe_hour_sets_the_time_and_is_its_reason(plan: Path) -> None:
    found = order(plan, 1)
    assert found.finish_by == ISSUED_AT + timedelta(hours=6, minutes=-45)
    assert found.entries["finish_at"] == "2021-07-24 17:45"
    assert found.why == "最后安全时之前须走完路程:天黑"
    assert found.range == "立即转移2户(处)4人(地质灾害风险防范区),名单见转移方案"
    assert found.at_once == 0


def test_on_whoever_cannot_arrive_in_time_the_headquarters_decides(plan: Path) -> None:
    for hours in (5.5, 6, 9):  # the way takes three quarters of an hour
        found = order(plan, hours)
        assert (found.finish_by, found.at_once, found.too_late) == (None, 0, 2)
        assert (found.range, found.entries["finish_at"]) == ("", "")
        told = found.entries["finish_why"]
        assert "另有2户(处)最后安全时已过或赶不及,由指挥部决定" in told
        assert "天黑" in told
        assert "立即出发" not in told


def test_whose_danger_is_near_goes_at_once_and_after_the_last_departure_nobody_does(tmp_path: Path) -> None:
    near = written(
        tmp_path, onset=1
    )  # its latest departure is before the plan's clock, and the way is open for six hours
    for hours, at_once, too_late in ((0, 2, 0), (5, 2, 0), (5.25, 0, 2), (6, 0, 2), (30, 0, 2)):
        found = order(near, hours)
        assert (found.finish_by, found.at_once, found.too_late) == (None, at_once, too_late)
    told = order(near, 5.5).entries["finish_why"]
    assert "立即出发" not in told
    assert "2021-07-24 17:45以后出发" in told
    assert "另有2户(处)最后安全时已过或赶不及,由指挥部决定" in told


def test_where_no_last_hour_is_known_one_goes_at_once_beside_who_is_too_late(plan: Path) -> None:
    nothing = dict.fromkeys(("last_hour", "last_hour_why", "last_hour_why_english", "no_departure_after"), "")
    with_hours(plan, nothing, one=True)
    found = order(plan, 6)
    assert (found.finish_by, found.at_once, found.too_late) == (None, 1, 1)
    assert found.range.startswith("立即转移1户(处)2人")
    told = found.entries["finish_why"]
    assert "其中1户(处)须立即出发;另有1户(处)最后安全时已过或赶不及,由指挥部决定" in told


def test_a_plan_without_the_column_is_refused_once_its_clock_is_past(plan: Path) -> None:
    with (plan / MOVES).open(encoding="utf-8-sig", newline="") as file:
        rows = [line[:-1] for line in csv.reader(file)]
    with (plan / MOVES).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    assert order(plan, 0).finish_by == ISSUED_AT + timedelta(hours=6, minutes=-45)
    with pytest.raises(DataError, match="until when people may still set out"):
        order(plan, 1)


def test_a_line_that_was_cut_off_and_a_time_without_offset_are_said_to_be_no_move(plan: Path) -> None:
    whole = (plan / MOVES).read_text(encoding="utf-8")
    (plan / MOVES).write_text(whole[: whole.rindex("330902") - 40], encoding="utf-8")
    with pytest.raises(DataError, match="no move"):
        order(plan, 1)
    (plan / MOVES).write_text(whole, encoding="utf-8")
    with_hours(plan, {"latest_departure": "2021-07-24T17:45:00"})
    with pytest.raises(DataError, match="without its offset"):
        order(plan, 1)


def test_nobody_to_move_is_no_order(plan: Path) -> None:
    with pytest.raises(DataError, match="asks nobody"):
        order(plan, 1, categories=("fishing_crew",))
    (plan / MOVES).write_text("order,step\n1,run\n", encoding="utf-8")
    with pytest.raises(DataError, match="no move"):
        order(plan, 1)
