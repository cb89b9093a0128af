"""Section of a scenario for the map page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from riskmap.scenario.strict import STRICT


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
    """

    __pydantic_config__: ClassVar = STRICT
    palette: tuple[str, ...] | None = None
    stale_after: float = 9.0
    county_pages: bool = True
    tianditu: bool = False
