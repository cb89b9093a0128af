"""Water that spreads, and the wetness index."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap._kernels import multiflow as kernel
from riskmap.errors import DataError
from riskmap.terrain.depressions import fill_depressions
from riskmap.terrain.flow_direction import flow_direction
from riskmap.terrain.streams import Network, upstream_area
from riskmap.terrain.tiled_flow import NO_DATA
from riskmap.terrain.wetness import SCHEMES, Scheme, spread_area, wetness_index
from tests.riskmap.terrain.flow_oracle import flooded, random_ground

schemes = st.sampled_from(sorted(SCHEMES))


def slow_spread(filled: np.ndarray, codes: np.ndarray, exponent: float, contour: bool) -> np.ndarray:
    """Every cell's area followed down all its shares, from the highest cell on; flats by the order of the D8 codes."""
    network = Network.of(codes, dx=20.0, dy=30.0)
    rank = np.full(codes.size, -1)
    rank[network.order] = np.arange(len(network.order))
    cells = np.flatnonzero(codes != NO_DATA)
    cells = cells[np.lexsort((rank[cells], -filled.ravel()[cells]))]
    total = np.where(codes == NO_DATA, np.nan, 600.0).ravel()
    columns = codes.shape[1]
    for c in cells.tolist():
        i, j = divmod(c, columns)
        shares = {}
        for a in (-1, 0, 1):
            for b in (-1, 0, 1):
                if (a or b) and 0 <= i + a < codes.shape[0] and 0 <= j + b < columns:
                    drop = filled[i, j] - filled[i + a, j + b]
                    if drop > 0:
                        face = (np.sqrt(2) / 4 if a and b else 0.5) if contour else 1.0
                        shares[c + a * columns + b] = face * (drop / np.hypot(a * 30.0, b * 20.0)) ** exponent
        if not shares and network.below[c] != c:
            shares = {int(network.below[c]): 1.0}
        for d, share in shares.items():
            total[d] += total[c] * share / sum(shares.values())
    return total.reshape(codes.shape)


@given(st.integers(0, 2**31), st.sampled_from(["freeman_1991", "quinn_1991"]))
def test_it_is_what_every_cell_hands_down(seed: int, scheme: Scheme) -> None:
    filled, codes = flooded(random_ground(np.random.default_rng(seed), 9, 8))
    found = spread_area(filled, codes, dx=20.0, dy=30.0, scheme=scheme)
    assert np.allclose(found, slow_spread(filled, codes, *SCHEMES[scheme]), rtol=1e-6, equal_nan=True)


@given(st.integers(0, 2**31), schemes, st.integers(1, 3))
def test_no_water_is_lost(seed: int, scheme: Scheme, workers: int) -> None:
    """What arrives at cells that hand nothing on is all the area there is."""
    filled, codes = flooded(random_ground(np.random.default_rng(seed), 12, 10))
    found = spread_area(filled, codes, dx=30.0, dy=30.0, scheme=scheme, workers=workers)
    receivers, (exponent, contour) = np.empty_like(codes), SCHEMES[scheme]
    kernel.mark_receivers(filled, codes, np.full(12, 30.0), 30.0, exponent, contour, 0, 12, receivers)
    last = (receivers == 0) & (codes != NO_DATA)
    assert found[last].sum() == pytest.approx(900.0 * np.count_nonzero(codes != NO_DATA))
    assert np.array_equal(np.isnan(found), codes == NO_DATA)


@pytest.mark.slow
@pytest.mark.parametrize("scheme", sorted(SCHEMES))
def test_on_a_plane_along_the_rows_it_is_that_of_one_direction(scheme: Scheme) -> None:
    codes = np.full((5, 6), 1, np.uint8)
    ground = np.broadcast_to(np.arange(6.0, 0.0, -1.0), (5, 6)).copy()
    if scheme == "tarboton_1997":
        found = spread_area(ground, codes, dx=30.0, dy=30.0, scheme=scheme)
        assert np.array_equal(found, upstream_area(codes, dx=30.0, dy=30.0))
    one_row = spread_area(ground[:1], codes[:1], dx=30.0, dy=30.0, scheme=scheme)
    assert one_row[0].tolist() == [900.0 * n for n in range(1, 7)]


def test_facets_share_by_the_angle() -> None:
    """Towards 22.5 degrees from east, half of the way to the corner: half and half."""
    y, x = np.mgrid[0:3, 0:3] * 30.0
    ground = 100.0 - x * np.cos(np.pi / 8) - y * np.sin(np.pi / 8)
    codes = np.array([[1, 1, 4], [1, 1, 4], [1, 1, 0]], np.uint8)
    found = spread_area(ground, codes, dx=30.0, dy=30.0, scheme="tarboton_1997")
    assert found[1, 1] == pytest.approx(900.0 * (1 + 0.5 + 0.5))


def test_the_index_grows_with_area_and_falls_with_slope() -> None:
    area = np.array([[900.0, 9e4, 9e4, np.nan, 900.0]])
    slope = np.array([[0.1, 0.1, 0.0, 0.1, np.nan]])
    found = wetness_index(area, slope, dx=30.0, dy=30.0)[0]
    assert found[1] - found[0] == pytest.approx(np.log(100.0), rel=1e-6)
    assert found[2] == pytest.approx(np.log(3000.0 / 1e-3), rel=1e-6)
    assert np.isnan(found[3:]).all()
    with pytest.raises(DataError, match="do not fit"):
        wetness_index(area, slope[:, :2], dx=30.0, dy=30.0)


def test_directions_of_another_ground_are_refused() -> None:
    """On level ground the codes alone decide, and these two feed each other."""
    with pytest.raises(DataError, match="circle"):
        spread_area(np.ones((1, 2)), np.array([[1, 16]], np.uint8), dx=1.0, dy=1.0)


@given(st.integers(0, 2**32 - 1), schemes)
def test_what_reaches_a_kept_lake_stays_there_and_nothing_is_lost(seed: int, scheme: Scheme) -> None:
    rng = np.random.default_rng(seed)
    ground = rng.integers(0, 9, (11, 13)).astype(np.float32)
    ground[rng.random(ground.shape) < 0.05] = np.nan
    keep = (rng.random(ground.shape) < 0.1) & ~np.isnan(ground)
    filled = fill_depressions(ground, keep=keep)
    codes = flow_direction(filled, dx=20.0, dy=30.0, keep=keep)
    area = spread_area(filled, codes, dx=20.0, dy=30.0, scheme=scheme)
    known = codes != NO_DATA
    receivers = np.empty_like(codes)
    level = np.where(known, filled, np.float32(np.nan))
    kernel.mark_receivers(level, codes, np.full(11, 20.0), 30.0, *SCHEMES[scheme], 0, 11, receivers)
    assert (receivers[keep] == 0).all()
    ends = known & (receivers == 0)
    assert area[ends].sum() == pytest.approx(600.0 * known.sum(), rel=1e-12)
