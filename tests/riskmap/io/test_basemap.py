"""The bundled base map: land where land is, nothing outside, all cities."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely

from riskmap.errors import ConfigError, CoverageError, DataError, SourceError
from riskmap.io import basemap as module
from riskmap.io.basemap import COAST_BOX, Basemap, read_basemap


@pytest.fixture(scope="module")
def basemap() -> Basemap:
    return read_basemap((117.5, 27.0, 123.5, 31.5))


@pytest.mark.parametrize(
    ("name", "longitude", "latitude", "is_land"),
    [
        ("Jinhua", 119.65, 29.11, True), ("Zhoushan main island", 122.1, 30.05, True),
        ("Chongming", 121.5, 31.65, True), ("Nantong", 120.95, 31.99, True),
        ("East China Sea", 123.2, 29.0, False), ("Hangzhou Bay", 121.3, 30.4, False),
    ],
)  # fmt: skip
def test_land_and_sea(basemap: Basemap, name: str, longitude: float, latitude: float, is_land: bool) -> None:
    assert basemap.land.intersects(shapely.Point(longitude, latitude)) is is_land, name


def test_lines_stay_within_the_margin_and_the_data(basemap: Basemap) -> None:
    for geometry in (basemap.land, basemap.coast, basemap.lakes, *(lines for _, lines in basemap.rivers)):
        west, south, east, north = geometry.bounds
        assert COAST_BOX[0] <= west
        assert COAST_BOX[1] <= south
        assert east <= COAST_BOX[2]
        assert north <= COAST_BOX[3]


def test_geometry_is_valid_and_of_its_kind(basemap: Basemap) -> None:
    for name in ("land", "surroundings", "lakes", "province"):
        geometry = getattr(basemap, name)
        assert geometry.geom_type == "MultiPolygon", name
        assert geometry.is_valid, name
    assert basemap.coast.geom_type == "MultiLineString"


def test_the_lake_tai_is_whole_although_its_shore_is_cut(basemap: Basemap) -> None:
    assert basemap.lakes.contains(shapely.Point(120.2, 31.2))


def test_rivers_come_by_level_without_canals(basemap: Basemap) -> None:
    levels = [level for level, _ in basemap.rivers]
    assert levels == sorted(levels)
    assert max(levels) <= module.RIVER_LEVELS


def test_each_city_has_its_seat(basemap: Basemap) -> None:
    assert len(basemap.places) == 11
    by_name = {place.name: place for place in basemap.places}
    assert by_name["绍兴市"].english == "Shaoxing"
    assert by_name["金华市"].latitude == pytest.approx(29.1, abs=0.1)


def test_the_surroundings_leave_the_detailed_land_alone(basemap: Basemap) -> None:
    assert not basemap.surroundings.intersects(shapely.Point(120.0, 29.5))
    assert basemap.surroundings.intersects(shapely.Point(121.0, 23.8))  # Taiwan


def test_swapped_bounds_are_refused() -> None:
    with pytest.raises(ConfigError, match="swapped"):
        read_basemap((27.0, 117.5, 31.5, 123.5))


def test_bounds_elsewhere_are_refused() -> None:
    with pytest.raises(CoverageError, match="no bundled shore line"):
        read_basemap((0.0, 40.0, 10.0, 50.0))


def test_a_spoiled_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "broken.geojson"
    broken.write_text("{", encoding="utf-8")
    monkeypatch.setattr(module, "bundled", lambda name: broken)
    with pytest.raises(DataError, match=r"broken\.geojson"):
        module._features(broken)
    with pytest.raises(SourceError, match="relief"):
        module._coarse_land()


def test_a_table_of_places_without_a_column_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = module.bundled
    table = tmp_path / "places.csv"
    table.write_text("name,lat\nA,30\n", encoding="utf-8")
    monkeypatch.setattr(module, "bundled", lambda name: table if name.endswith("csv") else real(name))
    with pytest.raises(DataError, match=r"places\.csv"):
        module._places()
