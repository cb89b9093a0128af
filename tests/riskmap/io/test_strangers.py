"""Rows of regions that nobody has: mistakes are problems, a wider table is a note."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from riskmap.io.strangers import name_strangers
from riskmap.ledger import Ledger
from tests.factories import make_regions

FILE = Path("walls.csv")


def named(codes: list[str], **more: bool) -> Ledger:
    ledger = Ledger()
    name_strangers(codes, make_regions(), FILE, ledger, **more)
    return ledger


def test_known_codes_and_longer_ones_are_no_strangers() -> None:
    ledger = named(["330902", "330902105", "330902105206"])
    assert ledger.problems == ledger.notes == []


def test_a_code_that_the_city_does_not_have_is_a_problem_and_another_city_a_note() -> None:
    ledger = named(["330999", "330999", "330281", "330902"])
    assert [p.where for p in ledger.problems] == ["walls.csv"]
    assert "330999;" in ledger.problems[0].what
    assert ledger.notes == [{"key": "beyond the regions looked at", "said": "walls.csv: 1 rows, 330281"}]
    assert named(["330999"], inside=False).problems == []


def test_a_shorter_code_than_the_regions_have_raises_nobody_and_is_named() -> None:
    assert "3309" in named(["3309"]).problems[0].what


def test_an_empty_code_is_named() -> None:
    assert "none" in named([""]).notes[0]["said"]


@given(st.lists(st.sampled_from(["330902", "330999", "110101", "33090"]), max_size=8))
def test_every_stranger_is_counted_or_named(codes: list[str]) -> None:
    ledger = named(codes)
    wrong = {c for c in codes if c in ("330999", "33090")}
    assert bool(ledger.problems) == bool(wrong)
    assert all(code in ledger.problems[0].what for code in wrong)
    beyond = codes.count("110101")
    assert [e["said"].split()[1] for e in ledger.notes] == ([str(beyond)] if beyond else [])
