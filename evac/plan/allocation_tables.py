"""Tables of an allocation as text: who goes where, how full each shelter is, who has none and why; and its record."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from evac.plan.allocation import NOBODY, NUMBERS, Allocation
from evac.plan.assumptions import load_assumptions
from evac.plan.homes import Facility
from evac.plan.safety import Judged
from evac.plan.unplaced import Unplaced, Why, unplaced
from evac.plan.whole import NOWHERE
from riskmap.products.table import cell
from riskmap.scale import DISCLAIMER

HOME_COLUMNS: Final = (
    "key", "county", "people", "needs", "shelter_id", "shelter_name", "metres", "doubt", "modelled",
)  # fmt: skip
SHELTER_COLUMNS: Final = (
    "shelter_id", "name", "county", "town", "state", "why", "capacity", "room", "planned", "free", "share", "synthetic",
    "present", "facilities",
)  # fmt: skip
UNPLACED_COLUMNS: Final = (
    "key", "county", "people", "needs", "why", "why_name", "nearest", "nearest_metres", "unknown_facilities", "modelled",
)  # fmt: skip
CLOSED: Final = "关闭 closed"
"""State of a shelter that takes nobody."""
DOUBTFUL: Final = "存疑 doubtful"
"""State of one that somebody must look at first."""
NO_FACILITIES: Final = "无 none"
"""What a shelter has of which it is known that it has nothing; an empty cell is not known."""
_MODELLED: Final = "推算 modelled"


def home_rows(plan: Allocation, judged: Judged) -> Iterator[dict[str, Any]]:
    """One row a home and shelter, by key; a block may have several. ``doubt``: the table of shelters says what somebody must look after first."""
    dealt, problem = plan.dealt, plan.problem
    metres = problem.metres(dealt)
    for home, shelter, people, away in zip(
        dealt.home.tolist(), dealt.shelter.tolist(), dealt.people.tolist(), metres.tolist(), strict=True
    ):
        if shelter == NOWHERE:
            continue
        who, where = problem.demand.homes[home], problem.shelters[shelter]
        yield {
            "key": who.key, "county": who.county, "people": people, "needs": " ".join(who.needs),
            "shelter_id": where.shelter_id, "shelter_name": where.name, "metres": None if away < 0 else away,
            "doubt": DOUBTFUL if where.shelter_id in judged.doubtful else "", "modelled": _MODELLED if who.modelled else "",
        }  # fmt: skip


def shelter_rows(
    plan: Allocation, judged: Judged, present: Mapping[str, int] = NOBODY
) -> Iterator[dict[str, Any]]:
    """One row a shelter, by id: open (开放), doubtful (存疑: look before people are sent) or closed (关闭), why, and how full.

    ``present`` are persons who are there already; ``room`` is what is left beside them.
    """
    for n, shelter in enumerate(plan.problem.shelters):
        room, planned = int(plan.problem.room[n]), int(plan.occupancy[n])
        why = plan.problem.closed.get(shelter.shelter_id, "")
        doubt = judged.doubtful.get(shelter.shelter_id, "")
        yield {
            "shelter_id": shelter.shelter_id, "name": shelter.name, "county": shelter.county, "town": shelter.town,
            "state": CLOSED if why else DOUBTFUL if doubt else "开放 open", "why": why or doubt,
            "capacity": shelter.capacity, "room": room, "planned": planned, "free": room - planned,
            "share": round(planned / room, 3) if room else None, "synthetic": "示例 invented" if shelter.synthetic else "",
            "present": present.get(shelter.shelter_id, 0), "facilities": _facilities(plan, n),
        }  # fmt: skip


def _facilities(plan: Allocation, shelter: int) -> str:
    if plan.problem.shelters[shelter].shelter_id in plan.problem.unknown:
        return ""
    has = int(plan.problem.has[shelter])
    return " ".join(facility for facility in Facility if has & facility.bit) or NO_FACILITIES


def unplaced_rows(rows: Iterable[Unplaced]) -> Iterator[dict[str, Any]]:
    """One row a home without a shelter, the weak first."""
    for row in rows:
        yield {
            "key": row.home.key, "county": row.home.county, "people": row.people, "needs": " ".join(row.home.needs),
            "why": row.why.value, "why_name": f"{row.why.chinese} {row.why.english}", "nearest": row.nearest,
            "nearest_metres": row.metres, "unknown_facilities": row.unknown,
            "modelled": _MODELLED if row.home.modelled else "",
        }  # fmt: skip


def table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as CSV with a byte-order mark; empty where unknown; a text that a spreadsheet would run is made harmless."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        writer.writerow(
            [cell(v) if isinstance(v := row[name], str) else "" if v is None else v for name in columns]
        )
    return out.getvalue()


def record(plan: Allocation, judged: Judged, present: Mapping[str, int] = NOBODY) -> dict[str, Any]:
    """What the plan comes to, the numbers that it was made by and where they come from, and all three tables."""
    rows, metres = unplaced(plan), plan.problem.metres(plan.dealt)
    sent = plan.dealt.shelter != NOWHERE
    known = sent & (metres >= 0)
    people = plan.dealt.people[known]
    setting, origins = plan.problem.setting, load_assumptions(NUMBERS).origins
    modelled = np.array([home.modelled for home in plan.problem.demand.homes], np.bool_)
    lost = {why.value: sum(row.people for row in rows if row.why is why) for why in Why}
    return {
        "disclaimer": list(DISCLAIMER),
        "people": int(plan.problem.demand.size.sum()),
        "modelled_people": int(plan.problem.demand.size[modelled].sum()),
        "placed": plan.placed,
        "unplaced": plan.unplaced,
        "unplaced_by_reason": {why: count for why, count in lost.items() if count},
        "shelters": len(plan.problem.shelters),
        "closed": len(plan.problem.closed),
        "doubtful": len(set(judged.doubtful) - set(plan.problem.closed)),
        "mean_metres": round(float((metres[known] * people).sum() / people.sum()), 1) if people.sum() else None,
        "longest_metres": int(metres[known].max(initial=0)),
        "above_the_relaxation": plan.gap,
        "numbers": {
            "radius_m": setting.radius, "area_per_person_m2": setting.area_per_person,
            "unplaced_metres": setting.unplaced_metres, "weak_weight": setting.weak_weight,
            "facilities_needed": {k.value: sorted(v) for k, v in setting.facilities_needed.items()},
        },
        "sources": dict(origins),
        "by_home": list(home_rows(plan, judged)),
        "by_shelter": list(shelter_rows(plan, judged, present)),
        "without_shelter": list(unplaced_rows(rows)),
    }  # fmt: skip
