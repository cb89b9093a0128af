"""Village cards (一户一策): one village's households in the order of calling out, who helps whom, and where they go.

Rows come from the moves of a plan, names from the registry. A village sees its own people in full; nothing else does.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any, Final

from evac.crockford import bytes_of_code
from evac.model import Category, Person, Stay, Vulnerability
from evac.plan.modelled import Basis
from evac.plan.replan import STANDING_STEPS
from evac.plan.roster import household_key
from evac.plan.zones import MoveStep
from evac.prints.card import fitted
from riskmap.errors import ConfigError
from riskmap.outlook import BEIJING
from riskmap.products.table import cell
from riskmap.products.typeset import compile_pdf

_NO_NAMES: Final = "(名单见登记系统)"
_AT_ONCE: Final = "立即"
_TITLE: Final = "转移一户一策清单"


@dataclass(frozen=True, slots=True)
class CardRow:
    """One household on a card.

    Attributes
    ----------
    order : int
        Running number on this card; ``plan_order`` is that of the whole plan.
    step : MoveStep
    basis : Basis
    household : str
    people : int or None
        Still to move; None where nobody knows.
    away : int
        Moved already.
    members : tuple of Person
        As the registry has them; empty for a block, or where the list has changed since the plan.
    category : Category
    needs : tuple of Vulnerability
    why : str
    latest_departure : str
        In words: day and hour in Beijing time, or 立即.
    last_hour : str
        Why it is earlier than the danger itself asks: dark, gusts or water on the way; empty where it is not.
    going, transport, helper : str
        In words; empty where not known, to be filled in by hand.
    key_household, held : bool
    """

    order: int
    plan_order: int
    step: MoveStep
    basis: Basis
    household: str
    people: int | None
    away: int
    members: tuple[Person, ...]
    category: Category
    needs: tuple[Vulnerability, ...]
    why: str
    latest_departure: str
    last_hour: str
    going: str
    transport: str
    helper: str
    key_household: bool
    held: bool

    @property
    def modelled(self) -> bool:
        """Whether nobody ever counted these people."""
        return self.basis is Basis.MODELLED


@dataclass(frozen=True)
class VillageCard:
    """One village's card.

    Attributes
    ----------
    village, name : str
        Code and name.
    rows : tuple of CardRow
        In the order of the plan.
    """

    village: str
    name: str
    rows: tuple[CardRow, ...]

    @property
    def synthetic(self) -> bool:
        """Whether anybody on it is invented."""
        return any(person.synthetic for row in self.rows for person in row.members)

    def people(self, step: MoveStep) -> tuple[int, bool]:
        """People of a step, and whether that is a lower bound."""
        rows = [row for row in self.rows if row.step is step]
        away = step is MoveStep.AWAY
        return sum(row.away if away else row.people or 0 for row in rows), any(r.people is None for r in rows)


def village_cards(
    moves: Iterable[Mapping[str, str]],
    people: Iterable[Person],
    *,
    shelters: Mapping[str, str],
    names: Mapping[str, str],
) -> tuple[VillageCard, ...]:
    """Cards of the villages that some moves belong to, by code.

    Parameters
    ----------
    moves : iterable of mapping
        Rows of ``moves.csv``.
    people : iterable of Person
        Those of the villages, with the emergency's key, else without names.
    shelters, names : mapping
        Id of a shelter -> name; code of a region -> name.

    Raises
    ------
    ValueError
        A row that is no move.
    """
    at_home: dict[str, list[Person]] = {}
    for person in people:
        code = b"" if person.household else bytes_of_code(person.code)
        at_home.setdefault(household_key(person.village, person.household, code), []).append(person)
    rows: dict[str, list[CardRow]] = {}
    called: dict[str, str] = {}
    for move in sorted(moves, key=lambda row: int(row["order"])):
        village = move["village"].removeprefix("'")
        mine = rows.setdefault(village, [])
        members = tuple(sorted(at_home.get(move["key"].removeprefix("'"), ()), key=lambda p: p.code))
        mine.append(_row(move, len(mine) + 1, members, shelters))
        called.setdefault(village, move["village_name"].removeprefix("'") or names.get(village, village))
    return tuple(VillageCard(code, called[code], tuple(rows[code])) for code in sorted(rows))


def _row(
    move: Mapping[str, str], order: int, members: tuple[Person, ...], shelters: Mapping[str, str]
) -> CardRow:
    return CardRow(
        order=order, plan_order=int(move["order"]), step=MoveStep(move["step"]), basis=Basis(move["basis"]),
        household=move["household"].removeprefix("'"), people=int(move["people"]) if move["people"] else None,
        away=int(move["away"]), members=members, category=Category(move["category"]),
        needs=tuple(Vulnerability(word) for word in move["needs"].split()), why=move["why"].removeprefix("'"),
        latest_departure=_departure(move), last_hour=(move.get("last_hour_why") or "").removeprefix("'"), going=_going(members, shelters, move["stay"]),
        transport=_first(person.transport for person in members), helper=_first(person.helper or "" for person in members),
        key_household=move["key_household"] == "1", held=move["held"] == "1",
    )  # fmt: skip


def _departure(move: Mapping[str, str]) -> str:
    if MoveStep(move["step"]) not in STANDING_STEPS:
        return ""
    told = move["latest_departure"]
    if not told:
        return _AT_ONCE
    return f"{datetime.fromisoformat(told).astimezone(BEIJING):%m-%d %H:%M}"


def _first(words: Iterable[str]) -> str:
    return next((word for word in words if word), "")


def _going(members: Sequence[Person], shelters: Mapping[str, str], stay: str) -> str:
    """Where a household goes, in words: the first member's place, since it moves together."""
    kind = {Stay.SHELTER: "", Stay.RELATIVES: "投亲靠友 ", Stay.ASHORE: "上岸 "}[Stay(stay)]
    place = _first(person.destination.place for person in members)
    return f"{kind}{shelters.get(place, place)}".strip()


