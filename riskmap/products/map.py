"""The five-colour map: one HTML file that opens on a closed network.

folium makes the page and the Leaflet map; its CDN links are taken away and Leaflet stands in the page itself.
What the map shows is data (``riskmap.products.map_data``) and a script (``templates/map.*.js``): geometry is
stored once, an hour is a row of small integers.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, Final

from jinja2 import Environment, Template
from markupsafe import Markup, escape

from riskmap.errors import ConfigError
from riskmap.io.basemap import Basemap
from riskmap.outlook import Outlook, beijing
from riskmap.palette import Palette
from riskmap.products.map_data import DEFAULT_PALETTE, STALE_AFTER, data_time, map_data
from riskmap.products.map_layer import SLOT, MapLayer, add_layer, map_layer
from riskmap.products.map_level import TOLERANCE, peak_hour
from riskmap.products.map_pack import page_block
from riskmap.products.map_page import SCRIPTS, page_shell, page_text
from riskmap.products.pyramid import TierPyramid, windows_data
from riskmap.products.raster import recoloured
from riskmap.products.self_contained import OutsideReferenceError, require_self_contained
from riskmap.scale import DISCLAIMER, hazard_words

__all__ = [
    "SCRIPTS",
    "MapLayer",
    "OutsideReferenceError",
    "add_layer",
    "build_map",
    "map_layer",
    "require_self_contained",
]

KINDS: Final = {"forecast": ("预报", "forecast"), "hindcast": ("事后分析", "hindcast")}

ICONS: Final = {
    "back": "M10 2v12L3 8zM11.5 2H14v12h-2.5z",
    "play": "M3 1.5v13L14 8z",
    "forth": "M6 2v12l7-6zM2 2h2.5v12H2z",
}
"""Outlines of the clock's buttons in a box of 16."""

_RELATIVE: Final = re.compile(r"(?![/\\])[^:\\]*(?:[/?#].*)?")


def build_map(
    outlook: Outlook,
    basemap: Basemap,
    *,
    links: Mapping[str, Mapping[str, str]] | None = None,
    windows: Mapping[str, TierPyramid] | None = None,
    approval_number: str | None = None,
    title: tuple[str, str] | None = None,
    layers: Sequence[MapLayer] = (),
    palette: Palette = DEFAULT_PALETTE,
    stale_after: float = STALE_AFTER,
    opens: str = "county",
    focus: str | None = None,
    tolerance: float = TOLERANCE,
    tianditu: bool = False,
    tianditu_key_in_page: str = "",
) -> str:
    """The map of one outlook as one self-contained HTML page.

    Layers (one at a time): combined tier, each hazard by county, each hazard by cell, the ensemble, storm surge, which
    is not graded. An hourly slider, search, filter, reasons of a county on a click, legend with counts, track and wind
    circles, a table, hatching and a page for paper, Chinese and English. It opens at the hour with the most counties at
    the worst tier.

    Parameters
    ----------
    outlook : Outlook
        What to draw. Hazards without an input (``assessment.lacking``) are named and never coloured.
    basemap : Basemap
        Land, coast, rivers and cities under and over the tiers.
    links : mapping, optional
        Region or city code -> label -> address of a letter, relative to the page.
    windows : mapping, optional
        Hazard -> tiles of its worst tier of the window; see ``riskmap.products.pyramid.window_pyramids``.
    approval_number : str, optional
        Approval number of the base map (审图号); an empty slot without one.
    title : (Chinese, English), optional
        Heading; from the storm's number and name if absent.
    layers : sequence of MapLayer
        Layers of one's own, see ``map_layer``; ``add_layer`` adds one to a finished page.
    palette : Palette
        A bureau's own colours, see ``riskmap.palette.read_palette``.
    stale_after : float
        Hours after the newest observation from which the page warns that it is old; a replay or hindcast never does.
    opens : str
        Level that is shown first, where the outlook has several: ``county``, ``township`` ...
    focus : str, optional
        Code of a region that the page opens at.
    tolerance : float
        How far outlines may be simplified, see ``riskmap.products.map_level.TOLERANCE``.
    tianditu : bool
        Offer the national base map (天地图), off until the reader types a key; only then may the page load anything,
        pictures from that service. The key stays in the reader's window.
    tianditu_key_in_page : str
        A key to be written into the page, in clear, for whoever opens it. Not unless you mean it.

    Returns
    -------
    str
        HTML, utf-8 when written; the same inputs give the same bytes.

    Raises
    ------
    ConfigError
        A link leads outside.
    OutsideReferenceError
        The page would load something from outside itself.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> import riskmap as rm
    >>> hours = np.datetime64("2021-07-25T00", "ns") + np.arange(6) * np.timedelta64(1, "h")
    >>> grid = rm.Grid.from_bounds(west=122, south=29.8, east=122.6, north=30.2, step=0.1)
    >>> rain = xr.DataArray(40.0, {"time": hours, **grid.coordinates}, ("time", "y", "x"), attrs={"units": "mm"})
    >>> found = rm.assess(rm.rain_sums(rain))
    >>> track = rm.make_track(time=hours[[0, -1]], latitude=[29.6, 30], longitude=[122.4, 122], maximum_wind=[38, 36],
    ...                       averaging_period=600)
    >>> from riskmap.outlook import Event, Outlook
    >>> outlook = Outlook("forecast", Event("2106", "IN-FA", "烟花"), found, rm.complete(track))
    >>> page = build_map(outlook, rm.read_basemap())
    >>> page[:15], "烟花" in page
    ('<!DOCTYPE html>', True)

    .. image:: /images/in-fa-map.png
       :alt: The map of the demo at hour 40, with the reasons of 定海区
    """
    heading = title or _title(outlook)
    safe_links = {code: _checked_links(code, found) for code, found in (links or {}).items()}
    data = map_data(
        outlook, basemap, links=safe_links, approval_number=approval_number, title=heading, palette=palette,
        stale_after=stale_after, opens=opens, focus=focus, tolerance=tolerance,
        tianditu=tianditu_key_in_page if tianditu else None,
    )  # fmt: skip
    pictures = {
        "hours": rasters_of(outlook, palette),
        "windows": windows_data(recolour_windows(windows or {}, palette)),
    }
    page = _render(outlook, data, pictures, layers)
    require_self_contained(page, page="map")
    return page


