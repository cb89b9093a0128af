"""Reservoirs: a published routing example, the ledger, tiers, the release and its notice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.errors import CoverageError, DataError
from riskmap.hazard.reservoir import (
    Reservoir,
    level_pool,
    level_tiers,
    release_notices,
    reservoir_assets,
    reservoir_series,
    spilling,
    thresholds,
    weir_discharge,
)
from riskmap.scale import NO_DATA, Tier

NAN = float("nan")
DAM = Reservoir(
    "S1", "示例水库", "reservoir", "330783", 120.3, 29.2, "1985", 100.0, 104.0, 106.0, 107.0, 2e7, 3400,
    ("330783001",), 80.0, "先预泄后拦洪", "王五",
)  # fmt: skip
POND = Reservoir("S2", "示例山塘", "pond", "330783", 120.4, 29.2, "1985", 50.0, crest=52.0)
TIMES = np.arange("2021-07-25T00", "2021-07-25T05", dtype="datetime64[h]")


def chow() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Example 8.2.1-2 of Applied Hydrology (1988), feet and cfs: a pond of one acre with upright walls."""
    level = np.arange(0.0, 10.5, 0.5)
    outflow = np.array(
        [0, 3, 8, 17, 30, 43, 60, 78, 97, 117, 137, 156, 173, 190, 205, 218, 231, 242, 253, 264, 275.0]
    )
    inflow = np.r_[np.arange(0, 361, 60), np.arange(320, -1, -40), np.zeros(6)].astype(float)
    return level, level * 43560.0, outflow, inflow


def test_the_published_routing_example() -> None:
    level, storage, outflow, inflow = chow()
    found = level_pool(inflow, 600.0, level=level, storage=storage, outflow=outflow, start=0.0)
    assert found.outflow.max() == pytest.approx(270.0, abs=0.5)
    assert int(np.argmax(found.outflow)) == 8  # 80 minutes
    assert found.level.max() == pytest.approx(9.77, abs=0.005)
    np.testing.assert_allclose(found.outflow[:3], [0.0, 2.4, 17.1], atol=0.05)
    assert not found.above_table.any()


@settings(max_examples=60)
@given(
    inflow=st.lists(st.floats(0, 500), min_size=2, max_size=30), step=st.sampled_from([60.0, 600.0, 3600.0]),
    start=st.floats(0, 10),
)  # fmt: skip
def test_what_came_in_and_did_not_go_out_is_stored(inflow: list[float], step: float, start: float) -> None:
    level, storage, outflow, _ = chow()
    flow = np.array(inflow)
    found = level_pool(flow, step, level=level, storage=storage, outflow=outflow, start=start)
    came = np.concatenate([[0.0], np.cumsum((flow[1:] + flow[:-1]) / 2 * step)])
    size = found.storage[0] + came[-1] + 1.0
    np.testing.assert_allclose(found.storage[0] + came - found.released, found.storage, atol=1e-12 * size)
    assert (found.storage >= -1e-12 * size).all()
    assert (found.outflow >= -1e-12 * size).all()


def test_more_inflow_is_never_a_lower_level() -> None:
    level, storage, outflow, inflow = chow()
    here = level_pool(inflow, 600.0, level=level, storage=storage, outflow=outflow, start=1.0)
    more = level_pool(inflow + 20.0, 600.0, level=level, storage=storage, outflow=outflow, start=1.0)
    assert (more.level >= here.level).all()
    assert level_pool(
        inflow * 2, 600.0, level=level, storage=storage, outflow=outflow, start=1.0
    ).above_table.any()


@pytest.mark.parametrize(
    ("change", "error", "named"),
    [
        ({"inflow": np.array([1.0, NAN])}, CoverageError, "gap"), ({"inflow": np.array([1.0, -1.0])}, DataError, "routed"),
        ({"storage": np.array([0.0, 0.0])}, DataError, "routed"), ({"outflow": np.array([5.0, 1.0])}, DataError, "routed"),
        ({"step": 1e6, "outflow": np.array([0.0, 100.0])}, DataError, "too small"), ({"start": 9.0}, DataError, "off the table"), ({"step": 0.0}, DataError, "routed"),
    ],
)  # fmt: skip
def test_a_pool_that_cannot_be_routed_is_named(
    change: dict[str, object], error: type[Exception], named: str
) -> None:
    good: dict[str, object] = {
        "inflow": np.array([1.0, 2.0]), "step": 600.0, "level": np.array([0.0, 1.0]), "storage": np.array([0.0, 10.0]),
        "outflow": np.array([0.0, 1.0]), "start": 0.0,
    }  # fmt: skip
    with pytest.raises(error, match=named):
        level_pool(**(good | change))  # type: ignore[arg-type]


