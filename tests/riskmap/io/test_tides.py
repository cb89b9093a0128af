"""Tide tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from riskmap.aggregate import fill_stations
from riskmap.assessment import empty_table
from riskmap.errors import CoverageError, DataError, SourceError
from riskmap.hazard.storm_tide import StormTide
from riskmap.io.rule_files import read_rules
from riskmap.io.tides import read_astronomical_tide, read_stations
from riskmap.scale import NO_DATA, Tier
from tests.factories import make_regions

STATIONS = """name,code,lon,lat,blue_cm,yellow_cm,orange_cm,red_cm
定海,DH,122.10,30.01,210,240,270,300
沈家门,SJM,122.30,29.94,,,,
"""
HOURS = np.arange("2021-07-24T04:00", "2021-07-24T08:00", 60, "M8[m]").astype("M8[s]")
TIDE = """code,time,level_cm
DH,2021-07-24T11:30:00+08:00,100
DH,2021-07-24T12:30:00+08:00,200
DH,2021-07-24T13:30:00+08:00,0
DH,2021-07-24T14:30:00+08:00,50
DH,2021-07-24T15:30:00+08:00,50
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_levels_are_metres_and_unknown_where_empty(tmp_path: Path) -> None:
    found = read_stations(write(tmp_path, STATIONS))
    assert found["station"].values.tolist() == ["DH", "SJM"]
    assert found["blue_level"].values[0] == pytest.approx(2.1)
    assert found["red_level"].values[0] == pytest.approx(3.0)
    assert np.isnan(found["red_level"].values[1])
    assert found["name"].values.tolist() == ["定海", "沈家门"]
    assert found["latitude"].values.tolist() == [30.01, 29.94]


def test_a_table_without_stations_is_empty(tmp_path: Path) -> None:
    assert read_stations(write(tmp_path, STATIONS.splitlines()[0] + "\n")).sizes["station"] == 0


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("red_cm", "RED", r"the column 'red_cm' is missing; expected name, code"),
        ("240", "abc", r"row 2, column yellow_cm: not a number.*found 'abc'"),
        ("240", "inf", r"row 2, column yellow_cm: not a number"),
        ("240", "290", r"row 2, station DH: warning levels do not rise.*blue < yellow < orange < red"),
        ("SJM", "DH", r"row 3, station DH: a station twice"),
        ("122.10,30.01", "30.01,122.10", r"row 2, column lat: a latitude that is none.*found 122\.10.*swapped"),
        ("122.10,30.01", ",30.01", r"row 2, column lon: a longitude that is none.*found nothing"),
        ("122.30,29.94,,,,", "122.30", r"row 3: a row that is too short"),
    ],
)  # fmt: skip
def test_a_wrong_station_table_is_told_by_cell(tmp_path: Path, old: str, new: str, match: str) -> None:
    assert old in STATIONS
    with pytest.raises(DataError, match=match) as caught:
        read_stations(write(tmp_path, STATIONS.replace(old, new, 1)))
    assert "table.csv" in str(caught.value)
    assert caught.value.remedy


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="the file is empty"):
        read_stations(write(tmp_path, ""))


def test_a_table_saved_as_gbk_is_read(tmp_path: Path) -> None:
    path = tmp_path / "levels.csv"
    text = "name,code,lon,lat,blue_cm,yellow_cm,orange_cm,red_cm\n定海,DH,122.1,30.0,230,260,290,340\n"
    path.write_bytes(text.encode("gbk"))
    assert str(read_stations(path)["name"].values[0]) == "定海"


def test_a_missing_table_is_a_source_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone\.csv"):
        read_stations(tmp_path / "gone.csv")


def test_the_tide_is_linear_between_its_instants_and_in_metres(tmp_path: Path) -> None:
    found = read_astronomical_tide(write(tmp_path, TIDE), ["DH"], HOURS)
    assert found.dims == ("time", "station")
    assert found.values[:, 0] == pytest.approx([1.5, 1.0, 0.25, 0.5])


