"""Layers of one's own: what is taken, what is refused, and that names stay text."""

from __future__ import annotations

from typing import Any

import pytest
from shapely.geometry import LineString, Point, box, mapping

from riskmap.errors import ConfigError, DataError, DatumError
from riskmap.io.gcj02 import to_gcj02
from riskmap.products.map import build_map
from riskmap.products.map_layer import MOST_FEATURES, add_layer, map_layer
from riskmap.products.self_contained import require_self_contained
from riskmap.scale import Tier
from tests.map_pages import block, paths
from tests.outlooks import make_outlook
from tests.riskmap.products.test_map import BASEMAP

HOSTILE = "</script><img src=x onerror=alert(1)>{{ 7*7 }}"


def collection(*shapes: Any, **properties: Any) -> dict[str, Any]:
    features = [{"type": "Feature", "properties": properties, "geometry": mapping(shape)} for shape in shapes]
    return {"type": "FeatureCollection", "features": features}


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        (Point(122, 30), "point"),
        (LineString([(121, 29), (122, 30)]), "line"),
        (box(121, 29, 122, 30), "area"),
    ],
)
def test_points_lines_and_polygons(shape: Any, kind: str) -> None:
    layer = map_layer(collection(shape, name="甲"), name=("层", "layer"))
    assert layer.kind == kind
    assert layer.rows == (("甲",),)
    assert block(layer.block, 'class="extra"')["name"] == ["层", "layer"]


def test_a_layer_is_added_in_one_line_and_changes_nothing_else() -> None:
    page = build_map(make_outlook(), BASEMAP)
    more = add_layer(page, collection(Point(122, 30), name=HOSTILE), name="避灾点")
    require_self_contained(more)
    assert block(more) == block(page)
    assert block(more, 'class="extra"')["rows"] == [[HOSTILE]]
    assert HOSTILE not in more
    layer = map_layer(collection(Point(122, 30), name=HOSTILE), name="避灾点")
    assert build_map(make_outlook(), BASEMAP, layers=[layer]) == more
    assert add_layer(more, layer, name="").count('class="extra"') == 2


def test_a_page_of_someone_else_is_refused() -> None:
    with pytest.raises(DataError, match="not a page of build_map"):
        add_layer("<html></html>", collection(Point(122, 30)), name="x")


def test_points_of_a_web_map_are_moved_back() -> None:
    east, north = to_gcj02(122.0, 30.0)
    moved = map_layer(collection(Point(float(east), float(north))), name="x", datum="gcj02")
    assert paths(dict(moved.parts[0]))[0] == [(1220000, 300000)]
    kept = map_layer(collection(Point(float(east), float(north))), name="x")
    assert paths(dict(kept.parts[0]))[0] != [(1220000, 300000)]


@pytest.mark.parametrize(
    ("shape", "words"),
    [(Point(30.0, 122.0), "swapped"), (Point(3.5e6, 4.0e7), "not degrees"), (Point(400, 400), "not degrees")],
)
def test_what_is_no_longitude_and_latitude_is_refused(shape: Any, words: str) -> None:
    with pytest.raises(DatumError, match=words):
        map_layer(collection(shape), name="x")


def test_bad_layers_are_named() -> None:
    with pytest.raises(DataError, match="different kinds"):
        map_layer(collection(Point(122, 30), box(121, 29, 122, 30)), name="x")
    with pytest.raises(DataError, match="no features"):
        map_layer(collection(), name="x")
    with pytest.raises(DataError, match="no such column"):
        map_layer(collection(Point(122, 30), name="a"), name="x", columns=["names"])
    with pytest.raises(DataError, match="not a collection"):
        map_layer({"type": "Feature"}, name="x")
    with pytest.raises(DataError, match="not a table"):
        map_layer([1, 2], name="x")
    with pytest.raises(DataError, match="too many"):
        map_layer(collection(*[Point(122, 30)] * (MOST_FEATURES + 1)), name="x")


@pytest.mark.parametrize("colour", ["red", Tier.RED.colour, Tier.GREEN.colour.lower(), "#12345"])
def test_a_colour_of_a_tier_is_refused(colour: str) -> None:
    with pytest.raises(ConfigError, match="colour"):
        map_layer(collection(Point(122, 30)), name="x", colour=colour)


def test_columns_are_chosen_and_named() -> None:
    layer = map_layer(
        collection(Point(122, 30), a=1, b=2.5, c=float("nan"), d=None), name="x",
        columns={"b": ("乙", "B"), "c": "丙", "d": "丁"},
    )  # fmt: skip
    assert layer.columns == (("乙", "B"), ("丙", "丙"), ("丁", "丁"))
    assert layer.rows == (("2.5", "", ""),)


def test_a_geodataframe_declares_its_system() -> None:
    geopandas = pytest.importorskip("geopandas")
    table = geopandas.GeoDataFrame({"name": ["甲", "乙"]}, geometry=[Point(122, 30), None])
    with pytest.raises(DatumError, match="without its coordinate system"):
        map_layer(table, name="x")
    projected = table.set_crs("EPSG:4490").to_crs("EPSG:3857")
    layer = map_layer(projected, name="x")
    assert layer.rows == (("甲",),)
    assert paths(dict(layer.parts[0]))[0] == [(1220000, 300000)]
    assert map_layer(table, name="x", datum="cgcs2000").rows == (("甲",),)
