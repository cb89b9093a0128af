"""What a run says of itself."""

from __future__ import annotations

import pytest

from riskmap.errors import DataError
from riskmap.ledger import Ledger, tell_nobody


def test_a_step_is_timed_and_told() -> None:
    told: list[tuple[str, float]] = []
    ledger = Ledger(tell=lambda step, part: told.append((step, part)))
    with ledger.step("wind") as part:
        part(0.5)
    assert told == [("wind", 0.0), ("wind", 0.5), ("wind", 1.0)]
    (step,) = ledger.steps
    assert step["step"] == "wind"
    assert step["seconds"] >= 0
    assert step["peak_mb"] > 1


def test_steps_keep_their_order() -> None:
    ledger = Ledger()
    for name in ("b", "a"):
        with ledger.step(name):
            pass
    assert [s["step"] for s in ledger.steps] == ["b", "a"]


def test_a_step_that_fails_is_not_recorded_as_done() -> None:
    ledger = Ledger()
    with pytest.raises(ZeroDivisionError), ledger.step("wind"):
        raise ZeroDivisionError
    assert ledger.steps == []


def test_what_was_left_out_keeps_its_reason() -> None:
    ledger = Ledger()
    ledger.missed("letter 330902", DataError("no font", remedy="name one"))
    ledger.missed("map", ValueError())
    assert [(p.where, p.what) for p in ledger.problems] == [
        ("letter 330902", "no font. To mend it: name one."),
        ("map", "ValueError"),
    ]


def test_nobody_is_told_by_default() -> None:
    assert tell_nobody("wind", 0.5) is None
    assert Ledger().tell is tell_nobody