def test_bounds_and_tiers() -> None:
    bounds = thresholds([DAM, POND])
    assert bounds[0].tolist() == [100.0, 102.0, 104.0, 106.0]
    assert np.isnan(bounds[1, 1:3]).all()
    assert bounds[1, 3] == 52.0
    tier, met = level_tiers(np.array([[99.9, 50.0], [102.0, 52.0], [NAN, 49.0]]), bounds)
    assert tier.tolist() == [[0, 1], [2, 4], [NO_DATA, 0]]
    assert met[1].tolist() == [102.0, 52.0]


@given(level=st.floats(90, 110), more=st.floats(0, 10))
def test_a_higher_level_is_never_a_lower_tier(level: float, more: float) -> None:
    bounds = thresholds([DAM])
    low, high = (int(level_tiers(np.array([[x]]), bounds)[0][0, 0]) for x in (level, level + more))
    assert high >= low


def test_reports_outrank_levels() -> None:
    bounds = thresholds([DAM])
    level, yes = np.array([[99.0], [NAN]]), np.array([[True], [True]])
    assert level_tiers(level, bounds, danger=yes)[0].tolist() == [[4], [4]]
    assert level_tiers(level, bounds, spilling=yes)[0].tolist() == [[3], [3]]
    assert level_tiers(np.array([[107.0]]), bounds, spilling=yes[:1])[0].tolist() == [[4]]


def test_spilling_needs_people_and_a_channel() -> None:
    outflow = np.array([[90.0, 90.0]])
    assert spilling(outflow, [DAM, POND]).tolist() == [[True, False]]
    nobody = Reservoir(
        "S3", "x", "pond", "330783", 120.0, 29.0, "1985", 1.0, downstream_people=0, safe_release=1.0
    )
    assert spilling(outflow[:, :1], [nobody]).tolist() == [[False]]


def test_a_notice_names_begin_peak_and_end() -> None:
    outflow = np.array([[10.0], [90.0], [150.0], [90.0], [50.0]])
    level = np.array([[100.0], [101.0], [103.0], [102.0], [101.0]])
    (notice,) = release_notices([DAM], TIMES, outflow, level)
    assert [t.hour if t else None for t in (notice.starts_at, notice.peak_at, notice.ends_at)] == [1, 2, 4]
    assert (notice.peak, notice.level) == (150.0, 103.0)
    assert notice.chinese == "示例水库预计泄洪,最大出库150立方米每秒,超过下游安全泄量80立方米每秒,下游3400人"
    (open_end,) = release_notices([DAM], TIMES[:3], outflow[:3], level[:3])
    assert open_end.ends_at is None
    assert release_notices([DAM], TIMES, outflow * 0, level) == ()


def test_records_name_level_and_bound() -> None:
    level = np.array([[99.0, NAN], [104.5, 52.5], [103.0, NAN], [99.0, NAN], [99.0, NAN]])
    series = reservoir_series([DAM, POND], TIMES, level, outflow=np.full((5, 2), 90.0))
    dam, pond = reservoir_assets([DAM, POND], series, source="水库调度")
    assert (dam.tier, dam.threshold, dam.people) == (Tier.ORANGE, None, 3400)  # it spills from the first hour
    assert "安全泄量" in dam.reason_chinese
    assert (pond.tier, pond.threshold) == (Tier.RED, 52.0)
    assert pond.reason_chinese == "水位52.50米,达到坝顶(52.00米,1985国家高程基准)"
    (checked,) = reservoir_assets([DAM], reservoir_series([DAM], TIMES, np.full((5, 1), 106.5)), source="x")
    assert checked.reason_chinese == "水位106.50米,达到校核水位(106.00米,1985国家高程基准)"
    dry = reservoir_series([DAM], TIMES, np.full((5, 1), NAN), danger=np.array([[False]] * 4 + [[True]]))
    (danger,) = reservoir_assets([DAM], dry, source="巡查")
    assert danger.tier is Tier.RED
    assert "险情" in danger.reason_chinese
    (silent,) = reservoir_assets([DAM], reservoir_series([DAM], TIMES, np.full((5, 1), NAN)), source="x")
    assert silent.tier is None


def test_contradicting_levels_are_refused() -> None:
    with pytest.raises(DataError, match="design"):
        Reservoir("S", "x", "reservoir", "330783", 120.0, 29.0, "1985", 100.0, 99.0)
    with pytest.raises(DataError, match="no level"):
        Reservoir("S", "x", "reservoir", "330783", 120.0, 29.0, "1985", None)
    with pytest.raises(DataError, match="datum"):
        Reservoir("S", "x", "reservoir", "330783", 120.0, 29.0, "", 100.0)


def test_a_weir() -> None:
    assert weir_discharge(np.array([0.0, 2.0]), width=5.0, coefficient=2.2)[1] == pytest.approx(
        31.11, abs=0.01
    )
