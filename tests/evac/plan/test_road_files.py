"""Road files: each kind read alike, and every way in which one can be wrong."""

from __future__ import annotations

import json

import numpy as np
import pytest

from evac.plan.road_files import read_roads
from evac.plan.roads import CLASSES, Slip
from riskmap.errors import DataError, DatumError, RiskmapError, SourceError
from riskmap.io.gcj02 import to_gcj02
from tests.evac.plan.towns import degrees, grid_town


def feature(*places, **properties):
    line = {"type": "LineString", "coordinates": degrees(*places).tolist()}
    return {"type": "Feature", "properties": {"highway": "primary", **properties}, "geometry": line}


def written(tmp_path, *features, name="roads.geojson", **members):
    path = tmp_path / name
    path.write_text(
        json.dumps({"type": "FeatureCollection", "features": list(features), **members}), encoding="utf-8"
    )
    return path


GRAPHML = """<?xml version='1.0' encoding='utf-8'?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><key id="d0" for="graph" attr.name="crs" attr.type="string"/>
<key id="d1" for="node" attr.name="x" attr.type="string"/><key id="d2" for="node" attr.name="y" attr.type="string"/>
<key id="d3" for="edge" attr.name="highway" attr.type="string"/><key id="d4" for="edge" attr.name="maxspeed" attr.type="string"/>
<key id="d5" for="edge" attr.name="geometry" attr.type="string"/><key id="d6" for="edge" attr.name="lanes" attr.type="string"/>
<graph edgedefault="directed"><data key="d0">epsg:4326</data>
<node id="1"><data key="d1">121.0</data><data key="d2">28.0</data></node>
<node id="2"><data key="d1">121.01</data><data key="d2">28.0</data></node>
<node id="3"><data key="d1">121.02</data><data key="d2">28.0</data></node>
<edge source="1" target="2"><data key="d3">['secondary', 'tertiary']</data><data key="d4">50</data><data key="d6">4</data></edge>
<edge source="2" target="1"><data key="d3">['secondary', 'tertiary']</data><data key="d4">50</data><data key="d6">4</data></edge>
<edge source="2" target="3"><data key="d3">residential</data>
<data key="d5">LINESTRING (121.01 28.0, 121.015 28.003, 121.02 28.0)</data></edge>
</graph></graphml>"""


def test_geojson_with_words_of_openstreetmap(tmp_path):
    path = written(
        tmp_path,
        feature((0, 0), (500, 0), oneway="yes", maxspeed="60", lanes="2", name="滨海大道"),
        feature((500, 0), (500, 500), highway="tertiary", maxspeed="30 mph", bridge="yes"),
        feature((500, 0), (900, 0), highway="footway"),
    )
    network = read_roads(path)
    assert (network.nodes, network.links) == (3, 3)
    first = int(np.flatnonzero(network.line == 0)[0])
    assert network.speed[first] * 3.6 == pytest.approx(60)
    assert network.name_of(first) == "滨海大道"
    bridge = int(np.flatnonzero(network.line == 1)[0])
    assert network.speed[bridge] * 3.6 == pytest.approx(48.28, abs=0.01)
    assert network.raised.tolist() == [False, True]
    assert [f.text for f in network.findings if f.slip is Slip.LEFT_OUT] == [
        "1 rows: footway is not for vehicles"
    ]


def test_chinese_columns(tmp_path):
    row = feature((0, 0), (500, 0), 道路等级="县道", 限速="40公里/小时", 车道数="2", 路名="横街")
    del row["properties"]["highway"]
    network = read_roads(written(tmp_path, row))
    assert CLASSES[network.road_class[0]] == "secondary"
    assert network.speed[0] * 3.6 == pytest.approx(40)
    assert network.capacity[0] == 900


def test_a_geopackage_in_metres_is_brought_to_degrees(tmp_path):
    geopandas = pytest.importorskip("geopandas")
    import shapely

    line = shapely.LineString(degrees((0, 0), (1000, 0)))
    frame = geopandas.GeoDataFrame(
        {"fclass": ["primary"], "oneway": ["T"]}, geometry=[line], crs=4326
    ).to_crs(4549)
    frame.to_file(tmp_path / "roads.gpkg")
    network = read_roads(tmp_path / "roads.gpkg")
    assert network.length == pytest.approx([1000], rel=1e-3)
    assert network.longitude[network.start[0]] > network.longitude[network.end[0]]  # T: against the line


