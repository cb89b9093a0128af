"""A bus plan on paper: the timetable by bus, and its figures with their bounds and assumptions."""

from __future__ import annotations

import json
from typing import Any, Final

from evac.plan.allocation_tables import table
from evac.plan.buses import BusPlan
from evac.plan.roads import road_numbers
from riskmap.scale import DISCLAIMER

COLUMNS: Final = (
    "bus", "seats", "trip", "point", "people", "comes_minute", "leaves_minute", "place", "arrives_minute", "modelled",
)  # fmt: skip
_MODELLED: Final = "模型 modelled"
_NUMBERS: Final = ("bus_pace", "bus_stop", "boarding", "alighting")


def timetable_csv(plan: BusPlan) -> str:
    """One row a trip, by bus and time; minutes from the start of the plan, when the bus leaves not rounded up."""
    rows = []
    for bus, vehicle in enumerate(plan.buses):
        for n, trip in enumerate((t for t in plan.trips if t.bus == bus), 1):
            rows.append({
                "bus": vehicle.name, "seats": vehicle.seats, "trip": n, "point": plan.points[trip.point].name,
                "people": trip.people, "comes_minute": _minutes(trip.comes), "leaves_minute": _minutes(trip.leaves),
                "place": plan.places[trip.place].name, "arrives_minute": _minutes(trip.arrives), "modelled": _MODELLED,
            })  # fmt: skip
    return table(COLUMNS, rows)


def _minutes(seconds: int) -> float:
    return round(seconds / 60, 1)


def figures(plan: BusPlan) -> dict[str, Any]:
    """What the plan comes to, what no timetable can beat, who is left, and the numbers behind it."""
    origins = road_numbers().origins
    return {
        "kind": f"接运计划 pick-up by bus, {_MODELLED}",
        "disclaimer": list(DISCLAIMER),
        "synthetic_roads": plan.synthetic,
        "people": sum(point.people for point in plan.points),
        "brought_out": plan.out,
        "most_by_any_timetable": plan.most,
        "finish_seconds": plan.finish,
        "no_timetable_before_seconds": plan.lower,
        "gap": round(plan.gap, 4),
        "trips": len(plan.trips),
        "left": [
            {"point": plan.points[row.point].name, "people": row.people, "why": row.why.value, "why_name": row.why.chinese}
            for row in plan.left
        ],
        "assumptions": [
            "a bus goes from one point to one place; no trip calls at two points",
            "roads that water closes within the plan are not driven by bus",
            "people stand at their point; the way between point and road is counted at walking pace",
            "bounds hold for timetables of this kind",
        ],
        "numbers": {name: {"value": road_numbers().values[name], "source": origins[name]} for name in _NUMBERS},
    }  # fmt: skip


def figures_json(plan: BusPlan) -> str:
    """``figures`` as JSON."""
    return json.dumps(figures(plan), ensure_ascii=False, indent=1) + "\n"
