"""Who must move: nobody of a severe zone is left out, grey is checked, households go together, the weak go first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evac.model import Category, State, Vulnerability
from evac.plan.households import AWAY_STATES, GONE
from evac.plan.modelled import Basis
from evac.plan.registered import NO_COUNTY
from evac.plan.roster import TransferPlan, make_plan
from evac.plan.tables import moves_csv, plan_totals, read_moves
from evac.plan.ties import Place
from evac.plan.transfer_rules import transfer_rules
from evac.plan.zones import MoveStep, region_tiers
from evac.roster_row import RosterRow
from riskmap.errors import DataError
from riskmap.scale import Tier
from riskmap.standing import advance
from tests.evac.plan.planned import VILLAGES, assessed, at, calm, people, row, shuffled, slope
from tests.factories import ISSUED_AT

RULES = transfer_rules()


def planned(*rows: RosterRow, **said: object) -> TransferPlan:
    given_: dict[str, object] = {"at": at(), "prefix": "3309"}
    assessment = said.pop("assessment", None) or assessed()
    return make_plan(assessment, people(*rows), **(given_ | said))  # type: ignore[arg-type]


def by_household(plan: TransferPlan) -> dict[str, object]:
    return {move.household: move for move in plan if move.basis is Basis.REGISTER}


def test_red_moves_orange_prepares_and_green_stays() -> None:
    assessment = assessed()
    worst = region_tiers(assessment)[0].max(axis=0).tolist()
    assert worst == [4, 4, 3, 3, 0, 0]  # the factory's: two red, two orange, two green counties
    rows = [
        row(n, county=code, village=f"{code}001201") for n, code in enumerate(("330902", "330921", "330802"))
    ]
    plan = planned(*rows, assessment=assessment, prefix="")
    steps = {m.county: m.step for m in plan if m.basis is Basis.REGISTER}
    assert steps == {"330902": MoveStep.MOVE, "330921": MoveStep.PREPARE}


def test_whose_danger_has_no_data_is_checked_and_never_safe() -> None:
    # storm tides lack their warning levels, and Quzhou is green by everything that is known
    rows = [
        row(1, county="330802", village="330802001201", category=Category.OUTSIDE_SEA_WALL.value),
        row(2, county="330802", village="330802001201", category=Category.DANGEROUS_HOUSE.value),
        row(3, county="339999", village="339999001201", category=Category.DANGEROUS_HOUSE.value),
    ]
    found = by_household(planned(*rows, prefix=""))
    assert set(found) == {"1", "3"}
    assert {m.step for m in found.values()} == {MoveStep.CHECK}
    assert "不等于安全" in found["3"].why


def test_a_household_moves_together_for_the_worst_of_its_members() -> None:
    rows = [
        row(1, household="甲", category=Category.OTHER.value),
        row(2, household="甲", category=Category.LANDSLIDE.value, weak="disabled"),
        row(3, household="乙", category=Category.LANDSLIDE.value, county="330802", village="330802001201"),
    ]
    assessment = replace(assessed(slope("后山", Tier.RED)), lacking={})
    found = by_household(planned(*rows, assessment=assessment, prefix=""))
    assert found["甲"].people == 2
    assert len(found["甲"].codes) == 2
    assert found["甲"].needs == (Vulnerability.DISABLED,)
    assert found["甲"].weak == 1
    assert found["甲"].key_household


def test_an_asset_reaches_its_village_and_not_the_next_one() -> None:
    rows = [
        row(1, category=Category.LANDSLIDE.value),
        row(2, category=Category.LANDSLIDE.value, village="330902001202"),
        row(3, category=Category.LANDSLIDE.value, village="330902000000"),  # nobody knows the village
    ]
    found = by_household(planned(*rows, assessment=replace(assessed(slope("后山", Tier.RED)), lacking={})))
    assert {key: move.step for key, move in found.items()} == {"1": MoveStep.MOVE, "3": MoveStep.MOVE}
    assert "后山" in found["1"].why


def test_an_asset_of_which_the_county_alone_is_known_reaches_everybody_not_known_to_be_elsewhere() -> None:
    near, far = Place(122.10, 30.00), Place(122.30, 30.00)
    assets = slope("后山", Tier.RED, region="330902", at=(122.105, 30.0))
    rows = [
        row(n, category=Category.LANDSLIDE.value, village=f"33090200120{n}", longitude=None)
        for n in (1, 2, 3)
    ]
    places = {"330902001201": near, "330902001202": far}
    assessment = replace(assessed(assets), lacking={})
    assert set(by_household(planned(*rows, assessment=assessment))) == {"1", "2", "3"}
    assert set(by_household(planned(*rows, assessment=assessment, places=places))) == {"1", "3"}
    # an own place says more than the village's
    own = [
        row(4, category=Category.LANDSLIDE.value, longitude=122.106, latitude=30.0),
        row(5, category=Category.LANDSLIDE.value, longitude=122.13, latitude=30.0),
    ]
    assert set(by_household(planned(*own, assessment=assessment, places=places))) == {"4"}


def test_a_published_tier_that_nobody_confirmed_down_still_moves_people() -> None:
    assessment = calm()
    before = advance(None, {("wind", "330902"): 4}, event="2106", issued_at=at(-6))
    standing = advance(before, {("wind", "330902"): 0}, event="2106", issued_at=ISSUED_AT)
    move = by_household(planned(row(1), assessment=replace(assessment, standing=standing)))["1"]
    assert (move.step, move.latest_departure) == (MoveStep.MOVE, None)
    assert "尚未经确认下调" in move.why


def test_hazards_that_meet_raise_their_county() -> None:
    assessment = assessed()
    everywhere = np.ones(assessment.table["tier"].shape[1:], np.bool_)
    rows = [row(1, county="330921", village="330921001201")]
    assert by_household(planned(*rows))["1"].step is MoveStep.PREPARE
    raised = replace(assessment, raised=everywhere)
    assert by_household(planned(*rows, assessment=raised))["1"].step is MoveStep.MOVE


def test_a_county_that_one_asset_reddens_does_not_move_whole() -> None:
    # by its cells alone Quzhou is green; a red slope of one village is all that there is
    assessment = calm()
    table = assessment.table.copy(deep=True)
    codes = [region.code for region in assessment.regions]
    for name, value in (("tier", 4), ("asset", 0)):
        table[name].values[0, :, codes.index("330802")] = value
    asset = slope("风口", Tier.RED, region="330802001201", hazard="wind")
    assessment = replace(assessment, table=table, assets=(asset,))
    rows = [row(n, county="330802", village=f"33080200120{n}") for n in (1, 2)]
    found = by_household(planned(*rows, assessment=assessment, prefix=""))
    # of the others no more is known than that their cells are below red
    assert {key: m.step for key, m in found.items()} == {"1": MoveStep.MOVE, "2": MoveStep.PREPARE}
    assert (found["1"].key_household, found["2"].key_household) == (True, False)


def test_a_border_stops_no_landslide() -> None:
    # a slope of Dinghai, 100 m from Putuo, whose squares meet at 121.4 E
    assessment = replace(assessed(slope("界坡", Tier.RED, region="330902", at=(121.399, 30.0))), lacking={})
    there = {"county": "330903", "category": Category.LANDSLIDE.value}
    rows = [
        row(1, village="330903001201", longitude=121.401, latitude=30.0, **there),
        row(2, village="330903001201", longitude=121.45, latitude=30.0, **there),
        row(3, village="330903001202", **there),  # of whom the county alone says where
    ]
    assert set(by_household(planned(*rows, assessment=assessment))) == {"1"}


def test_latest_departure_is_onset_less_travel_and_reserve() -> None:
    rows = [row(1), row(2, weak="ill"), row(3, category=Category.FISHING_CREW.value)]
    found = by_household(planned(*rows))
    onset = found["1"].onset
    assert onset is not None
    assert onset == ISSUED_AT + timedelta(hours=found["1"].zone.onset.hour - 4)
    house, crew = Category.DANGEROUS_HOUSE, Category.FISHING_CREW
    for name, category, weak in (("1", house, False), ("2", house, True), ("3", crew, False)):
        before = RULES.travel(category, weak=weak) + RULES.reserve(category)
        assert found[name].latest_departure == onset - before
    told = by_household(planned(*rows, places={"330902001201": Place(122.1, 30.0, 10.0)}))
    assert told["1"].latest_departure == onset - timedelta(minutes=10) - RULES.reserve(house)


def test_who_moved_stays_and_a_green_turn_releases_nobody() -> None:
    rows = [
        row(1, state=State.SHELTERED), row(2, state=State.NOTIFIED), row(3, state=State.REGISTERED),
        row(4, state=State.RETURNED), row(5, state=State.WITHDRAWN), row(6, state=State.IN_TRANSIT),
        row(7, state=State.PREPARE), row(8, state=State.MISSING), row(9, state=State.RETURN_ALLOWED),
        row(10, state=State.DECEASED), row(11, state=State.EXEMPT),
    ]  # fmt: skip
    found = by_household(planned(*rows, assessment=calm()))
    assert {key: (m.step, m.held) for key, m in found.items()} == {
        "1": (MoveStep.AWAY, False), "2": (MoveStep.MOVE, True), "6": (MoveStep.MOVE, True),
        "7": (MoveStep.PREPARE, True), "8": (MoveStep.MOVE, True), "9": (MoveStep.AWAY, False),
    }  # fmt: skip
    assert found["1"].away == 1
    assert found["1"].people == 0
    # red again: who had gone home, or whose order was withdrawn, moves again
    again = by_household(planned(*rows))
    assert {key for key, m in again.items() if m.step is MoveStep.MOVE} == {"2", "3", "4", "5", "6", "7", "8"}
    assert again["9"].step is MoveStep.AWAY
    assert "10" not in again
    assert "11" not in again


def test_the_rest_of_a_household_follows_those_who_moved() -> None:
    rows = [row(1, household="甲", state=State.SHELTERED), row(2, household="甲")]
    move = by_household(planned(*rows))["甲"]
    assert (move.step, move.people, move.away, len(move.codes)) == (MoveStep.MOVE, 1, 1, 1)


def test_a_county_without_a_register_is_modelled_and_says_so() -> None:
    plan = planned(row(1), prefix="")
    modelled = [m for m in plan if m.modelled]
    # severe and no list of theirs; the last has no rain data, and nothing severe that is known
    assert {m.county: m.step for m in modelled} == {
        "330903": MoveStep.MOVE, "330921": MoveStep.PREPARE, "330922": MoveStep.PREPARE, "330803": MoveStep.CHECK,
    }  # fmt: skip
    assert next(m for m in modelled if m.county == "330803").people is None
    county = next(m for m in modelled if m.county == "330903")
    assert county.people == int(np.ceil(100_001 * 0.4 * RULES.share("wind")))
    assert "推算" in county.basis.chinese
    assert not county.codes
    assert all("推算" in line for line in "".join(moves_csv(plan)).splitlines() if ",modelled," in line)
    assert {t.basis for t in plan_totals(plan)} == {Basis.REGISTER, Basis.MODELLED}


def test_an_asset_whose_people_are_on_no_list_is_a_row_of_its_own() -> None:
    plan = planned(row(1), assessment=assessed(slope("后山", Tier.RED, region="330902001202", people=None)))
    block = next(m for m in plan if m.basis is Basis.ASSET)
    assert (block.step, block.people, block.zone.responsible) == (MoveStep.MOVE, None, "张三")
    assert sum(t.unknown for t in plan_totals(plan)) >= 1


def test_invented_assets_move_nobody() -> None:
    example = replace(slope("示例", Tier.RED), example=True)
    plan = planned(
        row(1, category=Category.LANDSLIDE.value), assessment=replace(assessed(example), lacking={})
    )
    assert not [m for m in plan if m.zone is not None and "示例" in m.zone.name]


def test_an_instant_without_its_offset_is_refused() -> None:
    with pytest.raises(DataError, match="offset"):
        planned(row(1), at=at().replace(tzinfo=None))


def test_who_has_no_county_is_checked_and_stops_nobody_else() -> None:
    odd = [row(1, county="", village=""), row(2, county="岱山", village=""), row(3)]
    found = by_household(planned(*odd, prefix=""))
    assert {key: (m.county, m.step) for key, m in found.items()} == {
        "1": (NO_COUNTY, MoveStep.CHECK), "2": (NO_COUNTY, MoveStep.CHECK), "3": ("330902", MoveStep.MOVE),
    }  # fmt: skip


def test_a_table_is_read_back_and_a_damaged_one_is_refused() -> None:
    plan = planned(row(1), row(2, household=""), row(3, state=State.SHELTERED), prefix="")
    lines = "".join(moves_csv(plan)).splitlines(keepends=True)
    assert {key: (e.step, e.people, e.away) for key, e in read_moves(lines, "x").items()} == {
        m.key: (m.step, m.people, m.away) for m in plan
    }
    with pytest.raises(DataError, match="line 2"):
        read_moves([lines[0], lines[1].replace("move_now", "fly")], "x")
    with pytest.raises(DataError, match="twice"):
        read_moves([*lines, lines[1]], "x")
    with pytest.raises(DataError, match="not the moves"):
        read_moves(["a,b\n"], "x")


ROWS = st.lists(
    st.builds(
        lambda number, home, village, category, weak, state: row(
            number, household=str(home), county=village[:6], village=village, category=category.value,
            weak=",".join(weak), state=state,
        ),
        st.integers(0, 10_000), st.integers(0, 6), st.sampled_from(VILLAGES), st.sampled_from(Category),
        st.lists(st.sampled_from([v.value for v in Vulnerability]), max_size=2, unique=True), st.sampled_from(State),
    ),
    max_size=25, unique_by=lambda r: r.code,
)  # fmt: skip
SEVERE = assessed(
    slope("红坡", Tier.RED), slope("橙坡", Tier.ORANGE, region="330802001201"), slope("灰坡", None, region="330803002202"),
    slope("迟坡", Tier.RED, region="330902001202", hours=30),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(ROWS, st.integers(0, 1000))
def test_a_plan_does_not_depend_on_the_order_of_reading(rows: list[RosterRow], seed: int) -> None:
    plans = [make_plan(SEVERE, people(*given_), at=at()) for given_ in (rows, shuffled(rows, seed))]
    assert list(plans[0]) == list(plans[1])


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_nobody_of_a_severe_zone_is_left_out(rows: list[RosterRow]) -> None:
    plan = make_plan(SEVERE, people(*rows), at=at())
    listed = {code: m for m in plan for code in m.codes}
    from evac.crockford import code_of_bytes

    wind = {"330902": 4, "330903": 4, "330921": 3, "330922": 3}
    for r in rows:
        severe = wind.get(r.county, 0) if "wind" in RULES.hazards(Category(r.category)) else 0
        if r.village in ("330902001201", "330902001202") and "landslide" in RULES.hazards(
            Category(r.category)
        ):
            severe = 4
        if r.village == "330802001201" and "landslide" in RULES.hazards(Category(r.category)):
            severe = max(severe, 3)
        if severe < 3 or r.state in AWAY_STATES | GONE:
            continue
        move = listed[code_of_bytes(r.code)]
        assert move.step.rank >= (3 if severe == 4 else 2)
        assert move.village == r.village


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_grey_is_checked_and_every_mover_stays_on_the_plan(rows: list[RosterRow]) -> None:
    plan = make_plan(SEVERE, people(*rows), at=at())
    listed = {m.key for m in plan}
    away = sum(m.away for m in plan)
    assert away == sum(r.state in AWAY_STATES for r in rows)
    for r in rows:
        own = set(RULES.own(Category(r.category)))
        grey = bool(own & set(SEVERE.lacking)) or r.county == "330803"
        if (grey or r.state in AWAY_STATES) and r.state not in GONE:
            assert f"{r.village}|{r.household}" in listed


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_key_and_weak_households_go_first_and_no_wave_waits_for_a_later_one(rows: list[RosterRow]) -> None:
    moves = list(make_plan(SEVERE, people(*rows), at=at()))
    assert [m.order for m in moves] == list(range(1, len(moves) + 1))
    span = timedelta(hours=RULES.numbers.share("wave_hours"))

    def wave(move: object) -> int:
        return 0 if move.latest_departure is None else max((move.latest_departure - at()) // span, 0)

    for before, after in pairwise(moves):
        assert before.step.rank >= after.step.rank
        if before.step is not after.step:
            continue
        assert wave(before) <= wave(after)
        if wave(before) == wave(after):
            assert before.key_household >= after.key_household
            if before.key_household == after.key_household:
                assert (before.weak > 0) >= (after.weak > 0)


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_people_are_conserved(rows: list[RosterRow]) -> None:
    plan = make_plan(SEVERE, people(*rows), at=at())
    codes = [code for m in plan for code in m.codes]
    assert len(codes) == len(set(codes))
    assert all(m.people == len(m.codes) for m in plan if m.basis is Basis.REGISTER)
    assert sum(t.people for t in plan_totals(plan)) == sum(m.people or 0 for m in plan)
