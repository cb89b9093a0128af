"""The area-share rule: a brute-force oracle."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap._kernels import zonal as kernel

LAWS = settings(deadline=None, max_examples=150)

# whole areas and shares in eighths: sums are exact, so that the oracle may compare with >=
cells = st.lists(
    st.tuples(
        st.integers(1, 9), st.one_of(st.just(math.nan), st.sampled_from([0.0, 0.3, 1.0, 1.5, 2.0, 3.25, 4.5]))
    ),
    max_size=9,
)
regions = st.lists(st.tuples(cells, st.integers(0, 9)), min_size=1, max_size=4)


def slow_share(
    members: list[tuple[int, float]], total: int, share: Fraction
) -> tuple[float | None, float, float]:
    """Severity that holds on the share of the area, the share at its tier or above, the share known."""
    known = [(w, s) for w, s in members if not math.isnan(s)]
    levels = [
        level for level in {s for _, s in known} if sum(w for w, s in known if s >= level) >= share * total
    ]
    covered = sum(w for w, _ in known) / total
    if not levels:
        return None, 0.0, covered
    level = max(levels)
    return level, sum(w for w, s in known if int(s) >= int(level)) / total, covered


def lay_out(layout: list[tuple[list[tuple[int, float]], int]]) -> tuple[np.ndarray, ...]:
    start = np.cumsum([0, *(len(members) for members, _ in layout)])
    flat = [pair for members, _ in layout for pair in members]
    weight = np.array([w for w, _ in flat], np.float64)
    severity = np.array([s for _, s in flat], np.float64)
    total = np.array([sum(w for w, _ in members) + outside for members, outside in layout], np.float64)
    return start, np.arange(len(flat)), weight, np.maximum(total, 1.0), severity


@pytest.mark.slow
@LAWS
@given(layout=regions, eighths=st.integers(0, 8))
def test_share_cells_agrees_with_brute_force(
    layout: list[tuple[list[tuple[int, float]], int]], eighths: int
) -> None:
    start, cell, weight, total, severity = lay_out(layout)
    n = len(layout)
    chosen, above, covered = np.empty(n, np.int64), np.empty(n), np.empty(n)
    struck = np.empty(n)
    kernel.share_cells(
        start, cell, weight, total, severity, eighths / 8, 0, n, chosen, above, covered, struck
    )
    for region, (members, _) in enumerate(layout):
        level, share, known = slow_share(members, int(total[region]), Fraction(eighths, 8))
        if level is None:
            assert chosen[region] == -1
        else:
            assert start[region] <= chosen[region] < start[region + 1]
            assert severity[chosen[region]] == level
        assert above[region] == pytest.approx(share)
        assert covered[region] == pytest.approx(known)
        assert struck[region] * total[region] == pytest.approx(sum(w for w, s in members if s >= 1.0))


@LAWS
@given(layout=regions)
def test_largest_agrees_with_brute_force(layout: list[tuple[list[tuple[int, float]], int]]) -> None:
    start, cell, _, _, severity = lay_out(layout)
    out = np.empty(len(layout))
    rows = np.arange(len(layout)) % 2
    kernel.largest(start, cell, np.stack([severity, -severity]), rows, 0, len(layout), out)
    for region, (members, _) in enumerate(layout):
        known = [-s if rows[region] else s for _, s in members if not math.isnan(s)]
        assert out[region] == max(known) if known else math.isnan(out[region])


def test_largest_of_negative_values_is_the_one_nearest_to_zero() -> None:
    out = np.empty(1)
    rows = np.zeros(1, np.int64)
    kernel.largest(np.array([0, 3]), np.array([0, 1, 2]), np.array([[-3.0, -1.0, -2.0]]), rows, 0, 1, out)
    assert out[0] == -1.0


def test_the_compiled_loops_are_their_python_source(interpreted) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(3)
    start, cell = np.array([0, 5, 5, 12]), rng.permutation(20)[:12]
    weight, severity = rng.uniform(0, 1, 12), rng.uniform(0, 5, 20)
    severity[::6] = np.nan
    total = np.array([6.0, 1.0, 9.0])
    found = []
    for module in (kernel, interpreted):
        source = module if module is kernel else module(kernel)
        out = np.empty(3, np.int64), *(np.empty(3) for _ in range(4))
        source.share_cells(start, cell, weight, total, severity, 0.1, 0, 3, *out[:4])
        source.largest(start, cell, severity[None], np.zeros(3, np.int64), 0, 3, out[4])
        found.append(out)
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("spread", [5.0, 1.0, 0.01, 0.0])
def test_large_regions_are_decided_by_the_same_cell_as_by_sorting(kind: type, spread: float) -> None:
    rng = np.random.default_rng(int(spread * 100))
    start = np.cumsum([0, 3000, 700, 90, 30, 8])
    cell = rng.permutation(4000)[: start[-1]]
    weight = rng.uniform(0.1, 1.0, start[-1])
    severity = (rng.uniform(0, spread, 4000) if spread else np.ones(4000)).astype(kind)
    severity[rng.random(4000) < 0.1] = np.nan
    total = np.add.reduceat(weight, start[:-1])
    for share in (0.0, 0.01, 0.05, 0.3, 0.8, 0.99):
        out = np.empty(5, np.int64), *(np.empty(5) for _ in range(3))
        kernel.share_cells(start, cell, weight, total, severity, share, 0, 5, *out)
        for region in range(5):
            mine, area = cell[start[region] : start[region + 1]], weight[start[region] : start[region + 1]]
            order = np.argsort(-severity[mine], kind="stable")
            order = order[~np.isnan(severity[mine][order])]
            reached = np.flatnonzero(np.cumsum(area[order]) >= share * total[region] * (1 - 1e-9))
            if not reached.size:
                assert out[0][region] == -1
                continue
            assert severity[out[0][region]] == severity[mine[order[reached[0]]]]
            tier = int(severity[out[0][region]])
            assert out[1][region] * total[region] == pytest.approx(area[severity[mine] >= tier].sum())
