"""The scale that kernel speeds are held against."""

from __future__ import annotations

import doctest
from dataclasses import asdict

import pytest

from benchmarks.engine import peak


def test_the_core_is_measured_in_a_process_of_its_own() -> None:
    found = asdict(peak.core())
    assert set(found) == {"double", "single", "copy", "exponentials"}
    assert all(0.0 < speed < 1e6 for speed in found.values())


def test_a_share_is_held_against_the_precision_that_the_kernel_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peak, "core", lambda: peak.Core(50.0, 100.0, 20.0, 1.0))
    assert "2 % of the 50 Gflop/s" in peak.share(1e7, 100, single=False)
    assert "1 % of the 100 Gflop/s" in peak.share(1e7, 100, single=True)


def test_the_example_of_the_words() -> None:
    assert doctest.testmod(peak).failed == 0
