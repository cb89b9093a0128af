"""The maps that a run writes: the province's, one for each county at orange or red, zones as layers."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shapely.geometry import box, mapping

from riskmap.errors import DataError
from riskmap.grid import Grid
from riskmap.io import basemap
from riskmap.io.bundled import bundled
from riskmap.io.scenario_file import read_scenario
from riskmap.ledger import Ledger, Problem
from riskmap.outlook import Outlook
from riskmap.products import county_page, map_bundle, pyramid
from riskmap.products import map as province_page
from riskmap.products import zone_layers as zone_layers_module
from riskmap.products.map_bundle import LABEL, called, county_pages, write_maps
from riskmap.products.zone_layers import zone_layers
from riskmap.scale import Tier
from riskmap.scenario import MapLayerSection, Scenario
from tests.map_pages import block
from tests.outlooks import make_outlook

GRID = Grid.from_bounds(west=120, south=28, east=123, north=31, step=0.1)


class Written:
    """A folder that only remembers."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}

    def write(self, name: str, content: str) -> None:
        self.files[name] = content


def zones(codes: list[str], wests: tuple[float, ...] = (121,)) -> str:
    features = [
        {
            "type": "Feature", "geometry": mapping(box(west, 29, west + 0.001, 29.1)),
            "properties": {"hazard": "flash_flood", "hazard_name": "小流域山洪", "tier": tier, "tier_name": "橙", "onset": "x", "arrival": None,
                           "area_km2": 1.0, "basis": "", "regions": codes, "cell_m": 100},
        }
        for tier in (3, 4)
        for west in wests
    ]  # fmt: skip
    return json.dumps({"features": features})


def extras(page: str) -> list[dict[str, Any]]:
    """Layers that a page carries."""
    found = re.findall(r'<script[^>]*class="extra"[^>]*>[^<]*</script>', page)
    return [block(one, 'class="extra"') for one in found]


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return read_scenario(bundled("scenarios/in-fa-2021.toml"))


@pytest.fixture
def outlook() -> Outlook:
    return replace(make_outlook(), rasters={})


def written(
    outlook: Outlook, scenario: Scenario, ledger: Ledger | None = None, given: str | None = None
) -> tuple[dict[str, str], Any]:
    staging = Written()
    codes = [region.code for region in outlook.assessment.regions]
    letters = {codes[0]: {"PDF": f"letters/{codes[0]}/letter.pdf"}}
    links = write_maps(
        staging, outlook, GRID, scenario, ledger or Ledger(), letters, given or zones(codes[:1])
    )  # type: ignore[arg-type]
    return staging.files, links


def test_each_county_that_must_act_has_its_page_and_a_link(outlook: Outlook, scenario: Scenario) -> None:
    files, links = written(outlook, scenario)
    worst = outlook.assessment.published_worst
    due = {r.code for r, tier in zip(outlook.assessment.regions, worst, strict=True) if tier >= Tier.ORANGE}
    assert set(files) == {"map.html"} | {f"maps/map_{code}.html" for code in due}
    assert 0 < len(due) < len(worst)
    assert {code for code, found in links.items() if LABEL in found} == due
    first = outlook.assessment.regions[0].code
    assert block(files["map.html"])["links"][first]["PDF"] == f"letters/{first}/letter.pdf"
    if first in due:
        assert (
            block(files[f"maps/map_{first}.html"])["links"][first]["PDF"] == f"../letters/{first}/letter.pdf"
        )
        assert files[f"maps/map_{first}.html"].count('class="extra"') == 2
    others = due - {first}
    assert all('class="extra"' not in files[f"maps/map_{code}.html"] for code in others)


def test_pages_of_another_process_are_written_as_if_made_here_and_what_they_lack_is_told_first(
    outlook: Outlook, scenario: Scenario
) -> None:
    codes = [region.code for region in outlook.assessment.regions]
    letters = {codes[0]: {"PDF": f"letters/{codes[0]}/letter.pdf"}}
    files, links = written(outlook, scenario)
    begun: list[tuple[int, str]] = []

    def begin(work: Any, *args: Any) -> Any:
        if work is not county_pages:
            return lambda: work(*args)
        counties = args[0]
        begun.append((len(counties), counties[0].code))
        made, problems = work(*args)
        made.pop(counties[0].code)
        return lambda: (made, [*problems, Problem(f"map {counties[0].code}", "broken")])

    ahead, ledger = Written(), Ledger()
    args: Any = (ahead, outlook, GRID, scenario, ledger, letters, zones(codes[:1]))
    less = write_maps(*args, begin=begin)
    ((count, missing),) = begun
    assert 0 < count < len(called(outlook))
    page = ahead.files.pop("map.html")
    assert {name: files[name] for name in ahead.files} == ahead.files
    assert set(files) - set(ahead.files) == {f"maps/map_{missing}.html", "map.html"}
    assert LABEL not in block(page)["links"].get(missing, {})
    assert {code for code in links if LABEL in links[code]} - {c for c in less if LABEL in less[c]} == {
        missing
    }
    assert ledger.problems == [Problem(f"map {missing}", "broken")]


