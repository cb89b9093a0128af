"""Every published value is met by ours, and the page shows the numbers of today."""

from __future__ import annotations

from itertools import zip_longest

import pytest

from tests.contracts.conformance import END, HEADINGS, PAGE, ROWS, START, Row, rows, table, with_table

FOUND = rows(ROWS.read_text(encoding="utf-8"))

ORIGIN = {"latitude": 30.0, "longitude": 122.0, "eastward": 0.0, "northward": 0.0}

EXAMPLE = """
[[row]]
formula = "a square | its root"
call = "math:sqrt"
inputs = {}
theirs = 2.0
unit = "1"
tolerance = 0.1
source = "arithmetic"
"""


@pytest.mark.slow
@pytest.mark.parametrize("row", FOUND, ids=lambda row: f"{row.formula} {dict(row.inputs)}")
def test_ours_is_theirs(row: Row) -> None:
    assert row.agrees, f"{row.call}: ours {row.ours!r}, theirs {row.theirs!r}"


def test_a_value_is_listed_once() -> None:
    keys = [(row.call, row.part, tuple(sorted(row.inputs.items()))) for row in FOUND]
    assert len(set(keys)) == len(keys)


def test_the_page_has_the_table_of_the_file() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page.count(START) == page.count(END) == 1
    assert _alike(page, with_table(page, FOUND)), "run: python tests/contracts/conformance.py"


def _alike(page: str, made: str) -> bool:
    """Whether two pages say the same, but for the last digits of single precision, which differ from processor to processor."""
    lines = [(a, b) for a, b in zip_longest(page.splitlines(), made.splitlines(), fillvalue="")]
    return all(a == b or _same_row(a.split(" | "), b.split(" | ")) for a, b in lines)


def _same_row(one: list[str], two: list[str]) -> bool:
    """Whether two rows differ in our value and the difference alone, and there by less than a float32 can hold."""
    ours, difference = HEADINGS.index("ours"), HEADINGS.index("difference")
    rest = [n for n in range(len(HEADINGS)) if n not in (ours, difference)]
    return (
        len(one) == len(two) == len(HEADINGS)
        and all(one[n] == two[n] for n in rest)
        and float(one[ours]) == pytest.approx(float(two[ours]), rel=2e-7)
    )


def test_a_difference_is_shown_with_its_sign_and_in_their_unit() -> None:
    over = Row(
        "f", "riskmap.regressions:pressure_from_wind", {"maximum_wind": 0.0}, 1009.0, "hPa", 2.0, "s", 0.01
    )
    assert over.difference == pytest.approx(1.0)
    assert "+1.0e+00" in over.cells()


def test_a_known_difference_is_asked_for_not_only_allowed() -> None:
    call, inputs = "riskmap.regressions:pressure_from_wind", {"maximum_wind": 0.0}
    assert Row("f", call, inputs, 100_000.0, "Pa", 1.0, "s", known_difference=1000.0).agrees
    assert not Row("f", call, inputs, 101_000.0, "Pa", 1.0, "s", known_difference=1000.0).agrees
    assert not Row("f", call, inputs, 100_000.0, "Pa", 1.0, "s").agrees


def test_one_of_several_numbers_is_compared() -> None:
    assert "`displaced[0]`" in table(
        [Row("f", "riskmap.sphere:displaced", ORIGIN, 30.0, "degrees", 0.1, "s", part=0)]
    )
    assert Row("f", "riskmap.sphere:displaced", ORIGIN, 122.0, "degrees", 0.1, "s", part=1).agrees


def test_a_bar_in_a_text_does_not_split_its_cell() -> None:
    one = Row(
        "a | b", "riskmap.regressions:pressure_from_wind", {"maximum_wind": 0.0}, 101_000.0, "Pa", 1.0, "s"
    )
    assert "a \\| b" in table([one])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("unit = ", "units = "), r"row 1 \(a square.*units"),
        (('source = "arithmetic"', ""), r"row 1.*source"),
        (("tolerance = 0.1", "tolerance = 0.0"), r"row 1.*positive"),
    ],
)
def test_a_wrong_row_is_named(change: tuple[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rows(EXAMPLE.replace(*change))
