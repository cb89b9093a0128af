"""Homes from a table: a wrong row is named and keeps no other out."""

from __future__ import annotations

from pathlib import Path

import pytest

from evac.model import Vulnerability
from evac.people.datum import Datum
from evac.people.homes import HomesRead, read_homes
from evac.people.list_file import open_list
from evac.people.shelters import read_facilities
from evac.plan.homes import Facility, Home
from riskmap.errors import DataError


def read(path: Path, text: str, datum: Datum | None = Datum.WGS84) -> HomesRead:
    path.write_text(text, encoding="utf-8")
    with open_list(path) as sheets:
        return read_homes(sheets, datum=datum)


def test_a_list_of_ones_own(tmp_path: Path) -> None:
    found = read(
        tmp_path / "a.csv",
        "某镇需安置户\n户号,人数(人),经度,纬度,县代码,特殊情况,次序,可拆分\n"
        "12,3,122.1,30.0,330902001205,轮椅、独居老人,2,\n工棚,80,122.2,30.0,330902,,,是\n13,2,,,,,,\n",
    )
    first, *others = found.homes
    assert (first.key, first.people, first.county, first.order, first.whole) == ("12", 3, "330902", 2, True)
    assert set(first.needs) == {Vulnerability.DISABLED, Vulnerability.ALONE_AND_AGED}
    assert others == [Home("工棚", 80, 122.2, 30.0, "330902", whole=False), Home("13", 2)]
    assert (found.wrong, found.uncounted, found.elsewhere) == ((), (), 0)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("B,x,122.1,30.0,,", "人数 'x'"),
        ("B,0,122.1,30.0,,", "at least 1"),
        ("B,2.5,122.1,30.0,,", "whole number"),
        ("B,2,122.1,,,", "经度 or 纬度 alone"),
        ("B,2,30.0,122.1,,", "not in China"),
        ("B,2,abc,30.0,,", "经度 'abc'"),
        ("B,2,122.1,30.0,33,", "6, 9 or 12 digits"),
        ("B,2,122.1,30.0,,左撇子", "左撇子"),
        ("A,2,122.1,30.0,,", "重复 twice"),
    ],
)
def test_a_wrong_row_is_named_and_the_others_are_read(tmp_path: Path, row: str, said: str) -> None:
    found = read(
        tmp_path / "a.csv",
        f"户号,人数,经度,纬度,县代码,特殊情况\nA,1,122.1,30.0,,\n{row}\nC,4,122.1,30.0,,\n",
    )
    assert [home.key for home in found.homes] == ["A", "C"]
    (words,) = found.wrong
    assert said in words
    assert "row 3" in words


def test_positions_want_a_datum(tmp_path: Path) -> None:
    found = read(tmp_path / "a.csv", "户号,人数,经度,纬度\nA,1,122.1,30.0\nB,1,,\n", None)
    assert [home.key for home in found.homes] == ["B"]
    assert "without a datum" in found.wrong[0]
    turned = read(tmp_path / "a.csv", "户号,人数,经度,纬度\nA,1,122.1,30.0\n", Datum.GCJ02)
    assert 0.003 < 122.1 - (turned.homes[0].longitude or 0) < 0.008


def test_moves_of_a_plan(tmp_path: Path) -> None:
    found = read(
        tmp_path / "moves.csv",
        "order,step,basis,county,people,needs,stay,longitude,latitude,key\n"
        "1,move_now,register,330902,3,ill no_phone,shelter,122.1,30.0,330902001205|12\n"
        "2,prepare,modelled,330902,240,,shelter,122.2,30.0,region:330902:wind\n"
        "3,prepare,asset_register,330902,,,shelter,122.2,30.0,asset:D1\n"
        "4,move_now,register,330902,2,,relatives,122.1,30.0,330902001205|13\n"
        "5,away,register,330902,2,,shelter,122.1,30.0,330902001205|14\n",
        None,  # our own plans are WGS-84
    )
    household, block = found.homes
    assert (household.key, household.whole, household.modelled) == ("330902001205|12", True, False)
    assert set(household.needs) == {Vulnerability.ILL, Vulnerability.NO_PHONE}
    assert (block.people, block.whole, block.modelled, block.order) == (240, False, True, 2)
    assert (found.uncounted, found.elsewhere) == (("asset:D1",), 2)


def test_what_is_no_table_of_homes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no row of headings"):
        read(tmp_path / "a.csv", "a,b\n1,2\n")
    with pytest.raises(DataError, match="nobody is counted"):
        read(tmp_path / "a.csv", "户号,经度\n1,122.1\n")


def test_facilities_of_shelters(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    head = "编号,名称,行政区划代码,容量,无障碍,医务\n"
    path.write_text(head + "S1,a,330902,9,是,否\nS2,b,330902,9,,\nS3,c,330902,9,否,\n", encoding="utf-8")
    with open_list(path) as sheets:
        found = read_facilities(sheets)
    assert found == {"S1": frozenset({Facility.STEP_FREE}), "S3": frozenset()}  # of S2 nothing is known
    path.write_text(head + "S1,a,330902,9,大概,否\n", encoding="utf-8")
    with open_list(path) as sheets, pytest.raises(DataError, match="无障碍 '大概'"):
        read_facilities(sheets)