def test_no_pages_for_a_hindcast_or_where_they_are_not_wanted(outlook: Outlook, scenario: Scenario) -> None:
    assert set(written(replace(outlook, kind="hindcast"), scenario)[0]) == {"hindcast/map.html"}
    without = replace(scenario, map=replace(scenario.map, county_pages=False))
    assert set(written(outlook, without)[0]) == {"map.html"}


def test_one_bad_county_never_stops_the_others(
    outlook: Outlook, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = county_page.build_county_map
    bad = next(code for code, found in written(outlook, scenario)[1].items() if LABEL in found)

    def broken(outlook: Outlook, basemap: Any, code: str, **options: Any) -> str:
        if code == bad:
            raise ValueError("broken")
        return build(outlook, basemap, code, **options)

    monkeypatch.setattr(county_page, "build_county_map", broken)
    ledger = Ledger()
    files, links = written(outlook, scenario, ledger)
    assert f"maps/map_{bad}.html" not in files
    assert "map.html" in files
    assert LABEL not in links.get(bad, {})
    assert [problem.where for problem in ledger.problems] == [f"map {bad}"]


def test_zones_are_two_layers_that_open_hidden() -> None:
    layers = zone_layers(json.loads(zones(["330902"]))["features"])
    assert [layer.name[0] for layer in layers] == ["转移范围:准备转移", "转移范围:立即转移"]
    assert [bool(layer.dash) for layer in layers] == [True, False]
    assert not any(layer.shown for layer in layers)
    assert zone_layers([]) == ()


def test_too_many_zones_are_drawn_on_coarser_cells_and_the_page_says_so(
    outlook: Outlook, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zone_layers_module, "MOST_ZONES", 2)
    codes = [region.code for region in called(outlook)]
    ledger, specks = Ledger(), (121.0, 121.003, 121.03, 121.1, 121.3)
    files, _ = written(outlook, scenario, ledger, zones(codes[:1], specks))
    assert ledger.problems == []
    for name in ("map.html", f"maps/map_{codes[0]}.html"):
        layers = extras(files[name])
        assert [len(layer["rows"]) for layer in layers] == [2, 2]
        assert all(
            "共10处,本页容不下" in layer["note"][0] and "zones.geojson" in layer["note"][1]
            for layer in layers
        )
        assert ("县级图" in layers[0]["note"][0]) == (name == "map.html")
        assert sum(float(row[-2]) for row in layers[0]["rows"]) == pytest.approx(
            5 * 0.1 * 0.001 * 111.2**2 * np.cos(np.radians(29.05)), abs=0.02
        )
    assert not extras(files[f"maps/map_{codes[1]}.html"])


def test_zones_that_cannot_be_drawn_are_named_and_every_page_goes_without(
    outlook: Outlook, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise DataError("too many features for a page")

    whole, ledger = written(outlook, scenario)[0], Ledger()
    monkeypatch.setattr(map_bundle, "zone_layers", broken)
    files, _ = written(outlook, scenario, ledger)
    assert set(files) == set(whole)
    assert not any(extras(page) for page in files.values())
    assert {p.where for p in ledger.problems} == {
        "map.html, zones", *(f"map {region.code}, zones" for region in called(outlook))
    }  # fmt: skip
    assert all("too many features" in problem.what for problem in ledger.problems)


def test_zones_that_cannot_be_read_are_named_once(outlook: Outlook, scenario: Scenario) -> None:
    whole, ledger = written(outlook, scenario)[0], Ledger()
    assert set(written(outlook, scenario, ledger, "{")[0]) == set(whole)
    assert [problem.where for problem in ledger.problems] == ["map.html, zones"]


@pytest.mark.parametrize("kind", ["forecast", "hindcast"])
def test_a_provinces_page_that_fails_is_named_and_the_counties_have_theirs(
    kind: Any, outlook: Outlook, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> str:
        raise MemoryError

    outlook = replace(outlook, kind=kind)
    whole, ledger = written(outlook, scenario)[0], Ledger()
    monkeypatch.setattr(province_page, "build_map", broken)
    files, _ = written(outlook, scenario, ledger)
    name = "map.html" if kind == "forecast" else "hindcast/map.html"
    assert set(whole) - set(files) == {name}
    assert ledger.problems == [Problem(name, "MemoryError")]


def test_fine_pictures_and_a_base_map_that_fail_are_named(
    outlook: Outlook, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise ValueError("broken")

    whole, links = written(outlook, scenario)
    ledger = Ledger()
    with monkeypatch.context() as patch:
        patch.setattr(pyramid, "window_pyramids", broken)
        assert set(written(outlook, scenario, ledger)[0]) == set(whole)
    assert ledger.problems == [Problem("map.html, fine pictures", "broken")]
    ledger = Ledger()
    monkeypatch.setattr(basemap, "read_basemap", broken)
    files, found = written(outlook, scenario, ledger)
    assert files == {}
    assert not any(LABEL in labels for labels in found.values())
    due = [code for code, labels in links.items() if LABEL in labels]
    assert {problem.where for problem in ledger.problems} == {"map.html", *(f"map {code}" for code in due)}


def test_a_bureaus_palette_reaches_every_page(outlook: Outlook, scenario: Scenario, tmp_path: Path) -> None:
    own = ("#B00020", "#FF9A3C", "#FFF07A", "#1F5FA8", "#BDE5B8")
    files, _ = written(outlook, replace(scenario, map=replace(scenario.map, palette=own)))
    for page in files.values():
        assert [tier["colour"] for tier in block(page)["tiers"]] == list(reversed(own))
    assert not re.search("tianditu.gov.cn", files["map.html"])


def with_layer(scenario: Scenario, **section: Any) -> Scenario:
    return replace(scenario, map=replace(scenario.map, layers=(MapLayerSection(**section),)))


def test_a_layer_of_the_scenario_is_on_every_map_that_it_reaches(
    outlook: Outlook, scenario: Scenario, tmp_path: Path
) -> None:
    file = tmp_path / "shelters.csv"
    first = outlook.assessment.regions[0].geometry.centroid
    file.write_text(f"name,lon,lat\n中心小学,{first.x},{first.y}\n远处,150,10\n", encoding="utf-8")
    section = {"file": file, "name": "避灾点", "english": "Shelters", "datum": "wgs84", "columns": ("name",)}
    ledger = Ledger()
    files, _ = written(outlook, with_layer(scenario, **section), ledger)
    assert ledger.problems == []
    found = re.findall(r'<script[^>]*class="extra"[^>]*>[^<]*</script>', files["map.html"])
    assert block(found[-1], 'class="extra"')["rows"] == [["中心小学"], ["远处"]]
    page = next(text for name, text in files.items() if name.startswith("maps/"))
    found = re.findall(r'<script[^>]*class="extra"[^>]*>[^<]*</script>', page)
    assert block(found[-1], 'class="extra"')["rows"] == [["中心小学"]]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.csv", "name,lon,lat\n甲,122,30\n", "without their datum"),
        ("a.geojson", '{"type": "Feature"}', "not a collection"),
        ("a.geojson", '{"type": "FeatureCollection", "features": []}', "no features"),
        ("a.geojson", '{"type": "FeatureCollection", "crs": {"properties": {"name": "EPSG:3857"}}, "features": []}', "another coordinate"),
        ("a.json", "{", "not JSON"),
        ("absent.geojson", None, "could not be read"),
    ],
)  # fmt: skip
def test_a_bad_layer_is_named_and_the_map_goes_on(
    outlook: Outlook, scenario: Scenario, tmp_path: Path, name: str, text: str | None, words: str
) -> None:
    file = tmp_path / name
    if text is not None:
        file.write_text(text, encoding="utf-8")
    ledger = Ledger()
    own = with_layer(scenario, file=file, name="层")
    files, _ = written(outlook, replace(own, map=replace(own.map, county_pages=False)), ledger)
    assert "map.html" in files
    assert [problem.where for problem in ledger.problems] == ["map layer 层"]
    assert words in ledger.problems[0].what


def test_a_geopackage_of_roads_in_another_system(tmp_path: Path) -> None:
    geopandas = pytest.importorskip("geopandas")
    from shapely.geometry import LineString

    from riskmap.io.map_layers import read_layer
    from riskmap.products.map_layer import map_layer

    table = geopandas.GeoDataFrame(
        {"road": ["G1"]}, geometry=[LineString([(121, 29), (122, 30)])], crs="EPSG:4490"
    )
    table.to_crs("EPSG:3857").to_file(tmp_path / "roads.gpkg")
    layer = map_layer(read_layer(tmp_path / "roads.gpkg"), name="路")
    assert layer.kind == "line"
    assert layer.rows == (("G1",),)
