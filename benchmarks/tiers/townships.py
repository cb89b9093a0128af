"""Townships for benchmarks and pictures, made: no outlines of the real ones are free to ship.

Each county is split between its places (GeoNames) and random points, by nearness (Voronoi). Nothing here is a boundary.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from riskmap import bundled
from riskmap.io.csv_table import read_csv_table
from riskmap.region import Region

COUNT = 1400
SEED = 11


def made_townships(counties: Sequence[Region], *, count: int = COUNT, seed: int = SEED) -> tuple[Region, ...]:
    """About ``count`` made townships: more in larger counties, at least two in each."""
    from shapely import MultiPoint, points, prepare

    rng = np.random.default_rng(seed)
    area = np.array([county.geometry.area for county in counties])
    share = np.maximum(2, np.round(area / area.sum() * count)).astype(int)
    places = _places()
    made: list[Region] = []
    for county, wanted in zip(counties, share, strict=True):
        prepare(county.geometry)
        west, south, east, north = county.geometry.bounds
        spots = [spot for spot in points(places) if county.geometry.covers(spot)][:wanted]
        while len(spots) < wanted:
            more = points(rng.uniform((west, south), (east, north), (4 * wanted, 2)))
            spots += [spot for spot in more if county.geometry.covers(spot)][: wanted - len(spots)]
        made += _split(county, MultiPoint(spots))
    return tuple(made)


def _split(county: Region, seeds: object) -> list[Region]:
    from shapely import get_parts, voronoi_polygons

    found = []
    for cell in get_parts(voronoi_polygons(seeds, extend_to=county.geometry)):
        shape = county.geometry.intersection(cell)
        if shape.area > 0:
            code = f"{county.code}{len(found) + 1:03}"
            found.append(Region(code, code, county.city_code, county.city_name, shape, level="township"))
    return found


def _places() -> np.ndarray:
    table = read_csv_table(bundled("places/zhejiang_geonames.csv"))
    lon, lat = (
        table.column(next(k for k in keys if k in table.header))
        for keys in (("lon", "longitude"), ("lat", "latitude"))
    )
    return np.array([(table.number(row, lon), table.number(row, lat)) for row in table.rows])
