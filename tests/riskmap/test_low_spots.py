"""Low spots: the earliest cell of each square, off the streams, a few of each region."""

from __future__ import annotations

import numpy as np
from affine import Affine
from shapely.geometry import box

from riskmap.analysis.fine_units import UnitOnsets, Units
from riskmap.analysis.flood import FloodRecord, quick_note
from riskmap.analysis.low_spots import MOST_SPOTS, low_spots
from riskmap.grid import Grid
from riskmap.io.rule_files import read_rules
from riskmap.onset import Onsets
from riskmap.outlook import Flood
from riskmap.region import Region
from riskmap.scale import Tier

SHAPE = (40, 100)
GRID = Grid(SHAPE, Affine(0.001, 0.0, 120.0, 0.0, -0.001, 29.0))
RULE = read_rules()["inundation"]
HOURS = np.datetime64("2021-07-25T00:00:00") + np.arange(6).astype("timedelta64[h]")
WEST_HALF = Region("330101", "west", "3301", "", box(120.0, 28.9, 120.05, 29.1), 10)
EAST_HALF = Region("330102", "east", "3301", "", box(120.05, 28.9, 120.2, 29.1), 10)


def flooded(tiers: np.ndarray) -> tuple[Flood, Onsets]:
    """Hours of tiers (time, y, x) as a flood."""
    onsets = Onsets(SHAPE)
    for hour, now in enumerate(tiers):
        onsets.update(now.astype(np.int8), hour)
    flat = tiers.max(axis=0).reshape(-1).astype(np.float32)
    values = dict.fromkeys(("maximum_depth", "hazard_class"), flat)
    return Flood(GRID, np.arange(flat.size, dtype=np.int32).reshape(SHAPE), values, quick_note(111.0)), onsets


def spots(tiers: np.ndarray, streams: np.ndarray | None = None) -> list[tuple[str, Tier | None, int]]:
    flood, onsets = flooded(tiers)
    found = low_spots(flood, onsets, RULE, (WEST_HALF, EAST_HALF), HOURS, streams=streams)
    return [(a.region, a.tier, int(a.onset.hour) if a.onset else -1) for a in found]


def test_the_earliest_cell_of_a_square_is_named_with_its_worst_tier() -> None:
    tiers = np.zeros((6, *SHAPE), int)
    tiers[3:, 4, 4] = 4
    tiers[1:, 5, 5], tiers[4:, 5, 5] = 2, 3
    tiers[2:, 30, 70] = 2
    assert spots(tiers) == [("330101", Tier.ORANGE, 4), ("330102", Tier.YELLOW, 2)]


def test_streams_and_what_stays_below_yellow_are_no_low_spots() -> None:
    tiers = np.zeros((6, *SHAPE), int)
    tiers[:, 5, 5], tiers[:, 20, 20] = 4, 1
    streams = np.zeros(SHAPE, bool)
    streams[5, 5] = True
    assert spots(tiers, streams) == []
    assert len(spots(tiers)) == 1


def test_a_region_names_a_few_and_the_earliest() -> None:
    rng = np.random.default_rng(5)
    tiers = np.zeros((6, *SHAPE), int)
    for row, column in zip(rng.integers(0, 40, 60), rng.integers(0, 100, 60), strict=True):
        tiers[rng.integers(0, 6) :, row, column] = 2
    found = spots(tiers)
    for code in ("330101", "330102"):
        mine = [hour for region, _, hour in found if region == code]
        assert len(mine) == MOST_SPOTS
        assert mine == sorted(mine)


def test_the_window_keeps_maxima_first_arrival_and_hours_under_water() -> None:
    import xarray as xr

    label = np.array([[0, 1], [2, 2]], np.int32)
    grid = Grid((2, 2), Affine(0.01, 0.0, 120.0, 0.0, -0.01, 29.0))
    record = FloodRecord(Units.of(label, 3, grid, grid))
    for hour, depth in enumerate([[0.0, 0.2, np.nan], [0.1, 0.5, np.nan], [0.14, 0.1, np.nan]]):
        values = np.array(depth, np.float32)
        record.hour(hour, xr.Dataset({
            "depth": ("unit", values), "speed": ("unit", 2 * values),
            "inundation_class": ("unit", np.where(values >= 0.15, 2.0, values * 0.0).astype(np.float32)),
        }))  # fmt: skip
    flood = record.flood(quick_note(90.0))
    np.testing.assert_allclose(flood.field("maximum_depth"), [[0.14, 0.5], [np.nan] * 2], rtol=1e-6)
    np.testing.assert_array_equal(flood.field("arrival_time"), [[np.nan, 0.0], [np.nan] * 2])
    np.testing.assert_array_equal(flood.field("duration"), [[0.0, 2.0], [np.nan] * 2])
    np.testing.assert_array_equal(flood.field("hazard_class"), [[0.0, 2.0], [np.nan] * 2])
    assert UnitOnsets(Units.of(label, 3, grid, grid)).grid is grid
