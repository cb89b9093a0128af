"""The maps of one outlook: the province's page, and one for each county that is called to act."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from riskmap.beside import Begin, begin_here
from riskmap.grid import Grid
from riskmap.io.basemap import Basemap
from riskmap.io.map_layers import read_layer
from riskmap.io.publish import Staging
from riskmap.ledger import Ledger, Problem
from riskmap.outlook import Outlook
from riskmap.palette import Palette, read_palette
from riskmap.products.county_page import AROUND
from riskmap.products.map_layer import MapLayer, map_layer
from riskmap.products.zone_layers import Features, zone_layers, zones_by_region, zones_of
from riskmap.region import Region
from riskmap.scale import Tier
from riskmap.scenario import MapLayerSection, Scenario

Links = dict[str, dict[str, str]]

LABEL: Final = "地图"
"""What the link to a county's page is called."""

AHEAD: Final = 0.6
"""Share of the counties' pages that another process makes: this one makes the province's page too (D)."""

Pages = tuple[dict[str, str], list[Problem]]
"""Page of each county by its code, and what could not be made."""


def called(outlook: Outlook) -> list[Region]:
    """The counties that are called to act, each of which has a page."""
    tiers = zip(outlook.assessment.regions, outlook.assessment.published_worst, strict=True)
    return [region for region, tier in tiers if tier >= Tier.ORANGE]


def county_pages(
    counties: Sequence[Region], outlook: Outlook, basemap: Basemap, scenario: Scenario, letters: Links, zones: Mapping[str, Features],
) -> Pages:  # fmt: skip
    """The page of each of some counties.

    Parameters
    ----------
    counties : sequence of Region
        See ``called``.
    outlook : Outlook
        Of the province; its hourly pictures are not looked at.
    basemap : Basemap
        Of the province's grid.
    letters
        As in ``write_maps``.
    zones : mapping
        Region code -> the evacuation zones that meet it.
    """
    from riskmap.products.county_page import build_county_map

    if not counties:
        return {}, []
    own = Ledger()
    layers = own_layers(scenario, Ledger())  # the province's page names those that cannot be read
    pages: dict[str, str] = {}
    for region in counties:
        name = f"map {region.code}"
        drawn = own.tried(partial(zone_layers, zones[region.code]), f"{name}, zones") or ()
        others = own.tried(partial(layers_near, layers, region), f"{name}, layers") or ()
        # one bad county never stops the others
        page = own.tried(
            partial(
                build_county_map, outlook, basemap, region.code, links=_upwards(letters, region.code, region.city_code),
                layers=(*drawn, *others), **_common(scenario),
            ), name,
        )  # fmt: skip
        if page is not None:
            pages[region.code] = page
    return pages, own.problems


def write_maps(
    staging: Staging, outlook: Outlook, grid: Grid, scenario: Scenario, ledger: Ledger, letters: Links, zones: str | None, *,
    title: tuple[str, str] | None = None, begin: Begin = begin_here,
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
    begin : Begin, optional
        Begins the pages of some counties, which are made while the others and the province's are.

    Returns
    -------
    mapping
        The same with the counties' pages.
    """
    from riskmap.io.basemap import read_basemap
    from riskmap.products.map import build_map
    from riskmap.products.pyramid import window_pyramids

    forecast = outlook.kind == "forecast"
    name = "map.html" if forecast else "hindcast/map.html"
    common = _common(scenario)  # a wrong palette is no page's own fault
    features = (ledger.tried(partial(zones_of, zones), f"{name}, zones") or []) if zones is not None else []
    owns = own_layers(scenario, ledger)
    counties = called(outlook) if forecast and scenario.map.county_pages else []
    cut = round(AHEAD * len(counties))
    # the process beside has read the base map for the maps of a hindcast
    basemap = ledger.tried(begin(read_basemap, grid.bounds), name, *(f"map {one.code}" for one in counties))
    if basemap is None:
        return letters
    near = zones_by_region(features, {one.code for one in counties})
    args = replace(outlook, rasters={}, onsets={}), basemap, scenario, letters
    # no page of a county shows pictures or first hours
    ahead = begin(county_pages, counties[:cut], *args, {one.code: near[one.code] for one in counties[:cut]})
    here = county_pages(counties[cut:], *args, near)
    windows = ledger.tried(partial(window_pyramids, outlook.onsets, grid), f"{name}, fine pictures")
    links = _write_pages(staging, (ahead(), here), letters, ledger)
    drawn = ledger.tried(partial(zone_layers, features, counties=bool(counties)), f"{name}, zones") or ()
    whole = ledger.tried(
        partial(
            build_map, outlook, basemap, links=links if forecast else letters, windows=windows,
            layers=(*drawn, *(layer for layer, _ in owns)), title=title, **common,
        ), name,
    )  # fmt: skip
    if whole is not None:
        staging.write(name, whole)
    return links


def _write_pages(staging: Staging, pages: Iterable[Pages], links: Links, ledger: Ledger) -> Links:
    """Write counties' pages; gives the links with theirs."""
    for made, problems in pages:
        ledger.problems += problems
        for code, page in made.items():
            path = f"maps/map_{code}.html"
            staging.write(path, page)
            links = {**links, code: {**links.get(code, {}), LABEL: path}}
    return links


def _common(scenario: Scenario) -> dict[str, Any]:
    """What every page of a run takes."""
    return {
        "approval_number": scenario.products.approval_number,
        "palette": Palette() if scenario.map.palette is None else read_palette(scenario.map.palette),
        "stale_after": scenario.map.stale_after,
        "tianditu": scenario.map.tianditu,
    }


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
        except Exception as error:
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
