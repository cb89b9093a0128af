"""The table of villages: what is read, what is refused row by row."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from riskmap.errors import DataError, DatumError
from riskmap.io.key_villages import VillageTable, read_key_villages

HEADER = "id,name,lon,lat,region,above_bank_m,over_channel,past_flood,households,people,responsible\n"
GOOD = "v1,上村,119.5,29.2,330782,1.5,否,是,12,40,村主任\n"


def read(tmp_path: Path, rows: str, header: str = HEADER) -> VillageTable:
    path = tmp_path / "villages.csv"
    path.write_text(header + rows, encoding="utf-8")
    return read_key_villages(path, datum="CGCS2000")


def test_what_the_survey_says_and_what_it_does_not(tmp_path: Path) -> None:
    (full, bare) = read(tmp_path, GOOD + "v2,下村,119.6,29.3,330782102,,,,,,\n").villages
    assert (full.above_bank, full.over_channel, full.past_flood, full.people) == (1.5, False, True, 40)
    assert full.gully_mouth is None
    assert (bare.over_channel, bare.households, bare.responsible) == (None, None, "")
    assert bare.above_bank != bare.above_bank


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("v2,下村,29.2,119.5,330782,,,,,,", "column lon: a place that is not in China.*swapped"),
        ("v2,下村,x,29.2,330782,,,,,,", "column lon: not a number"),
        ("v2,下村,,29.2,330782,,,,,,", "column lon"),
        ("v2,,119.5,29.2,330782,,,,,,", "column name: an empty cell"),
        ("v2,下村,119.5,29.2,3307,,,,,,", "column region: not an administrative code"),
        ("v2,下村,119.5,29.2,330782,,maybe,,,,", "column over_channel: neither yes nor no"),
        ("v2,下村,119.5,29.2,330782,,,,-3,,", "column households"),
        ("v2,下村,119.5,29.2,330782,999,,,,,", "column above_bank_m"),
        ("v1,下村,119.5,29.2,330782,,,,,,", "a village twice"),
    ],
)
def test_a_wrong_row_is_left_out_and_named(tmp_path: Path, row: str, words: str) -> None:
    found = read(tmp_path, GOOD + row + "\n")
    assert [v.id for v in found.villages] == ["v1"]
    (why,) = found.refused
    assert re.search(f"line 3.*{words}", why) or re.search(f"line 3.*{words}", why, re.S)


def test_a_table_of_nothing_or_of_another_datum_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="an empty cell"):
        read(tmp_path, "v2,,119.5,29.2,330782,,,,,,\n")
    with pytest.raises(DatumError, match="GCJ-02"):
        read_key_villages(tmp_path / "villages.csv", datum="GCJ-02")
    with pytest.raises(DataError, match="missing column"):
        read(tmp_path, "1\n", header="id\n")


def test_the_demo_s_villages_are_marked_as_invented_and_surveyed() -> None:
    from riskmap.io.bundled import bundled

    path = bundled("villages/key_villages_example.csv")
    found = read_key_villages(path, datum="CGCS2000")
    assert found.refused == ()
    assert all("示例" in village.name and "示例" in village.responsible for village in found.villages)
    assert path.read_text(encoding="utf-8").count("虚构") == len(found.villages)
    assert {village.past_flood for village in found.villages} <= {True, False}
