"""Which shelters may take people in: none inside an orange or red zone of water or slides, and no unknown is taken for safe."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np

from evac.model import Shelter
from evac.plan.allocation import NUMBERS, positions
from evac.plan.assumptions import load_assumptions
from evac.plan.near import Somewhere
from evac.plan.outlines import Outlines
from riskmap.region import CODE_DIGITS, Region
from riskmap.scale import Tier, hazard_words
from riskmap.sphere import distance


class Danger(Somewhere, Protocol):
    """Where a hazard strikes: by an outline, a point and its reach, or a region; ``evac.plan.zones.Zone`` is one."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def hazard(self) -> str:
        """Hazard id."""

    @property
    def tier(self) -> Tier | None:
        """None = no data."""

    @property
    def reach(self) -> float:
        """How far it reaches from the point [m]."""

    @property
    def outline(self) -> Any:
        """Shapely geometry, WGS-84 [degree], or None."""


@dataclass(frozen=True)
class Judged:
    """What is known against shelters.

    Attributes
    ----------
    closed : mapping
        Id -> why it takes nobody.
    doubtful : mapping
        Id -> what is not known, or speaks against it without closing it: somebody must look before people are sent.
    """

    closed: Mapping[str, str]
    doubtful: Mapping[str, str]


def unsafe_hazards() -> frozenset[str]:
    """Hazards that flood or bury a shelter.

    Examples
    --------
    >>> "landslide" in unsafe_hazards(), "wind" in unsafe_hazards()
    (True, False)
    """
    return frozenset(load_assumptions(NUMBERS).listed("unsafe_hazards"))


def judge_shelters(
    shelters: Sequence[Shelter],
    dangers: Iterable[Danger],
    *,
    outlines: Outlines | None = None,
    not_assessed: Collection[str] = (),
    regions: Sequence[Region] = (),
    strict: bool = False,
) -> Judged:
    """Hold every shelter against every zone.

    A zone at orange or red closes the shelters inside its outline, within its reach, or of its township. A county's tier says not
    where in the county: its shelters are doubtful, or closed where ``strict``. Shelters in a zone without data are doubtful.

    Parameters
    ----------
    shelters : sequence of Shelter
    dangers : iterable of Danger
        Of any hazard and tier; those that neither flood nor bury a house, or are below orange, close nothing.
    outlines : Outlines, optional
        More dangers, as many as a run draws; what they say comes first.
    not_assessed : collection of str
        Hazards of which nothing is known: no shelter is safe from them, and each says so.
    regions : sequence of Region
        Outlines of the land; a shelter outside all of them is closed. Without any, this is not looked at.
    strict : bool
        Close what a county's tier alone speaks against.

    Examples
    --------
    >>> judged = judge_shelters([Shelter("S1", "礼堂", "330902", 60)], [], not_assessed={"landslide"})
    >>> judged.closed, judged.doubtful
    (mappingproxy({}), mappingproxy({'S1': '未研判 not assessed: 地质灾害 geo-hazard'}))
    """
    reasons, doubts = _Notes(), _Notes()
    unsafe = unsafe_hazards()
    at = positions(shelters)
    mapped = (
        ((zone, [(n, True)]) for zone, n in _mapped(outlines, at) if _matters(zone, unsafe))
        if outlines
        else ()
    )
    listed = ((danger, _inside(danger, shelters, at)) for danger in dangers if _matters(danger, unsafe))
    for danger, found in chain(mapped, listed):
        for n, exact in found:
            sure = danger.tier is not None and (exact or strict)
            (reasons if sure else doubts).add(shelters[n].shelter_id, _words(danger, exact))
    _off_the_land(shelters, at, regions, reasons, doubts)
    unknown = "、".join(" ".join(hazard_words(hazard)) for hazard in sorted(set(not_assessed) & unsafe))
    if unknown:
        for shelter in shelters:
            doubts.add(shelter.shelter_id, f"未研判 not assessed: {unknown}")
    return Judged(reasons.joined(), doubts.joined())


def _matters(danger: Danger, unsafe: Collection[str]) -> bool:
    return danger.hazard in unsafe and (danger.tier is None or danger.tier >= Tier.ORANGE)


