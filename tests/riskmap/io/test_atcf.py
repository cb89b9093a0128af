"""Decks: lines in the shape of the format, storms invented."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from riskmap.errors import ConfigError, CoverageError, DataError, UnitsError
from riskmap.io.atcf import read_atcf
from riskmap.io.tracks import read_track
from riskmap.regressions import KNOT, NAUTICAL_MILE

BDECK = """\
WP, 99, 2099072400,   , BEST,   0, 246N, 1271E,  65,  974, TY,  34, NEQ,  150,  140,  120,  130, 1006,  200,  25,   0,   0,   W,   0,    ,   0,   0,     INVEST, D,
WP, 99, 2099072400,   , BEST,   0, 246N, 1271E,  65,  974, TY,  50, NEQ,   60,   50,    0,   40, 1006,  200,  25,   0,   0,   W,   0,    ,   0,   0,     INVEST, D,
WP, 99, 2099072400,   , BEST,   0, 246N, 1271E,  65,  974, TY,  64, NEQ,    0,    0,    0,    0, 1006,  200,  25,   0,   0,   W,   0,    ,   0,   0,     INVEST, D,
WP, 99, 2099072406,   , BEST,   0, 252N, 1263E,  70,    0, TY,  34, AAA,  150,    0,    0,    0, 1006,  200,   0,   0,   0,   W,   0,    ,   0,   0,      PROBE, D,

