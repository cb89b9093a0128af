"""Track readers on the bundled files, on made-up originals and on broken ones."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import numpy as np
import pytest

from riskmap.errors import ConfigError, DataError, RiskmapError, SourceError, UnitsError
from riskmap.io.best_tracks import NAUTICAL_MILE, quadrant_radii, read_cma, read_jma
from riskmap.io.bundled import bundled
from riskmap.io.tracks import read_ibtracs, read_jma_csv, read_track
from riskmap.regressions import KNOT
from riskmap.track import complete

JMA = bundled("tracks/jma_bst_zhejiang_2015_2021.txt")
JMA_CSV = bundled("tracks/jma_zhejiang_2015_2021.csv")
WMO = bundled("tracks/ibtracs_zhejiang_wmo.csv")
USA = bundled("tracks/ibtracs_zhejiang_usa.csv")
CMA = Path(__file__).parents[4] / "shared/data/test_only/tracks/CH2017BST.txt"
IN_FA = "2021197N17135"


def at(track: object, stamp: str) -> object:
    return track.sel(time=np.datetime64(stamp, "s"))  # type: ignore[attr-defined]


# --- RSMC Tokyo


def test_a_line_of_the_text_by_hand() -> None:
    """21072403 002 5 268 1245  960     075     20150 0080 90325 0325"""
    fix = at(read_jma(JMA, storm="2106"), "2021-07-24T03")
    assert float(fix["latitude"]) == 26.8
    assert float(fix["longitude"]) == 124.5
    assert float(fix["central_pressure"]) == 96_000
    assert float(fix["maximum_wind"]) == pytest.approx(75 * KNOT)
    np.testing.assert_allclose(fix["wind_radius"].sel(force=7), 325 * NAUTICAL_MILE)
    np.testing.assert_allclose(
        fix["wind_radius"].sel(force=10),
        NAUTICAL_MILE * quadrant_radii(direction=2, longest=150, shortest=80),
    )
    assert np.isnan(fix["wind_radius"].sel(force=12)).all()
    np.testing.assert_allclose(fix["wind_threshold"][:2], [30 * KNOT, 50 * KNOT])


def test_number_or_name_whole_storm() -> None:
    track = read_jma(JMA, storm="2106")
    assert (track.sizes["time"], track.attrs["averaging_period"], track.attrs["number"]) == (81, 600, "2106")
    assert read_jma(JMA, storm="in-fa").equals(track)
    assert np.isnan(track["maximum_wind"].values[0])  # 000 is unknown, not calm


def test_every_bundled_storm_can_be_completed() -> None:
    for number in ("1509", "1909", "2004", "2106"):
        assert np.isfinite(complete(read_jma(JMA, storm=number))["maximum_wind"]).all()


def test_text_and_csv_say_the_same() -> None:
    text, table = read_jma(JMA, storm="2106"), read_jma_csv(JMA_CSV, storm="2106")
    for name in text.data_vars:
        np.testing.assert_allclose(table[name].values, text[name].values, err_msg=str(name))


@pytest.mark.parametrize("direction", range(1, 9))
def test_quadrants_turn_with_the_direction(direction: int) -> None:
    radii = quadrant_radii(direction=direction, longest=150, shortest=80)
    azimuths = np.array([45, 135, 225, 315])
    nearest = np.cos(np.radians(azimuths - 45 * direction))
    assert (np.argsort(radii.round(6), kind="stable") == np.argsort(nearest.round(6), kind="stable")).all()
    assert radii.min() >= 80 - 1e-9
    assert radii.max() <= 150 + 1e-9


def test_no_radius_is_unknown() -> None:
    assert np.isnan(quadrant_radii(direction=0, longest=0, shortest=0)).all()
    assert np.isnan(quadrant_radii(direction=9, longest=0, shortest=0)).all()


HEADER = "66666 2106  002 0009 2106 0 6                IN-FA              20211028\n"
LINE_1 = "21072403 002 5 268 1245  960     075     20150 0080 90325 0325\n"
LINE_2 = "21072406 002 5 272 1244  960     075     20150 0080 90325 0325\n"


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("time,lat\n1,2\n", DataError, "line 1: not a best-track text"),
        (HEADER + LINE_1, DataError, "not all there"),
        (HEADER + LINE_1 + LINE_2.replace("272", "2x2"), DataError, "line 3, columns 16 to 18"),
        (HEADER + LINE_1 + LINE_2.replace("272", "   "), DataError, "columns 16 to 18"),
        (HEADER + LINE_1 + LINE_2.replace("210724", "211324"), DataError, "line 3: not a time"),
        (HEADER + LINE_1 + LINE_2.replace(" 002 ", " 003 "), DataError, 'set format = "cma"'),
        (HEADER + LINE_2 + LINE_1, DataError, "line 2 and line 3: times go backwards"),
        (HEADER + LINE_1 + LINE_1, DataError, "two fixes or more"),
        (HEADER.replace("002", "0x2", 1) + LINE_1 + LINE_2, DataError, "line 1, columns 13 to 15"),
        (HEADER + LINE_1 + LINE_2.replace("272 1244", "900 0244"), DataError, "line 3 .*look swapped"),
        (HEADER + LINE_1 + LINE_2.replace(" 960", "1960"), UnitsError, "line 3, pressure"),
        (2 * (HEADER + LINE_1 + LINE_2), ConfigError, "several storms"),
    ],
)
def test_broken_texts(tmp_path: Path, text: str, error: type[RiskmapError], words: str) -> None:
    path = tmp_path / "bst.txt"
    path.write_text(text)
    with pytest.raises(error, match=words) as caught:
        read_jma(path, storm="2106")
    assert "bst.txt" in str(caught.value)


def test_a_year_of_the_last_century(tmp_path: Path) -> None:
    path = tmp_path / "old.txt"
    path.write_text((HEADER + LINE_1 + LINE_2).replace("\n210724", "\n510724"))
    assert read_jma(path, storm="2106")["time"].values[0] == np.datetime64("1951-07-24T03", "s")


def test_lines_of_before_1977_end_after_the_pressure(tmp_path: Path) -> None:
    path = tmp_path / "old.txt"
    path.write_text(HEADER + LINE_1[:28] + "\n" + LINE_2[:28] + " " * 44 + "\n")
    track = read_jma(path, storm="2106")
    assert np.isnan(track["maximum_wind"]).all()
    np.testing.assert_array_equal(track["central_pressure"], [96_000, 96_000])


@pytest.mark.parametrize("length", [*range(20, 28), 34, 35, *range(42, 61)])
def test_a_line_that_ends_inside_a_value_is_refused(tmp_path: Path, length: int) -> None:
    path = tmp_path / "cut.txt"
    path.write_text(HEADER + LINE_1[:length].rstrip() + "\n" + LINE_2)
    with pytest.raises(DataError, match="line 2"):
        read_jma(path, storm="2106")


# --- CMA

CMA_TEXT = (
    "66666 1713    3 0014 1713 0 6 HATO                               20180501\n"
    "2017082218 3 207 1171  970      33\n2017082300 4 213 1148  950      48\n2017082306 3 221 1122  970       9\n"
)


def test_cma_text(tmp_path: Path) -> None:
    path = tmp_path / "CH2017BST.txt"
    path.write_text(CMA_TEXT)
    track = read_cma(path, storm="HATO")
    assert track.attrs["averaging_period"] == 120
    np.testing.assert_array_equal(track["maximum_wind"], [33, 48, np.nan])
    np.testing.assert_array_equal(track["central_pressure"], [97_000, 95_000, 97_000])
    assert np.isnan(track["wind_radius"]).all()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("0014 1713 0 6 HATO", "", "not a header of the CMA"),
        ("2017082300 4", "20170823 4", 'set format = "jma"'),
        ("2017082300 4", "2017089900 4", "line 3: not a time"),
        ("213 1148", "213 abc", "line 3"),
    ],
)
def test_broken_cma_texts(tmp_path: Path, old: str, new: str, words: str) -> None:
    path = tmp_path / "CH2017BST.txt"
    path.write_text(CMA_TEXT.replace(old, new))
    with pytest.raises(DataError, match=words):
        read_cma(path, storm="1713")


@pytest.mark.skipif(not CMA.exists(), reason="the shared test data is not here")
def test_the_real_cma_file() -> None:
    track = read_cma(CMA, storm="1713")
    assert float(track["maximum_wind"].max()) >= 45
    for number in range(1701, 1728):
        complete(read_cma(CMA, storm=str(number)))
    with pytest.raises(ConfigError, match="HATO"):
        read_cma(CMA, storm="HATTO")
    with pytest.raises(ConfigError, match="no such storm"):
        read_cma(CMA, storm="0000")


# --- IBTrACS


def test_wmo_columns() -> None:
    track = read_ibtracs(WMO, storm=IN_FA)
    assert track.attrs["averaging_period"] == 600
    assert read_ibtracs(WMO, storm=("in-fa", 2021)).equals(track)
    assert read_ibtracs(WMO, storm="IN-FA 2021").equals(track)
    jma = read_jma(JMA, storm="2106")
    both = np.intersect1d(track["time"], jma["time"])
    np.testing.assert_allclose(
        track["maximum_wind"].sel(time=both).fillna(0),
        jma["maximum_wind"].sel(time=both).fillna(0),
        atol=0.01,
    )


def test_usa_columns_are_one_minute_means() -> None:
    usa, wmo = read_ibtracs(USA, storm=IN_FA, agency="USA"), read_ibtracs(WMO, storm=IN_FA)
    assert usa.attrs["averaging_period"] == 60
    assert float(usa["maximum_wind"].max()) > float(wmo["maximum_wind"].max())


def test_fast_enough() -> None:
    read_ibtracs(WMO, storm=IN_FA)
    best = min(_seconds() for _ in range(3))
    assert best < 0.1


def _seconds() -> float:
    start = time.perf_counter()
    read_ibtracs(WMO, storm=IN_FA)
    return time.perf_counter() - start


ORIGINAL = """SID,SEASON,NUMBER,BASIN,NAME,ISO_TIME,LAT,LON,WMO_WIND,WMO_PRES,TRACK_TYPE,USA_LAT,USA_LON,USA_WIND,USA_PRES,USA_RMW,USA_R34_NE,USA_R34_SE,USA_R34_SW,USA_R34_NW
 ,Year, , , , ,degrees_north,degrees_east,kts,mb, ,degrees_north,degrees_east,kts,mb,nmile,nmile,nmile,nmile,nmile
