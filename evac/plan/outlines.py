"""Danger zones with an outline (危险区), from GeoJSON: those of a published run, or those that a county drew itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from riskmap.errors import DataError, GeometryError
from riskmap.scale import Tier


@dataclass(frozen=True, eq=False)
class Outline:
    """A zone with an outline; a ``Danger`` of ``evac.plan.safety``.

    Attributes
    ----------
    name, hazard : str
    tier : Tier or None
        None = no data.
    outline : shapely geometry
        WGS-84 [degree].
    """

    name: str
    hazard: str
    tier: Tier | None
    outline: Any
    region: str = ""
    longitude: float | None = None
    latitude: float | None = None
    reach: float = 0.0


def read_outlines(collection: Any, *, where: str) -> tuple[Outline, ...]:
    """Zones of a GeoJSON FeatureCollection.

    Parameters
    ----------
    collection : object
        Parsed JSON, WGS-84 as GeoJSON is. Properties of each feature: ``hazard`` (an id such as ``flash_flood``), ``tier``
        (0 green to 4 red, null without data), ``name`` if there is one.
    where : str
        For messages.

    Raises
    ------
    DataError
        Not a FeatureCollection, or a feature without hazard or tier.
    GeometryError
        A feature without an area.

    Examples
    --------
    >>> square = {"type": "Polygon", "coordinates": [[[122, 30], [122.1, 30], [122.1, 30.1], [122, 30]]]}
    >>> feature = {"type": "Feature", "properties": {"hazard": "landslide", "tier": 3}, "geometry": square}
    >>> [(z.hazard, z.tier) for z in read_outlines({"type": "FeatureCollection", "features": [feature]}, where="zones")]
    [('landslide', <Tier.ORANGE: 3>)]
    """
    features = collection.get("features") if isinstance(collection, Mapping) else None
    if not isinstance(features, list):
        raise DataError(
            "no danger zones", where=where, expected="a GeoJSON FeatureCollection", found=type(collection).__name__,
            remedy="name the zones.geojson of a run, or a map of zones saved as GeoJSON",
        )  # fmt: skip
    return tuple(_outline(feature, f"{where}, feature {n}") for n, feature in enumerate(features, 1))


def _outline(feature: Any, where: str) -> Outline:
    import shapely
    from shapely.geometry import shape

    told = feature.get("properties") if isinstance(feature, Mapping) else None
    hazard = told.get("hazard") if isinstance(told, Mapping) else None
    if not isinstance(told, Mapping) or not isinstance(hazard, str) or not hazard or "tier" not in told:
        raise DataError(
            "a zone without its hazard or tier", where=where, expected="properties hazard and tier",
            found=str(told)[:80], remedy="give both; tier is null where there is no data",
        )  # fmt: skip
    tier = told["tier"]
    if tier is not None and (isinstance(tier, bool) or tier not in list(map(int, Tier))):
        raise DataError(
            "not a tier", where=where, expected="0 green to 4 red, or null", found=repr(tier),
            remedy="correct the property tier",
        )  # fmt: skip
    try:
        geometry = shape(feature["geometry"])
    except (KeyError, TypeError, ValueError, AttributeError, shapely.errors.ShapelyError) as error:
        raise GeometryError("a zone without its outline", where=where, remedy="draw it again") from error
    if geometry.area == 0 or not geometry.is_valid:
        raise GeometryError(
            "an outline that encloses nothing or crosses itself", where=where, expected="a polygon",
            found=geometry.geom_type, remedy="draw it again",
        )  # fmt: skip
    return Outline(str(told.get("name") or ""), hazard, None if tier is None else Tier(tier), geometry)
