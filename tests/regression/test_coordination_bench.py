"""The coordination benchmark on a small town: what it measures is what it says."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import coordination
from benchmarks.check_ins.drivers import DriverMissingError, script
from benchmarks.coordination_parts import allocation
from benchmarks.coordination_parts.towns import lone_households, town


def test_the_town_is_that_of_the_script_on_the_bare_solvers(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        module = script("bench_alloc", "400", "40", "5", "ortools")
    except DriverMissingError as error:
        pytest.skip(str(error))
    made = town(400, 40)
    arcs = made.plane()
    for ours, theirs in (
        (made.people, module.dem), (made.room, module.cap), (arcs.origin, module.i), (arcs.target, module.j),
        (arcs.metres, module.d),
    ):  # fmt: skip
        assert np.array_equal(ours, theirs)
    assert "objective" in capsys.readouterr().out


def test_each_part_emits_its_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coordination, "PARTS", (allocation,))
    monkeypatch.setattr(allocation, "town", lambda *_: town(200, 30))
    monkeypatch.setattr(allocation, "lone_households", lambda *_: lone_households(120, 8))
    records, well = coordination.measure(quick=True)
    assert well
    assert [record.claim for record in records] == list(allocation.CLAIMS)
    found = {record.claim: record for record in records}
    assert found["allocation_gap"].value == 0
    assert found["replan_gap"].value is not None
    assert 0 <= found["replan_gap"].value < 0.05


def test_every_part_promises_claims_of_the_section() -> None:
    promised = [claim for part in coordination.PARTS for claim in part.CLAIMS]
    assert len(promised) == len(set(promised))
    assert set(promised) <= set(coordination.CLAIMS)


def test_a_part_that_fails_says_so_and_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*, quick: bool) -> list[object]:
        raise RuntimeError("no solver")

    monkeypatch.setattr(coordination, "PARTS", (allocation,))
    monkeypatch.setattr(allocation, "measure", broken)
    records, well = coordination.measure(quick=True)
    assert not well
    assert "failed: no solver" in {record.note for record in records}


def test_the_parts_measure_every_claim() -> None:
    assert [claim for part in coordination.PARTS for claim in part.CLAIMS] == list(coordination.CLAIMS)