def test_graphml_pairs_directed_edges(tmp_path):
    (tmp_path / "roads.graphml").write_text(GRAPHML, encoding="utf-8")
    network = read_roads(tmp_path / "roads.graphml")
    assert (network.nodes, network.links) == (3, 3)
    assert sorted(network.opposite.tolist())[0] == -1
    assert network.speed.max() * 3.6 == pytest.approx(50)
    assert network.capacity.max() == 2 * 900


def test_gcj02_is_converted_when_declared_and_caught_when_not(tmp_path):
    known = grid_town(8, 8)
    lines = [known.line_points(n) for n in range(len(known.names))]

    def shifted(points):
        return np.stack(to_gcj02(points[:, 0], points[:, 1]), axis=1).tolist()

    rows = [feature((0, 0), (1, 0)) for _ in lines]
    for row, points in zip(rows, lines, strict=True):
        row["geometry"]["coordinates"] = shifted(points)
    path = written(tmp_path, *rows)
    with pytest.raises(DatumError, match=r"look like GCJ-02.*--datum gcj02"):
        read_roads(path, against=known)
    right = read_roads(path, datum="gcj02", against=known)
    assert right.longitude.min() == pytest.approx(known.longitude.min(), abs=1e-6)


def test_what_cannot_be_read_takes_the_default_and_is_named(tmp_path):
    network = read_roads(
        written(tmp_path, feature((0, 0), (500, 0), highway="boulevard", maxspeed="signals", oneway="T"))
    )
    (text, *_) = [f.text for f in network.findings if "feature 1" in f.text]
    for part in ("boulevard", "signals", "one-way 't'"):
        assert part in text
    assert CLASSES[network.road_class[0]] == "unclassified"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"maxspeed": "-5"}, "a speed that no road has"),
        ({"maxspeed": "300"}, "above 0, at most 140"),
        ({"lanes": "0"}, "a number of lanes that no road has"),
        ({"capacity": 1e9}, "vehicles h-1"),
    ],
)
def test_numbers_that_no_road_has(tmp_path, row, message):
    with pytest.raises(DataError, match=message) as caught:
        read_roads(written(tmp_path, feature((0, 0), (500, 0)), feature((0, 0), (0, 500), **row)))
    assert "feature 2" in str(caught.value)


def point(*at):
    return {
        "type": "Feature",
        "properties": {},
        "geometry": {"type": "LineString", "coordinates": [list(p) for p in at]},
    }


@pytest.mark.parametrize(
    ("features", "message"),
    [
        ([], "no roads"),
        ([point((28.0, 121.0), (28.1, 121.0))], "swapped"),
        ([point((2.0, 48.0), (2.1, 48.0))], "outside China"),
        ([point((500000.0, 3100000.0), (500100.0, 3100000.0))], "not degrees"),
        ([point((121.0, 28.0), (float("nan"), 28.0))], "no number"),
        (
            [{"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [121, 28]}}],
            "no line",
        ),
        ([{"type": "Feature", "properties": {}, "geometry": None}], "no roads"),
        ([3], "not a feature"),
        ([point((121.0, 28.0))], "cannot be read"),
    ],
)
def test_bad_geojson(tmp_path, features, message):
    with pytest.raises(RiskmapError, match=message):
        read_roads(written(tmp_path, *features))


def test_other_bad_files(tmp_path):
    with pytest.raises(SourceError):
        read_roads(tmp_path / "none.geojson")
    (tmp_path / "roads.dxf").write_text("x")
    with pytest.raises(DataError, match=r"\.dxf"):
        read_roads(tmp_path / "roads.dxf")
    (tmp_path / "half.geojson").write_text('{"type": "Fea')
    with pytest.raises(DataError, match="not JSON"):
        read_roads(tmp_path / "half.geojson")
    with pytest.raises(DatumError, match="not known"):
        read_roads(written(tmp_path, feature((0, 0), (9, 0)), crs={"properties": {"name": "EPSG:999999"}}))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.replace("<graphml", "<!DOCTYPE x [<!ENTITY a 'b'>]><graphml", 1), "document type"),
        (lambda t: t.replace("epsg:4326", "epsg:32651"), "projected graph"),
        (lambda t: t.replace('target="3"', 'target="9"'), "a node that is not there"),
        (lambda t: t.replace('<data key="d1">121.02</data>', ""), "without its place"),
        (lambda t: t.replace("LINESTRING (121.01", "LINESTRNG (121.01"), "cannot be read"),
        (lambda t: t[:400], "not XML"),
        (lambda t: "<a/>", "not GraphML"),
    ],
)
def test_bad_graphml(tmp_path, change, message):
    (tmp_path / "roads.graphml").write_text(change(GRAPHML), encoding="utf-8")
    with pytest.raises(RiskmapError, match=message):
        read_roads(tmp_path / "roads.graphml")
