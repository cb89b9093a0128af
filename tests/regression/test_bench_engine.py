"""The engine's benchmarks measure what they say."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from benchmarks.engine import memory, swath
from benchmarks.harness import ROOT
from riskmap.track import interpolate

GROWS = """
import numpy as np
from benchmarks.engine.memory import peak_megabytes
before = peak_megabytes()
held = np.ones(12_500_000)
print(before, peak_megabytes())
"""


def test_a_child_does_not_start_with_its_parents_peak() -> None:
    held = np.ones(40_000_000)  # 320 MB that the child does not have
    done = subprocess.run([sys.executable, "-c", GROWS], cwd=ROOT, capture_output=True, text=True, check=True)
    before, after = map(float, done.stdout.split())
    assert memory.peak_megabytes() > held.nbytes / 1e6
    assert before < 250.0
    assert 90.0 < after - before < 150.0


def test_without_the_kernels_count_the_peak_is_that_of_getrusage(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setattr(memory, "STATUS", ROOT / "no such file")
    assert memory.peak_megabytes() > 20.0


@pytest.mark.slow
def test_storms_are_ranked_by_their_fastest_hour_and_lie_in_their_box() -> None:
    ranked = swath.storms()
    assert len(ranked) > 70
    speeds = [storm.speed for storm in ranked]
    assert speeds == sorted(speeds, reverse=True)
    assert speeds[0] > 30.0
    for storm in ranked[:5]:
        grid = swath.box(storm)
        west, south, east, north = grid.bounds
        at = interpolate(storm.track, np.array([storm.hour - swath.HOUR, storm.hour]))
        assert ((at["longitude"].values > west) & (at["longitude"].values < east)).all()
        assert ((at["latitude"].values > south) & (at["latitude"].values < north)).all()
