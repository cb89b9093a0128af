"""Every reader of tracks against every fault: read right, or refused with the place, and nothing mended in silence."""

from __future__ import annotations

import gzip
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from riskmap.errors import DataError, RiskmapError, SourceError, UnitsError
from riskmap.io.bundled import bundled
from riskmap.io.tracks import read_track
from riskmap.sphere import distance
from riskmap.track import complete
from tests.track_files import FORMATS, Format, Row, outcome, spoilt, storm

every_format = pytest.mark.parametrize("name", FORMATS)
live_format = pytest.mark.parametrize("name", [n for n, f in FORMATS.items() if f.forecasts])
LAST = 4


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / f"track{FORMATS[name].suffix}"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(folder: Path, name: str, rows: list[Row], called: str = "PROBE") -> xr.Dataset:
    return FORMATS[name].read(put(folder, name, FORMATS[name].write(rows, called)))


def refused(folder: Path, name: str, rows: list[Row], *ks: int, error: type[RiskmapError] = DataError) -> str:
    """The message, which must name the file, the rows, and what to do."""
    with pytest.raises(error) as caught:
        read(folder, name, rows)
    said = str(caught.value)
    assert "track." in said
    for k in ks:
        assert FORMATS[name].label(k) in said, said
    assert caught.value.expected
    assert caught.value.found
    assert "To mend it" in said
    return said


def strength(track: xr.Dataset) -> np.ndarray:
    names = ("latitude", "longitude", "maximum_wind", "central_pressure")
    return np.column_stack([track[name].values for name in names])


@every_format
def test_the_storm_itself_is_read(tmp_path: Path, name: str) -> None:
    track = read(tmp_path, name, storm())
    np.testing.assert_allclose(track["latitude"], 26.0 + 0.5 * np.arange(5))
    np.testing.assert_allclose(track["longitude"], 125.0 - 0.5 * np.arange(5))
    np.testing.assert_allclose(track["central_pressure"], [97_500, 97_000, 96_500, 97_000, 97_500])
    np.testing.assert_allclose(track["maximum_wind"], [33, 36, 38, 36, 33], atol=0.3)
    assert "repeated_rows" not in track.attrs


# --- values


@every_format
@pytest.mark.parametrize("wind", [-5.0, 250.0])
def test_a_wind_that_no_storm_has(tmp_path: Path, name: str, wind: float) -> None:
    refused(tmp_path, name, spoilt(storm(), 2, wind=wind), 2)


@every_format
@pytest.mark.parametrize("pressure", [-965.0, 96_500.0, 500.0])
def test_a_pressure_that_no_storm_has(tmp_path: Path, name: str, pressure: float) -> None:
    refused(tmp_path, name, spoilt(storm(), 2, pressure=pressure), 2)


@every_format
def test_pressures_in_pa_for_hpa(tmp_path: Path, name: str) -> None:
    rows = [replace(r, pressure=100.0 * float(r.pressure)) for r in storm()]
    said = refused(tmp_path, name, rows, 0)
    if name not in ("jma", "cma"):  # there the columns shift first, and that is what is said
        assert "Pa" in said


@every_format
def test_knots_for_metres_per_second_and_the_reverse(tmp_path: Path, name: str) -> None:
    factor = 0.5144 if FORMATS[name].knots else 1.944
    rows = [replace(r, wind=factor * float(r.wind)) for r in storm()]
    said = refused(tmp_path, name, rows, error=UnitsError)
    assert "does not fit the pressure" in said
    assert re.search(re.escape(FORMATS[name].row).replace(r"\{\}", r"\d"), said)


@every_format
def test_a_wind_that_lost_a_digit(tmp_path: Path, name: str) -> None:
    said = refused(tmp_path, name, spoilt(storm(), 2, wind=3.6), 2, error=UnitsError)
    assert "missing digit" in said


@every_format
@pytest.mark.parametrize("text", ["NaN", "null", ""])
@pytest.mark.parametrize("field", ["wind", "pressure"])
def test_an_unknown_value_in_the_middle(tmp_path: Path, name: str, field: str, text: str) -> None:
    rows = spoilt(storm(), 2, **{field: text})
    whole = strength(read(tmp_path, name, storm()))
    track, problem = outcome(lambda: read(tmp_path, name, rows))
    if track is None:
        assert problem is not None
        refused(tmp_path, name, rows, 2)
        return
    whole[2, 2 if field == "wind" else 3] = np.nan
    np.testing.assert_array_equal(strength(track), whole)  # unknown, not filled and not shifted


@every_format
@pytest.mark.parametrize("text", ["NaN", "null", "", "abc"])
@pytest.mark.parametrize("field", ["latitude", "longitude"])
def test_an_unknown_position_is_refused(tmp_path: Path, name: str, field: str, text: str) -> None:
    refused(tmp_path, name, spoilt(storm(), 2, **{field: text}), 2)


