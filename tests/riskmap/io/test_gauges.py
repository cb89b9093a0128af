"""Gauges and readings from files and a service: units and zones declared, bad rows named, a service that misbehaves."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import urlopen

import numpy as np
import pytest

from riskmap.errors import ConfigError, DataError, SourceError
from riskmap.io.gauges import fetch_readings, parse_readings, read_gauges, read_readings
from tests.riskmap.observation.scenes import gauge

HEAD = "id,name,kind,region,lon,lat,interval_min,height_datum,blue_m,yellow_m,orange_m,red_m\n"
TABLE = HEAD + "G1,雨站,雨量,330782,120.1,29.3,60,,,,,\nR1,河站,河道,330782,120.2,29.3,5,1985,2.5,3,3.5,4\n"
GAUGES = [gauge("G1"), gauge("R1", "river")]
BEIJING = timezone(timedelta(hours=8))
CSV = "id,time,value,units\nG1,2021-07-25T09:00:00+08:00,12.5,mm\nR1,2021-07-25T01:00:00Z,312,cm\nG1,2021-07-25T08:00:00+08:00,,mm\n"


def write(folder: Path, text: str, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_of_gauges(tmp_path: Path) -> None:
    rain, river = read_gauges(write(tmp_path, TABLE), datum="wgs84").gauges
    assert (rain.interval, rain.high, rain.bounds) == (3600.0, 250.0, None)
    assert (river.bounds, river.datum, river.low, river.high) == ((2.5, 3.0, 3.5, 4.0), "1985", -12.5, 14.0)


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ("X,a,风速,330782,120.1,29.3,60,,,,,\n", "unknown kind"),
        ("X,a,河道,330782,120.1,29.3,5,,2.5,3,,\n", "height without its datum"),
        ("X,a,雨量,330782,120.1,29.3,,,,,,\n", "no interval_min"),
        ("X,a,河道,330782,120.1,29.3,5,1985,3,2.5,,\n", "cannot be"),
    ],
)
def test_a_bad_gauge_is_named(tmp_path: Path, row: str, named: str) -> None:
    table = read_gauges(write(tmp_path, TABLE + row), datum="wgs84")
    assert len(table.gauges) == 2
    assert named in str(table.problems[0])


def test_readings_in_csv_and_json_are_the_same(tmp_path: Path) -> None:
    rows = [
        {"id": "G1", "time": "2021-07-25T09:00:00+08:00", "value": 12.5, "units": "mm"},
        {"id": "R1", "time": "2021-07-25T01:00:00Z", "value": 312, "units": "cm"},
        {"id": "G1", "time": "2021-07-25T08:00:00+08:00", "value": None, "units": "mm"},
    ]
    for path in (
        write(tmp_path, CSV), write(tmp_path, json.dumps(rows), "t.json"), write(tmp_path, json.dumps({"readings": rows}), "u.json"),
    ):  # fmt: skip
        table = read_readings(path, GAUGES)
        assert table.problems == ()
        rain, river = table.readings
        assert (rain.values.tolist(), river.values.tolist()) == ([12.5], [3.12])
        assert rain.times[0] == river.times[0] == np.datetime64("2021-07-25T01:00:00")


def test_units_and_zone_may_be_declared_for_all() -> None:
    text = "编号,时间,值\nG1,2021/07/25 09:00,125\n"
    table = parse_readings(text, GAUGES, where="x", units={"rain": "0.1mm"}, zone=BEIJING)
    assert table.readings[0].values.tolist() == [12.5]
    assert table.readings[0].times[0] == np.datetime64("2021-07-25T01:00:00")


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ("G1,2021-07-25T09:00:00+08:00,1,", "without a unit"), ("G1,2021-07-25T09:00:00+08:00,1,furlong", "unknown unit"),
        ("G1,2021-07-25T09:00:00,1,mm", "no zone is stated"), ("G1,yesterday,1,mm", "not an instant"),
        ("G9,2021-07-25T09:00:00+08:00,1,mm", "unknown gauge"), ("G1,2021-07-25T09:00:00+08:00,wet,mm", "cannot be"),
        ("G1,2021-07-25T09:00:00+08:00,1,m", "unknown unit"),
    ],
)  # fmt: skip
def test_a_bad_reading_is_named_and_the_others_are_read(row: str, named: str) -> None:
    table = parse_readings(CSV + row + "\n", GAUGES, where="feed")
    assert table.readings[0].values.tolist() == [12.5]
    (problem,) = table.problems
    assert named in str(problem)
    assert "feed, line 5" in str(problem)


@pytest.mark.parametrize(
    ("text", "named"), [("a,b\n1,2\n", "missing column"), ("{", "not JSON"), ('{"data": []}', "no list of readings"), ("", "missing column")]
)  # fmt: skip
def test_what_holds_no_readings_is_refused(text: str, named: str) -> None:
    with pytest.raises(DataError, match=named):
        parse_readings(text, GAUGES, where="feed")


class Service(BaseHTTPRequestHandler):
    """A service that answers, fails, dawdles, talks too long, or sends bytes."""

    def do_GET(self) -> None:
        if self.path == "/slow":
            time.sleep(1.0)
        body = {"/long": b"x" * 5000, "/bytes": b"\xff\xfe\x00"}.get(self.path, CSV.encode())
        self.send_response(500 if self.path == "/broken" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):  # the client went away, as it should
            return

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_service_is_read_like_a_file(address: str) -> None:
    table = fetch_readings(f"{address}/readings?key=secret", GAUGES, opener=urlopen)
    assert table.readings[0].values.tolist() == [12.5]


@pytest.mark.parametrize(
    ("path", "named"),
    [("/broken", "500"), ("/slow", "within 0.3 s"), ("/long", "more than 1000"), ("/bytes", "not UTF-8")],
)
def test_a_service_that_misbehaves_is_named(address: str, path: str, named: str) -> None:
    with pytest.raises(SourceError, match=named):
        fetch_readings(address + path, GAUGES, opener=urlopen, timeout=0.3, limit=1000, tries=1)


def test_a_dead_service_and_another_scheme() -> None:
    with pytest.raises(SourceError, match="refused"):
        fetch_readings("http://127.0.0.1:9/x", GAUGES, opener=urlopen, timeout=0.5, tries=1)
    for url in ("file:///etc/hosts", "ftp://example.org/x", "readings.csv"):
        with pytest.raises(ConfigError, match="not an address"):
            fetch_readings(url, GAUGES, opener=urlopen)
