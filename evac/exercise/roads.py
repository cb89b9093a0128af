"""Roads of one county in the exercise: invented, closed where the run draws a zone, and who leaves by them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from evac.exercise.clearing import Leaving
from evac.exercise.transfer_plan import Planned, Point
from evac.model import Stay
from evac.plan.assumptions import Assumptions
from evac.plan.graphs import largest_part
from evac.plan.invented_roads import invented_ways, ways_geojson
from evac.plan.outlines import Outlines
from evac.plan.road_files import read_roads
from evac.plan.road_hazards import within_shapes
from evac.plan.roads import Condition, RoadNetwork
from evac.plan.safety import unsafe_hazards
from riskmap.io.publish import Staging
from riskmap.region import Region

ROADS: Final = "roads.geojson"


@dataclass(frozen=True)
class Roads:
    """The invented network of one county, what lies on it closed."""

    region: Region
    network: RoadNetwork

    @property
    def junctions(self) -> list[Point]:
        """Longitude and latitude of the junctions of the largest part that open links hold together."""
        net = self.network
        largest = largest_part(net.nodes, net.start, net.end, net.condition != Condition.CLOSED)
        return [(float(net.longitude[n]), float(net.latitude[n])) for n in largest]


def lay_roads(outlines: Outlines, region: Region, folder: Path, *, seed: int, numbers: Assumptions) -> Roads:
    """Invent roads in a county, write them, read them back as a county's own file is, and close what lies in a zone.

    Parameters
    ----------
    outlines : Outlines
        Of the run (``KnownDangers``); the roads in its zones at orange or red that flood or bury are closed.
    """
    ways = invented_ways(region.geometry, places=numbers.whole("road_places"), seed=seed)
    path = Staging(folder).write(ROADS, ways_geojson(ways, f"示例路网 {region.code}, seed {seed}"))
    return Roads(region, closed_in_zones(read_roads(path), outlines, region))


def closed_in_zones(network: RoadNetwork, outlines: Outlines, region: Region) -> RoadNetwork:
    """The network without the roads that touch a zone of a county at orange or red that floods or buries."""
    matter = outlines.that_matter(unsafe_hazards())
    met = np.sort(matter.tree.query(region.geometry, predicate="intersects"))
    return within_shapes(network, [matter.shapes[n] for n in met if matter.tiers[n] is not None])


def leaving(roads: Roads, planned: Planned, *, many: int) -> Leaving:
    """Who of the county leaves for which shelter.

    Parameters
    ----------
    many : int
        Residents for whom each invented person stands.
    """
    code = roads.region.code
    going: dict[str, Counter[str]] = {}
    for person in planned.roster.people:
        if (
            person.county == code
            and person.household in planned.asked
            and person.destination.stay is Stay.SHELTER
        ):
            going.setdefault(person.village, Counter())[person.destination.place] += 1
    used = {place for taken in going.values() for place in taken}
    points = {village: planned.points[village] for village in going}
    points |= {
        s.shelter_id: _point(s.longitude, s.latitude) for s in planned.roster.shelters if s.shelter_id in used
    }
    return Leaving(code, roads.region.name, roads.network, going, points, many)


def _point(longitude: float | None, latitude: float | None) -> Point:
    assert longitude is not None  # an invented shelter has a place
    assert latitude is not None
    return longitude, latitude


def road_county(people: Mapping[str, int]) -> str:
    """The county whose roads are laid: the one with most people on the list, the first code where several are alike."""
    return min(people, key=lambda code: (-people[code], code))
