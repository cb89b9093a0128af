"""The maps of one outlook: the province's page, and one for each county that is called to act."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from riskmap.errors import RiskmapError
from riskmap.grid import Grid
from riskmap.io.map_layers import read_layer
from riskmap.io.publish import Staging
from riskmap.ledger import Ledger, Problem
from riskmap.outlook import Outlook
from riskmap.palette import Palette, read_palette
from riskmap.products.county_page import AROUND
from riskmap.products.map_layer import MapLayer, map_layer
from riskmap.products.zones import NOTE, STEPS
from riskmap.region import Region
from riskmap.scale import Tier
from riskmap.scenario import MapLayerSection, Scenario

Links = dict[str, dict[str, str]]

LABEL: Final = "地图"
"""What the link to a county's page is called."""

ZONE_COLUMNS: Final = {
    "hazard_name": ("灾种", "hazard"), "tier_name": ("等级", "tier"), "onset": ("起始", "from"), "arrival": ("水到", "water at"),
    "area_km2": ("面积 km²", "km²"), "basis": ("依据", "basis"),
}  # fmt: skip


Pages = tuple[dict[str, str], list[Problem]]
"""Page of each county by its code, and what could not be made."""


def county_pages(
    outlook: Outlook, bounds: tuple[float, float, float, float], scenario: Scenario, letters: Links, zones: str | None
) -> Pages:  # fmt: skip
    """A page for each county that is called to act.

    Parameters
    ----------
    outlook : Outlook
        Of the province; its hourly pictures are not looked at.
    bounds : west, south, east, north
        Of the grid [degrees].
    letters, zones
        As in ``write_maps``.
    """
    from riskmap.io.basemap import read_basemap
    from riskmap.products.county_page import build_county_map

    basemap, own = read_basemap(bounds), Ledger()
    features = [] if zones is None else json.loads(zones)["features"]
    layers = own_layers(scenario, Ledger())  # the province's page names those that cannot be read
    pages: dict[str, str] = {}
    worst = outlook.assessment.published_worst
    for region, tier in zip(outlook.assessment.regions, worst, strict=True):
        if tier < Tier.ORANGE:
            continue
        near = [f for f in features if region.code in f["properties"]["regions"]]
        try:
            pages[region.code] = build_county_map(
                outlook, basemap, region.code, links=_upwards(letters, region.code, region.city_code),
                layers=(*zone_layers(near), *layers_near(layers, region)), **_common(scenario),
            )  # fmt: skip
        except Exception as error:
            # one bad county never stops the others
            own.missed(f"map {region.code}", error)
    return pages, own.problems


def write_maps(
    staging: Staging, outlook: Outlook, grid: Grid, scenario: Scenario, ledger: Ledger, letters: Links, zones: str | None, *,
    title: tuple[str, str] | None = None, pages: Pages | None = None,
) -> Links:  # fmt: skip
    """Write ``map.html`` and ``maps/map_CODE.html``.

    Parameters
    ----------
    staging : Staging
        Folder under construction; a hindcast goes below ``hindcast/`` and has no counties' pages.
    letters : mapping
        Region code -> label -> path of each document.
    zones : str or None
        GeoJSON of the evacuation zones: layers of the map, not shown at first.
    title : (Chinese, English), optional
        Heading of the province's page; from the storm's number and name unless given.
    pages : (mapping, list), optional
        What ``county_pages`` gave, where it was called before.

    Returns
    -------
    mapping
        The same with the counties' pages.
    """
    from riskmap.io.basemap import read_basemap
    from riskmap.products.map import build_map
    from riskmap.products.pyramid import window_pyramids

    forecast = outlook.kind == "forecast"
    features = [] if zones is None else json.loads(zones)["features"]
    owns = own_layers(scenario, ledger)
    links = letters
    if forecast and scenario.map.county_pages:
        made, problems = pages or county_pages(outlook, grid.bounds, scenario, letters, zones)
        ledger.problems += problems
        for code, page in made.items():
            path = f"maps/map_{code}.html"
            staging.write(path, page)
            links = {**links, code: {**links.get(code, {}), LABEL: path}}
    page = build_map(
        outlook, read_basemap(grid.bounds), links=links if forecast else letters,
        windows=window_pyramids(outlook.onsets, grid), layers=(*zone_layers(features), *(layer for layer, _ in owns)),
        title=title, **_common(scenario),
    )  # fmt: skip
    staging.write("map.html" if forecast else "hindcast/map.html", page)
    return links


