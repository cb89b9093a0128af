"""Laws that hold from the field of a hazard to the tier of a region."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from shapely.geometry import box

from riskmap.aggregate import fill_cells, residents
from riskmap.assessment import Assessment, combine, empty_table
from riskmap.compound import meeting
from riskmap.grid import Grid
from riskmap.io.rule_files import read_rules
from riskmap.levels import city_regions, roll_up
from riskmap.region import Region
from riskmap.rules import CompoundRule
from riskmap.scale import NO_DATA
from riskmap.severity import grade
from riskmap.zonal import zonal_weights

GRID = Grid.from_bounds(west=120.0, south=30.0, east=120.8, north=30.4, step=0.1)  # 4 x 8 cells
REGIONS = (
    Region("330902", "定海区", "3309", "舟山市", box(120.0, 30.0, 120.4, 30.4), 1000),
    Region("330903", "普陀区", "3309", "舟山市", box(120.35, 30.05, 120.8, 30.4), 2000),
    Region("330921", "岱山县", "3309", "舟山市", box(120.6, 29.8, 121.2, 30.4), None),
)
WEIGHTS = zonal_weights(REGIONS, GRID)
RULES = read_rules()
LAWS = settings(deadline=None, max_examples=80)
known = arrays(np.float32, GRID.shape, elements=st.floats(0, 60, width=32))
holes = arrays(bool, GRID.shape)


def tiers_of(hazard: str, field: np.ndarray) -> np.ndarray:
    """Tier of every region where each metric of the hazard has the same field."""
    rule = RULES[hazard]
    table = empty_table([hazard], [datetime(2021, 7, 24, tzinfo=UTC)], [r.code for r in REGIONS])
    cells = grade({m.variable: field for m in rule.metrics if m.cells and not m.station_levels}, rule)
    fill_cells(table, 0, 0, cells, rule, WEIGHTS, residents(REGIONS))
    return np.asarray(table["tier"].values[0, 0])


@pytest.mark.slow
@pytest.mark.parametrize("hazard", ["wind", "rain", "flash_flood", "landslide", "inundation", "waves"])
@LAWS
@given(field=known, more=known)
def test_more_hazard_anywhere_is_never_a_lower_tier(hazard: str, field: np.ndarray, more: np.ndarray) -> None:
    before, after = tiers_of(hazard, field), tiers_of(hazard, field + more)
    # a region partly outside the grid is grey below blue: unknown ranks below every warning, beside green
    assert (after >= before).all()


@LAWS
@given(field=known, hole=holes)
def test_losing_data_never_turns_a_region_green_nor_raises_it(field: np.ndarray, hole: np.ndarray) -> None:
    whole, holed = tiers_of("wind", field), tiers_of("wind", np.where(hole, np.float32(np.nan), field))
    assert (holed <= whole).all()
    assert ((holed != 0) | (whole == 0)).all()


@LAWS
@given(field=known, hole=holes, first=known, second=known)
def test_green_is_only_given_where_no_missing_value_could_change_it(
    field: np.ndarray, hole: np.ndarray, first: np.ndarray, second: np.ndarray
) -> None:
    green = tiers_of("wind", np.where(hole, np.float32(np.nan), field)) == 0
    for guess in (first, second, np.full(GRID.shape, 60, np.float32)):
        assert (tiers_of("wind", np.where(hole, guess, field))[green] == 0).all()


@LAWS
@given(field=known)
def test_a_region_partly_outside_the_grid_is_never_green(field: np.ndarray) -> None:
    assert tiers_of("wind", field)[2] != 0


@LAWS
@given(field=known, hole=holes)
def test_the_combined_tier_is_the_worst_hazard_or_grey(field: np.ndarray, hole: np.ndarray) -> None:
    holed = np.where(hole, np.float32(np.nan), field)
    parts = np.stack([tiers_of("wind", field), tiers_of("rain", holed)])
    found = combine(parts)
    assert (found[(parts > 0).any(axis=0)] == parts.max(axis=0)[(parts > 0).any(axis=0)]).all()
    assert (found[(parts == NO_DATA).any(axis=0) & (parts <= 0).all(axis=0)] == NO_DATA).all()


# --- all hazards together: cells, regions, the compound rule, and cities

HAZARDS = ("wind", "waves", "rain", "inundation")
SMALL = settings(deadline=None, max_examples=40)
fields = st.lists(known, min_size=len(HAZARDS), max_size=len(HAZARDS))


def combined(of: list[np.ndarray], *, lead: float = 0.0, compound: bool) -> tuple[np.ndarray, np.ndarray]:
    """Combined tiers of the counties and of their city, from a field a hazard."""
    rules = {name: RULES[name].at_lead(lead) or RULES[name] for name in HAZARDS}
    table = empty_table(HAZARDS, [datetime(2021, 7, 24, tzinfo=UTC)], [r.code for r in REGIONS])
    for n, (rule, field) in enumerate(zip(rules.values(), of, strict=True)):
        graded = grade({m.variable: field for m in rule.metrics if m.cells}, rule)
        fill_cells(table, n, 0, graded, rule, WEIGHTS, residents(REGIONS))
    whole = Assessment(datetime(2021, 7, 24, tzinfo=UTC), REGIONS, table, rules, {})
    whole = replace(whole, raised=meeting(whole, CompoundRule(enabled=compound)))
    return whole.combined[0], roll_up(whole, city_regions(REGIONS)).combined[0]


@pytest.mark.slow
@pytest.mark.parametrize("compound", [False, True])
@SMALL
@given(of=fields, more=known, which=st.integers(0, len(HAZARDS) - 1), lead=st.floats(0, 24))
def test_more_of_one_hazard_never_lowers_a_county_or_its_city(
    compound: bool, of: list[np.ndarray], more: np.ndarray, which: int, lead: float
) -> None:
    worse = [field + more if n == which else field for n, field in enumerate(of)]
    for before, after in zip(
        combined(of, lead=lead, compound=compound), combined(worse, lead=lead, compound=compound), strict=True
    ):
        assert (after >= before).all()


@pytest.mark.slow
@pytest.mark.parametrize("compound", [False, True])
@SMALL
@given(of=fields, hole=holes, which=st.integers(0, len(HAZARDS) - 1))
def test_less_known_never_makes_a_county_or_its_city_green_nor_worse(
    compound: bool, of: list[np.ndarray], hole: np.ndarray, which: int
) -> None:
    holed = [np.where(hole, np.float32(np.nan), f) if n == which else f for n, f in enumerate(of)]
    for before, after in zip(
        combined(of, compound=compound), combined(holed, compound=compound), strict=True
    ):
        assert (after <= before).all()
        assert not ((after == 0) & (before != 0)).any()


@SMALL
@given(of=fields)
def test_the_nearer_the_hour_the_higher_the_signal(of: list[np.ndarray]) -> None:
    signal = replace(RULES["wind"], mode="signal")
    found = []
    for lead in (24.0, 12.0, 6.0):
        rule = signal.at_lead(lead)
        assert rule is not None
        found.append(grade({m.variable: of[0] for m in rule.metrics}, rule).tiers())
    assert (found[0] <= found[1]).all()
    assert (found[1] <= found[2]).all()
    assert (found[2] == grade({m.variable: of[0] for m in signal.metrics}, signal).tiers()).all()
