"""What is kept of a run against sums over all its moments."""

from __future__ import annotations

import numpy as np

from riskmap._kernels import inundation_watch as kernel
from riskmap.hazard.inundation import hazard_class
from riskmap.hazard.inundation.watch import HAZARD_LIMITS

LIMITS = np.array(HAZARD_LIMITS, np.float32)


def test_classes_are_those_of_the_plain_function() -> None:
    rng = np.random.default_rng(3)
    depth, speed = rng.uniform(0, 5, 500).astype(np.float32), rng.uniform(0, 5, 500).astype(np.float32)
    depth[::50] = 0.0
    found = [kernel.hazard_class(d, s, d * s, LIMITS) for d, s in zip(depth, speed, strict=True)]
    assert found == hazard_class(depth, speed).tolist()
    assert set(found) == {0, 1, 2, 3, 4, 5, 6}


def test_maxima_and_times_are_those_of_all_moments() -> None:
    rng = np.random.default_rng(5)
    rows, columns, moments = 6, 7, 40
    h = rng.uniform(0, 0.6, (moments, rows, columns)).astype(np.float32) ** 2
    qx, qy = (rng.normal(0, 0.2, h.shape).astype(np.float32) for _ in range(2))
    kinds = [np.float32] * 6 + [np.uint8] * 2
    fields = tuple(np.zeros(rows * columns, kind) for kind in kinds)
    fields[1][:], fields[4][:] = np.nan, np.nan
    tiles = np.array([[1, rows, 1, 4], [1, rows, 4, columns]])
    for m in range(moments):
        numbers = np.array([60.0 * m, 60.0 if m else 0.0, 0.15, 0.01, 9.81])
        state = (h[m].ravel(), qx[m].ravel(), qy[m].ravel())
        kernel.watch_tiles(tiles, np.arange(2), 0, 2, columns, state, numbers, LIMITS, fields)
    depth, peak, speed, product, arrival, duration, classes, beyond = (
        f.reshape(rows, columns) for f in fields
    )
    for i in range(1, rows):
        for j in range(1, columns):
            d = h[:, i, j]
            m = np.hypot((qx[:, i, j - 1] + qx[:, i, j]) / 2, (qy[:, i - 1, j] + qy[:, i, j]) / 2)
            told = d >= 0.01
            v = np.where(told, m / np.maximum(d, 0.01), 0.0)
            assert depth[i, j] == d.max()
            assert peak[i, j] == 60.0 * d.argmax()
            assert np.isclose(speed[i, j], v.max())
            assert np.isclose(product[i, j], m[told].max())
            assert duration[i, j] == 60.0 * (d[1:] >= 0.15).sum()
            wet = np.flatnonzero(d >= 0.15)
            assert arrival[i, j] == 60.0 * wet[0] if len(wet) else np.isnan(arrival[i, j])
            assert classes[i, j] == hazard_class(d, v).max()
            assert beyond[i, j] == (v**2 > 9.81 * d)[d >= 0.15].any()
    assert 0 < beyond.sum() < beyond.size
    assert depth[0].max() == depth[:, 0].max() == 0.0
