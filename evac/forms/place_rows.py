"""Rows about places and things: shelters, head-counts, boats, goods, calls, dangers, road checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from evac.counts.dangers import dangers_of
from evac.counts.shelters import Counted, ShelterCount
from evac.counts.tasks import open_tasks
from evac.counts.uses import Rescue, check_points, double_draws, relief_drawn, relief_totals, rescues
from evac.forms.figures import Figures
from evac.forms.kinds import Ask, Kind
from evac.forms.look import Look, joined
from evac.model import Vulnerability


class HeadCountRow(NamedTuple):
    """One independent head-count of a shelter."""

    shelter: ShelterCount
    counted: Counted


class Total(NamedTuple):
    """Goods handed out at a place."""

    place: str
    item: str
    pieces: int


def _head_counts(figures: Figures, _under: str) -> Sequence[HeadCountRow]:
    return [HeadCountRow(count, counted) for count in figures.shelters for counted in count.counts]


def _shelters(figures: Figures, under: str) -> Sequence[ShelterCount]:
    if under in figures.roll.shelters:
        return [count for count in figures.shelters if count.shelter.shelter_id == under]
    return [
        count
        for count in figures.shelters
        if (count.shelter.town or count.shelter.county).startswith(under)
        or under.startswith(count.shelter.county)
    ]


def _totals(figures: Figures, under: str) -> Sequence[Total]:
    return [
        Total(place, item, n)
        for (place, item), n in sorted(relief_totals(figures.roll).items())
        if under in ("", place) or under not in figures.roll.shelters
    ]


def _relief_at(figures: Figures, place: str) -> int:
    return sum(event.quantity for event in relief_drawn(figures.roll) if event.place == place)


def _drawn_by(event: Any, look: Look) -> str:
    life = look.figures.roll.by_code.get(look.figures.roll.one(event.code))
    return look.name(life) if life else f"…{event.code[-6:]}"


def _holder(code: str, look: Look) -> str:
    life = look.figures.roll.by_code.get(code)
    return look.name(life) if life else ""


def _outcome(rescue: Rescue) -> str:
    return rescue.end.outcome if rescue.end else ""


def _weak(kind: str) -> Ask:
    return lambda s, _look: s.weak[kind]


_SHELTER_ASKS: Final[Mapping[str, Ask]] = {
    "shelter": lambda s, _: s.shelter.name,
    "shelter_id": lambda s, _: s.shelter.shelter_id,
    "county": lambda s, look: look.figures.name(s.shelter.county),
    "town": lambda s, look: look.figures.name(s.shelter.town or s.shelter.county),
    "level": lambda s, _: {"county": "县级", "town": "乡级", "village": "村级"}.get(s.shelter.level, ""),
    "capacity": lambda s, _: s.shelter.capacity,
    "area": lambda s, _: s.shelter.area_m2,
    "present": lambda s, _: s.present,
    "free": lambda s, _: s.shelter.capacity - s.present,
    "fill": lambda s, _: round(100 * s.present / s.shelter.capacity, 1) if s.shelter.capacity else None,
    "before": lambda s, _: s.before,
    "came": lambda s, _: s.came,
    "went": lambda s, _: s.went,
    "to_medical": lambda s, _: s.to_medical,
    "relief": lambda s, look: _relief_at(look.figures, s.shelter.shelter_id),
    "opened_at": lambda s, _: s.opened_at,
    "area_each": lambda s, _: s.area_each,
    "area_wanted": lambda s, _: s.area_wanted,
    "room": lambda s, _: s.room.chinese,
    "counted": lambda s, _: s.last_count.count if s.last_count else None,
    "counted_at": lambda s, _: s.last_count.at if s.last_count else None,
    "difference": lambda s, _: s.last_count.difference if s.last_count else None,
    "differs_since": lambda s, _: s.differs_since,
    "blank": lambda _s, _l: "",
    **{kind.value: _weak(kind.value) for kind in Vulnerability},
}


def _doubles(figures: Figures) -> set[str]:
    return {draw.event_id for double in double_draws(figures.roll) for draw in double.draws}


PLACE_KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "shelters": Kind(_shelters, _SHELTER_ASKS, lambda s: s.present),
        "head_counts": Kind(
            _head_counts,
            {
                "shelter": lambda r, _: r.shelter.shelter.name,
                "counted_at": lambda r, _: r.counted.at,
                "by": lambda r, _: r.counted.actor,
                "counted": lambda r, _: r.counted.count,
                "scanned": lambda r, _: r.counted.scanned,
                "difference": lambda r, _: r.counted.difference,
                "differs_since": lambda r, _: r.shelter.differs_since,
                "present": lambda r, _: r.shelter.present,
                "blank": lambda _r, _l: "",
            },
        ),
        "vessels": Kind(
            lambda f, _under: f.vessels,
            {
                "vessel": lambda v, _: v.number,
                "port": lambda v, look: look.place(v.port),
                "checked_at": lambda v, _: v.checked_at,
                "checked": lambda v, _: int(v.check is not None),
                "boat": lambda _v, _l: 1,
                "crew": lambda v, _: v.check.crew if v.check else None,
                "crew_ashore": lambda v, _: v.check.ashore if v.check else None,
                "listed": lambda v, _: v.listed,
                "ashore": lambda v, _: v.ashore,
                "not_ashore": lambda v, _: len(v.not_ashore),
                "who": lambda v, look: joined([look.name(x) for x in v.not_ashore][:6]),
                "word": lambda v, _: v.word,
            },
            lambda v: v.listed,
        ),
        "draws": Kind(
            lambda f, place: [e for e in relief_drawn(f.roll) if e.place == place],
            {
                "drawn_at": lambda e, _: e.trusted_at,
                "name": _drawn_by,
                "short": lambda e, _: e.code[-6:],
                "item": lambda e, _: e.item,
                "quantity": lambda e, _: e.quantity,
                "by": lambda e, _: e.actor,
                "twice": lambda e, look: "重复领取" if e.event_id in _doubles(look.figures) else "",
                "blank": lambda _e, _l: "",
            },
        ),
        "relief_totals": Kind(
            _totals,
            {
                "place": lambda t, look: look.place(t.place),
                "item": lambda t, _: t.item,
                "pieces": lambda t, _: t.pieces,
            },
        ),
        "rescues": Kind(
            lambda f, _under: rescues(f.roll),
            {
                "called_at": lambda r, _: r.call.trusted_at,
                "where": lambda r, _: r.call.where,
                "name": lambda r, look: _drawn_by(r.call, look),
                "status": lambda r, look: "已结束" if r.end else "超时未结" if r.overdue(look.at) else "未结",
                "minutes": lambda r, look: round(r.waited(look.at).total_seconds() / 60),
                "outcome": lambda r, _: _outcome(r),
                "by": lambda r, _: r.end.actor if r.end else "",
            },
        ),
        "tasks": Kind(
            lambda f, _under: open_tasks(f.roll),
            {
                "what": lambda t, _: t.kind.chinese,
                "since": lambda t, _: t.at,
                "name": lambda t, look: _holder(t.code, look),
                "words": lambda t, _: t.words,
                "target": lambda t, _: t.target[-12:],
                "blank": lambda _t, _l: "",
            },
        ),
        "dangers": Kind(
            lambda f, _under: tuple(reversed(dangers_of(f.roll))),
            {
                "reported_at": lambda d, _: d.first_at,
                "danger": lambda d, _: d.words,
                "where": lambda d, _: d.where,
                "by": lambda d, _: d.told_by,
                "verdict": lambda d, _: d.standing,
            },
        ),
        "check_points": Kind(
            lambda f, _under: check_points(f.roll),
            {
                "place": lambda p, look: look.place(p.place),
                "scans": lambda p, _: p.scans,
                "people": lambda p, _: p.people,
                "strangers": lambda p, _: p.strangers,
                "last_at": lambda p, _: p.last_at,
            },
        ),
    }
)
"""Name -> kind of rows about places and things."""
