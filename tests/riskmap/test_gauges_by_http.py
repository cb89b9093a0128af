"""Readings of a service in a whole cycle: used like a file's; a service that fails is named and the cycle goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from riskmap.cycle import EXIT_PARTIAL, run
from riskmap.errors import ConfigError
from riskmap.io import service
from riskmap.io.inputs import read_inputs
from riskmap.io.published import read_assessment
from riskmap.io.scenario_file import read_scenario
from riskmap.ledger import Ledger
from riskmap.scale import NO_DATA
from tests.riskmap.test_observed import RESERVOIRS, STATIONS, read_issue, readings
from tests.scenarios import write_scenario

SECRET = "t0psecret"
SECTIONS = """
[assets]
reservoirs = "reservoirs.csv"
datum = "wgs84"

[gauges]
stations = "stations.csv"
readings = "{readings}"
datum = "wgs84"

[products]
letters = false
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Callable[[str], Path]:
    def write(source: str) -> Path:
        path = write_scenario(tmp_path, hours=2, step=0.25, extra=SECTIONS.format(readings=source))
        path.write_text(
            path.read_text(encoding="utf-8").replace("hindcast = true", "hindcast = false"), encoding="utf-8"
        )
        (tmp_path / "reservoirs.csv").write_text(RESERVOIRS, encoding="utf-8")
        (tmp_path / "stations.csv").write_text(STATIONS, encoding="utf-8")
        (tmp_path / "readings.csv").write_text(readings(read_issue(path)), encoding="utf-8")
        return path

    return write


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    class Service(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            good = self.path == f"/live?key={SECRET}"
            body = (tmp_path / "readings.csv").read_bytes() if good else b"not for you"
            self.send_response(200 if good else 403)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(service, "PAUSE", 0.0)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_service_gives_what_its_file_gives(scenario: Callable[[str], Path], served: str) -> None:
    ledger = Ledger()
    (online,) = read_inputs(read_scenario(scenario(f"{served}/live?key={SECRET}")), ledger)
    (file,) = read_inputs(read_scenario(scenario("readings.csv")), Ledger())
    for mine, theirs in zip(online.observed.readings, file.observed.readings, strict=True):
        np.testing.assert_array_equal(mine.times, theirs.times)
        np.testing.assert_array_equal(mine.values, theirs.values)
        np.testing.assert_array_equal(mine.flags, theirs.flags)
        assert mine.whole == theirs.whole
    entry = next(e for e in ledger.inputs if e["file"].startswith("http"))
    assert entry["file"] == f"{served}/live"
    assert len(entry["sha256"]) == 64


@pytest.mark.slow
def test_a_service_that_fails_is_named_and_the_cycle_goes_on_without_it(
    scenario: Callable[[str], Path], served: str, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = run(scenario(f"{served}/other?key={SECRET}"), out)
    assert done.exit_code == EXIT_PARTIAL
    (problem,) = [p for p in done.problems if p.where == "gauges.readings"]
    assert "HTTP 403" in problem.what
    found = read_assessment(out / "assessment.json")
    tiers = found.table["tier"].sel(hazard="reservoir")
    assert (tiers.sel(region=["330902", "330903"]) == NO_DATA).all()  # unread, never green
    written = [path for path in out.rglob("*") if path.is_file()]
    assert len(written) > 5
    assert [path for path in written if SECRET.encode() in path.read_bytes()] == []


@pytest.mark.parametrize("source", ["file:///etc/hosts", "ftp://example.org/readings.csv"])
def test_other_schemes_stop_the_run(scenario: Callable[[str], Path], source: str) -> None:
    with pytest.raises(ConfigError, match="not an address of a service"):
        read_inputs(read_scenario(scenario(source)), Ledger())


def test_a_path_still_counts_from_the_scenario(scenario: Callable[[str], Path], tmp_path: Path) -> None:
    section = read_scenario(scenario("readings.csv")).gauges
    assert section is not None
    assert section.readings == (tmp_path / "readings.csv").resolve()
