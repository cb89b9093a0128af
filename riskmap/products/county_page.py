"""A county's own page: the same map, with that county, its neighbours and its smaller units alone; a tenth of the bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from riskmap.assessment import Assessment
from riskmap.io.basemap import Basemap
from riskmap.outlook import Outlook
from riskmap.palette import Palette
from riskmap.products.map import build_map
from riskmap.products.map_data import DEFAULT_PALETTE, STALE_AFTER
from riskmap.products.map_layer import MapLayer
from riskmap.products.map_level import TOLERANCE
from riskmap.region import Region

NEIGHBOURS_WITHIN: Final = 0.02
"""Counties within this distance are neighbours [degrees], 2 km: a strait between islands is wider."""

AROUND: Final = 0.6
"""The base map reaches so far around the county [degrees]."""


def build_county_map(
    outlook: Outlook,
    basemap: Basemap,
    code: str,
    *,
    links: Mapping[str, Mapping[str, str]] | None = None,
    approval_number: str | None = None,
    layers: Sequence[MapLayer] = (),
    palette: Palette = DEFAULT_PALETTE,
    stale_after: float = STALE_AFTER,
    tianditu: bool = False,
) -> str:
    """The map of one county, its neighbours around it, its townships, villages and other units where there are any.

    Parameters
    ----------
    outlook : Outlook
        Of the province; hourly pictures of the grid are left out.
    basemap : Basemap
        Cut to ``AROUND`` the county.
    code : str
        Code of the county.
    links, approval_number, layers, palette, stale_after, tianditu
        See ``riskmap.products.map.build_map``.

    Returns
    -------
    str
        Self-contained HTML that opens at the county, below 1 MB.

    Raises
    ------
    DataError
        No such county.

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
    >>> page = build_county_map(outlook, rm.read_basemap(), "330903")
    >>> "普陀区" in page, len(page) < 1_000_000
    (True, True)
    """
    county = outlook.assessment.region(code)
    kept = [n for n, region in enumerate(outlook.assessment.regions) if _near(region, county)]
    rows_below = {
        name: rows
        for name, found in outlook.levels.items()
        if name != "city"
        and (rows := [n for n, region in enumerate(found.regions) if region.code.startswith(code)])
    }
    # one list of assets for all levels, since the page has one
    assets = sorted(
        assets_of(outlook.assessment, kept).union(
            *(assets_of(outlook.levels[name], rows) for name, rows in rows_below.items())
        )
    )
    below = {name: part_of(outlook.levels[name], rows, assets) for name, rows in rows_below.items()}
    codes = {outlook.assessment.regions[n].code for n in kept}
    chances, risk = outlook.probability, outlook.risk
    part = replace(
        outlook,
        assessment=part_of(outlook.assessment, kept, assets),
        listed=tuple(unit for unit in outlook.listed if unit.county == code),
        levels=below,
        rasters={},
        surge=None if outlook.surge is None else _points(outlook.surge, codes),
        risk=None if risk is None else risk.isel(region=kept),
        probability=chances.isel(region=kept) if chances is not None and "region" in chances.dims else None,
    )
    event = outlook.event
    title = (
        f"{county.name} 台风{event.chinese}({event.number}) 五色风险图",
        f"{county.name}: typhoon {event.name} ({event.number}), five-colour risk map",
    )
    wanted = {code, county.city_code}
    own = {key: found for key, found in (links or {}).items() if key in wanted}
    return build_map(
        part, cut_basemap(basemap, county), links=own, approval_number=approval_number, title=title, layers=layers,
        palette=palette, stale_after=stale_after, tianditu=tianditu, focus=code, opens="township", tolerance=TOLERANCE / 4,
    )  # fmt: skip


def assets_of(assessment: Assessment, rows: Sequence[int]) -> set[int]:
    """Numbers of the assets that stand in some regions, or decide them."""
    codes = {assessment.regions[n].code for n in rows}
    standing = {
        n for n, asset in enumerate(assessment.assets) if any(asset.region.startswith(code) for code in codes)
    }
    return standing | set(np.unique(assessment.table["asset"].values[..., rows]).tolist()) - {-1}


def part_of(assessment: Assessment, rows: Sequence[int], assets: Sequence[int]) -> Assessment:
    """Some regions of an assessment, with some of its assets; those that decide a region must be among them."""
    regions = tuple(assessment.regions[n] for n in rows)
    picked, kept = list(rows), list(assets)
    table = assessment.table.isel(region=picked)
    place = np.full(len(assessment.assets) + 1, -1, np.int32)
    place[kept] = np.arange(len(kept))
    table = table.assign(asset=(table["asset"].dims, place[table["asset"].values], table["asset"].attrs))
    earlier = assessment.earlier
    return replace(
        assessment, regions=regions, table=table, assets=tuple(assessment.assets[n] for n in kept),
        raised=None if assessment.raised is None else assessment.raised[:, picked],
        earlier=None if earlier is None else replace(
            earlier, combined=earlier.combined[:, picked], tier=earlier.tier[..., picked], worst=earlier.worst[..., picked]
        ),
    )  # fmt: skip


def cut_basemap(basemap: Basemap, county: Region) -> Basemap:
    """The lines and areas around a county."""
    import shapely

    west, south, east, north = county.geometry.bounds
    frame = (west - AROUND, south - AROUND, east + AROUND, north + AROUND)

    def cut(geometry: Any) -> Any:
        return shapely.clip_by_rect(geometry, *frame)

    def parts(geometry: Any, make: Any, dimension: int) -> Any:
        found = shapely.get_parts(cut(geometry))
        return make(found[shapely.get_dimensions(found) == dimension])

    areas = {
        name: parts(getattr(basemap, name), shapely.multipolygons, 2)
        for name in ("land", "surroundings", "lakes", "province")
    }
    rivers = tuple((level, parts(lines, shapely.multilinestrings, 1)) for level, lines in basemap.rivers)
    return replace(
        basemap, bounds=frame, coast=parts(basemap.coast, shapely.multilinestrings, 1), rivers=rivers, **areas
    )


def _near(region: Region, county: Region) -> bool:
    return region is county or bool(region.geometry.dwithin(county.geometry, NEIGHBOURS_WITHIN))


def _points(surge: Any, codes: set[str]) -> Any:
    rows = [n for n, code in enumerate(surge["region"].values) if str(code) in codes]
    return surge.isel(point=rows) if rows else None