WP, 99, 2099072409, 30, BEST,   0, 257N, 1259E,  70,  967, TY,   0,    ,    0,    0,    0,    0,
"""

ADECK = """\
WP, 99, 2099072400, 01, CARQ, -12, 235N, 1284E,  55,    0
WP, 99, 2099072400, 01, CARQ,   0, 246N, 1271E,  65,  974, TY
WP, 99, 2099072406, 03, JTWC,   0, 252N, 1263E,  70,  967, TY,  34, NEQ,  150,  140,  120,  130
WP, 99, 2099072406, 03, JTWC,  12, 262N, 1251E,  80,  958, TY,  34, SEQ,  150,  140,  120,  130
WP, 99, 2099072406, 03, JTWC,  12, 262N, 1251E,  80,  958, TY,  50, NEQ,   70,   60,   50,   60
WP, 99, 2099072406, 03, JTWC,  24, 272N, 1239E,  85,    0, TY,  34, NEQ,  160,  150,  130,  140
WP, 99, 2099072406, 03, AVNO,  12, 260N, 1250E,  60,  980
WP, 99, 2099072412, 03, JTWC,   0, 258N, 1257E,  75,  962, TY
WP, 99, 2099072412, 03, JTWC,  12, 266N, 1245E,  80,  958, TY
"""


def write(folder: Path, text: str, name: str = "bwp992099.dat") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_a_best_track_by_hand(tmp_path: Path) -> None:
    track = read_atcf(write(tmp_path, BDECK))
    assert track["time"].values[-1] == np.datetime64("2099-07-24T09:30")  # the minutes have their own field
    assert track["latitude"].values.tolist() == [24.6, 25.2, 25.7]
    assert track["longitude"].values.tolist() == [127.1, 126.3, 125.9]
    np.testing.assert_allclose(track["maximum_wind"], np.array([65, 70, 70]) * KNOT)
    np.testing.assert_array_equal(track["central_pressure"], [97_400, np.nan, 96_700])
    np.testing.assert_array_equal(track["radius_of_maximum_wind"], [25 * NAUTICAL_MILE, np.nan, np.nan])
    radii = track["wind_radius"].values / NAUTICAL_MILE
    assert radii[0, 0].tolist() == [150, 140, 120, 130]
    assert radii[0, 1].tolist() == [60, 50, 0, 40]
    assert np.isnan(radii[0, 2]).all()
    assert radii[1, 0].tolist() == [150] * 4
    np.testing.assert_allclose(track["wind_threshold"], np.array([34, 50, 64]) * KNOT)
    assert (track.attrs["name"], track.attrs["number"], track.attrs["averaging_period"]) == (
        "PROBE",
        "WP992099",
        60,
    )


def test_a_storm_over_new_year(tmp_path: Path) -> None:
    text = BDECK.replace("20990724", "20981231").replace("2098123109", "2099010100")
    track = read_atcf(write(tmp_path, text), storm="WP992098")
    assert (track.sizes["time"], track.attrs["number"]) == (3, "WP992098")
    with pytest.raises(ConfigError, match="one of WP992098, WP992099"):
        read_atcf(write(tmp_path, text + BDECK))


def test_an_unnamed_storm(tmp_path: Path) -> None:
    for word in ("INVEST", "TWENTYONE", "THIRTEEN", "GENESIS023", ""):
        assert (
            read_atcf(write(tmp_path, BDECK.replace("PROBE", word).replace("INVEST", word))).attrs["name"]
            == ""
        )


def test_a_forecast_out_of_an_a_deck(tmp_path: Path) -> None:
    path = write(tmp_path, ADECK, "awp992099.dat")
    track = read_track(
        path, format="atcf", storm="WP992099", agency="JTWC",
        issued_at=datetime(2099, 7, 24, 8, tzinfo=UTC),
    )  # fmt: skip
    assert track["latitude"].values.tolist() == [24.6, 25.2, 26.2, 27.2]
    assert track["forecast"].values.tolist() == [False, False, True, True]
    radii = track["wind_radius"].values / NAUTICAL_MILE
    assert radii[2, 0].tolist() == [130, 150, 140, 120]  # SEQ begins in the south-east
    assert radii[2, 1].tolist() == [70, 60, 50, 60]
    last = read_atcf(path, technique="jtwc")
    assert last["latitude"].values.tolist() == [24.6, 25.2, 25.8, 26.6]


def test_across_180_degrees(tmp_path: Path) -> None:
    text = BDECK.replace("1271E", "1798W").replace("1263E", "1799E").replace("1259E", "1795E")
    assert read_atcf(write(tmp_path, text))["longitude"].values.tolist() == [-179.8, 179.9, 179.5]
    assert read_atcf(write(tmp_path, BDECK.replace("N,", "S,")))["latitude"].values[0] == -24.6


def test_who_and_when_must_be_there(tmp_path: Path) -> None:
    path = write(tmp_path, ADECK)
    with pytest.raises(ConfigError, match="one of AVNO, CARQ, JTWC"):
        read_atcf(path)
    with pytest.raises(ConfigError, match="one of WP992099"):
        read_atcf(path, storm="WP012099")
    with pytest.raises(CoverageError, match="nothing of this technique"):
        read_atcf(path, technique="JTWC", issued_at=datetime(2099, 7, 24, 3, tzinfo=UTC))
    with pytest.raises(ConfigError, match="several storms fit"):
        read_atcf(write(tmp_path, BDECK + BDECK.replace("WP, 99", "WP, 98")))
    late = "WP, 99, 2099072506, 01, CARQ,   0, 272N, 1239E,  85,  950\n"
    with pytest.raises(DataError, match="forecast older than the analysis"):
        read_atcf(write(tmp_path, ADECK + late), technique="JTWC")


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        ("  70,    0", " -70,    0", UnitsError, "not negative"),
        ("  70,    0", " 400,    0", UnitsError, "0 to 110"),
        ("252N", "252", DataError, "not a position"),
        ("2099072406", "2099073306", DataError, "not a time"),
        ("2099072406", "yesterday", DataError, "not a line of an ATCF deck"),
        ("2099072406", "2099072306", DataError, "times go backwards"),
        ("BEST,   0, 252N", "BEST, 999, 252N", DataError, "not a lead time"),
        ("BEST,   0, 252N", "BEST,   -, 252N", DataError, "not a lead time"),
        ("AAA", "XXQ", DataError, "unknown code of wind radii"),
        ("  70,    0, TY", "  30,  950, TY", UnitsError, "does not fit|column of knots"),
    ],
)
def test_bad_lines_are_named(
    tmp_path: Path, old: str, new: str, error: type[DataError], message: str
) -> None:
    text = BDECK.replace(old, new).replace(" 65,  974", " 30,  950" if "950" in new else " 65,  974")
    with pytest.raises(error, match=message) as caught:
        read_atcf(write(tmp_path, text))
    assert "bwp992099.dat, line" in str(caught.value)


def test_lines_of_one_time_that_differ(tmp_path: Path) -> None:
    text = BDECK.replace("65,  974, TY,  50", "65,  970, TY,  50")
    with pytest.raises(DataError, match="line 1 and line 2: two rows of the same time differ in pressure"):
        read_atcf(write(tmp_path, text))
