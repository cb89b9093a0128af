"""Coastal points."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shapely.geometry import LineString

from riskmap.errors import DataError, SourceError
from riskmap.io.coast import NEAR, SPACING, coastal_points, read_lines
from tests.factories import make_regions

REGIONS = make_regions()  # 0.4 degree squares from 121E, 29.8N
SHORE = LineString([(121.0, 29.8), (122.0, 29.8)])


def write(folder: Path, content: Any) -> Path:
    path = folder / "coast.geojson"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def feature(kind: str, coordinates: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {}, "geometry": {"type": kind, "coordinates": coordinates}}


def test_points_stand_along_the_shore_each_with_its_county() -> None:
    found = coastal_points([SHORE], REGIONS)
    assert found.sizes["point"] == 10
    assert set(found["latitude"].values) == {29.8}
    assert np.diff(np.sort(found["longitude"].values)) == pytest.approx(SPACING)
    counted = dict(zip(*np.unique(found["region"].values, return_counts=True), strict=True))
    assert counted == {"330902": 4, "330903": 4, "330921": 2}


def test_an_old_shore_line_a_little_way_off_still_counts_and_a_far_one_does_not() -> None:
    def shifted(by: float) -> LineString:
        return LineString([(121.0, 29.8 - by), (121.4, 29.8 - by)])

    assert coastal_points([shifted(0.9 * NEAR)], REGIONS).sizes["point"] == 4
    assert coastal_points([shifted(1.1 * NEAR)], REGIONS).sizes["point"] == 0


def test_rocks_have_no_points() -> None:
    assert (
        coastal_points([LineString([(121.0, 29.8), (121.0 + SPACING / 2, 29.8)])], REGIONS).sizes["point"]
        == 0
    )


def test_a_country_without_a_coast_has_an_empty_table() -> None:
    found = coastal_points([], REGIONS)
    assert found.sizes["point"] == 0
    assert set(found) == {"latitude", "longitude", "region"}


def test_the_order_of_the_lines_does_not_matter() -> None:
    other = LineString([(122.0, 30.2), (122.4, 30.2)])
    assert coastal_points([SHORE, other], REGIONS).identical(coastal_points([other, SHORE], REGIONS))


def test_lines_are_read(tmp_path: Path) -> None:
    path = write(tmp_path, {"features": [feature("LineString", [[121, 29.8], [122, 29.8]])]})
    assert read_lines(path) == [SHORE]


def test_a_shore_given_as_polygons_is_their_outline(tmp_path: Path) -> None:
    ring = [[121.0, 29.8], [121.4, 29.8], [121.4, 30.2], [121.0, 30.2], [121.0, 29.8]]
    lines = read_lines(write(tmp_path, {"features": [feature("Polygon", [ring])]}))
    assert coastal_points(lines, REGIONS).sizes["point"] == 16


@pytest.mark.parametrize(
    "content",
    [
        "not json", "[]", "{}", {"features": 3}, {"features": [{}]}, {"features": [{"geometry": None}]},
        {"features": [feature("Curve", [[0, 0], [1, 1]])]}, {"features": [feature("LineString", "abc")]},
        {"features": [feature("LineString", [[1, 2]])]},
    ],
)  # fmt: skip
def test_what_is_no_geojson_is_refused(tmp_path: Path, content: Any) -> None:
    with pytest.raises(DataError, match=r"coast\.geojson: the file is not GeoJSON.*export it again"):
        read_lines(write(tmp_path, content))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone\.geojson"):
        read_lines(tmp_path / "gone.geojson")