@every_format
def test_latitude_and_longitude_swapped(tmp_path: Path, name: str) -> None:
    rows = [replace(r, latitude=r.longitude, longitude=r.latitude) for r in storm()]
    said = refused(tmp_path, name, rows, 0)
    if name != "jma":  # its columns are too narrow for it
        assert "swapped" in said
    refused(tmp_path, name, spoilt(storm(), 2, latitude=124.0, longitude=27.0), 2)


@every_format
@pytest.mark.parametrize("k", range(5))
@pytest.mark.parametrize("changes", [{"latitude": 38.0}, {"longitude": 134.0}])
def test_a_wrong_digit_in_a_position(tmp_path: Path, name: str, k: int, changes: dict[str, float]) -> None:
    with pytest.raises(DataError, match="the centre jumps") as caught:
        read(tmp_path, name, spoilt(storm(), k, **changes))
    labels = [FORMATS[name].label(n) for n in range(max(k - 1, 0), min(k + 2, 5))]
    assert any(f"{label} (" in str(caught.value) for label in labels)  # itself or a neighbour


# --- times


@every_format
def test_times_that_go_backwards(tmp_path: Path, name: str) -> None:
    rows = storm()
    rows[1], rows[2] = rows[2], rows[1]
    assert "backwards" in refused(tmp_path, name, rows, 1, 2)


@every_format
def test_an_identical_row_is_merged_and_said(tmp_path: Path, name: str) -> None:
    rows = storm()
    track = read(tmp_path, name, [*rows[:3], *rows[2:]])
    np.testing.assert_array_equal(strength(track), strength(read(tmp_path, name, rows)))
    label = FORMATS[name].label
    assert track.attrs["repeated_rows"] == f"{label(3)} repeats {label(2)}"


@every_format
@pytest.mark.parametrize(
    "changes", [{"wind": 36.0}, {"pressure": 968.0}, {"latitude": 27.3}, {"longitude": 123.7}]
)
def test_rows_of_one_time_that_differ(tmp_path: Path, name: str, changes: dict[str, float]) -> None:
    rows = storm()
    rows.insert(3, replace(rows[2], **changes))
    assert "differ" in refused(tmp_path, name, rows, 2, 3)


@every_format
def test_one_fix_is_no_track(tmp_path: Path, name: str) -> None:
    assert "two fixes" in refused(tmp_path, name, storm(1))


@live_format
def test_a_forecast_after_the_analysis_is_read(tmp_path: Path, name: str) -> None:
    rows = [replace(r, forecast=k > 0 if name == "atcf" else k > 2) for k, r in enumerate(storm())]
    track = read(tmp_path, name, rows)
    assert track["forecast"].values.tolist() == [r.forecast for r in rows]


@live_format
def test_a_forecast_older_than_the_analysis(tmp_path: Path, name: str) -> None:
    rows = [replace(r, forecast=k > 2) for k, r in enumerate(storm())]
    if (
        name == "atcf"
    ):  # an a-deck's forecast begins where it is based: an old one says lead times of the past
        text = FORMATS[name].write(storm(), "PROBE").replace("JTWC,   0, 265N", "JTWC, -12, 265N")
        track = FORMATS[name].read(put(tmp_path, name, text))
        assert (~track["forecast"]).all()
        assert (
            track.sizes["time"] == 4
        )  # what lies before its own base is no forecast, and not analysed either
        return
    late = [replace(r, time=r.time - timedelta(hours=12)) if r.forecast else r for r in rows]
    with pytest.raises(DataError, match="older than the analysis") as caught:
        read(tmp_path, name, late)
    assert "track." in str(caught.value)


# --- places and names


@every_format
def test_a_fix_across_180_degrees(tmp_path: Path, name: str) -> None:
    east = [178.8, 179.5, 180.2, 180.9, 181.6]
    shown = east if name in ("jma", "cma") else [x - 360.0 if x > 180 else x for x in east]
    track = read(tmp_path, name, [replace(r, longitude=x) for r, x in zip(storm(), shown, strict=True)])
    place = {n: track[n].values for n in ("latitude", "longitude")}
    steps = distance(
        latitude=place["latitude"][:-1], longitude=place["longitude"][:-1],
        to_latitude=place["latitude"][1:], to_longitude=place["longitude"][1:],
    )  # fmt: skip
    assert (steps < 110e3).all()
    np.testing.assert_allclose(track["longitude"].values % 360.0, east)
    complete(track)


@every_format
def test_an_unnamed_storm(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, name, storm(), called="").attrs["name"] == ""


# --- files