def _common(scenario: Scenario) -> dict[str, Any]:
    """What every page of a run takes."""
    return {
        "approval_number": scenario.products.approval_number,
        "palette": Palette() if scenario.map.palette is None else read_palette(scenario.map.palette),
        "stale_after": scenario.map.stale_after,
        "tianditu": scenario.map.tianditu,
    }


def zone_layers(features: list[dict[str, Any]]) -> tuple[MapLayer, ...]:
    """Evacuation zones as two layers: where to make ready, and where to leave at once."""
    layers = []
    for tier, line in ((Tier.ORANGE, "dashed"), (Tier.RED, "solid")):
        kept = [f for f in features if f["properties"]["tier"] == tier]
        if not kept:
            continue
        chinese, english = STEPS[tier]
        layers.append(
            map_layer(
                {"type": "FeatureCollection", "features": kept}, name=(f"转移范围:{chinese}", f"Zones: {english}"),
                columns=ZONE_COLUMNS, line=line, note=NOTE, shown=False,  # type: ignore[arg-type]
            )
        )  # fmt: skip
    return tuple(layers)


OwnLayer = tuple[MapLayer, Callable[[tuple[float, float, float, float]], MapLayer | None]]
"""A layer, and what of it lies in a box of west, south, east, north."""


def own_layers(scenario: Scenario, ledger: Ledger) -> list[OwnLayer]:
    """``[[map.layers]]`` of the scenario; one that cannot be read is named, and the maps go without it."""
    found: list[OwnLayer] = []
    for section in scenario.map.layers:
        try:
            features = read_layer(section.file, datum=section.datum)["features"]
            make = _maker(section)
            found.append((make(features), _cutter(features, make)))
        except RiskmapError as error:
            ledger.missed(f"map layer {section.name}", error)
    return found


def _maker(section: MapLayerSection) -> Callable[[list[Any]], MapLayer]:
    def make(features: list[Any]) -> MapLayer:
        return map_layer(
            {"type": "FeatureCollection", "features": features}, name=(section.name, section.english or section.name),
            columns=section.columns, colour=section.colour, line=section.line, note=section.note, shown=section.shown,
            datum=section.datum,
        )  # fmt: skip

    return make


def _cutter(
    features: list[Any], make: Callable[[list[Any]], MapLayer]
) -> Callable[[tuple[float, float, float, float]], MapLayer | None]:
    from shapely import STRtree, box
    from shapely.geometry import shape

    placed = [feature for feature in features if feature.get("geometry")]
    tree = STRtree([shape(feature["geometry"]) for feature in placed])

    def cut(bounds: tuple[float, float, float, float]) -> MapLayer | None:
        rows = sorted(tree.query(box(*bounds), predicate="intersects").tolist())
        return make([placed[n] for n in rows]) if rows else None

    return cut


def layers_near(owns: list[OwnLayer], region: Region) -> tuple[MapLayer, ...]:
    """What of the layers lies in the frame of a county's page."""
    west, south, east, north = region.geometry.bounds
    frame = (west - AROUND, south - AROUND, east + AROUND, north + AROUND)
    return tuple(layer for _, cut in owns if (layer := cut(frame)) is not None)


def _upwards(letters: Mapping[str, Mapping[str, str]], *codes: str) -> Links:
    """Links of a page that lies one folder down."""
    return {
        code: {label: f"../{path}" for label, path in letters[code].items()}
        for code in codes
        if code in letters
    }
