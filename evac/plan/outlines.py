"""Danger zones with an outline (危险区), from GeoJSON: those of a published run, or those that a county drew itself."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, overload

import numpy as np
from numpy.typing import NDArray

from riskmap.errors import DataError, GeometryError
from riskmap.scale import Tier

if TYPE_CHECKING:
    from shapely import STRtree

_AT_ONCE: Final = 3_000
"""Zones that are drawn together (D)."""
_TIERS: Final = frozenset(map(int, Tier))
_NUMBERS: Final = frozenset((float, int))
_SHAPELESS: Final = (KeyError, TypeError, ValueError, AttributeError, OverflowError, IndexError)
"""What shapely says to coordinates that are none."""
_LEAST: Final = 4
"""Points of a ring; shorter ones are looked at one by one."""


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


@dataclass(frozen=True, eq=False)
class Outlines(Sequence[Outline]):
    """Zones in columns: hundreds of thousands of them, of which most are never looked at one by one.

    Attributes
    ----------
    names, hazards : tuple of str
    tiers : tuple of Tier or None
    shapes : array (zone,) of shapely geometries
        WGS-84 [degree].
    """

    names: tuple[str, ...]
    hazards: tuple[str, ...]
    tiers: tuple[Tier | None, ...]
    shapes: NDArray[Any]

    @classmethod
    def of(cls, zones: Iterable[Outline]) -> Outlines:
        """Zones one by one, in columns.

        Examples
        --------
        >>> len(Outlines.of([]))
        0
        """
        found = tuple(zones)
        shapes = np.empty(len(found), object)
        shapes[:] = [zone.outline for zone in found]
        return cls(
            tuple(z.name for z in found), tuple(z.hazard for z in found), tuple(z.tier for z in found), shapes
        )

    @classmethod
    def joined(cls, parts: Sequence[Outlines]) -> Outlines:
        """Those of several files, one behind the other."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            tuple(chain.from_iterable(part.names for part in parts)),
            tuple(chain.from_iterable(part.hazards for part in parts)),
            tuple(chain.from_iterable(part.tiers for part in parts)),
            np.concatenate([np.empty(0, object), *(part.shapes for part in parts)]),
        )

    def __len__(self) -> int:
        return len(self.hazards)

    @overload
    def __getitem__(self, at: int) -> Outline: ...

    @overload
    def __getitem__(self, at: slice) -> Outlines: ...

    def __getitem__(self, at: int | slice) -> Outline | Outlines:
        if isinstance(at, slice):
            return Outlines(self.names[at], self.hazards[at], self.tiers[at], self.shapes[at])
        return Outline(self.names[at], self.hazards[at], self.tiers[at], self.shapes[at])

    def that_matter(self, hazards: Collection[str]) -> Outlines:
        """Those of some hazards at orange or red, or without data."""
        told = enumerate(zip(self.hazards, self.tiers, strict=True))
        kept = [
            n for n, (hazard, tier) in told if hazard in hazards and (tier is None or tier >= Tier.ORANGE)
        ]
        if len(kept) == len(self):
            return self
        return Outlines(
            tuple(self.names[n] for n in kept),
            tuple(self.hazards[n] for n in kept),
            tuple(self.tiers[n] for n in kept),
            self.shapes[np.array(kept, np.intp)],
        )

    @cached_property
    def tree(self) -> STRtree:
        """Their outlines, to be asked for those at a place."""
        import shapely

        return shapely.STRtree(self.shapes)


def read_outline_file(path: str | Path) -> Outlines:
    """Zones of a GeoJSON file, which is read piece by piece where it is as good as a run's.

    Raises
    ------
    SourceError
        See ``riskmap.io.csv_table.read_text``.
    DataError, GeometryError
        No JSON; or see ``read_outlines``.
    """
    from riskmap.io.features_in_turn import NotInTurnError, features_in_turn
    from riskmap.io.json_file import read_json

    try:
        return _outlines(features_in_turn(path), str(path))
    except (NotInTurnError, DataError):
        # what is wrong is said of the whole file, whatever comes first: it may be packed, in another encoding, or broken further on
        return read_outlines(read_json(path), where=str(path))


def read_outlines(collection: Any, *, where: str) -> Outlines:
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
    try:
        return _outlines(features, where)
    except DataError:  # what is wrong first is said first
        return Outlines.of(
            _outline(feature, f"{where}, feature {n}") for n, feature in enumerate(features, 1)
        )


