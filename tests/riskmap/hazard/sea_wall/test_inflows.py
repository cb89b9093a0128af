"""Water over walls and through breaches, and that all of it arrives on the land behind."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from riskmap.errors import ConfigError, DataError
from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.hazard.inundation import Flow, make_ground, place_inflows
from riskmap.hazard.inundation.cases import advance
from riskmap.hazard.sea_wall import (
    Breach,
    BreachRule,
    assess_sections,
    breach_start,
    overflow,
    places_behind,
    section_inflow,
    wall_inflows,
)
from riskmap.hazard.sea_wall.inflows import total_volume
from riskmap.io.breach_rule import read_breach_rule
from riskmap.io.sea_walls import read_sea_walls
from riskmap.rules import STATUSES

HOURS = np.datetime64("2021-07-25T00", "s") + np.arange(6) * np.timedelta64(3600, "s")
START = datetime(2021, 7, 25, tzinfo=UTC)
TABLE = """code,name,region,crest_m,height_datum,toe_m,lon,lat,facing_deg,length_m
A,甲塘,330902,5.0,1985,0.0,122.005,30.005,90,400
B,乙塘,330902,9.0,1985,0.0,122.005,30.005,90,50
"""
RULE = BreachRule(head=0.0, head_hours=2.0, discharge=0.2, discharge_hours=3.0, width=100.0, depth_share=0.6)
GRAVITY_HEAD = 0.54 * np.sqrt(9.80665)


@pytest.fixture
def walls(tmp_path: Path) -> xr.Dataset:
    path = tmp_path / "walls.csv"
    path.write_text(TABLE, encoding="utf-8")
    return read_sea_walls(path)


def still(walls: xr.Dataset, *levels: float, breaches: tuple[Breach, ...] = ()) -> xr.Dataset:
    """Sections in water without waves."""
    n = len(levels)
    labels = {"time": HOURS[:n], "section": ["A", "B"]}
    water = xr.DataArray(
        np.repeat(np.array(levels)[:, None], 2, axis=1), dims=("time", "section"), coords=labels,
        attrs={"height_datum": "1985"},
    )  # fmt: skip
    calm = {
        name: (("time", "section"), np.zeros((n, 2)))
        for name in ("significant_wave_height", "peak_period", "wave_from")
    }
    return assess_sections(walls, water, xr.Dataset(calm, coords=labels), breaches=breaches)


def test_a_wall_under_water_is_a_broad_crested_weir(walls: xr.Dataset) -> None:
    """q = 0.54 sqrt(g h^3) L at 0.5 m over 400 m."""
    found = wall_inflows(walls, still(walls, 4.0, 5.5, 5.5, 4.0))
    weir = GRAVITY_HEAD * 0.5**1.5 * 400.0
    assert found.hydrographs["A"].discharge == pytest.approx((0.0, weir, weir, 0.0), rel=1e-3)
    assert found.hydrographs["B"].discharge == (0.0,) * 4
    assert total_volume([found.hydrographs["A"]]) == pytest.approx(2 * 3600.0 * weir, rel=1e-3)
    assert found.breaches == found.lacking == ()


def test_its_volume_is_the_section_s(walls: xr.Dataset) -> None:
    seen = Breach("A", HOURS[2], 50.0, 2.0)
    graded = still(walls, 4.0, 5.2, 5.6, 5.3, 4.1, breaches=(seen,))
    found = wall_inflows(walls, graded, rule=RULE)
    assert total_volume([found.hydrographs["A"]]) == pytest.approx(
        float(graded["inflow_volume"].sel(section="A")[-1]), rel=1e-12
    )
    assert found.breaches == ()  # one was seen: none is assumed beside it


def test_a_wall_that_is_overrun_for_long_enough_breaches_and_stays_so(walls: xr.Dataset) -> None:
    levels = (4.0, 5.1, 5.2, 5.1, 4.5, 1.0)
    found = wall_inflows(walls, still(walls, *levels), rule=RULE)
    (breach,) = found.breaches
    assert (breach.section, breach.since, breach.width, breach.bottom) == ("A", HOURS[3], 100.0, 2.0)
    flow = np.array(found.hydrographs["A"].discharge)
    before = section_inflow(overflow(5.0 - np.array(levels)), 400.0)
    np.testing.assert_allclose(flow[:3], before[:3])
    assert flow[3] == pytest.approx(
        300.0 * GRAVITY_HEAD * 0.1**1.5 + 100.0 * GRAVITY_HEAD * 3.1**1.5, rel=1e-3
    )
    assert flow[4] == pytest.approx(100.0 * GRAVITY_HEAD * 2.5**1.5, rel=1e-3)
    assert flow[5] == 0.0


def test_an_unknown_section_is_named_and_has_no_hydrograph(walls: xr.Dataset) -> None:
    found = wall_inflows(walls, still(walls, 4.0, np.nan, 5.5), rule=RULE)
    assert found.hydrographs == {}
    assert [line.split(":")[0] for line in found.lacking] == ["sea wall A", "sea wall B"]
    assert "1 of 3 hours" in found.lacking[0]


def test_sections_without_a_wall_are_refused(walls: xr.Dataset) -> None:
    with pytest.raises(DataError, match="sections without a wall"):
        wall_inflows(walls.isel(section=[1]), still(walls, 4.0))


def test_all_of_it_arrives_on_the_land_behind(walls: xr.Dataset) -> None:
    """The solver's ledger against the section's volume: to a millionth."""
    found = wall_inflows(walls, still(walls, 4.0, 5.2, 5.4, 5.1, 4.0), rule=RULE)
    grid = Grid.from_bounds(west=121.985, south=29.995, east=122.015, north=30.015, step=0.001)
    ground = make_ground(np.zeros(grid.shape), dx=96.0, dy=111.0, manning=0.04)
    inflows = place_inflows(tuple(found.hydrographs.values()), grid, start=START)
    flow = Flow(ground, inflows=inflows)
    advance(flow, 5 * 3600.0)
    ledger = flow.audit()
    let_in = total_volume(found.hydrographs.values())
    assert let_in > 1e6
    assert ledger.inflow == pytest.approx(let_in, rel=1e-6)
    assert ledger.stored == pytest.approx(let_in, rel=1e-6)
    assert abs(ledger.error) < 1e-6


@given(st.lists(st.booleans(), min_size=1, max_size=8), st.integers(0, 4))
def test_a_breach_needs_the_whole_time_without_a_break(above: list[bool], hours: int) -> None:
    start = breach_start(above, 3600.0 * np.arange(len(above)), float(hours))
    expected = next((n for n in range(hours, len(above)) if all(above[n - hours : n + 1])), None)
    assert start == expected


@given(st.floats(0.0, 360.0), st.floats(10.0, 5000.0), st.floats(-60.0, 60.0), st.floats(10.0, 200.0))
def test_places_lie_behind_the_wall_at_most_a_spacing_apart(
    facing: float, length: float, latitude: float, inland: float
) -> None:
    spots = places_behind(121.0, latitude, facing, length, spacing=200.0, inland=inland)
    metre = np.radians(1.0) * EARTH_RADIUS
    x = (spots[:, 0] - 121.0) * metre * np.cos(np.radians(latitude))
    y = (spots[:, 1] - latitude) * metre
    east, north = np.sin(np.radians(facing)), np.cos(np.radians(facing))
    np.testing.assert_allclose(x * east + y * north, -inland, atol=1e-3)
    along = np.sort(x * north - y * east)
    assert len(spots) == max(1, int(np.ceil(length / 200.0 - 1e-9)))
    assert (np.diff(along) <= 200.0 + 1e-3).all()
    assert np.abs(along).max() <= 0.5 * length
    assert along.mean() == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("width = 100.0", "breadth = 100.0", "missing or unknown"), ("width = 100.0", 'width = "wide"', "not a number"),
        ('status = "D"', 'status = "X"', "source and status"), ("[opening]", "[hole]", "missing or unknown"),
    ],
)  # fmt: skip
def test_a_spoilt_rule_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    from importlib.resources import files

    text = (files("riskmap") / "rules" / "sea_wall_breach.toml").read_text(encoding="utf-8")
    path = tmp_path / "rule.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        read_breach_rule(path)


def test_a_rule_that_makes_no_breach_is_refused() -> None:
    assert read_breach_rule() == RULE
    assert "D" in STATUSES
    with pytest.raises(DataError, match="makes no breach"):
        BreachRule(0.0, 1.0, 0.2, 1.0, width=0.0, depth_share=0.6)