def test_a_station_without_a_tide_is_unknown(tmp_path: Path) -> None:
    found = read_astronomical_tide(write(tmp_path, TIDE), ["SJM", "DH"], HOURS)
    assert np.isnan(found.values[:, 0]).all()
    assert np.isfinite(found.values[:, 1]).all()


def test_the_order_of_the_rows_does_not_matter(tmp_path: Path) -> None:
    head, *rows = TIDE.splitlines()
    turned = "\n".join([head, *rows[::-1]]) + "\n"
    one = read_astronomical_tide(write(tmp_path, TIDE), ["DH"], HOURS)
    assert one.identical(read_astronomical_tide(write(tmp_path, turned), ["DH"], HOURS))


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("level_cm", "level_m", r"the column 'level_cm' is missing"),
        ("+08:00,100", ",100", r"row 2, column time: not an instant with its offset"),
        ("2021-07-24T11:30:00+08:00", "yesterday", r"row 2, column time: .*found 'yesterday'"),
        (",200", ",high", r"row 3, column level_cm: not a number"),
        ("DH,2021-07-24T12:30:00+08:00,200", "DH", r"row 3: a row that is too short"),
    ],
)  # fmt: skip
def test_a_wrong_tide_table_is_told_by_cell(tmp_path: Path, old: str, new: str, match: str) -> None:
    assert old in TIDE
    with pytest.raises(DataError, match=match):
        read_astronomical_tide(write(tmp_path, TIDE.replace(old, new, 1)), ["DH"], HOURS)


def test_a_tide_with_a_gap_is_refused(tmp_path: Path) -> None:
    lines = [line for line in TIDE.splitlines() if "13:30" not in line]
    with pytest.raises(CoverageError, match=r"station DH.*has a gap.*found 2 h.*hourly levels"):
        read_astronomical_tide(write(tmp_path, "\n".join(lines) + "\n"), ["DH"], HOURS)


@pytest.mark.parametrize("shift", [-6, 6])
def test_a_tide_that_does_not_cover_the_hours_is_refused(tmp_path: Path, shift: int) -> None:
    with pytest.raises(CoverageError, match=r"station DH.*does not cover.*extend the table"):
        read_astronomical_tide(write(tmp_path, TIDE), ["DH"], HOURS + np.timedelta64(shift, "h"))


def test_real_warning_levels_and_an_invented_tide_give_storm_tide_tiers(
    shared_data: Path, tmp_path: Path
) -> None:
    stations = read_stations(shared_data / "tide" / "zhejiang_warning_tide_levels.csv")
    four = np.flatnonzero(~np.isnan(stations["red_level"].values))
    assert len(four) == 31
    first = stations.isel(station=four[:1])
    code = str(first["station"].values[0])
    levels = [100 * float(first[f"{c}_level"][0]) for c in ("blue", "yellow", "orange", "red")]
    start = datetime(2021, 7, 24, 4, tzinfo=UTC)
    water = [levels[0] - 50, levels[0], levels[2] + 1, levels[3] + 1]
    rows = [f"{code},{(start + timedelta(hours=h)).isoformat()},{cm}" for h, cm in enumerate(water)]
    table = write(tmp_path, "code,time,level_cm\n" + "\n".join(rows) + "\n")
    tide = read_astronomical_tide(table, [code], HOURS).values
    regions = make_regions()[:2]
    storm = StormTide(first, tide, np.zeros_like(tide), {regions[0].code: (0,), regions[1].code: ()})
    found = empty_table(
        ["storm_tide"], [start + timedelta(hours=h) for h in range(4)], [r.code for r in regions]
    )
    fill_stations(found, 0, storm, read_rules()["storm_tide"], regions)
    assert found["tier"].values[0, :, 0].tolist() == [Tier.GREEN, Tier.BLUE, Tier.ORANGE, Tier.RED]
    assert (found["tier"].values[0, :, 1] == NO_DATA).all()
