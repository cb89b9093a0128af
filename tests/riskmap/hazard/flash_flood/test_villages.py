"""Key villages on made ground: each criterion alone, the survey before the rasters, what is not known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from riskmap.errors import DataError
from riskmap.hazard.flash_flood.villages import Terrain, Village, VillageReason, below_ponds, key_villages

N = 41
AXIS = np.arange(N) * 30.0
EAST, SOUTH = 1, 4


def ground(**changes: Any) -> Terrain:
    """A valley that runs east along row 20; a gully comes down column 10 from the north."""
    stream = np.zeros((N, N), bool)
    stream[20], stream[:20, 10] = True, True
    rows = np.abs(np.arange(N) - 20.0)
    height = np.broadcast_to(rows[:, None] * 1.0, (N, N)).copy()
    area = np.full((N, N), 900.0)
    area[20], area[:20, 10] = 50e6, 0.5e6
    slope = np.full((N, N), 0.1)
    slope[:20, 10], slope[20] = 0.3, 0.01
    directions = np.full((N, N), SOUTH, np.uint8)
    directions[20] = EAST
    directions[20, -1] = 0
    made = {
        "height_above_drainage": height, "elevation": height + 100.0, "slope": slope, "upstream_area": area,
        "directions": directions,
    }  # fmt: skip
    return Terrain(AXIS, -AXIS, stream, False, **(made | changes))


def judge(column: int, row: int, terrain: Terrain | None = None, **survey: Any) -> VillageReason:
    village = Village("v", "村", AXIS[column], -AXIS[row], **survey)
    return key_villages([village], terrain or ground(), ponds=[])[0]


def test_far_from_everything_is_no_key_village() -> None:
    found = judge(30, 35, over_channel=False, past_flood=False)
    assert (found.key, found.met, found.unknown) == (False, (), ())
    assert found.distance == np.inf


def test_close_and_low() -> None:
    assert judge(30, 22).met == ("near_channel",)
    assert judge(30, 22).distance == 45.0
    assert judge(30, 23).met == ()  # 75 m
    assert judge(30, 22, above_bank=2.0).met == ()
    assert judge(30, 22, above_bank=1.9).met == ("near_channel",)


def test_the_gully_s_mouth() -> None:
    assert "gully_mouth" in judge(12, 17).met
    assert "gully_mouth" not in judge(30, 17).met


def test_a_gully_s_mouth_is_where_it_flattens_or_joins_a_larger_stream() -> None:
    """The last cell of the gully, row 19, lies above the valley's, row 20."""
    alike, joined = np.full((N, N), 0.3), np.full((N, N), 0.5e6)
    joined[20] = 4 * 0.5e6
    flat = np.full((N, N), 0.3)
    flat[20] = 0.15
    same = np.full((N, N), 0.5e6)
    assert "gully_mouth" in judge(12, 17, ground(slope=alike, upstream_area=joined)).met
    assert "gully_mouth" in judge(12, 17, ground(slope=flat, upstream_area=same)).met
    assert "gully_mouth" not in judge(12, 17, ground(slope=alike, upstream_area=same)).met


def test_a_steep_slope_above() -> None:
    slope, elevation = np.full((N, N), 0.1), np.full((N, N), 100.0)
    slope[33:35], elevation[33:35] = 0.7, 130.0
    assert "landslide_slope" in judge(30, 31, ground(slope=slope, elevation=elevation)).met
    assert "landslide_slope" not in judge(30, 31, ground(slope=slope, elevation=np.full((N, N), 100.0))).met
    assert "landslide_slope" not in judge(30, 26, ground(slope=slope, elevation=elevation)).met


def test_a_pond_upstream_endangers_the_way_of_its_water() -> None:
    terrain, pond = ground(), (AXIS[25], -AXIS[5])
    wet = below_ponds(terrain, [pond])
    assert wet[5:21, 25].all()
    assert wet[20, 25:].all()
    assert wet.sum() == 16 + N - 26
    assert below_ponds(terrain, [pond], reach=95.0).sum() == 4
    villages = [Village("a", "a", AXIS[26], -AXIS[10]), Village("b", "b", AXIS[20], -AXIS[10])]
    found = key_villages(villages, terrain, ponds=[pond])
    assert [("pond_upstream" in r.met) for r in found] == [True, False]


def test_the_survey_outranks_the_rasters() -> None:
    found = judge(12, 17, gully_mouth=False, past_flood=True, above_bank=5.0)
    assert found.met == ("past_flood",)
    assert found.surveyed == ("gully_mouth", "past_flood")


def test_what_nobody_knows_is_listed() -> None:
    outside = judge(3, 3)
    away = Village("x", "x", 9e5, 9e5)
    (found,) = key_villages([away], ground())
    assert found.key is None
    assert set(found.unknown) == {
        "near_channel", "over_channel", "pond_upstream", "landslide_slope", "gully_mouth", "past_flood",
    }  # fmt: skip
    assert outside.unknown == ("over_channel", "past_flood")
    bare = ground(slope=None, elevation=None, upstream_area=None, height_above_drainage=None)
    assert set(judge(30, 22, bare).unknown) == {
        "near_channel", "over_channel", "landslide_slope", "gully_mouth", "past_flood",
    }  # fmt: skip


def test_degrees_are_turned_into_metres() -> None:
    step = 1.0 / 3600.0
    stream = np.zeros((N, N), bool)
    stream[20] = True
    terrain = Terrain(120 + np.arange(N) * step, 29 - np.arange(N) * step, stream, True, np.ones((N, N)))
    (found,) = key_villages([Village("v", "v", 120 + 20 * step, 29 - 22 * step)], terrain)
    assert found.distance == pytest.approx(1.5 * 30.887, rel=1e-3)


def test_rasters_of_another_shape_are_named() -> None:
    with pytest.raises(DataError, match="slope"):
        ground(slope=np.zeros((3, 3)))
    with pytest.raises(DataError, match="directions"):
        below_ponds(ground(directions=None), [(0.0, 0.0)])