COLUMNS: Final = (
    "序号", "措施", "来源", "重点户", "户号", "姓名", "短码", "待转人数", "已转人数", "特殊情况", "类别", "最迟出发", "去向", "转移方式",
    "帮扶人", "原因", "未解除", "最后安全时",
)  # fmt: skip


def card_csv(card: VillageCard) -> str:
    """A card as a table: one row a member of a household, so that it can be sorted and ticked; names are in it."""
    from evac.crockford import short_code

    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in card.rows:
        for person in row.members or (None,):
            writer.writerow([
                row.order, row.step.chinese, row.basis.chinese, "是" if row.key_household else "", cell(row.household),
                cell(person.name) if person else _NO_NAMES, short_code(person.code) if person else "", _count(row.people),
                row.away, _words(person.vulnerability if person else row.needs), row.category.chinese,
                row.latest_departure, cell(row.going), cell(row.transport),
                cell(person.helper or row.helper) if person else cell(row.helper), cell(row.why), "是" if row.held else "",
                cell(row.last_hour),
            ])  # fmt: skip
    return out.getvalue()


HELPER_COLUMNS: Final = (
    "帮扶人",
    "村",
    "序号",
    "措施",
    "户号",
    "姓名",
    "特殊情况",
    "最迟出发",
    "去向",
    "转移方式",
)


def helpers_csv(cards: Iterable[VillageCard]) -> str:
    """Who helps whom (一对一帮扶): vulnerable people still to move, by helper and in order; those without a helper come first."""
    found = [
        (person.helper or "", card.name, row.order, row, person)
        for card in cards
        for row in card.rows
        if row.step in STANDING_STEPS
        for person in row.members
        if person.vulnerability
    ]
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(HELPER_COLUMNS)
    for helper, village, order, row, person in sorted(found, key=lambda one: (one[:3], one[4].code)):
        writer.writerow([
            cell(helper) or "(待指定)", cell(village), order, row.step.chinese, cell(row.household), cell(person.name),
            _words(person.vulnerability), row.latest_departure, cell(row.going), cell(row.transport),
        ])  # fmt: skip
    return out.getvalue()


def card_pdf(card: VillageCard, *, event: str, made_at: datetime, issued_at: datetime) -> bytes:
    """A card on A4 across, heads on every page, a line to sign for each household.

    Parameters
    ----------
    event : str
        The storm in words.
    made_at, issued_at : datetime
        Of the plan, and of the assessment under it. The same card gives the same bytes.

    Raises
    ------
    MissingExtraError
        The typesetter is not installed.
    """
    source = (files("evac") / "templates" / "village_cards.typ").read_text(encoding="utf-8")
    data = card_data(card, event=event, made_at=made_at, issued_at=issued_at)
    try:
        return compile_pdf(source, data, created_at=made_at)
    except ConfigError:
        # a name with a character that no font has is no reason to print no list: see evac.forms.pdf
        return compile_pdf(source, data, created_at=made_at, standard="1.7")


def card_data(card: VillageCard, *, event: str, made_at: datetime, issued_at: datetime) -> dict[str, Any]:
    """What the template sets."""
    sums = []
    for step in MoveStep:
        people, bound = card.people(step)
        rows = sum(row.step is step for row in card.rows)
        if rows:
            sums.append(f"{step.chinese} {rows} 户(处) {'至少 ' if bound else ''}{people} 人")
    return {
        "title": f"{_TITLE}{' 演练 SYNTHETIC' if card.synthetic else ''}",
        "mark": card.synthetic,
        "village": f"{card.name} {card.village}",
        "event": event,
        "made_at": _beijing(made_at),
        "issued_at": _beijing(issued_at),
        "sums": sums,
        "modelled": any(row.modelled for row in card.rows),
        "rows": [_set(row) for row in card.rows],
    }


def _set(row: CardRow) -> dict[str, Any]:
    who = "、".join(_member(person) for person in row.members) or (
        _NO_NAMES if row.basis is Basis.REGISTER else row.basis.chinese
    )
    away = f"(另 {row.away} 人已转移)" if row.away and row.people else ""
    return {
        "order": str(row.order), "step": row.step.chinese, "urgent": row.step is MoveStep.MOVE, "key": row.key_household,
        "weak": bool(row.needs), "household": row.household, "who": who,
        "people": f"{row.away if row.step is MoveStep.AWAY else _count(row.people) or '不明'}{away}",
        "needs": _words(row.needs), "why": f"{row.category.chinese}:{row.why}", "latest": row.latest_departure, "last_hour": row.last_hour,
        "going": row.going, "helper": " ".join(filter(None, (row.helper, row.transport))),
    }  # fmt: skip


def _member(person: Person) -> str:
    mark = "★" if person.vulnerability else ""
    return f"{fitted(person.name, 12) or _NO_NAMES}{mark}{' ' + person.phone if person.phone else ''}"


def _words(needs: Iterable[Vulnerability]) -> str:
    return "、".join(need.chinese for need in needs)


def _count(people: int | None) -> str:
    return "" if people is None else str(people)


def _beijing(instant: datetime) -> str:
    return f"{instant.astimezone(BEIJING):%Y-%m-%d %H:%M}"
