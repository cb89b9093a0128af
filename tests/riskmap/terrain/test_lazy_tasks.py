"""Tasks of Dask: a chain of steps does each of them once, and its graph grows with the chunks."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.terrain import lazy, lazy_flow
from riskmap.terrain.accumulation import accumulate
from riskmap.terrain.depressions import fill_depressions
from riskmap.terrain.drainage import height_above_drainage
from riskmap.terrain.flow_direction import flow_direction
from riskmap.terrain.lazy_tasks import Cut, as_array, joined, of_array, tasks
from tests.riskmap.terrain.flow_oracle import random_ground

da: Any = pytest.importorskip("dask.array")


def chain(ground: Any) -> Any:
    filled = lazy.fill_lazily(ground)
    codes = lazy.direct_lazily(filled, dx=30.0, dy=30.0)
    return lazy_flow.height_above_lazily(filled, codes, lazy_flow.accumulate_lazily(codes) >= 6)


def test_a_chain_of_steps_does_each_once_and_gives_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: Counter[str] = Counter()

    def counted(module: Any, name: str) -> None:
        function = getattr(module, name)

        def wrapped(*arguments: Any) -> Any:
            ran[name] += 1
            return function(*arguments)

        wrapped.__name__ = name
        monkeypatch.setattr(module, name, wrapped)

    for name in ("_survey", "_finish", "_direct", "_place"):
        counted(lazy, name)
    for name in ("_gather", "_bring", "_look", "_fill"):
        counted(lazy_flow, name)
    ground = random_ground(np.random.default_rng(11), 60, 50)
    found = chain(da.from_array(ground, chunks=(20, 25))).compute(scheduler="synchronous")
    assert set(ran.values()) == {6}
    assert len(ran) == 8
    filled = fill_depressions(ground)
    codes = flow_direction(filled, dx=30.0, dy=30.0)
    expected = height_above_drainage(filled, codes, accumulate(codes), 6)
    np.testing.assert_array_equal(found, expected)


def test_a_graph_grows_with_the_chunks() -> None:
    ground = np.zeros((60, 60), np.float32)
    few, many = (len(chain(da.from_array(ground, chunks=side)).__dask_graph__()) for side in (15, 5))
    assert many < 12 * few  # 16 chunks, 144


def steps(most: int) -> Any:
    return st.lists(st.integers(1, 9), min_size=1, max_size=most).map(tuple)


@settings(max_examples=40)
@given(steps(4), steps(4), st.data())
def test_windows_are_slices(rows: Any, columns: Any, data: Any) -> None:
    shape = (sum(rows), sum(columns))
    whole = np.arange(shape[0] * shape[1]).reshape(shape)
    ends = [
        sorted(data.draw(st.tuples(*(st.integers(0, n),) * 2).filter(lambda e: e[0] < e[1]))) for n in shape
    ]
    at = (slice(*ends[0]), slice(*ends[1]))
    for array in (whole, da.from_array(whole, chunks=(rows, columns))):
        cut = Cut.of(array)
        piece = cut.window(at)
        one = tasks(joined, {(0, 0): (piece,)}, *cut.needs())
        found = as_array(one, tuple((p.stop - p.start,) for p in at), whole.dtype)
        np.testing.assert_array_equal(found.compute(scheduler="synchronous"), whole[at])


def test_no_array_gives_an_empty_mask() -> None:
    cut = Cut.of(None)
    assert joined(cut.window((slice(0, 2), slice(0, 3)))).size == 0
    assert cut.needs() == []


def test_chunks_keep_their_keys() -> None:
    array = da.zeros((4, 6), chunks=(2, 3))
    assert of_array(array)[1, 0] == (array.name, 1, 0)
