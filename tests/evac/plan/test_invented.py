from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest

from evac.errors import CapacityError
from evac.model import Category, Shelter, Stay, Vulnerability
from evac.plan.assumptions import load_assumptions
from evac.plan.invented import (
    Roster,
    allot,
    category_weights,
    census_ratios,
    people_at_risk,
    place,
    synthetic_roster,
)
from riskmap.errors import ConfigError, DataError
from tests.factories import make_assessment

ASSESSMENT = make_assessment()
NUMBERS = load_assumptions()


@pytest.fixture(scope="module")
def roster() -> Roster:
    return synthetic_roster(ASSESSMENT, persons=3000, rng=random.Random(2))


def test_only_orange_and_red_counties_and_every_row_is_synthetic(roster: Roster) -> None:
    assert (
        {r.code for r in roster.counties}
        == {p.county for p in roster.people}
        == set(people_at_risk(ASSESSMENT))
    )
    assert "330802" not in {p.county for p in roster.people}
    assert len(roster.people) == 3000
    assert all(
        p.synthetic and p.name.startswith("演练") and p.village_name.startswith("演练") for p in roster.people
    )
    assert all(s.synthetic and "演练" in s.name for s in roster.shelters)
    assert len({p.code for p in roster.people}) == 3000


def test_shares_follow_their_sources(roster: Roster) -> None:
    homes = Counter(p.household for p in roster.people)
    assert set(homes.values()) <= set(range(1, 7))
    ratio = census_ratios()["330902"].household
    assert sum(homes.values()) / len(homes) == pytest.approx(ratio, rel=0.08)
    on_land = [p for p in roster.people if p.destination.stay is not Stay.ASHORE]
    dispersed = sum(p.destination.stay is Stay.RELATIVES for p in on_land) / len(on_land)
    assert dispersed == pytest.approx(664 / (538 + 664), abs=0.05)
    assert sum(p.printed for p in roster.people) / 3000 == pytest.approx(0.94, abs=0.02)
    ashore = {Category.FISHING_CREW, Category.FISH_FARM}
    assert all((p.category in ashore) == (p.destination.stay is Stay.ASHORE) for p in roster.people)
    assert any(Vulnerability.ALONE_AND_AGED in p.vulnerability for p in roster.people)
    assert all(bool(p.helper) == bool(p.vulnerability) for p in roster.people)


def test_shelters_hold_those_who_are_to_come(roster: Roster) -> None:
    bound = Counter(p.destination.place for p in roster.people if p.destination.stay is Stay.SHELTER)
    room = {s.shelter_id: s.capacity for s in roster.shelters}
    assert bound.keys() <= room.keys()
    assert all(n <= room[shelter] for shelter, n in bound.items())
    together = {(p.household, p.destination) for p in roster.people}
    assert len(together) == len({p.household for p in roster.people})


def test_no_room_is_an_error_that_names_the_household(roster: Roster) -> None:
    some = [p for p in roster.people if p.destination.stay is Stay.SHELTER][:50]
    with pytest.raises(CapacityError, match="household 3309"):
        place(some, [Shelter("S", "点", "330902", 10)])


def test_the_same_seed_gives_the_same_list(roster: Roster) -> None:
    assert synthetic_roster(ASSESSMENT, persons=3000, rng=random.Random(2)) == roster
    assert synthetic_roster(ASSESSMENT, persons=3000, rng=random.Random(3)) != roster


def test_nobody_at_risk_gives_an_empty_list() -> None:
    calm = make_assessment()
    calm.table["tier"].values[:] = 0
    assert synthetic_roster(calm, persons=10, rng=random.Random(1)) == Roster((), (), ())


def test_people_at_risk_fall_back_to_the_population() -> None:
    unknown = make_assessment()
    unknown.table["people"].values[:] = float("nan")
    found = people_at_risk(unknown)
    assert found["330902"] == unknown.region("330902").population
    nobody = replace(unknown, regions=tuple(replace(r, population=None) for r in unknown.regions))
    assert set(people_at_risk(nobody).values()) == {1.0}


def test_categories_follow_the_hazard_and_the_coast() -> None:
    wind = category_weights(ASSESSMENT, ASSESSMENT.region("330902"), NUMBERS)
    assert Category.FISHING_CREW in wind
    assert Category.FLASH_FLOOD not in wind
    wet = make_assessment()
    wet.table["tier"].loc[{"hazard": "rain", "region": "330802"}] = 4
    inland = category_weights(wet, wet.region("330802"), NUMBERS)
    assert Category.FLASH_FLOOD in inland
    assert Category.FISHING_CREW not in inland


def test_shares_sum_to_the_total() -> None:
    assert sum(allot(20_000, [3.3, 0.1, 7.7, 1e-9])) == 20_000
    assert allot(5, []) == []
    with pytest.raises(DataError):
        synthetic_roster(ASSESSMENT, persons=0, rng=random.Random(1))


def test_an_assumption_without_a_source_is_refused(tmp_path) -> None:  # type: ignore[no-untyped-def]
    bad = tmp_path / "drill.toml"
    bad.write_text('[printed_share]\nvalue = 0.9\nunit = "1"\nstatus = "D"\n')
    with pytest.raises(ConfigError, match="printed_share"):
        load_assumptions(bad)
    assert all("(" in origin for origin in NUMBERS.origins.values())
