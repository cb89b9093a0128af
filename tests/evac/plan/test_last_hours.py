"""Last safe hours tighten a plan: nobody on the way in gusts, water or the dark, and the reason stands on every paper."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from evac.field.danger import RunDangers, Spot
from evac.field.leaving import RunLastHours
from evac.field.rules import field_rules
from evac.model import Category
from evac.plan.last_hours import LastHour
from evac.plan.roster import Move, make_plan
from evac.plan.tables import moves_csv, read_moves
from evac.plan.ties import Place
from evac.plan.zones import Zone
from evac.prints.village_cards import card_csv, village_cards
from riskmap.outlook import BEIJING
from riskmap.scale import Tier
from tests.evac.plan.crowds import SOUTH, STEP, WEST
from tests.evac.plan.planned import assessed, at, calm, people, row
from tests.factories import ISSUED_AT, make_assessment

VILLAGE = "330902001201"
PLACES = {VILLAGE: Place(WEST, SOUTH)}


class At:
    """One hour for everybody."""

    def __init__(self, hour: datetime) -> None:
        self.hour = LastHour(hour.timestamp(), "天黑", "dark")

    def before(self, region: str, arrival: float) -> LastHour | None:
        del region
        return self.hour if self.hour.until < arrival else None

    def after(self, region: str, arrival: float) -> float:
        del region
        return self.hour.until if self.hour.until >= arrival else inf


def slope(hours: int | None, tier: Tier = Tier.RED) -> Zone:
    box = shapely.box(WEST - STEP, SOUTH - STEP, WEST + STEP, SOUTH + STEP)
    onset = None if hours is None else ISSUED_AT + timedelta(hours=hours)
    return Zone("outline:1", "坡", "landslide", tier, "330902", onset, None, "x", "x", named=True, outline=box)  # fmt: skip


def move(hours: int | None, last: Any, tier: Tier = Tier.RED) -> Move:
    rows = people(row(1, category=Category.LANDSLIDE.value))
    plan = make_plan(
        calm(), rows, at=at(), outlines=(slope(hours, tier),), places=PLACES, prefix="330902", last_hours=last
    )
    (found,) = [m for m in plan if m.household]
    return found


def test_the_way_ends_before_the_last_safe_hour() -> None:
    dark = ISSUED_AT + timedelta(hours=6)
    free, held = move(20, None), move(20, At(dark))
    assert free.latest_departure == ISSUED_AT + timedelta(hours=20, minutes=-45 - 120)
    assert held.latest_departure == dark - timedelta(minutes=45)
    assert held.last_hour is not None
    assert held.last_hour.chinese == "天黑"
    early = move(5, At(dark))  # the slope itself is sooner
    assert (early.last_hour, early.latest_departure) == (None, move(5, None).latest_departure)


@settings(max_examples=40, deadline=None)
@given(st.integers(-5, 60), st.integers(-5, 60), st.sampled_from([Tier.ORANGE, Tier.RED]))
def test_no_departure_is_later_than_the_danger_or_the_last_hour_asks(
    onset: int, last: int, tier: Tier
) -> None:
    hour = ISSUED_AT + timedelta(hours=last)
    free, held = move(onset, None, tier), move(onset, At(hour), tier)
    assert held.latest_departure is not None
    assert free.latest_departure is not None
    way = timedelta(minutes=45)
    assert held.latest_departure == min(free.latest_departure, hour - way)
    assert (held.last_hour is None) == (max(free.latest_departure, at()) <= hour - way)
    assert (held.step, held.codes) == (free.step, free.codes)
    assert (free.no_departure_after, held.no_departure_after) == (None, hour - way)


@pytest.mark.parametrize(("last", "kept"), [(0.7, False), (0.8, True)])
def test_whoever_goes_at_once_and_arrives_too_late_is_told_the_hour(last: float, kept: bool) -> None:
    hour = At(ISSUED_AT + timedelta(hours=last))  # the way takes three quarters of an hour
    for onset in (1, None):  # its departure is before the plan's clock, or nobody knows when it begins
        free, held = move(onset, None), move(onset, hour)
        assert held.latest_departure == free.latest_departure
        assert (held.last_hour is None) == kept


def hours_of(assessment: Any, when: datetime) -> RunLastHours:
    return RunLastHours(RunDangers(assessment, field_rules()), PLACES, at=when)


def beijing_hour(hour: LastHour | None) -> str:
    assert hour is not None
    return f"{datetime.fromtimestamp(hour.until, UTC).astimezone(BEIJING):%m-%d %H:%M}"


def test_dark_tightens_what_would_end_in_the_dark_and_nothing_else() -> None:
    stormy = make_assessment(16)
    quiet = replace(stormy, table=stormy.table.assign({n: stormy.table[n] * 0 for n in ("tier", "maximum")}))
    hours = hours_of(quiet, datetime(2021, 7, 24, 13, tzinfo=BEIJING))
    night, morning = (datetime(2021, 7, 25, h, tzinfo=BEIJING) for h in (2, 9))
    dusk = hours.before(VILLAGE, night.timestamp())
    assert beijing_hour(dusk).startswith("07-24 18:")
    assert dusk is not None
    assert dusk.chinese.startswith("天黑,最后安全时")
    assert hours.before(VILLAGE, morning.timestamp()) is None
    # no daylight is left: an hour that has passed helps nobody
    late = hours_of(quiet, datetime(2021, 7, 24, 21, tzinfo=BEIJING))
    assert late.before(VILLAGE, night.timestamp()) is None
    # who goes at night may go till the next sunset, and who goes at noon till this one
    for due in (night, morning - timedelta(hours=6)):
        until = datetime.fromtimestamp(late.after(VILLAGE, due.timestamp()), BEIJING)
        assert f"{until:%d %H}" == "25 18"
    until = datetime.fromtimestamp(hours.after(VILLAGE, night.timestamp() - 12 * 3600), BEIJING)
    assert f"{until:%d %H}" == "24 18"
    # a village whose point is not known has the sunset of its county
    assert hours.before("330903001201", night.timestamp()) is not None
    assert hours.before("999999", night.timestamp()) is None


def test_gusts_of_force_ten_close_the_way_from_their_first_hour_on() -> None:
    assessment = assessed()
    when = assessment.valid_at[0]
    hours = hours_of(assessment, when)
    far = (assessment.valid_at[-1] + timedelta(days=2)).replace(hour=4)
    hour = hours.before(VILLAGE, far.timestamp())
    assert hour is not None
    assert "阵风10级" in hour.chinese
    gusts = RunDangers(assessment, field_rules()).gusts(Spot(VILLAGE, WEST, SOUTH))
    first = int(np.argmax(gusts == 2))
    assert hour.until == max(assessment.valid_at[max(first - 1, 0)], when).timestamp()
    if first == 0:
        assert "已过" in hour.chinese


def test_the_reason_stands_in_the_table_and_on_the_card_and_older_tables_are_read() -> None:
    held = move(20, At(ISSUED_AT + timedelta(hours=6)))
    text = "".join(moves_csv([held]))
    lines = text.splitlines(keepends=True)
    (told,) = csv.DictReader(line.removeprefix("\ufeff") for line in lines)
    assert told["last_hour_why"] == "天黑"
    (card,) = village_cards([told], [], shelters={}, names={})
    assert card.rows[0].last_hour == "天黑"
    assert "天黑" in card_csv(card)
    older = [",".join(line.rstrip("\r\n").split(",")[:-3]) + "\n" for line in lines]
    assert read_moves(older, "moves.csv") == read_moves(lines, "moves.csv")


def test_a_clock_outside_the_run_is_an_error_that_the_plan_survives() -> None:
    from riskmap.errors import DataError

    with pytest.raises(DataError, match="does not cover"):
        hours_of(assessed(), ISSUED_AT + timedelta(days=30))