def _mapped(outlines: Outlines, at: Any) -> Iterator[tuple[Danger, int]]:
    """The outlines that hold shelters, in their order, each with the shelters that it holds."""
    import shapely

    known = np.flatnonzero(~np.isnan(at).any(axis=1))
    point, zone = outlines.tree.query(shapely.points(at[known, 1], at[known, 0]))
    order = np.lexsort((point, zone))
    shelter, zone = known[point[order]], zone[order]
    hit = shapely.intersects_xy(outlines.shapes[zone], at[shelter, 1], at[shelter, 0])
    for n, which in zip(shelter[hit].tolist(), zone[hit].tolist(), strict=True):
        yield outlines[which], n


class _Notes:
    """Words by shelter, each once."""

    def __init__(self) -> None:
        self._found: dict[str, list[str]] = {}

    def add(self, shelter_id: str, words: str) -> None:
        said = self._found.setdefault(shelter_id, [])
        if words not in said:
            said.append(words)

    def joined(self) -> Mapping[str, str]:
        return MappingProxyType({key: ";".join(words) for key, words in self._found.items()})


def _inside(danger: Danger, shelters: Sequence[Shelter], at: Any) -> list[tuple[int, bool]]:
    """Shelters that a zone may touch, and whether it is known that it does."""
    if danger.outline is not None:
        import shapely

        west, south, east, north = danger.outline.bounds
        near = np.flatnonzero(
            (at[:, 0] >= south) & (at[:, 0] <= north) & (at[:, 1] >= west) & (at[:, 1] <= east)
        )
        hit = shapely.intersects_xy(danger.outline, at[near, 1], at[near, 0])
        return [(n, True) for n in near[hit].tolist()]
    if danger.longitude is not None and danger.latitude is not None:
        away = distance(
            latitude=danger.latitude, longitude=danger.longitude, to_latitude=at[:, 0], to_longitude=at[:, 1]
        )
        return [(n, True) for n in np.flatnonzero(away <= danger.reach).tolist()]  # NaN is not
    digits = CODE_DIGITS["township"]  # the finest that a shelter is known by
    code = danger.region[:digits]
    return [
        (n, bool(s.town) and len(danger.region) == digits)
        for n, s in enumerate(shelters)
        if code and (s.town.startswith(code) if s.town else code.startswith(s.county))
    ]


def _words(danger: Danger, exact: bool) -> str:
    chinese, english = hazard_words(danger.hazard)
    where = danger.name or danger.region
    if danger.tier is None:
        return f"{where}{chinese}无数据 no data of {english}"
    tier = f"{danger.tier.chinese}色"
    if exact:
        return f"在{where}{chinese}{tier}范围内 inside {danger.tier.english} zone of {english}"
    return f"{where}{chinese}{tier},具体范围不明 its region is at {danger.tier.english} for {english}, where in it is not known"


def _off_the_land(
    shelters: Sequence[Shelter], at: Any, regions: Sequence[Region], reasons: _Notes, doubts: _Notes
) -> None:
    """Shelters in the sea or off the map are closed, those in another county than they say are doubtful."""
    import shapely

    usable = [region for region in regions if not region.unusable and region.geometry is not None]
    known = np.flatnonzero(~np.isnan(at).any(axis=1))
    if not usable or not known.size:
        return
    tree = shapely.STRtree([region.geometry for region in usable])
    points = shapely.points(at[known, 1], at[known, 0])
    (which, region), _ = tree.query_nearest(points, return_distance=True, all_matches=True)
    for n in np.unique(known[which]).tolist():
        shelter, here = shelters[n], [usable[k] for k in region[known[which] == n].tolist()]
        shore = shapely.get_point(
            shapely.shortest_line(here[0].geometry, shapely.points(at[n, 1], at[n, 0])), 0
        )
        away = float(
            distance(
                latitude=shelter.latitude, longitude=shelter.longitude,
                to_latitude=shapely.get_y(shore), to_longitude=shapely.get_x(shore),
            )
        )  # fmt: skip
        counties = {unit.code[:6]: unit.name for unit in here if len(unit.code) >= len(shelter.county)}
        if away > load_assumptions(NUMBERS).share("off_outline"):
            reasons.add(shelter.shelter_id, "位置在海上或图外 in the sea or off the map; 核对坐标 check it")
        elif away > 0:
            doubts.add(shelter.shelter_id, f"位置在陆域外 {away:.0f} m off the land; 核对坐标 check it")
        elif counties and shelter.county not in counties:
            doubts.add(
                shelter.shelter_id, f"位置在{'、'.join(counties.values())} it stands in {', '.join(counties)}; 核对坐标 check it"
            )  # fmt: skip
