"""Mutated bytes of every track file give a track or one of our own errors, never anything else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskmap.errors import RiskmapError
from riskmap.io.bundled import bundled
from riskmap.io.tracks import read_track
from riskmap.track import complete
from tests.track_files import FORMATS, outcome, storm

every_format = pytest.mark.parametrize("name", FORMATS)


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / f"track{FORMATS[name].suffix}"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


FILES = {
    "jma": ("tracks/jma_bst_zhejiang_2015_2021.txt", "jma", "2106", None),
    "jma_csv": ("tracks/jma_zhejiang_2015_2021.csv", "jma_csv", "2106", None),
    "ibtracs": ("tracks/ibtracs_zhejiang_wmo.csv", "ibtracs", "2021197N17135", None),
    "ibtracs_usa": ("tracks/ibtracs_zhejiang_usa.csv", "ibtracs", "2021197N17135", "USA"),
}
BYTES = st.one_of(
    st.binary(max_size=8), st.sampled_from([b"-", b",", b"\n", b"9", b"NaN", b"null", b'"', b"\x00", b"\xff", b"1e999"])
)  # fmt: skip
CHANGE = st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 12), BYTES)
MANY = settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])


def mutated(raw: bytes, changes: list[tuple[float, int, bytes]]) -> bytes:
    """Some places overwritten, cut out or put in between."""
    for place, length, new in changes:
        at = int(place * len(raw))
        raw = raw[:at] + new + raw[at + length :]
    return raw


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
@MANY
@given(changes=st.lists(CHANGE, min_size=1, max_size=6))
def test_mutated_bundled_files_give_a_track_or_say_why(
    tmp_path: Path, name: str, changes: list[tuple[float, int, bytes]]
) -> None:
    source, kind, storm_, agency = FILES[name]
    raw = bundled(source).read_bytes()
    if kind == "jma":  # the storm's own lines, so that the changes hit them
        raw = raw[raw.rindex(b"66666") :]
    else:
        lines = raw.splitlines(keepends=True)
        raw = b"".join(
            [lines[0], *(line for line in lines if b"IN-FA,2021" in line or b"2021197N17135" in line)]
        )
    path = tmp_path / "track.txt"
    path.write_bytes(mutated(raw, changes))
    usable_or_explained(lambda: read_track(path, format=kind, storm=storm_, agency=agency))


def test_a_table_without_its_last_line_end_is_read_where_its_last_value_is_there(tmp_path: Path) -> None:
    for name in FORMATS:
        text = FORMATS[name].write(storm(), "PROBE").rstrip("\n")
        assert FORMATS[name].read(put(tmp_path, name, text)).sizes["time"] == 5


@pytest.mark.slow
@every_format
@MANY
@given(changes=st.lists(CHANGE, min_size=1, max_size=4))
def test_mutated_files_of_every_format(
    tmp_path: Path, name: str, changes: list[tuple[float, int, bytes]]
) -> None:
    path = put(tmp_path, name, mutated(FORMATS[name].write(storm(), "烟花").encode(), changes))
    usable_or_explained(lambda: FORMATS[name].read(path))


def usable_or_explained(reading: Callable[[], xr.Dataset]) -> None:
    """A refusal names the file and a remedy; what was read is a track: times rise and positions are known."""
    track, problem = outcome(reading)
    if track is None:
        assert problem is not None
        assert "track" in str(problem)
        assert problem.remedy
        return
    assert (np.diff(track["time"].values) > np.timedelta64(0, "s")).all()
    assert np.isfinite(track["latitude"].values).all()
    assert np.isfinite(track["longitude"].values).all()
    _, problem = outcome(lambda: complete(track))
    assert problem is None or "neither wind nor pressure" in str(problem)


@pytest.mark.parametrize("name", ["zjwater", "qweather", "geojson"])
def test_brackets_without_end_and_numbers_without_measure(tmp_path: Path, name: str) -> None:
    for text in ('{"track":' + "[" * 100_000, '{"track": ' + "9" * 5000 + "}"):
        with pytest.raises(RiskmapError, match=r"track\."):
            FORMATS[name].read(put(tmp_path, name, text))
