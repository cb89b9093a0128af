"""Roads of one county in the exercise: invented, closed where the run draws a zone, with routes and the time to clear it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from evac.exercise.transfer_plan import Planned, Point
from evac.model import Stay
from evac.plan import clearance_page
from evac.plan.assumptions import Assumptions
from evac.plan.clearance import clear, in_words
from evac.plan.departures import departures_at
from evac.plan.graphs import largest_part
from evac.plan.invented_roads import invented_ways, ways_geojson
from evac.plan.outlines import read_outlines
from evac.plan.road_files import read_roads
from evac.plan.road_hazards import within_shapes
from evac.plan.roads import Condition, RoadNetwork
from evac.plan.routes import routes
from evac.plan.safety import unsafe_hazards
from riskmap.io.json_file import read_json
from riskmap.io.publish import Staging
from riskmap.region import Region
from riskmap.scale import Tier

ROADS: Final = "roads.geojson"
CLEARANCE: Final = "clearance"
ROUTES: Final = "routes.json"
_WAYS: Final = 3


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


def lay_roads(source: Path, region: Region, folder: Path, *, seed: int, numbers: Assumptions) -> Roads:
    """Invent roads in a county, write them, read them back as a county's own file is, and close what lies in a zone.

    Parameters
    ----------
    source : Path
        Folder of the run; the roads in its zones at orange or red that flood or bury are closed.
    """
    ways = invented_ways(region.geometry, places=numbers.whole("road_places"), seed=seed)
    path = Staging(folder).write(ROADS, ways_geojson(ways, f"示例路网 {region.code}, seed {seed}"))
    return Roads(region, closed_in_zones(read_roads(path), source, region))


def closed_in_zones(network: RoadNetwork, source: Path, region: Region) -> RoadNetwork:
    """The network without the roads that touch a zone of a county at orange or red that floods or buries; as it is where a run maps none."""
    zones = source / "zones.geojson"
    if not zones.is_file():
        return network
    shapes = [
        zone.outline
        for zone in read_outlines(read_json(zones), where=str(zones))
        if zone.hazard in unsafe_hazards()
        and zone.outline is not None
        and zone.tier is not None
        and zone.tier >= Tier.ORANGE
        and zone.outline.intersects(region.geometry)
    ]
    return within_shapes(network, shapes)


def clear_county(roads: Roads, planned: Planned, folder: Path, *, numbers: Assumptions) -> dict[str, Any]:
    """Routes from each village to the shelter of most of its people, and how long the county takes to clear.

    Returns
    -------
    dict
        Figures for the exercise's record.
    """
    code, many = roads.region.code, numbers.whole("stands_for")
    going: dict[str, Counter[str]] = {}
    for person in planned.roster.people:
        if (
            person.county == code
            and person.household in planned.asked
            and person.destination.stay is Stay.SHELTER
        ):
            going.setdefault(person.village, Counter())[person.destination.place] += 1
    if not going:
        return {"county": code, "people": 0}
    shelters = {s.shelter_id: s for s in planned.roster.shelters}
    used = sorted({place for taken in going.values() for place in taken})
    ends = np.array([_point(shelters[place].longitude, shelters[place].latitude) for place in used])
    villages = sorted(going)
    groups = departures_at(
        roads.network, [planned.points[v] for v in villages], [going[v].total() * many for v in villages], villages
    )  # fmt: skip
    exits = departures_at(roads.network, ends, [0] * len(used), used)
    room: Counter[int] = Counter()
    for node, place in zip(exits.node.tolist(), used, strict=True):
        if node >= 0:
            room[node] += sum(taken[place] for taken in going.values()) * many
    done = clear(roads.network, groups, list(room), rooms=list(room.values()))
    out = Staging(folder / CLEARANCE)
    out.write("clearance.json", clearance_page.figures_json(done))
    out.write("batches.csv", clearance_page.batches_csv(done))
    note = f"演练:每名虚构人员代表{many}名居民;路网为示例 exercise: each invented person stands for {many} residents, roads are invented"
    out.write("index.html", clearance_page.page(done, ends, (note,)))
    found = _routes(
        roads.network,
        groups.node.tolist(),
        villages,
        going,
        dict(zip(used, exits.node.tolist(), strict=True)),
    )
    out.write(ROUTES, json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    closed = int((roads.network.condition == Condition.CLOSED).sum())
    return {
        "county": code, "name": roads.region.name, "synthetic_roads": roads.network.synthetic, "links": roads.network.links,
        "links_closed": closed, "people": int(groups.people.sum()), "out": done.out, "finish": in_words(done.finish),
        "no_schedule_before": in_words(done.lower.seconds), "left": sum(line.people for line in done.left),
        "routes": sum(len(row["routes"]) for row in found),
        "through_closed_links": sum(bool(route["closed_links"]) for row in found for route in row["routes"]),
    }  # fmt: skip


def _routes(
    network: RoadNetwork, nodes: Sequence[int], villages: Sequence[str], going: Mapping[str, Counter[str]], goals: Mapping[str, int]
) -> list[dict[str, Any]]:  # fmt: skip
    """Up to three ways from each village to the shelter that most of its people go to."""
    found = []
    for village, node in zip(villages, nodes, strict=True):
        (place, people) = going[village].most_common(1)[0]
        goal = goals[place]
        ways = routes(network, node, [goal], _WAYS) if node >= 0 and goal >= 0 and node != goal else []
        found.append({
            "village": village, "shelter": place, "people": people,
            "routes": [
                {
                    "minutes": round(way.seconds / 60, 1), "km": round(way.metres / 1000, 2),
                    "closed_links": int((network.condition[list(way.links)] == Condition.CLOSED).sum()),
                    "by": list(dict.fromkeys(network.name_of(link) for link in way.links)),
                }
                for way in ways
            ],
        })  # fmt: skip
    return found


def _point(longitude: float | None, latitude: float | None) -> Point:
    assert longitude is not None  # an invented shelter has a place
    assert latitude is not None
    return longitude, latitude


def road_county(people: Mapping[str, int]) -> str:
    """The county whose roads are laid: the one with most people on the list, the first code where several are alike."""
    return min(people, key=lambda code: (-people[code], code))