@every_format
@pytest.mark.parametrize(
    "content", [b"", b" \r\n\r\n", b"\xef\xbb\xbf", b"PK\x03\x04rest of a workbook", b"\x00" * 64,
                b"\x1f\x8bnot gzip", bytes(range(256)) * 8],
)  # fmt: skip
def test_what_is_no_text(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(RiskmapError, match=r"track\.") as caught:
        FORMATS[name].read(put(tmp_path, name, content))
    assert caught.value.expected
    assert caught.value.remedy


@every_format
def test_a_folder_and_a_file_that_is_not_there(tmp_path: Path, name: str) -> None:
    folder = tmp_path / f"track{FORMATS[name].suffix}"
    with pytest.raises((SourceError, OSError)):
        _no_helper(FORMATS[name])(folder)
    folder.mkdir()
    with pytest.raises(SourceError, match="could not be read"):
        _no_helper(FORMATS[name])(folder)


def _no_helper(form: Format) -> Any:
    """The reader alone: the test's own look into a feed for its forecasts would fail first."""
    kind = next(n for n, f in FORMATS.items() if f is form).removesuffix("_csv")
    kind = "jma_csv" if form is FORMATS["jma_csv"] else kind
    return lambda path: read_track(path, format=kind, storm="2106")


@every_format
def test_a_text_of_another_kind(tmp_path: Path, name: str) -> None:
    for text in (
        "<html><body>502 Bad Gateway</body></html>",
        "no such storm\n",
        '{"error": "busy"}',
        "[]",
        "1",
        "null",
    ):
        with pytest.raises(RiskmapError, match=r"track\."):
            FORMATS[name].read(put(tmp_path, name, text))


@every_format
@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-8"])
def test_chinese_names_in_the_usual_encodings(tmp_path: Path, name: str, encoding: str) -> None:
    text = FORMATS[name].write(storm(), "烟花")
    track = FORMATS[name].read(put(tmp_path, name, text.encode(encoding)))
    np.testing.assert_array_equal(strength(track), strength(read(tmp_path, name, storm())))
    if track.attrs["name"] not in ("", "PROBE"):
        assert track.attrs["name"] == "烟花"


@every_format
def test_other_encodings_are_refused(tmp_path: Path, name: str) -> None:
    text = FORMATS[name].write(storm(), "烟花")
    with pytest.raises(SourceError, match="not text"):
        FORMATS[name].read(put(tmp_path, name, text.encode("utf-16")))


@every_format
def test_line_ends_of_windows_and_gzip(tmp_path: Path, name: str) -> None:
    text = FORMATS[name].write(storm(), "PROBE")
    whole = strength(read(tmp_path, name, storm()))
    crlf = FORMATS[name].read(put(tmp_path, name, text.replace("\n", "\r\n")))
    np.testing.assert_array_equal(strength(crlf), whole)
    if not name.startswith("zjwater"):  # the test's own look into the feed knows no gzip
        packed = FORMATS[name].read(put(tmp_path, name, gzip.compress(text.encode())))
        np.testing.assert_array_equal(strength(packed), whole)


@pytest.mark.slow
@every_format
def test_a_file_cut_anywhere_gives_no_wrong_value(tmp_path: Path, name: str) -> None:
    """Fewer fixes may be left where the format does not count them, but none with another value."""
    raw = FORMATS[name].write(storm(), "PROBE").encode()
    whole = read(tmp_path, name, storm())
    read_some = 0
    for end in range(len(raw) // 2, len(raw)):
        try:
            part = FORMATS[name].read(put(tmp_path, name, raw[:end]))
        except RiskmapError:
            continue
        read_some += 1
        n = part.sizes["time"]
        np.testing.assert_array_equal(strength(part), strength(whole)[:n], err_msg=repr(raw[end - 60 : end]))
        np.testing.assert_array_equal(part["wind_radius"], whole["wind_radius"][:n])
        np.testing.assert_array_equal(part["time"], whole["time"][:n])
    if name in ("jma", "cma", "zjwater", "qweather", "geojson"):  # counted, or closed by a bracket
        assert read_some <= 1  # all but the last line end
    else:
        assert read_some > 0  # whole rows of a table stay a table


# --- no false alarm


@pytest.mark.slow
def test_every_bundled_storm_is_read() -> None:
    with bundled("tracks/ibtracs_zhejiang_usa.csv").open(encoding="utf-8") as lines:
        storms = sorted({line.split(",")[0] for line in lines} - {"SID"})
    assert len(storms) == 75
    for identifier in storms:
        for source, agency in (("usa", "USA"), ("wmo", "WMO")):
            path = bundled(f"tracks/ibtracs_zhejiang_{source}.csv")
            track = read_track(path, format="ibtracs", storm=identifier, agency=agency)
            assert "repeated_rows" not in track.attrs


def test_every_shared_chinese_storm_is_read(shared_data: Path) -> None:
    for number in range(1701, 1728):
        read_track(shared_data / "tracks" / "CH2017BST.txt", format="cma", storm=str(number))
