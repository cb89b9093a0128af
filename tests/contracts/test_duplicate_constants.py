"""The duplicate check finds what it says, and finds nothing in the project."""

from __future__ import annotations

import ast

import pytest

from tests.contracts.duplicate_constants import ALLOWED_NUMBERS, duplicates, significant_digits
from tests.contracts.tree import module_files, parsed


def trees(**sources: str) -> dict[str, ast.Module]:
    return {name: ast.parse(text) for name, text in sources.items()}


def test_a_measured_number_in_two_modules_is_found() -> None:
    found = duplicates(trees(a="x = 6_371_008.8", b="def f():\n    return 2 * 6371008.8"))
    assert found == ["the number 6371008.8 stands in a:1, b:2"]


def test_an_integer_and_a_float_are_the_same_number() -> None:
    assert len(duplicates(trees(a="f(1852)", b="f(1852.0)"))) == 1


def test_short_numbers_and_one_module_are_let_be() -> None:
    assert duplicates(trees(a="x = 1.15\ny = 9.80665 + 9.80665", b="x = 1.15\nz = 120000")) == []


def test_a_constant_defined_twice_is_found_by_name_and_value() -> None:
    found = duplicates(trees(a="REACH = 50e3", b="REACH: float = 50e3", c="REACH = 40e3"))
    assert found == ["the constant REACH = 50000.0 is defined in a:1, b:1"]


def test_a_constant_with_almost_the_same_value_is_found() -> None:
    found = duplicates(trees(a="KNOT = 1852 / 3600", b="KNOT = 0.5144", c="KNOT = 2.0"))
    assert found == ["the constant KNOT is 0.514444444 in a:1 and 0.5144 in b:1"]


def test_allowed_numbers_are_long_enough_to_need_it() -> None:
    # 3600 and 86400 lose their zeros: they never reach the limit and need no exception
    assert [n for n in ALLOWED_NUMBERS if significant_digits(int(n)) < 4] == []


@pytest.mark.slow
def test_the_project_defines_each_constant_once() -> None:
    assert duplicates({str(path): parsed(path) for path in module_files()}) == []
