"""How long one county of the exercise takes to clear, and by which roads: worked out from its own parts, perhaps in another process."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from evac.plan import clearance_page
from evac.plan.clearance import clear, in_words
from evac.plan.departures import departures_at
from evac.plan.roads import Condition, RoadNetwork
from evac.plan.routes import routes

ROUTES: Final = "routes.json"
_WAYS: Final = 3


@dataclass(frozen=True, eq=False)
class Leaving:
    """Who leaves a county, and where to.

    Attributes
    ----------
    county, name : str
    network : RoadNetwork
        What lies in a zone is closed.
    going : mapping
        Village -> shelter -> invented people.
    points : mapping
        Village or shelter -> longitude and latitude.
    many : int
        Residents for whom each of them stands.
    """

    county: str
    name: str
    network: RoadNetwork
    going: Mapping[str, Counter[str]]
    points: Mapping[str, tuple[float, float]]
    many: int


@dataclass(frozen=True, eq=False)
class Cleared:
    """What came of it: texts of files by name, and figures for the exercise's record."""

    files: Mapping[str, str]
    figures: dict[str, Any]


def clear_county(leaving: Leaving) -> Cleared:
    """Routes from each village to the shelter of most of its people, and how long the county takes to clear."""
    network, going, many, points = leaving.network, leaving.going, leaving.many, leaving.points
    if not going:
        return Cleared({}, {"county": leaving.county, "people": 0})
    used = sorted({place for taken in going.values() for place in taken})
    ends = np.array([points[place] for place in used])
    villages = sorted(going)
    groups = departures_at(
        network, [points[v] for v in villages], [going[v].total() * many for v in villages], villages
    )
    exits = departures_at(network, ends, [0] * len(used), used)
    room: Counter[int] = Counter()
    for node, place in zip(exits.node.tolist(), used, strict=True):
        if node >= 0:
            room[node] += sum(taken[place] for taken in going.values()) * many
    done = clear(network, groups, list(room), rooms=list(room.values()))
    note = f"演练:每名虚构人员代表{many}名居民;路网为示例 exercise: each invented person stands for {many} residents, roads are invented"
    found = _routes(
        network, groups.node.tolist(), villages, going, dict(zip(used, exits.node.tolist(), strict=True))
    )
    files = {
        "clearance.json": clearance_page.figures_json(done), "batches.csv": clearance_page.batches_csv(done),
        "index.html": clearance_page.page(done, ends, (note,)), ROUTES: json.dumps(found, ensure_ascii=False, indent=1) + "\n",
    }  # fmt: skip
    figures = {
        "county": leaving.county, "name": leaving.name, "synthetic_roads": network.synthetic, "links": network.links,
        "links_closed": int((network.condition == Condition.CLOSED).sum()), "people": int(groups.people.sum()), "out": done.out,
        "finish": in_words(done.finish),
        "no_schedule_before": in_words(done.lower.seconds), "left": sum(line.people for line in done.left),
        "routes": sum(len(row["routes"]) for row in found),
        "through_closed_links": sum(bool(route["closed_links"]) for row in found for route in row["routes"]),
    }  # fmt: skip
    return Cleared(files, figures)


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
