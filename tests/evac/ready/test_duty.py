"""The duty roster out of a table: all of it, or none and every wrong row named."""

from __future__ import annotations

from pathlib import Path

import pytest

from evac.people.list_file import open_list
from evac.ready.duty import Duty, Level, read_duty
from riskmap.errors import DataError

HEAD = "层级,行政区划代码,责任人,职务,电话,替补,替补电话,户号\n"


def roster(folder: Path, *rows: str, head: str = HEAD) -> tuple[Duty, ...]:
    path = folder / "duty.csv"
    path.write_text(head + "\n".join(rows) + "\n", encoding="gb18030")
    with open_list(path) as sheets:
        return read_duty(sheets)


def test_rows_of_three_levels(tmp_path: Path) -> None:
    found = roster(
        tmp_path,
        "县包乡,330902001,张县长,副县长,0580-2023456,李科长,13800000002,",
        "乡包村,330902001001,王镇长,副镇长,13800000003,赵干事,13800000004,",
        "村包户,330902001001,陈村委,村委,13800000005,刘村委,660123,H1、H2",
    )
    assert [d.level for d in found] == list(Level)
    assert found[2].households == {"H1", "H2"}
    assert found[0].calls == ("张县长", "李科长")


def test_every_wrong_row_is_named_and_none_taken(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        roster(
            tmp_path,
            "县包乡,330902001001,甲,,,,,",
            "省包市,33,乙,,,,,",
            "村包户,330902001001,丙,,12,,,",
            "村包户,330902001001,丁,,,丁,,",
            "村包户,330902001001,,,,戊,,",
            "村包户,330902001001,己,,,庚,,",
        )
    said = str(caught.value)
    for words in (
        "第 2 行",
        "9 digits for 县包乡",
        "'省包市'",
        "第 4 行",
        "not a telephone",
        "same person",
        "责任人 是空的",
    ):
        assert words in said
    assert said.startswith("5 rows") or "5 rows of the duty roster" in said


def test_no_headings(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="层级, 行政区划代码, 责任人"):
        roster(tmp_path, "甲,乙", head="姓,名\n")
