"""The table of sea walls, and what is refused in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from riskmap.errors import DataError, DatumError
from riskmap.io.sea_walls import read_sea_walls
from riskmap.ledger import Ledger

HEADER = "code,name,region,crest_m,height_datum,toe_m,allowed_q_l_s_m,lon,lat,facing_deg,length_m"
GOOD = "A,甲塘,330902,6.0,1985,0.5,20,122.0,30.0,90,1000"


def write(folder: Path, *lines: str) -> Path:
    path = folder / "walls.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_section_has_its_numbers_in_si_and_defaults_where_empty(tmp_path: Path) -> None:
    walls = read_sea_walls(write(tmp_path, "# 示例 (invented)", HEADER, GOOD))
    assert walls["section"].values.tolist() == ["A"]
    assert float(walls["allowed_discharge"][0]) == pytest.approx(0.020)
    assert float(walls["cot_slope"][0]) == 3.0
    assert np.isnan(float(walls["design_tide"][0]))
    assert walls["height_datum"].values.tolist() == ["1985"]
    assert not bool(walls["vertical"][0])
    assert "示例" in walls.attrs["marks"]


def test_two_ends_give_place_length_and_the_side_of_the_sea(tmp_path: Path) -> None:
    header = "code,name,region,crest_m,height_datum,toe_m,lon1,lat1,lon2,lat2"
    walls = read_sea_walls(write(tmp_path, header, "A,甲塘,330902,6.0,吴淞,0.5,122.0,30.0,122.0,30.1"))
    assert float(walls["facing"][0]) == pytest.approx(90.0)  # walking north, the sea in the east
    assert float(walls["length"][0]) == pytest.approx(11_119.5, abs=1.0)
    assert float(walls["latitude"][0]) == pytest.approx(30.05)
    assert walls["height_datum"].values.tolist() == ["wusong"]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ("B,乙塘,330902,,1985,0.5,20,122.0,30.0,90,1000", r"line 3, column crest_m: a height is missing"),
        ("B,乙塘,330902,600,1985,0.5,20,122.0,30.0,90,1000", r"line 3, column crest_m: a value out of range"),
        (
            "B,乙塘,330902,6.0,1985,7.0,20,122.0,30.0,90,1000",
            r"line 3, column crest_m: a crest below its toe",
        ),
        ("B,乙塘,330902,6.0,1985,0.5,x,122.0,30.0,90,1000", r"line 3, column allowed_q_l_s_m: not a number"),
        ("B,乙塘,330902,6.0,1985,0.5,20,122.0,,90,1000", r"line 3, column lat: a section without its place"),
        ("A,甲塘,330902,6.0,1985,0.5,20,122.0,30.0,90,1000", r"line 3, column code: a section twice"),
        (",乙塘,330902,6.0,1985,0.5,20,122.0,30.0,90,1000", r"line 3, column code: a section without a code"),
    ],
)
def test_a_bad_row_is_named_or_left_out_with_a_ledger(tmp_path: Path, cells: str, message: str) -> None:
    path = write(tmp_path, HEADER, GOOD, cells)
    with pytest.raises(DataError, match=message):
        read_sea_walls(path)
    ledger = Ledger()
    assert read_sea_walls(path, ledger=ledger)["section"].values.tolist() == ["A"]
    (problem,) = ledger.problems
    assert "line 3" in problem.what


def test_a_wall_without_height_datum_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatumError, match=r"line 2, column height_datum: a height without its datum"):
        read_sea_walls(write(tmp_path, HEADER, GOOD.replace("1985", "")))


def test_an_unknown_kind_of_wall_and_a_missing_column_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="an unknown kind of wall"):
        read_sea_walls(write(tmp_path, HEADER + ",wall", GOOD + ",steep"))
    with pytest.raises(DataError, match="a column toe_m"):
        read_sea_walls(write(tmp_path, HEADER.replace("toe_m", "foot"), GOOD))


def test_ends_at_one_point_are_refused(tmp_path: Path) -> None:
    header = "code,name,region,crest_m,height_datum,toe_m,lon1,lat1,lon2,lat2"
    with pytest.raises(DataError, match="a section without length"):
        read_sea_walls(write(tmp_path, header, "A,甲塘,330902,6.0,1985,0.5,122.0,30.0,122.0,30.0"))
