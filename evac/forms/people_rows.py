"""Rows about people: guests of a shelter, residents, who has not moved, houses, who was taken off, who is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from evac.counts.evidence import taken_off, unconfirmed_orders
from evac.counts.life import Life, Stayed
from evac.counts.rules import rules
from evac.counts.terms import NOT_MOVED
from evac.counts.unaccounted import House
from evac.forms.figures import Cell, Figures, exact, within
from evac.forms.kinds import Ask, Kind
from evac.forms.look import Look, category_word, joined, weak_words
from evac.grain import TOWN_DIGITS
from evac.model import State, Stay
from evac.progress import Column, column_of


class Guest(NamedTuple):
    """Somebody who stays or stayed at a shelter."""

    life: Life
    stay: Stayed
    after: Stayed | None


class Sought(NamedTuple):
    """Somebody to look for, at their house."""

    house: House
    life: Life


class Home(NamedTuple):
    """One household of a village."""

    household: str
    members: tuple[Life, ...]


def of_person(take: Callable[[Any], Life]) -> dict[str, Ask]:
    """What may be asked of a row that is about one person."""
    return {
        "name": lambda row, look: look.name(take(row)),
        "short": lambda row, _look: take(row).code[-6:],
        "sex": lambda row, _look: _sex(take(row)),
        "age": lambda row, look: look.age(take(row).person),
        "phone": lambda row, look: look.phone(take(row).person),
        "household": lambda row, _look: take(row).household if take(row).person else "名单外",
        "village": lambda row, look: look.figures.name(take(row).grain.region),
        "town": lambda row, look: look.figures.name(exact(take(row).grain.region, TOWN_DIGITS)),
        "category": lambda row, _look: category_word(take(row).grain.category),
        "weak": lambda row, _look: weak_words(take(row).person),
        "helper": lambda row, look: look.helper(take(row).person),
        "state": lambda row, _look: state_word(take(row)),
        "since": lambda row, _look: take(row).since,
        "planned": lambda row, look: planned(take(row), look),
        "place": lambda row, look: look.place(take(row).grain.place),
        "transport": lambda row, _look: _transport(take(row)),
        "last_place": lambda row, look: _last_place(take(row), look),
        "last_at": lambda row, _look: _last_at(take(row)),
        "listed": lambda row, _look: "否" if take(row).grain.at_door or take(row).person is None else "是",
        "blank": lambda _row, _look: "",
    }


def state_word(life: Life) -> str:
    """The state in the words of the lists; a stay with relatives says whether it was verified."""
    if life.state.state is State.NOTIFIED:
        return "已通知未动身"
    if life.state.state is State.DISPERSED:
        return "投亲靠友" if life.state.verified else "投亲靠友(未回访)"
    return life.state.state.chinese


def _sex(life: Life) -> str:
    return life.person.sex if life.person else ""


def _transport(life: Life) -> str:
    return life.person.transport if life.person else ""


def _last_at(life: Life) -> Cell:
    return life.seen.trusted_at if life.seen else None


def _last_place(life: Life, look: Look) -> str:
    return look.place(life.seen.place) if life.seen else ""


def planned(life: Life, look: Look) -> str:
    """Where a person is to go, in words."""
    if life.person is None:
        return ""
    where = life.person.destination
    words = {Stay.SHELTER: "", Stay.RELATIVES: "投亲:", Stay.ASHORE: "上岸:"}[where.stay]
    return words + look.place(where.place)


def _guests(figures: Figures, shelter_id: str) -> Sequence[Guest]:
    found = []
    for life in figures.roll.everybody:
        for stay, after in zip(life.stays, (*life.stays[1:], None), strict=False):
            if stay.place == shelter_id and stay.stay is State.SHELTERED:
                found.append(Guest(life, stay, after))
    return sorted(found, key=lambda guest: (guest.life.household, guest.stay.since, guest.life.code))


def _went_to(guest: Guest, look: Look) -> str:
    if guest.stay.until is None:
        return "在住"
    if guest.after is not None and guest.after.since == guest.stay.until:
        word = {State.MEDICAL: "就医", State.DISPERSED: "投亲靠友"}.get(guest.after.stay, "转往")
        return f"{word} {look.place(guest.after.place)}"
    return guest.life.state.state.chinese if guest.after is None else "离开"


def _residents(figures: Figures, under: str) -> Sequence[Life]:
    listed = (life for life in figures.under(under) if life.state.state.value != "merged")
    return sorted(listed, key=lambda life: (life.grain.region, life.household, life.weakness, life.code))


def _not_moved(figures: Figures, under: str) -> Sequence[Life]:
    order = {Column.REFUSED: 0, Column.NOT_NOTIFIED: 1, Column.NOTIFIED: 2}
    found = [life for life in figures.under(under) if column_of(life.state) in NOT_MOVED]
    return sorted(
        found, key=lambda life: (order[column_of(life.state) or Column.NOTIFIED], life.weakness, life.code)
    )


def _sought(figures: Figures, under: str) -> Sequence[Sought]:
    return [Sought(h, life) for h in figures.houses if within(h.village, under) for life in h.wanted]


def _homes(figures: Figures, under: str) -> Sequence[Home]:
    homes: dict[tuple[str, str], list[Life]] = {}
    for life in _residents(figures, under):
        if life.person is not None:
            homes.setdefault((life.grain.region, life.household), []).append(life)
    return [Home(household, tuple(members)) for (_, household), members in sorted(homes.items())]


def _home_states(home: Home) -> str:
    states: dict[str, int] = {}
    for life in home.members:
        word = state_word(life)
        states[word] = states.get(word, 0) + 1
    return "、".join(word if len(states) == 1 else f"{word} {n}" for word, n in states.items())


def _home_lacks(home: Home) -> str:
    """What the plan of a household still lacks."""
    weak = [life for life in home.members if life.person and life.person.vulnerability]
    lacks = []
    if any(life.person and not life.person.helper for life in weak):
        lacks.append("帮扶责任人")
    if any(life.person and not life.person.destination.place for life in home.members):
        lacks.append("去向")
    return "缺" + "、".join(lacks) if lacks else "已落实"


def _lost(figures: Figures, under: str) -> Sequence[Life]:
    wanted = (Column.MISSING, Column.DECEASED)
    found = [life for life in figures.under(under) if column_of(life.state) in wanted]
    return sorted(
        found, key=lambda life: (life.state.state is not State.MISSING, life.grain.region, life.code)
    )


def _hours_since(life: Life, look: Look) -> Cell:
    return round((look.at - life.since).total_seconds() / 3600, 1) if life.since else None


def _report_due(life: Life, look: Look) -> str:
    hours = _hours_since(life, look)
    limit = rules()["missing_report"]["hours"]
    return "超过时限" if isinstance(hours, float) and hours > limit else "时限内"


PEOPLE_KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "guests": Kind(
            _guests,
            of_person(lambda g: g.life)
            | {
                "came_at": lambda g, _: g.stay.since,
                "left_at": lambda g, _: g.stay.until,
                "went_to": _went_to,
            },
            lambda g: int(g.stay.until is None),
        ),
        "residents": Kind(_residents, of_person(lambda life: life)),
        "not_moved": Kind(_not_moved, of_person(lambda life: life)),
        "sought": Kind(
            _sought,
            of_person(lambda s: s.life)
            | {
                "address": lambda s, look: look.figures.name(s.house.village),
                "family": lambda s, look: joined(
                    [f"{look.name(x)} {state_word(x)}" for x in s.house.elsewhere]
                ),
                "in_house": lambda s, _: len(s.house.wanted),
            },
        ),
        "homes": Kind(
            _homes,
            {
                "household": lambda h, _: h.household,
                "head": lambda h, look: look.name(h.members[0]),
                "people": lambda h, _: len(h.members),
                "village": lambda h, look: look.figures.name(h.members[0].grain.region),
                "category": lambda h, _: joined(
                    list(dict.fromkeys(category_word(m.grain.category) for m in h.members))
                ),
                "weak": lambda h, _: joined(list(dict.fromkeys(weak_words(m.person) for m in h.members))),
                "helper": lambda h, look: joined(
                    list(dict.fromkeys(look.helper(m.person) for m in h.members))
                ),
                "transport": lambda h, _: joined(list(dict.fromkeys(_transport(m) for m in h.members))),
                "planned": lambda h, look: joined(list(dict.fromkeys(planned(m, look) for m in h.members))),
                "told": lambda h, _: sum(m.state.notified for m in h.members),
                "state": lambda h, _: _home_states(h),
                "plan": lambda h, _: _home_lacks(h),
                "blank": lambda _h, _l: "",
            },
            lambda h: len(h.members),
        ),
        "lost": Kind(
            _lost,
            of_person(lambda life: life)
            | {
                "county": lambda life, look: look.figures.name(life.grain.region[:6]),
                "hours": _hours_since,
                "report": _report_due,
                "what": lambda life, _: "失联(疑似)" if life.state.state is State.MISSING else "遇难",
            },
        ),
        "taken_off": Kind(
            lambda f, under: taken_off(f.under(under)),
            of_person(lambda t: t.life)
            | {
                "why": lambda t, _: t.why,
                "by": lambda t, look: t.event.actor if look.names else "",
                "decided_at": lambda t, _: t.event.trusted_at,
                "what": lambda t, _: "核减" if t.life.state.state is State.EXEMPT else "撤回",
            },
        ),
        "local_orders": Kind(
            lambda f, under: [o for o in unconfirmed_orders(f.roll) if within(o.life.grain.region, under)],
            of_person(lambda o: o.life)
            | {
                "why": lambda o, _: o.event.why,
                "by": lambda o, _: o.event.actor,
                "ordered_at": lambda o, _: o.event.trusted_at,
            },
        ),
    }
)
"""Name -> kind of rows about people."""
