"""What the peer computes is understood, and a run without the peer says so."""

from __future__ import annotations

import stat
import sys
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest

from benchmarks.climada import oracle, sample, side
from benchmarks.climada.case import REACH, Case, in_fa
from riskmap.grid import Grid


@pytest.fixture(scope="module")
def case() -> Case:
    return in_fa()


def small(latitude: list[float], longitude: list[float], pressure: list[float], *, step: float = 0.5) -> Case:
    n = len(latitude)
    return Case(
        time=np.arange(n) * 3600, latitude=np.array(latitude), longitude=np.array(longitude),
        central_pressure=np.array(pressure), environmental_pressure=np.full(n, 1005.0), maximum_wind=np.full(n, 60.0),
        grid=Grid.from_bounds(west=118.0, south=26.0, east=124.0, north=32.0, step=step),
    )  # fmt: skip


def test_the_twin_gives_the_numbers_of_the_peer() -> None:
    """Cells of runs of CLIMADA 6.1.0, kept in ``sample.csv``: windy, calm and out of reach, and at its limits."""
    seen = []
    for case, rows, columns, theirs in sample.read():
        ours = oracle.peak(
            case, threshold=0.0, latitude=case.grid.latitude[rows], longitude=case.grid.longitude[columns]
        )
        assert theirs.max() > 30.0
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)
        seen.append(theirs)
    assert len(seen) == 6
    assert (np.concatenate(seen) == 0.0).any()


def test_the_case_is_the_one_that_is_written_about(case: Case) -> None:
    assert (len(case.time), case.grid.shape) == (210, (225, 300))
    assert set(np.diff(case.time)) == {3600}
    assert 2.9e6 < case.pairs < 3.0e6


def test_pairs_are_counted_one_by_one() -> None:
    few = small([28.0, 28.3, 28.6], [123.0, 122.7, 122.1], [970.0, 965.0, 960.0])
    lat, lon = np.meshgrid(few.grid.latitude, few.grid.longitude, indexing="ij")
    count = 0
    for k in (1, 2):
        north = 111_120.0 * (lat - few.latitude[k])
        east = 111_120.0 * np.cos(np.radians(few.latitude[k])) * (lon - few.longitude[k])
        count += int((np.hypot(north, east) <= REACH).sum())
    assert few.pairs == count > 0


def test_the_first_node_gives_nothing_and_the_last_counts() -> None:
    away = ([40.0, 29.0], [150.0, 121.0])
    assert oracle.peak(small(*away, [950.0, 950.0])).max() > 20.0
    assert oracle.peak(small(away[0][::-1], away[1][::-1], [950.0, 950.0])).max() == 0.0


def test_motion_is_shortened_and_the_threshold_cuts() -> None:
    fast = small([29.0, 29.0], [118.0, 121.0], [960.0, 960.0])
    storm = oracle.vortices(fast)
    assert float(np.hypot(storm.east[1], storm.north[1])) == pytest.approx(15.433, abs=1e-3)
    whole, cut = oracle.peak(fast, threshold=0.0), oracle.peak(fast)
    np.testing.assert_array_equal(cut, np.where(whole < 17.5, 0.0, whole))
    assert ((whole > 0) & (cut == 0)).any()


def test_a_python_without_the_peer_is_named_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(side.VARIABLE, str(script(tmp_path, "raise SystemExit(1)")))
    with pytest.raises(side.PeerMissingError, match=rf"{side.VARIABLE} has no CLIMADA.*--no-deps climada=="):
        side.interpreter()
    monkeypatch.setenv(side.VARIABLE, str(tmp_path / "nothing"))
    with pytest.raises(side.PeerMissingError, match="not a Python that runs"):
        side.interpreter()


def script(folder: Path, body: str) -> Path:
    """An executable that stands in for the peer's Python."""
    path = folder / "python"
    path.write_text(f"#!{sys.executable}\n" + dedent(body), encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


ANSWERS = """
    import json, sys
    if "-c" in sys.argv:
        raise SystemExit(0)
    from pathlib import Path
    folder = Path(sys.argv[2])
    nodes = json.loads((folder / "case.json").read_text())
    print("chatter of the program")
    print("@" + json.dumps({"version": "9.9"}), flush=True)
    for line in sys.stdin:
        print("more chatter")
        print("@" + json.dumps({"seconds": float(len(nodes["time"])), "cpu": 1.0, "peak_gb": 0.5}), flush=True)
"""


def test_the_peer_is_asked_and_answers_in_between_chatter(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(side.VARIABLE, str(script(tmp_path, ANSWERS)))
    with side.running(small([28.0, 28.1, 28.2], [122.0] * 3, [970.0] * 3), "H08") as peer:
        assert peer.name == "CLIMADA 9.9"
        assert peer.seconds() == 3.0
        assert (peer.cpu, peer.peak_gb) == ([1.0], 0.5)


def test_a_peer_that_dies_says_its_last_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    dies = 'import sys\nif "-c" not in sys.argv:\n    sys.exit("no coastline at hand")\n'
    monkeypatch.setenv(side.VARIABLE, str(script(tmp_path, dies)))
    with (
        pytest.raises(side.PeerMissingError, match=r"ended with 1.*no coastline at hand"),
        side.running(small([28.0, 28.1], [122.0] * 2, [970.0] * 2), "H08"),
    ):
        pass
