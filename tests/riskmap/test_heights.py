"""Vertical datums: declared or refused."""

from __future__ import annotations

import numpy as np
import pytest

from riskmap.errors import DatumError
from riskmap.heights import HEIGHT_DATUMS, height_datum, to_datum


@pytest.mark.parametrize(
    ("text", "found"), [("1985", "1985"), ("85高程", "1985"), (" 吴淞 ", "wusong"), ("MSL", "msl")]
)
def test_words_and_chinese_names_are_known(text: str, found: str) -> None:
    assert height_datum(text, where="x") == found
    assert found in HEIGHT_DATUMS


@pytest.mark.parametrize("text", ["", "  ", "黄海", "EGM96"])
def test_what_is_not_known_is_refused(text: str) -> None:
    with pytest.raises(DatumError, match="x"):
        height_datum(text, where="x")


def test_heights_go_there_and_back_by_a_declared_difference() -> None:
    shifts = {("wusong", "1985"): -1.8}
    heights = np.array([0.0, 5.0])
    there = to_datum(heights, given="wusong", wanted="1985", where="x", shifts=shifts)
    np.testing.assert_allclose(there, heights - 1.8)
    np.testing.assert_allclose(
        to_datum(there, given="1985", wanted="wusong", where="x", shifts=shifts), heights
    )
    assert to_datum(3.0, given="msl", wanted="msl", where="x") == 3.0
    with pytest.raises(DatumError, match="declare the local difference"):
        to_datum(3.0, given="station", wanted="1985", where="x", shifts=shifts)
