"""The table of own thresholds: what is read, what is refused row by row."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from riskmap.errors import DataError, SourceError
from riskmap.io.watersheds import WatershedTable, read_watersheds

HEADER = "watershed,prepare_1h_mm,move_1h_mm,prepare_3h_mm,move_3h_mm,bankfull_m3s,curve_number,source\n"


def read(tmp_path: Path, rows: str, header: str = HEADER, count: int = 5) -> WatershedTable:
    path = tmp_path / "own.csv"
    path.write_text(header + rows, encoding="utf-8")
    return read_watersheds(path, count)


def test_what_is_there_is_read_and_the_rest_is_unknown(tmp_path: Path) -> None:
    found = read(tmp_path, "3,35,50,60,80,12.5,72,县水利局\n1,,,,,40,,\n")
    own = found.own
    assert own.prepare[2].tolist()[:2] == [35, 60]
    assert own.move[2].tolist()[:2] == [50, 80]
    assert np.isnan(own.prepare[2, 2:]).all()
    np.testing.assert_array_equal(own.bankfull, [40, np.nan, 12.5, np.nan, np.nan])
    assert own.curve_number[2] == 72
    assert found.sources == {3: "县水利局", 1: ""}
    assert found.refused == ()


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("9,35,50,60,80,1,70,x", "line 3, column watershed: not a watershed.*1 to 5.*'9'"),
        ("2.5,35,50,60,80,1,70,x", "column watershed"),
        (",35,50,60,80,1,70,x", "column watershed"),
        ("2,50,35,60,80,1,70,x", "thresholds of 1 h that do not rise"),
        ("2,35,,60,80,1,70,x", "thresholds of 1 h that do not rise"),
        ("2,35,50,60,8000,1,70,x", "column move_3h_mm: a number that cannot be"),
        ("2,-35,50,60,80,1,70,x", "column prepare_1h_mm"),
        ("2,35,50,60,80,0,70,x", "column bankfull_m3s"),
        ("2,35,50,60,80,1,170,x", "column curve_number"),
        ("2,a,50,60,80,1,70,x", "column prepare_1h_mm: not a number"),
        ("1,35,50,60,80,1,70,x", "a watershed twice"),
    ],
)
def test_a_wrong_row_is_left_out_and_named(tmp_path: Path, row: str, words: str) -> None:
    found = read(tmp_path, f"1,30,40,50,70,,,\n{row}\n4,30,40,50,70,,,\n")
    assert sorted(found.sources) == [1, 4]
    assert len(found.refused) == 1
    assert re.search(words, found.refused[0])


def test_a_table_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no row is right"):
        read(tmp_path, "77,1,2,3,4,5,6,x\n")
    with pytest.raises(DataError, match="without thresholds"):
        read(tmp_path, "1,x\n", header="watershed,name\n")
    with pytest.raises(DataError, match="missing column"):
        read(tmp_path, "1,2\n", header="basin,bankfull_m3s\n")
    with pytest.raises(SourceError):
        read_watersheds(tmp_path / "none.csv", 3)