2021197N17135,2021,53,WP,IN-FA,2021-07-24 00:00:00,26.5,124.7,75,960,main,26.5,124.7,80,962,40,200,180,150,160
2021197N17135,2021,53,WP,IN-FA,2021-07-24 03:00:00,26.8,124.6, , ,main, , , , , , , , ,
2021197N17135,2021,53,WP,IN-FA,2021-07-24 06:00:00,27.2,124.4,75,960,main,27.2,124.4,80,962,-999,,,,
2021197N17135,2021,53,WP,IN-FA,2021-07-24 06:00:00,29.9,124.4,75,960,spur,29.9,124.4,80,962,,,,,
"""


def original(folder: Path, text: str = ORIGINAL) -> Path:
    path = folder / "ibtracs.csv"
    path.write_text(text)
    return path


def test_original_files_have_a_row_of_units(tmp_path: Path) -> None:
    wmo = read_ibtracs(original(tmp_path), storm=IN_FA)
    assert wmo.sizes["time"] == 3
    assert np.isnan(wmo["maximum_wind"].values[1])
    usa = read_ibtracs(original(tmp_path), storm=IN_FA, agency="USA")
    assert usa.sizes["time"] == 2
    np.testing.assert_allclose(usa["radius_of_maximum_wind"], [40 * NAUTICAL_MILE, np.nan])
    np.testing.assert_allclose(usa["wind_radius"].values[0, 0] / NAUTICAL_MILE, [200, 180, 150, 160])


def test_gzip(tmp_path: Path) -> None:
    path = tmp_path / "ibtracs.csv.gz"
    path.write_bytes(gzip.compress(ORIGINAL.encode()))
    assert read_ibtracs(path, storm=IN_FA).sizes["time"] == 3


@pytest.mark.parametrize(
    ("old", "new", "error", "words"),
    [
        (",kts,mb, ,", ",m/s,mb, ,", UnitsError, r"line 2, column WMO_WIND: unknown unit.*m/s"),
        ("USA_RMW", "USA_X", None, ""),
        ("WMO_PRES", "WMO_SLP", DataError, "missing column"),
        ("ISO_TIME", "TIME", DataError, "ISO_TIME"),
        ("27.2,124.4,75", "27.2,124.4,abc", DataError, "line 5, column WMO_WIND: not a number.*'abc'"),
        ("2021-07-24 03:00:00", "24.7.2021", DataError, "line 4, column ISO_TIME: not a time"),
        ("26.5,124.7,75", "124.7,26.5,75", DataError, "line 3"),
        ("26.8,124.6,", ",124.6,", DataError, "line 4 .*without a position"),
        ("WP,IN-FA,2021-07-24 00", "EP,IN-FA,2021-07-24 00", DataError, "line 3, column BASIN"),
        ("75,960,main,26.5", "75,96000,main,26.5", UnitsError, "line 3"),
        ("2021-07-24 06:00:00,27.2", "2021-07-24 03:00:00,27.2", DataError, "same time"),
    ],
)
def test_broken_cells(
    tmp_path: Path, old: str, new: str, error: type[RiskmapError] | None, words: str
) -> None:
    assert old in ORIGINAL
    path = original(tmp_path, ORIGINAL.replace(old, new))
    if error is None:
        assert np.isnan(read_ibtracs(path, storm=IN_FA, agency="USA")["radius_of_maximum_wind"]).all()
        return
    with pytest.raises(error, match=words) as caught:
        read_ibtracs(path, storm=IN_FA)
    assert "ibtracs.csv" in str(caught.value)
    assert "To mend it" in str(caught.value)


def test_swapped_columns_are_recognised(tmp_path: Path) -> None:
    text = ORIGINAL.replace(",LAT,LON,", ",LON,LAT,").replace(" ,degrees_north,degrees_east,kts", " ,,,kts")
    with pytest.raises(DataError, match="look swapped"):
        read_ibtracs(original(tmp_path, text), storm=IN_FA)


def test_unknown_storms_name_their_neighbours() -> None:
    with pytest.raises(ConfigError, match="IN-FA 2021"):
        read_ibtracs(WMO, storm="INFA 2021")
    with pytest.raises(ConfigError, match="several storms"):
        read_ibtracs(WMO, storm="UNNAMED")
    with pytest.raises(ConfigError, match="IN-FA 2021"):
        read_ibtracs(WMO, storm=("IN-FA", 2020))
    with pytest.raises(ConfigError, match="IN-FA"):
        read_jma(JMA, storm="INFA")


def test_an_agency_without_a_position(tmp_path: Path) -> None:
    text = "\n".join(ORIGINAL.splitlines()[i] for i in (0, 1, 3)) + "\n"
    with pytest.raises(DataError, match="no position of this agency"):
        read_ibtracs(original(tmp_path, text), storm=IN_FA, agency="USA")


# --- the dispatcher


@pytest.mark.parametrize(
    ("path", "kind", "storm", "agency", "period"),
    [
        (JMA, "jma", "2106", None, 600),
        (JMA, "jma", ("IN-FA", 2021), None, 600),
        (JMA_CSV, "jma_csv", "2106", None, 600),
        (WMO, "ibtracs", IN_FA, None, 600),
        (USA, "ibtracs", IN_FA, "USA", 60),
    ],
)
def test_formats(path: Path, kind: str, storm: str, agency: str | None, period: int) -> None:
    assert read_track(path, format=kind, storm=storm, agency=agency).attrs["averaging_period"] == period


def test_wrong_settings() -> None:
    with pytest.raises(ConfigError, match=r'"jma_csv"\?'):
        read_track(JMA, format="jma-csv", storm="2106")
    with pytest.raises(ConfigError, match="unknown agency"):
        read_track(WMO, format="ibtracs", storm=IN_FA, agency="JTWC")
    with pytest.raises(SourceError, match="could not be read"):
        read_track("nowhere.txt", format="jma", storm="2106")
