"""Section of a scenario for the map page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from riskmap.scenario.strict import STRICT


@dataclass(frozen=True)
class MapLayerSection:
    """``[[map.layers]]``: a layer of one's own on every map: shelters, assets, roads, zones.

    Attributes
    ----------
    file : Path
        GeoJSON, GeoPackage, shapefile, or a CSV of points with longitude and latitude; one kind of geometry.
    name, english : str
        Of the layer; ``english`` is ``name`` unless given.
    columns : tuple of str, optional
        What a click shows; every column unless given.
    datum : str, optional
        Of the coordinates; a CSV must say it. ``gcj02`` has them converted.
    colour : ``#RRGGBB``, optional
        Not a tier's.
    line : str
        ``solid`` or ``dashed``.
    note : str, optional
        Said under the name: whose it is, how old.
    shown : bool
        Whether maps open with it.
    """

    __pydantic_config__: ClassVar = STRICT
    file: Path
    name: str
    english: str | None = None
    columns: tuple[str, ...] | None = None
    datum: Literal["wgs84", "cgcs2000", "gcj02"] | None = None
    colour: str | None = None
    line: Literal["solid", "dashed"] = "solid"
    note: str | None = None
    shown: bool = True


@dataclass(frozen=True)
class MapSection:
    """``[map]``: how the map page looks, and which pages are written.

    Attributes
    ----------
    palette : five of ``#RRGGBB``
        A bureau's own colours for red, orange, yellow, blue, green; refused where two look alike, see
        ``riskmap.palette.read_palette``.
    stale_after : float
        Hours after the newest observation from which the page warns that it is old.
    county_pages : bool
        A page of its own (``maps/map_330902.html``) for each county at orange or red.
    tianditu : bool
        Offer the national base map on the page, off until the reader types a key; no key is ever written.
    layers : tuple of MapLayerSection
        ``[[map.layers]]``: one that cannot be read is named in the report, and the map goes without it.
    """

    __pydantic_config__: ClassVar = STRICT
    palette: tuple[str, ...] | None = None
    stale_after: float = 9.0
    county_pages: bool = True
    tianditu: bool = False
    layers: tuple[MapLayerSection, ...] = ()
