"""Own thresholds placed by points and codes; every row that cannot stand is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from riskmap.analysis.own_basins import with_given
from riskmap.errors import DataError, DatumError, SourceError
from riskmap.io.thresholds import ThresholdTable, read_thresholds
from riskmap.io.watershed_shapes import read_given_watersheds
from tests.riskmap.valleys import GRID, altitude, basins, collection, square

HEADER = (
    "code,name,lon,lat,prepare_1h_mm,move_1h_mm,prepare_3h_mm,move_3h_mm,bankfull_m3s,curve_number,area_km2\n"
)


def read(tmp_path: Path, rows: str, *, header: str = HEADER, datum: str | None = "wgs84") -> ThresholdTable:
    path = tmp_path / "t.csv"
    path.write_text(header + rows, encoding="utf-8")
    return read_thresholds(path, basins(), GRID, datum=datum)


def test_a_point_places_its_row_in_the_watershed_that_holds_it(tmp_path: Path) -> None:
    found = read(tmp_path, "XS1,示例溪,120.32,28.52,30,40,50,70,35.5,72,\n")
    number = basins().number_at(GRID, 120.32, 28.52)
    assert number > 0
    assert found.problems == ()
    assert found.used == 1
    known = np.flatnonzero(~np.isnan(found.own.move[:, 0]))
    assert known.tolist() == [number - 1]
    assert found.own.prepare[number - 1, :2].tolist() == [30, 50]
    assert found.own.move[number - 1, :2].tolist() == [40, 70]
    assert np.isnan(found.own.move[number - 1, 2:]).all()
    assert (found.own.bankfull[number - 1], found.own.curve_number[number - 1]) == (35.5, 72)


def test_gcj02_is_converted_and_an_undeclared_datum_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatumError, match="no datum"):
        read(tmp_path, "a,,120.32,28.52,30,40,,,,,\n", datum=None)
    assert read(tmp_path, "a,,120.32,28.52,30,40,,,,,\n", datum="gcj02").used == 1


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("x,,120.6,28.02,30,40,,,,,", "line 3: a point at sea"),
        ("x,,118.0,28.4,30,40,,,,,", "a point off the grid"),
        ("x,,,,30,40,,,,,", "a watershed that is nowhere.*'x'"),
        ("x,,28.4,120.4,30,40,,,,,", "lon and lat are not swapped"),
        ("x,,120.9,28.5,40,30,,,,,", "thresholds of 1 h that do not rise"),
        ("x,,120.9,28.5,,30,,,,,", "thresholds of 1 h that do not rise"),
        ("x,,120.9,28.5,,,,,,,", "without any threshold"),
        ("x,,120.9,28.5,-3,40,,,,,", "column prepare_1h_mm"),
        ("x,,120.9,28.5,30,4000,,,,,", "column move_1h_mm"),
        ("x,,120.9,28.5,,,,,-1,,", "column bankfull_m3s"),
        ("x,,120.9,28.5,,,,,,101,", "column curve_number"),
    ],
)
def test_a_wrong_row_is_named_and_the_others_count(tmp_path: Path, row: str, words: str) -> None:
    import re

    found = read(tmp_path, f"a,,120.32,28.52,30,40,,,,,\n{row}\n")
    assert found.used == 1
    assert len(found.problems) == 1
    assert re.search(words, found.problems[0]), found.problems


def test_two_rows_in_one_watershed_are_named_and_the_more_cautious_numbers_count(tmp_path: Path) -> None:
    found = read(tmp_path, "a,甲沟,120.32,28.52,30,50,,,20,60,\nb,乙沟,120.32,28.53,25,60,55,80,30,75,\n")
    assert found.used == 1
    (words,) = found.problems
    assert "same watershed as 甲沟" in words
    at = basins().number_at(GRID, 120.32, 28.52) - 1
    assert found.own.prepare[at, :2].tolist() == [25, 55]
    assert found.own.move[at, :2].tolist() == [50, 80]
    assert (found.own.bankfull[at], found.own.curve_number[at]) == (20, 75)


def test_an_area_far_from_the_watershed_s_is_doubted_and_used(tmp_path: Path) -> None:
    found = read(tmp_path, "a,甲沟,120.32,28.52,30,50,,,,,3\n")
    assert found.used == 1
    assert "甲沟 is 3 km2, the watershed that it falls in" in found.problems[0]


def test_codes_of_given_watersheds_place_rows_and_must_agree_with_points(tmp_path: Path) -> None:
    shapes = collection(
        tmp_path / "w.geojson", square(120.3, 28.5, 0.04, id="A"), square(120.5, 28.5, 0.04, id="B")
    )
    joined = with_given(basins(), read_given_watersheds(shapes, GRID, altitude()).given, GRID)
    path = tmp_path / "t.csv"
    path.write_text(
        HEADER + "A,,,,30,50,,,,,\nB,,120.31,28.51,30,50,,,,,\nC,,,,30,50,,,,,\n", encoding="utf-8"
    )
    found = read_thresholds(path, joined, GRID, datum="wgs84")
    assert found.used == 1
    assert found.own.move[joined.codes.index("A"), 0] == 50
    assert "a point in another watershed than its code" in found.problems[0]
    assert "nowhere" in found.problems[1]


def test_a_table_of_no_use_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="without thresholds"):
        read(tmp_path, "a,1,2\n", header="code,lon,lat\n")
    with pytest.raises(DataError, match="a point at sea"):
        read(tmp_path, "x,,120.6,28.02,30,40,,,,,\n")
    with pytest.raises(SourceError):
        read_thresholds(tmp_path / "none.csv", basins(), GRID)


@pytest.mark.slow
def test_a_surveyed_bankfull_without_a_curve_number_is_said_to_be_idle(tmp_path: Path) -> None:
    from riskmap.io.inputs import read_inputs
    from riskmap.io.scenario_file import read_scenario
    from riskmap.ledger import Ledger
    from tests.scenarios import write_scenario

    (tmp_path / "t.csv").write_text("lon,lat,bankfull_m3s,datum\n120.97,29.41,40,wgs84\n", encoding="utf-8")
    for number, said in (("", 1), ("curve_number = 75\n", 0)):
        ledger = Ledger()
        extra = f'[flash_flood]\nthresholds = "t.csv"\n{number}'
        inputs = read_inputs(read_scenario(write_scenario(tmp_path, extra=extra)), ledger)[0]
        assert inputs.floods.own is not None
        assert sum("is not used: give a curve number" in p.what for p in ledger.problems) == said
