"""The kernels of filling against their own Python text, and the forest against all ways between basins."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from riskmap._kernels import fill


def _passes(seed: int, nodes: int, count: int) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    one, other = rng.integers(0, nodes, (2, count)).astype(np.int32)
    chain = np.arange(nodes, dtype=np.int32)  # so that all hang together
    height = rng.integers(0, 6, count + nodes - 1).astype(np.float32)
    return np.append(one, chain[:-1]), np.append(other, chain[1:]), height


def _least_highest(one: Any, other: Any, height: Any, nodes: int) -> Any:
    """Lowest highest pass between every two nodes, by Floyd and Warshall's loops."""
    best = np.full((nodes, nodes), np.inf, np.float32)
    np.fill_diagonal(best, -np.inf)
    for a, b, h in zip(one, other, height, strict=True):
        if a != b:
            best[a, b] = best[b, a] = min(best[a, b], h)
    for k in range(nodes):
        best = np.minimum(best, np.maximum(best[:, k, None], best[None, k, :]))
    return best


@pytest.mark.parametrize("seed", range(20))
def test_the_forest_has_the_lowest_passes(seed: int) -> None:
    nodes = 12
    one, other, height = _passes(seed, nodes, 25)
    best = _least_highest(one, other, height, nodes)
    fixed = np.random.default_rng(seed).random(nodes) < 0.4
    fixed[0] = True
    group, start, up = (np.empty(nodes, np.int32) for _ in range(3))
    level = np.empty(nodes, np.float32)
    m = fill.reduce_passes(one, other, height, one.size, nodes, fixed, group, start, up, level)
    assert m == fixed.sum() - 1
    anchors = np.flatnonzero(fixed)
    tree = _least_highest(one[:m], other[:m], height[:m], nodes)
    np.testing.assert_array_equal(tree[np.ix_(anchors, anchors)], best[np.ix_(anchors, anchors)])
    for x in np.flatnonzero(~fixed):
        highest, at = -np.inf, x
        while not fixed[at]:
            highest, at = max(highest, level[at]), up[at]
        assert highest == best[x, anchors].min()


def test_tiles_do_what_their_text_says() -> None:
    rng = np.random.default_rng(3)
    z = rng.integers(0, 5, (23, 19)).astype(np.float32)
    z[rng.random(z.shape) < 0.1] = np.nan
    mask, found = np.empty((0, 0), np.bool_), []
    for survey in (fill.survey_tiles, fill.survey_tiles.py_func):
        labels, first = np.empty(z.shape, np.uint16), np.empty(10, np.int32)
        ends = np.array([True, False, True, False])
        out = survey(z, mask, mask, ends, 8, labels, first, z[0, :0])
        found.append((labels, first, *out))
    for ours, text in zip(*found, strict=True):
        np.testing.assert_array_equal(ours, text)


def test_pointing_down_is_the_text_in_vectors() -> None:
    buffer = np.random.default_rng(4).integers(0, 4, (20, 33)).astype(np.float32)
    buffer[3, 5], buffer[9, 9] = -np.inf, np.inf
    compiled, text = np.zeros(buffer.shape, np.int32), np.zeros(buffer.shape, np.int32)
    fill.point_down(buffer, 18, 31, compiled)
    fill.point_down.py_func(buffer, 18, 31, text)
    np.testing.assert_array_equal(compiled, text)
