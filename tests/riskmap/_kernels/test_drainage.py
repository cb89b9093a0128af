"""The walks down to the drainage, against their own source run by the interpreter."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest

from riskmap._kernels import accumulate
from riskmap._kernels import drainage as kernel
from tests.riskmap.terrain.flow_oracle import flooded, random_ground, slow_height_above


def run(module: ModuleType, filled: np.ndarray, codes: np.ndarray, drainage: np.ndarray) -> list[np.ndarray]:
    packed, base = np.empty_like(codes), np.empty_like(filled)
    accumulate.pack_rows(codes, 0, codes.shape[0], packed)
    steps = packed.copy()
    module.mark_steps(steps, drainage)
    module.mark_rows(packed, drainage, filled, 0, codes.shape[0], packed, base)
    assert np.array_equal(steps, packed)
    met = module.fill_base(packed.ravel(), codes.shape[1], filled.ravel(), True, base.ravel())
    return [steps, base, np.array(met)]


@pytest.mark.parametrize("buffer", [5000, 2])
def test_the_compiled_kernels_do_what_their_source_says(
    buffer: int, interpreted: Callable[[ModuleType], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(5)
    filled, codes = flooded(random_ground(rng, 9, 7))
    drainage = rng.random(codes.shape) < 0.1
    compiled = run(kernel, filled, codes, drainage)
    monkeypatch.setattr(kernel, "BUFFER", buffer)  # what is not remembered is walked once more
    plain = run(interpreted(kernel), filled, codes, drainage)
    for one, other in zip(compiled, plain, strict=True):
        assert np.array_equal(one, other, equal_nan=True)
    slow = slow_height_above(filled, codes, drainage, outlets=True)
    assert np.array_equal(filled - compiled[1], slow, equal_nan=True)


def test_a_circle_is_told() -> None:
    state = np.array([0, 4], np.uint8)
    assert kernel.fill_base(state, 2, np.ones(2), True, np.full(2, np.nan)) == 0
