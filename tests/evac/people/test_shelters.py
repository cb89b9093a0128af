"""Shelters from a table: all or none, every wrong row named."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook
from typer.testing import CliRunner

from evac.cli import app
from evac.model import Shelter
from evac.people.datum import Datum
from evac.people.list_file import open_list
from evac.people.shelters import read_shelters, small
from riskmap.errors import DataError

HEAD = ["编号", "场所名称", "行政区划代码", "级别", "可安置人数(人)", "面积(m2)", "经度", "纬度"]
GOOD = ["S1", "大蛟村文化礼堂", "330902001203", "村级", 60, 150.5, 122.1, 30.0]


def book(path: Path, *rows: list[object], head: list[str] = HEAD) -> Path:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for row in (["2021年避灾安置场所一览表"], [], head, *rows):
        sheet.append(row)
    made.save(path)
    return path


def read(path: Path, datum: Datum | None = Datum.WGS84) -> list[Shelter]:
    with open_list(path) as sheets:
        return read_shelters(sheets, datum=datum)


def test_a_table_is_read(tmp_path: Path) -> None:
    (found,) = read(book(tmp_path / "a.xlsx", GOOD))
    assert found == Shelter(
        "S1", "大蛟村文化礼堂", "330902", 60, False, "village", "330902001", 150.5, 122.1, 30.0
    )


def test_gcj02_is_turned_and_nothing_is_taken_without_a_datum(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", GOOD)
    (turned,) = read(path, Datum.GCJ02)
    assert turned.longitude is not None
    assert 0.003 < 122.1 - turned.longitude < 0.008
    with pytest.raises(DataError, match="without a datum"):
        read(path, None)


def test_csv_without_positions_needs_no_datum(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("id,name,county,capacity\nS1,中学,330902,300\n".encode("gb18030"))
    assert read(path, None) == [Shelter("S1", "中学", "330902", 300)]


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        (0, None, "编号 是空的"), (2, "33090", "6, 9 or 12 digits"), (3, "省级", "县级"), (4, "六十", "not a number"),
        (4, 0, "at least 1"), (4, 60.5, "whole number"), (5, -3, "above 0"), (6, 30.0, "not in China"), (7, None, "alone"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_named_and_none_is_taken(
    tmp_path: Path, column: int, value: object, said: str
) -> None:
    bad = ["S2", *GOOD[1:]]
    bad[column] = value
    with pytest.raises(DataError, match=r"第 5 行") as caught:
        read(book(tmp_path / "a.xlsx", GOOD, bad))
    assert said in str(caught.value)


def test_one_id_twice_and_no_headings(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="重复"):
        read(book(tmp_path / "a.xlsx", GOOD, GOOD))
    with pytest.raises(DataError, match="no row of headings"):
        read(book(tmp_path / "b.xlsx", GOOD, head=["甲", "乙"]))


def test_the_commands(tmp_path: Path) -> None:
    table, registry = (
        book(tmp_path / "a.xlsx", GOOD, ["S2", "小屋", *GOOD[2:4], 20, *GOOD[5:]]),
        str(tmp_path / "r.sqlite"),
    )
    run = CliRunner().invoke
    done = run(app, ["shelters", "import", str(table), "--registry", registry, "--datum", "cgcs2000"])
    assert done.exit_code == 0, done.output
    assert "2 个安置场所 shelters, 80 人" in done.output
    assert "小屋: 20 人" in done.output
    listed = run(app, ["shelters", "list", "--registry", registry, "--county", "3309"]).output
    assert "S1\t330902001\tvillage\t60\t150.5 m2\t大蛟村文化礼堂" in listed


def test_small_places_are_told() -> None:
    assert small([Shelter("S1", "a", "330902", 49, level="village"), Shelter("S2", "b", "330902", 20)]) == [
        Shelter("S1", "a", "330902", 49, level="village")
    ]
