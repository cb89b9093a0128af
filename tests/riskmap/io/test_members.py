"""Members out of CSV files: a small sound one, everything that does not fit, and the bundled ensemble."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskmap.errors import ConfigError, DataError, RiskmapError, UnitsError
from riskmap.io.members import meps_issue_times, read_members, read_meps
from riskmap.regressions import KNOT

HEAD = "member,time,lat,lon,wind,pressure,rmw,r7_ne,r10_sw"
SOUND = [
    "a,2099-07-24T00:00Z,26.0,125.0,38,955,40,300,",
    "a,2099-07-24T14:00+08:00,27.0,124.5,40,950,,310,90",
    "b,2099-07-24T00:00Z,26.0,125.0,38,955,40,300,",
    "b,2099-07-24T06:00Z,27.1,124.9,36,957,40,,",
]


def write(folder: Path, *rows: str, head: str = HEAD) -> Path:
    path = folder / "members.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def read(folder: Path, *rows: str, head: str = HEAD, **more: Any) -> Any:
    return read_members(write(folder, *rows, head=head), **({"averaging_period": 600} | more))


def test_a_sound_file(tmp_path: Path) -> None:
    found = read(tmp_path, *SOUND)
    assert (found.size, found.labels, found.made, found.source) == (2, ("a", "b"), False, "members.csv")
    assert found.issued_at == datetime(2099, 7, 24, tzinfo=UTC)
    first = found.members[0]
    assert first["time"].values.tolist() == found.members[1]["time"].values.tolist()
    assert first["maximum_wind"].values.tolist() == [38.0, 40.0]
    assert first["central_pressure"].values.tolist() == [95_500.0, 95_000.0]
    assert first["radius_of_maximum_wind"].values[0] == 40e3
    assert np.isnan(first["radius_of_maximum_wind"].values[1])
    assert first["wind_radius"].sel(force=7, quadrant="NE").values.tolist() == [300e3, 310e3]
    assert first["wind_radius"].sel(force=10, quadrant="SW").values[1] == 90e3
    assert first["forecast"].values.tolist() == [False, True]
    assert first.attrs["averaging_period"] == 600
    assert first.attrs["member"] == "a"


def test_declared_units(tmp_path: Path) -> None:
    rows = [
        row.replace(",955,", ",95500,").replace(",950,", ",95000,").replace(",957,", ",95700,")
        for row in SOUND
    ]
    rows = [r.replace(",38,", ",73.9,").replace(",40,9", ",77.8,9").replace(",36,", ",70.0,") for r in rows]
    found = read(tmp_path, *rows, wind_unit="kt", pressure_unit="Pa")
    np.testing.assert_allclose(found.members[0]["maximum_wind"], np.array([73.9, 77.8]) * KNOT)
    assert found.members[1]["central_pressure"].values[1] == 95_700.0


def test_positions_alone(tmp_path: Path) -> None:
    rows = [",".join(row.split(",")[:4]) for row in SOUND]
    found = read(tmp_path, *rows, head="member,time,lat,lon")
    assert np.isnan(found.members[0]["maximum_wind"]).all()


def test_a_file_of_several_storms_and_issue_times(tmp_path: Path) -> None:
    rows = [
        f"{storm},{init},{row}"
        for storm in ("ONE", "TWO")
        for init in ("2099-07-24T00:00Z",)
        for row in SOUND
    ]
    later = [f"ONE,2099-07-24T06:00Z,{r}" for r in (SOUND[1], "a,2099-07-24T12:00Z,28,124,40,950,,,")]
    head = f"storm,init,{HEAD}"
    found = read(
        tmp_path, *rows, *later, head=head, storm="one", issued_at=datetime(2099, 7, 24, 6, tzinfo=UTC)
    )
    assert (found.size, found.members[0].attrs["name"]) == (1, "one")
    with pytest.raises(ConfigError, match="several storms in the file; expected one of ONE, TWO"):
        read(tmp_path, *rows, head=head)
    with pytest.raises(ConfigError, match="several issue times in the file; expected one of 2"):
        read(tmp_path, *rows, *later, head=head, storm="ONE")
    with pytest.raises(ConfigError, match="no such issue time"):
        read(tmp_path, *rows, head=head, storm="ONE", issued_at=datetime(2098, 1, 1, tzinfo=UTC))
    with pytest.raises(ConfigError, match="no such storm"):
        read(tmp_path, *rows, head=head, storm="THREE")


def changed(n: int, old: str, new: str) -> list[str]:
    return [row.replace(old, new, 1) if k == n else row for k, row in enumerate(SOUND)]


BAD: list[tuple[str, list[str], type[RiskmapError], str]] = [
    ("one point", SOUND[:3], DataError, "member b: a member of one point"),
    ("times", changed(3, "T06", "T07"), DataError, "member b: the times of the members differ.*07:00:00"),
    ("twice", [*SOUND, SOUND[3]], DataError, "member b, line 5 and line 6: two rows of one time.*one label"),
    ("label", [*SOUND, SOUND[0]], DataError, "member a, line 3 and line 6: times go backwards.*one label"),
    ("no offset", changed(0, "Z", ""), DataError, "line 2, column time: a time without its offset"),
    ("no time", changed(0, "2099-07-24T00:00Z", "noon"), DataError, "line 2, column time: not a time"),
    ("wind unit", changed(1, ",40,950", ",400,950"), UnitsError, "line 3, column wind, wind: value out of range"),
    ("knots", [r.replace(",38,", ",85,").replace(",40,9", ",88,9").replace(",36,", ",84,") for r in SOUND], UnitsError,
     "wind does not fit the pressure.*knots"),
    ("pascal", [r.replace(",955,", ",95500,") for r in SOUND], UnitsError, "column pressure, pressure: .*looks like Pa"),
    ("NaN", changed(1, ",40,950", ",NaN,950"), DataError, "column wind: not a number; .*'NaN'"),
    ("hole", ["a,2099-07-24T00:00Z,26,125,38,955,,,", "a,2099-07-24T06:00Z,27,124,,,,,",
              "a,2099-07-24T12:00Z,28,124,38,955,,,"], DataError, "member a, line 3: neither wind nor pressure"),
    ("no place", changed(1, ",27.0,124.5", ",,"), DataError, "member a, line 3.*: a fix without a position"),
    ("swapped", [r.replace("26.0,125.0", "125.0,26.0").replace("27.0,124.5", "124.5,27.0") for r in SOUND], DataError,
     "latitude and longitude look swapped"),
    ("radius", changed(0, ",40,300", ",0.4,300"), UnitsError, "line 2, radius of maximum wind: value out of range"),
    ("no member", changed(2, "b", ""), DataError, "line 4, column member: a row without its member"),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "error", "message"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_what_does_not_fit_is_named(
    tmp_path: Path, rows: list[str], error: type[RiskmapError], message: str
) -> None:
    with pytest.raises(error, match=message) as raised:
        read(tmp_path, *rows)
    assert "members.csv" in str(raised.value)
    assert "To mend it" in str(raised.value)


def test_rows_older_than_the_issue_time(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="member a, line 2: a forecast older than the analysis"):
        read(tmp_path, *SOUND, issued_at=datetime(2099, 7, 24, 3, tzinfo=UTC))


def test_the_averaging_period_is_required(tmp_path: Path) -> None:
    path = write(tmp_path, *SOUND)
    with pytest.raises(TypeError, match="averaging_period"):
        read_members(path)  # type: ignore[call-arg]
    with pytest.raises(UnitsError, match="unknown averaging period"):
        read_members(path, averaging_period=100)
    with pytest.raises(ConfigError, match="wind_unit: unknown unit"):
        read_members(path, averaging_period=600, wind_unit="bft")
    with pytest.raises(ConfigError, match="pressure_unit: unknown unit"):
        read_members(path, averaging_period=600, pressure_unit="inHg")


@pytest.mark.parametrize("head", [HEAD.replace("rmw", "rmax"), HEAD.replace("rmw", "wind")])
def test_a_column_nobody_reads_is_refused(tmp_path: Path, head: str) -> None:
    with pytest.raises(DataError, match="line 1: a"):
        read(tmp_path, *SOUND, head=head)


def test_a_storm_that_has_died_in_a_member(tmp_path: Path) -> None:
    three = [
        *SOUND[:2],
        "a,2099-07-24T12:00Z,28,124,38,955,,,",
        *SOUND[2:],
        "c,2099-07-24T00:00Z,26,125,38,955,,,",
    ]
    with pytest.raises(DataError, match="one point"):
        read(tmp_path, *three)
    found = read(tmp_path, *three, ends="dissipated")
    assert (found.size, found.labels, found.stormless) == (3, ("a", "b"), ("c",))


def test_a_member_across_180_degrees(tmp_path: Path) -> None:
    rows = [
        f"{m},2099-07-24T{6 * k:02d}:00Z,26,{lon},38,955,,,"
        for m in "ab"
        for k, lon in enumerate((179.5, -179.9))
    ]
    found = read(tmp_path, *rows)
    assert found.members[0]["longitude"].values.tolist() == [179.5, -179.9]


@pytest.mark.slow
def test_the_bundled_ensemble() -> None:
    storms = {name: meps_issue_times(name) for name in ("DOLPHIN", "NEPARTAK", "MEARI")}
    assert [len(times) for times in storms.values()] == [22, 16, 13]
    for name, times in storms.items():
        for issued_at in (times[0], times[-1]):
            found = read_meps(name, issued_at=issued_at)
            assert (found.size, found.made) == (21, False)
            assert {m.sizes["time"] for m in found.members} == {14}
            hours = np.diff(found.members[0]["time"].values) / np.timedelta64(1, "h")
            assert (hours == 3).all()
            assert np.isnan(found.members[3]["maximum_wind"]).all()
            assert not found.members[3]["forecast"].values[0]
    with pytest.raises(ConfigError, match="no such issue time in the file"):
        read_meps("MEARI", issued_at=datetime(2021, 1, 1, tzinfo=UTC))
    with pytest.raises(ConfigError, match="no such storm"):
        read_meps("IN-FA", issued_at=datetime(2021, 1, 1, tzinfo=UTC))


@pytest.mark.slow
@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_raises_nothing_but_our_own_errors(tmp_path: Path, data: st.DataObject) -> None:
    text = "\n".join([HEAD, *SOUND]) + "\n"
    at = data.draw(st.integers(0, len(text) - 1))
    wide = data.draw(st.integers(0, 12))
    put = data.draw(
        st.sampled_from(["", "9", "-", ",", "\n", '"', "NaN", "1e400", "inf", "null", "\u00e9", "0000"])
    )
    path = tmp_path / "damaged.csv"
    path.write_text(text[:at] + put + text[at + wide :], encoding="utf-8")
    with suppress(RiskmapError):
        assert read_members(path, averaging_period=600, ends="dissipated").size >= 1
