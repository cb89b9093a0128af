"""The commands of roads and clearance on an invented network, and their errors."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from affine import Affine

from evac.cli import main
from riskmap.io.grids import Layer, cog
from riskmap.scale import NO_DATA, NOT_APPLICABLE

PLACES = "名称,经度,纬度,人数,准备分钟\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Invented roads of a county, people at some of their corners, and two exits."""
    where = tmp_path_factory.mktemp("roads")
    main_quietly(
        ["routes", "invent", "--county", "330902", "--out", str(where / "roads.geojson"), "--places", "60"]
    )
    lines = [
        f["geometry"]["coordinates"]
        for f in json.loads((where / "roads.geojson").read_text("utf-8"))["features"]
    ]
    corners = sorted({tuple(end) for line in lines for end in (line[0], line[-1])})
    people = "".join(f"示例村{n},{lon},{lat},{100 + n},5\n" for n, (lon, lat) in enumerate(corners[:-2]))
    (where / "places.csv").write_text(PLACES + people, "utf-8")
    (where / "exits.csv").write_text(
        "名称,经度,纬度,容量\n" + "".join(f"出口,{lon},{lat},\n" for lon, lat in corners[-2:]), "utf-8"
    )
    return where


def main_quietly(arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code in (0, None), arguments


def clearance(folder, out, *more):
    main_quietly([
        "clearance", str(folder / "roads.geojson"), "--places", str(folder / "places.csv"), "--exits", str(folder / "exits.csv"),
        "--datum", "wgs84", "--out", str(out), *more,
    ])  # fmt: skip
    return json.loads((out / "clearance.json").read_text("utf-8"))


def raster(path, values, grid):
    import rasterio

    with rasterio.open(
        path, "w", driver="GTiff", height=grid.shape[0], width=grid.shape[1], count=1, dtype="float32", crs="EPSG:4326",
        transform=grid.transform, nodata=float("nan"),
    ) as file:  # fmt: skip
        file.write(values.astype(np.float32), 1)


def around(folder, step=0.005):
    from riskmap.grid import Grid

    lines = [
        f["geometry"]["coordinates"]
        for f in json.loads((folder / "roads.geojson").read_text("utf-8"))["features"]
    ]
    points = np.concatenate([np.array(line) for line in lines])
    (west, south), (east, north) = points.min(axis=0) - step, points.max(axis=0) + step
    return Grid(
        (int((north - south) / step) + 1, int((east - west) / step) + 1),
        Affine(step, 0, west, 0, -step, north),
    )


def test_an_invented_network_is_whole_and_marked(folder, capsys):
    main_quietly(["routes", "check", str(folder / "roads.geojson")])
    said = capsys.readouterr().out
    assert said.startswith("示例路网")
    assert "60 nodes" in said
    assert "disconnected" not in said


def test_the_same_seed_gives_the_same_roads(folder, tmp_path):
    for seed, same in ((1, True), (2, False)):
        main_quietly(
            [
                "routes",
                "invent",
                "--county",
                "330902",
                "--out",
                str(tmp_path / "r.geojson"),
                "--places",
                "60",
                "--seed",
                str(seed),
            ]
        )
        assert ((tmp_path / "r.geojson").read_bytes() == (folder / "roads.geojson").read_bytes()) is same


def test_a_clearance_says_what_it_is(folder, tmp_path, capsys):
    found = clearance(folder, tmp_path / "out")
    assert found["out"] == found["people"] > 5000
    assert 0 < found["lower_bound_seconds"] <= found["finish_seconds"]
    assert found["out_by_minute"][-1] == found["out"]
    assert found["modelled"]
    assert found["synthetic_roads"]
    page = (tmp_path / "out" / "index.html").read_text("utf-8")
    for word in ("模型计算", "示例路网", "下限 lower bound", "<polyline"):
        assert word in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    rows = list(csv.DictReader((tmp_path / "out" / "batches.csv").read_text("utf-8-sig").splitlines()))
    assert sum(int(row["人数"]) for row in rows) == found["out"]
    assert {row["模型"] for row in rows} == {"示例路网"}
    assert "no schedule before" in capsys.readouterr().out


def test_water_closes_roads_and_lists_who_is_cut_off(folder, tmp_path, capsys):
    grid = around(folder)
    depth = np.zeros(grid.shape)
    depth[:, : grid.shape[1] // 2] = 1.0
    raster(tmp_path / "depth.tif", depth, grid)
    found = clearance(folder, tmp_path / "out", "--water", str(tmp_path / "depth.tif"))
    assert found["condition"]["closed"] > 0
    assert found["out"] + sum(line["people"] for line in found["left"]) == found["people"]
    assert found["left"]
    assert "未能转出" in capsys.readouterr().out
    arrival = np.where(depth > 0, 3.0, np.nan)  # hours: enough to leave before
    raster(tmp_path / "arrival.tif", arrival, grid)
    later = clearance(
        folder,
        tmp_path / "later",
        "--water",
        str(tmp_path / "depth.tif"),
        "--arrival",
        str(tmp_path / "arrival.tif"),
    )
    assert later["out"] > found["out"]


def test_slopes_and_areas_close_roads(folder, tmp_path):
    grid = around(folder)
    tiers = np.full(grid.shape, NOT_APPLICABLE, np.int8)
    tiers[: grid.shape[0] // 2] = 4
    tiers[-4:] = NO_DATA
    (tmp_path / "tiers.tif").write_bytes(
        cog(Layer("tier_landslide", tiers, grid, "as a run writes it", "1", "tier"))
    )
    west, south, east, north = grid.bounds
    middle = (west + east) / 2
    area = {
        "type": "Polygon",
        "coordinates": [[[west, south], [middle, south], [middle, north], [west, north], [west, south]]],
    }
    feature = {"type": "Feature", "properties": {"name": "管制区"}, "geometry": area}
    (tmp_path / "area.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8"
    )
    dry = clearance(folder, tmp_path / "a")
    for n, more in enumerate(
        (["--slopes", str(tmp_path / "tiers.tif")], ["--closed", str(tmp_path / "area.geojson")])
    ):
        found = clearance(folder, tmp_path / f"b{n}", *more)
        assert found["condition"]["closed"] > dry["condition"]["closed"]
        assert found["out"] < dry["out"]
        assert (found["condition"]["unknown"] > 0) is (n == 0)  # what is not applicable is not unknown
        assert found["condition"]["open"] > 0


def test_waves_and_contraflow(folder, tmp_path, capsys):
    plain = clearance(folder, tmp_path / "a")
    waves = clearance(folder, tmp_path / "b", "--waves", "4", "--every", "30")
    assert waves["lower_bound_seconds"] > 90 * 60
    other = clearance(folder, tmp_path / "c", "--contraflow")
    assert other["finish_seconds"] <= plain["finish_seconds"]
    assert "逆向借道" in capsys.readouterr().out


def test_routes_are_found_and_no_way_is_said(folder, capsys):
    ends = [line.split(",")[1:3] for line in (folder / "places.csv").read_text("utf-8").splitlines()[1:]]
    a, b = (",".join(end) for end in (ends[0], ends[-1]))
    main_quietly(["routes", "find", str(folder / "roads.geojson"), "--from", a, "--to", b, "--count", "3"])
    lines = capsys.readouterr().out.splitlines()
    assert [line[:2] for line in lines] == ["1.", "2.", "3."]
    refused(
        ["routes", "find", str(folder / "roads.geojson"), "--from", a, "--to", "118.0,27.5"],
        "no open road near",
        capsys,
    )
    refused(
        ["routes", "find", str(folder / "roads.geojson"), "--from", "here", "--to", b], "not a place", capsys
    )


def refused(arguments, message, capsys):
    with pytest.raises(SystemExit) as ended:
        main([str(a) for a in arguments])
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_the_crowd_of_the_lakeside(capsys):
    main_quietly(["crowd"])
    said = capsys.readouterr().out
    assert "70,000 → 20,000" in said
    assert "标定" in said
    (line,) = [line for line in said.splitlines() if line.startswith("1.33 cibse_level")]
    assert line.split()[2:] == ["6.2", "8.3", "12.5"]
    main_quietly(["crowd", "--exit", "北口:10", "--exit", "天桥:4:stairs_up"])
    assert "14 m" in capsys.readouterr().out
    refused(["crowd", "--exit", "北口"], "not an exit", capsys)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("名称,经度,纬度,人数\n甲,30.0,122.1,5\n", "exchange the two numbers"),
        ("名称,经度,纬度,人数\n甲,122.1,,5\n", "not in China"),
        ("名称,经度,纬度,人数\n甲,122.1,30.0,\n", "a place without its people"),
        ("名称,经度,纬度,人数\n甲,122.1,30.0,-5\n", "a number that cannot be"),
        ("名称,经度,纬度,人数\n甲,122.1,30.0,2.5\n", "a number that cannot be"),
        ("名称,经度,人数\n甲,122.1,5\n", "missing column"),
        ("名称,经度,纬度,人数\n", "no row below the header"),
    ],
)
def test_bad_tables(folder, tmp_path, capsys, table, message):
    (tmp_path / "places.csv").write_text(table, "utf-8")
    refused(
        ["clearance", folder / "roads.geojson", "--places", tmp_path / "places.csv", "--exits", folder / "exits.csv", "--datum", "wgs84", "--out", tmp_path / "o"],
        message, capsys,
    )  # fmt: skip
    assert not (tmp_path / "o").exists()


def test_other_bad_questions(folder, tmp_path, capsys):
    refused(["routes", "invent", "--county", "999999", "--out", tmp_path / "x"], "no such county", capsys)
    common = [
        "clearance",
        folder / "roads.geojson",
        "--places",
        folder / "places.csv",
        "--exits",
        folder / "exits.csv",
        "--datum",
        "wgs84",
    ]
    refused(
        [*common, "--out", tmp_path / "o", "--arrival", tmp_path / "a.tif"],
        "times of water without its depth",
        capsys,
    )


def test_names_from_files_are_text_on_the_page(folder, tmp_path):
    text = (folder / "places.csv").read_text("utf-8") + "<script>x,118.0,28.0,7,0\n"
    (tmp_path / "places.csv").write_text(text, "utf-8")
    main_quietly([
        "clearance", str(folder / "roads.geojson"), "--places", str(tmp_path / "places.csv"), "--exits", str(folder / "exits.csv"),
        "--datum", "wgs84", "--out", str(tmp_path / "o"),
    ])  # fmt: skip
    page = (tmp_path / "o" / "index.html").read_text("utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;x" in page


def test_without_scipy_the_extra_is_named(folder, capsys, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "scipy.sparse", None)
    with pytest.raises(SystemExit) as ended:
        main(["routes", "check", str(folder / "roads.geojson")])
    assert ended.value.code == 2
    assert "riskmap[plan]" in capsys.readouterr().err
