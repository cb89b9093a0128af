"""Water that spreads: compiled against its own source."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest

from riskmap._kernels import multiflow as kernel
from riskmap.terrain.wetness import SCHEMES
from tests.riskmap.terrain.flow_oracle import flooded, random_ground


def run(module: ModuleType, exponent: float, contour: bool) -> list[np.ndarray]:
    filled, codes = flooded(random_ground(np.random.default_rng(2), 9, 8))
    sides, receivers = np.full(9, 20.0), np.empty_like(codes)
    module.mark_receivers(filled, codes, sides, 30.0, exponent, contour, 0, 9, receivers)
    total = np.where(np.isnan(filled), np.nan, 1.0)
    done = module.sum_down(filled, codes, sides, 30.0, exponent, contour, receivers, total)
    return [receivers, total, np.array(done)]


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
def test_the_compiled_kernels_do_what_their_source_says(
    scheme: str, interpreted: Callable[[ModuleType], ModuleType]
) -> None:
    compiled = run(kernel, *SCHEMES[scheme])
    plain = run(interpreted(kernel), *SCHEMES[scheme])
    assert np.array_equal(compiled[0], plain[0])
    assert np.allclose(compiled[1], plain[1], rtol=1e-12, equal_nan=True)
    assert compiled[2] == plain[2] == np.isfinite(compiled[1]).sum()
