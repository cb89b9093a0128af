"""Rows of the return: what must be looked at, who is still out by house and by shelter, who cannot go home."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from evac.counts.life import Life
from evac.forms.figures import Figures, within
from evac.forms.kinds import Kind
from evac.forms.look import Look
from evac.forms.people_rows import Guest, of_person
from evac.model import State
from evac.progress import MOVED_COLUMNS, column_of
from evac.returning.inspection import Item, inspections
from evac.returning.resettlement import OUTCOMES, Resettlement, resettlements

_WAITING_WORD: Final = "未解除"
_EVIDENCE_SHOWN: Final = 12


class Out(NamedTuple):
    """One person who is not home."""

    life: Life


class ResettledRow(NamedTuple):
    """One person whose house is gone."""

    life: Life
    stay: Resettlement


def _word(life: Life) -> str:
    """可返回, 暂缓返回, or that nobody has released them."""
    allowed = life.state.state in (State.RETURN_ALLOWED, State.RETURN_HELD)
    return life.state.state.chinese if allowed else f"{life.state.state.chinese},{_WAITING_WORD}"


def _still_out(figures: Figures, under: str) -> Sequence[Out]:
    found = [life for life in figures.under(under) if column_of(life.state) in MOVED_COLUMNS]
    return [
        Out(life) for life in sorted(found, key=lambda x: (x.grain.region, x.household, x.weakness, x.code))
    ]


def _still_here(figures: Figures, shelter_id: str) -> Sequence[Guest]:
    found = [
        Guest(life, life.stays[-1], None)
        for life in figures.roll.everybody
        if life.stays
        and life.stays[-1].until is None
        and (life.stays[-1].place, life.stays[-1].stay) == (shelter_id, State.SHELTERED)
    ]
    return sorted(found, key=lambda guest: (_word(guest.life), guest.life.household, guest.life.code))


def _items(figures: Figures, under: str) -> Sequence[Item]:
    return [item for item in inspections(figures.roll.asides) if within(item.wanted.place, under)]


def _resettled(figures: Figures, under: str) -> Sequence[ResettledRow]:
    by_code = {life.code: life for life in figures.under(under)}
    return [
        ResettledRow(by_code[stay.decided.code], stay)
        for stay in resettlements(figures.roll.asides)
        if stay.decided.code in by_code
    ]


def _ended(row: ResettledRow, look: Look) -> str:
    del look
    ended = row.stay.ended
    return "安置中" if ended is None else f"{OUTCOMES.get(ended.outcome, ended.outcome)} {ended.note}".strip()


RETURN_PEOPLE: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "still_out": Kind(
            _still_out, of_person(lambda row: row.life) | {"word": lambda row, _: _word(row.life)}
        ),
        "still_here": Kind(
            _still_here,
            of_person(lambda guest: guest.life)
            | {"word": lambda guest, _: _word(guest.life), "came_at": lambda guest, _: guest.stay.since},
        ),
        "resettled": Kind(
            _resettled,
            of_person(lambda row: row.life)
            | {
                "where": lambda row, _: row.stay.decided.place,
                "decision": lambda row, _: row.stay.decided.decision,
                "why": lambda row, _: row.stay.decided.why,
                "decided_at": lambda row, _: row.stay.decided.trusted_at,
                "by": lambda row, look: row.stay.decided.actor if look.names else "",
                "ended": _ended,
            },
        ),
    }
)
"""Name -> kind of rows about people who are not home."""

RETURN_PLACES: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "inspections": Kind(
            _items,
            {
                "number": lambda item, _: item.number,
                "thing": lambda item, _: item.thing.chinese,
                "village": lambda item, look: look.figures.name(item.wanted.place),
                "subject": lambda item, _: item.wanted.subject,
                "round": lambda item, _: item.wanted.round,
                "why": lambda item, _: item.wanted.why.split(" · ")[0],
                "wanted_at": lambda item, _: item.wanted.trusted_at,
                "result": lambda item, _: item.result.chinese,
                "by": lambda item, _: item.looks[-1].actor if item.looks else "",
                "looked_at": lambda item, _: item.looks[-1].trusted_at if item.looks else None,
                "evidence": lambda item, _: item.looks[-1].evidence[:_EVIDENCE_SHOWN] if item.looks else "",
                "note": lambda item, _: item.looks[-1].note if item.looks else "",
                "blank": lambda _item, _look: "",
            },
        ),
    }
)
"""Name -> kind of rows about things to be looked at."""