def _outlines(features: Iterable[Any], where: str) -> Outlines:
    """Zones of features; of several that are wrong it may not be the first that is told."""
    taken = _Taken()
    for number, feature in enumerate(features, 1):
        taken.take(feature, f"{where}, feature {number}")
    return taken.outlines()


class _Taken:
    """Zones taken so far: of plain polygons their numbers, until many become outlines together.

    One by one shapely takes ten times as long; and as lists of Python they would be walked for garbage again and again.
    """

    def __init__(self) -> None:
        self._names: list[str] = []
        self._hazards: list[str] = []
        self._tiers: list[Tier | None] = []
        self._shapes: list[NDArray[Any]] = []
        self._begin()

    def _begin(self) -> None:
        self._numbers, self._points, self._rings = array("d"), array("q"), array("q")

    def take(self, feature: Any, where: str) -> None:
        """One more; a ``DataError`` where something is wrong with it or with one before."""
        if _is_plain(feature) and self._keep(feature["geometry"]["coordinates"]):
            told = feature["properties"]
            name, hazard, tier = told.get("name"), told["hazard"], told["tier"]
            if len(self._rings) == _AT_ONCE:
                self._draw()
        else:
            self._draw()
            zone = _outline(feature, where)
            name, hazard, tier = zone.name, zone.hazard, zone.tier
            self._shapes.append(np.array([zone.outline], object))
        self._names.append(sys.intern(str(name or "")))
        self._hazards.append(sys.intern(str(hazard)))
        self._tiers.append(None if tier is None else Tier(tier))

    def _keep(self, rings: Any) -> bool:
        """Keep the numbers of a polygon; False where they are no pairs of numbers, and nothing is kept."""
        try:
            points = [*chain.from_iterable(rings)]
            numbers = [*chain.from_iterable(points)]
            sizes = [*map(len, rings)]
            if {*map(len, points)} != {2} or not {*map(type, numbers)} <= _NUMBERS or min(sizes) < _LEAST:
                return False
            pairs = array("d", numbers)
        except (TypeError, ValueError, OverflowError):
            return False
        self._numbers += pairs
        self._points.extend(sizes)
        self._rings.append(len(sizes))
        return True

    def _draw(self) -> None:
        """Make outlines of the numbers that are kept."""
        import shapely

        if not self._rings:
            return
        points, rings = np.asarray(self._points), np.asarray(self._rings)
        numbers = np.asarray(self._numbers).reshape(-1, 2)
        try:
            lines = shapely.linearrings(numbers, indices=np.repeat(np.arange(len(points)), points))
            shapes = shapely.polygons(lines, indices=np.repeat(np.arange(len(rings)), rings))
        except (ValueError, shapely.errors.ShapelyError) as error:
            raise GeometryError("a zone without its outline") from error
        if not (shapely.is_valid(shapes) & (shapely.area(shapes) != 0)).all():
            raise GeometryError("an outline that encloses nothing or crosses itself")
        self._shapes.append(shapes)
        self._begin()

    def outlines(self) -> Outlines:
        """All of them."""
        self._draw()
        shapes = np.concatenate(self._shapes) if self._shapes else np.empty(0, object)
        return Outlines(tuple(self._names), tuple(self._hazards), tuple(self._tiers), shapes)


def _is_plain(feature: Any) -> bool:
    """Whether a feature is as a run writes it, but for the numbers of its outline."""
    try:
        told, geometry = feature["properties"], feature["geometry"]
        hazard, tier = told["hazard"], told["tier"]
        return (
            {type(feature), type(told), type(geometry)} == {dict}
            and type(hazard) is str
            and hazard != ""
            and (tier is None or (type(tier) is int and tier in _TIERS))
            and geometry["type"] == "Polygon"
            and "coordinates" in geometry
        )
    except (KeyError, TypeError):
        return False


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
    except (*_SHAPELESS, shapely.errors.ShapelyError) as error:
        raise GeometryError("a zone without its outline", where=where, remedy="draw it again") from error
    if geometry.area == 0 or not geometry.is_valid:
        raise GeometryError(
            "an outline that encloses nothing or crosses itself", where=where, expected="a polygon",
            found=geometry.geom_type, remedy="draw it again",
        )  # fmt: skip
    return Outline(str(told.get("name") or ""), hazard, None if tier is None else Tier(tier), geometry)
