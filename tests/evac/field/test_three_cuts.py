"""The three-cuts report: one short message, read back as it was written, and no slip goes unseen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evac.field.three_cuts import LONGEST, NEEDS, Line, ThreeCuts, read_report, spoken, write_report
from riskmap.errors import DataError

NOW = datetime(2024, 3, 1, 4, 0, tzinfo=UTC)
reports = st.builds(
    ThreeCuts,
    village=st.from_regex(r"[0-9]{12}", fullmatch=True),
    at=st.integers(0, 365 * 1440 - 1).map(lambda m: NOW + timedelta(days=1) - timedelta(minutes=m + 1)),
    road=st.sampled_from(Line),
    power=st.sampled_from(Line),
    network=st.sampled_from(Line),
    people=st.none() | st.integers(0, 99_999),
    hurt=st.none() | st.integers(0, 9_999),
    needs=st.sets(st.sampled_from(sorted(NEEDS))).map(lambda s: "".join(sorted(s))),
)


@given(reports)
def test_it_is_one_message_and_comes_back_whole(report: ThreeCuts) -> None:
    text = write_report(report)
    assert len(text) <= LONGEST
    assert text.isascii()
    assert read_report(text, now=NOW) == report
    assert read_report(f"  {text.lower().replace(' ', '  ')}\n", now=NOW) == report
    assert text[-1] in spoken(report)


@given(reports, st.data())
def test_one_wrong_character_is_never_taken_for_another_report(
    report: ThreeCuts, data: st.DataObject
) -> None:
    text = write_report(report)
    place = data.draw(st.integers(0, len(text) - 1).filter(lambda n: text[n] != " "))
    other = data.draw(
        st.sampled_from([c for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" if c != text[place]])
    )
    with pytest.raises(DataError):
        read_report(text[:place] + other + text[place + 1 :], now=NOW)


@given(st.text(max_size=80))
def test_any_text_is_a_report_or_an_error_that_says_what_to_do(text: str) -> None:
    said = ""
    try:
        read_report(text, now=NOW)
    except DataError as error:
        said = str(error)
    assert not said or "evac field form" in said


@pytest.mark.parametrize(("day", "year"), [("0229", 2024), ("0302", 2024), ("0303", 2023), ("1231", 2023)])
def test_the_year_is_the_newest_that_lies_no_more_than_a_day_ahead(day: str, year: int) -> None:
    at = datetime(year, int(day[:2]), int(day[2:]), 4, tzinfo=UTC)
    made = ThreeCuts("330902001201", at, Line.CUT, Line.OPEN, Line.UNKNOWN)
    assert read_report(write_report(made), now=NOW).at == at


def test_full_width_characters_of_a_telephone_are_forgiven() -> None:
    made = ThreeCuts("330902001201", NOW, Line.CUT, Line.CUT, Line.CUT, people=3)
    wide = "".join(chr(ord(c) + 0xFEE0) if c != " " else "\u3000" for c in write_report(made))
    assert read_report(wide, now=NOW) == made


@pytest.mark.parametrize(
    "given",
    [
        {"village": "33090200120"},
        {"at": NOW.replace(tzinfo=None)},
        {"at": NOW + timedelta(seconds=1)},
        {"people": -1},
        {"hurt": 10_000},
        {"needs": "BA"},
        {"needs": "G"},
    ],
)
def test_a_report_that_cannot_be_is_refused_before_it_is_sent(given: dict[str, object]) -> None:
    whole = {"village": "330902001201", "at": NOW, "road": Line.CUT, "power": Line.CUT, "network": Line.CUT}
    with pytest.raises(DataError):
        ThreeCuts(**{**whole, **given})  # type: ignore[arg-type]