def _title(outlook: Outlook) -> tuple[str, str]:
    event = outlook.event
    return (
        f"台风{event.chinese}({event.number}) 五色风险图",
        f"Typhoon {event.name} ({event.number}): five-colour risk map",
    )


def _checked_links(code: str, links: Mapping[str, str]) -> dict[str, str]:
    for label, address in links.items():
        if not _RELATIVE.fullmatch(address):
            raise ConfigError(
                "a link that leads outside", where=f"links of {code}, {label}", expected="an address relative to the map",
                found=repr(address), remedy="put the file beside the map",
            )  # fmt: skip
    return dict(links)


def rasters_of(outlook: Outlook, palette: Palette) -> dict[str, Any]:
    """Hourly pictures of the gridded tiers: deflated already, so that they stand apart from the other data."""
    return {
        hazard: {
            "words": hazard_words(hazard),
            "bounds": images[0].bounds,
            "png": [base64.b64encode(recoloured(image.png, palette)).decode("ascii") for image in images],
        }
        for hazard, images in outlook.rasters.items()
        if images
    }


def recolour_windows(windows: Mapping[str, TierPyramid], palette: Palette) -> dict[str, TierPyramid]:
    """Archives of tiles in a bureau's colours."""
    return {
        hazard: replace(pyramid, archive=recoloured(pyramid.archive, palette))
        for hazard, pyramid in windows.items()
    }


def _render(
    outlook: Outlook,
    data: Mapping[str, Any],
    pictures: Mapping[str, Any],
    layers: Sequence[MapLayer],
) -> str:
    """The shell with this map's banner, data and layers in it."""
    before, between, after = page_shell(tianditu=data["tianditu"] is not None)
    title = str(escape(data["title"][0]))
    content = [
        _body(outlook, data), page_block(data),
        f'<script type="application/json" id="rasters">{_json(pictures)}</script>',
        "".join(f"{layer.block}\n" for layer in layers) + SLOT,
    ]  # fmt: skip
    return "".join([before, title, between, "\n".join(content), after])


def _json(data: Mapping[str, Any]) -> str:
    """JSON that can stand inside a script element."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


@cache
def _body_template() -> Template:
    return Environment(autoescape=True).from_string(page_text("templates/map.body.html"))


def _body(outlook: Outlook, data: Mapping[str, Any]) -> str:
    """Banner, panel and clock, in Chinese; the script translates what has both languages."""

    def both(pair: Iterable[str]) -> Markup:
        chinese, english = (escape(text) for text in pair)
        return Markup('<span data-zh="{0}" data-en="{1}">{0}</span>').format(chinese, english)

    def icon(name: str) -> Markup:
        return Markup('<svg viewBox="0 0 16 16" aria-hidden="true"><path d="{}"/></svg>').format(ICONS[name])

    return _body_template().render(
        both=both, icon=icon, title=data["title"], marks=outlook.marks, kind=KINDS[outlook.kind],
        issued=beijing(outlook.issued_at), data_time=beijing(data_time(outlook)), disclaimer=DISCLAIMER, approval=data["approval"],
        hours=len(data["times"]), start=peak_hour(outlook.assessment), credits=data["credits"],
    )  # fmt: skip
