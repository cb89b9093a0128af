"""Harmonic constants of tide stations, and what is refused in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from riskmap.errors import DataError, DatumError
from riskmap.io.harmonics import read_harmonics

HEADER = "station,lat,constituent,amplitude_cm,phase_deg,phase_clock,mean_level_cm,datum"
GOOD = "DH,30.0,m2,120,285,+08:00,20,1985"


def write(folder: Path, *lines: str) -> Path:
    path = folder / "harmonics.csv"
    path.write_text("\n".join((HEADER, *lines)) + "\n", encoding="utf-8")
    return path


def test_constants_come_in_metres_with_clock_and_datum(tmp_path: Path) -> None:
    found = read_harmonics(
        write(tmp_path, GOOD, "DH,30.0,S2,50,330,+08:00,20,1985", "ZH,29.9,M2,80,90,UTC,0,吴淞")
    )
    assert sorted(found) == ["DH", "ZH"]
    assert found["DH"].constituents == ("M2", "S2")
    assert found["DH"].amplitude == (1.2, 0.5)
    assert found["DH"].zone_hours == 8.0
    assert found["DH"].mean_level == pytest.approx(0.2)
    assert (found["ZH"].zone_hours, found["ZH"].height_datum) == (0.0, "wusong")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("DH,30.0,S2,50,330,,20,1985", r"line 3, column phase_clock: a phase without its clock"),
        ("DH,30.0,S2,,330,+08:00,20,1985", r"line 3, column amplitude_cm: a value out of range"),
        ("DH,30.0,S2,5000,330,+08:00,20,1985", r"line 3, column amplitude_cm: a value out of range"),
        ("DH,30.0,M2,50,330,+08:00,20,1985", r"line 3: a constituent twice"),
        ("DH,30.0,S2,50,330,UTC,20,1985", r"line 3: rows of one station disagree"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_harmonics(write(tmp_path, GOOD, row))


def test_constants_without_datum_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatumError, match=r"line 2, column datum"):
        read_harmonics(write(tmp_path, GOOD.replace("1985", "")))


def test_a_clock_behind_greenwich_counts_backwards(tmp_path: Path) -> None:
    found = read_harmonics(write(tmp_path, GOOD.replace("+08:00", "-03:30")))
    assert found["DH"].zone_hours == -3.5
