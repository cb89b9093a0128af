"""Is a village ready? Every item of the checklist from the list of people, the duty roster and what was looked at, as of an instant.

What nobody has looked at, or not lately, is never green.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Final, NamedTuple

from evac.asides import Checked
from evac.counts.roll import Roll, in_order, names_of, read_roll
from evac.counts.vessels import vessels
from evac.envelope import ORDER
from evac.grain import COUNTY_DIGITS
from evac.model import Person, State, Stay
from evac.ready.checks import Check, checks
from evac.ready.duty import Duty, Level
from evac.registry import EventStore
from evac.store.counting import on_list
from riskmap.outlook import beijing

_NAMED: Final = 5
"""Names in a reason; the rest is a number."""


class Light(StrEnum):
    """How an item stands; only the first and the last are good."""

    READY = "ready"
    NOT_READY = "not_ready"
    NOT_CHECKED = "not_checked"
    NOT_NEEDED = "not_needed"

    @property
    def chinese(self) -> str:
        """Word of the sheet."""
        words = {"ready": "就绪", "not_ready": "未就绪", "not_checked": "未核", "not_needed": "不需"}
        return words[self.value]

    @property
    def good(self) -> bool:
        """Whether it keeps nobody from being ready."""
        return self in (Light.READY, Light.NOT_NEEDED)


class Item(NamedTuple):
    """One line of a village's checklist.

    Attributes
    ----------
    subject : str
        Id of the shelter; empty for the village itself.
    why : str
        What is missing, or who looked; in the words of the sheet.
    at : datetime or None
        Of the newest look.
    """

    check: Check
    subject: str
    light: Light
    why: str
    at: datetime | None = None


@dataclass(frozen=True)
class Village:
    """One village's checklist."""

    code: str
    name: str
    people: int
    items: tuple[Item, ...]

    @property
    def ready(self) -> bool:
        """Green: every item is ready or not needed."""
        return all(item.light.good for item in self.items)

    @property
    def missing(self) -> tuple[Item, ...]:
        """What keeps it red."""
        return tuple(item for item in self.items if not item.light.good)


def read_looks(store: EventStore, at: datetime) -> list[Checked]:
    """What was looked at up to an instant, in order, wherever that was: a village's shelter may lie beyond its county."""
    looks = [event for _, event in store.aside({Checked.kind})]
    return [event for event in in_order(store, looks, at) if isinstance(event, Checked)]


def readiness(roll: Roll, duties: Iterable[Duty], looks: Iterable[Checked]) -> tuple[Village, ...]:
    """Every village of a region: those on the list, and those that the duty roster names; in order of code.

    Parameters
    ----------
    roll : Roll
        From ``evac.counts.roll.read_roll``; its instant is the clock.
    duties : iterable of Duty
        From ``evac.ready.duty.read_duty``; those of other regions are left out.
    looks : iterable of Checked
        From ``read_looks``, in order.
    """
    facts = _Facts(roll, tuple(duties), looks)
    return tuple(
        Village(code, facts.names.get(code, ""), len(facts.people.get(code, ())), tuple(facts.items(code)))
        for code in facts.villages
    )


def ready_by_county(
    store: EventStore, duties: Sequence[Duty], prefix: str = "", *, at: datetime
) -> Iterator[tuple[str, tuple[Village, ...]]]:
    """County after county with its villages, so that one county alone is in memory.

    Parameters
    ----------
    prefix : str
        Of the region whose counties are wanted, or in one; empty for all of the registry.

    Raises
    ------
    SourceError
        The store cannot be read.
    """
    looks = read_looks(store, at)
    counties = {village[:COUNTY_DIGITS] for village in on_list(store)} | {
        d.place[:COUNTY_DIGITS] for d in duties
    }
    for county in sorted(filter(None, counties)):
        if not county.startswith(prefix[:COUNTY_DIGITS]):
            continue
        here = [d for d in duties if d.place.startswith(county)]
        yield county, readiness(read_roll(store, county, at=at), here, looks)


class _Facts:
    """What is known of a region, by village."""

    def __init__(self, roll: Roll, duties: Sequence[Duty], looks: Iterable[Checked]) -> None:
        self.roll = roll
        self.duties = duties
        self.people: dict[str, list[Person]] = defaultdict(list)
        for life in roll.lives:
            if life.person is not None and life.state.state is not State.MERGED:
                self.people[life.person.village].append(life.person)
        self.names = names_of(person for part in self.people.values() for person in part)
        # in order: the newest stays
        self.looks = {(look.item, look.place, look.subject): look for look in looks}

    @cached_property
    def villages(self) -> list[str]:
        named = {
            d.place
            for d in self.duties
            if d.level is not Level.COUNTY_TOWN and d.place.startswith(self.roll.prefix)
        }
        return sorted({*self.people, *named})

    @cached_property
    def boats(self) -> Mapping[str, list[tuple[str, datetime | None]]]:
        """Village -> boats of its crews, and when each was seen in port."""
        found: dict[str, list[tuple[str, datetime | None]]] = defaultdict(list)
        for boat in vessels(self.roll):
            homes = {life.person.village for life in boat.crew if life.person is not None}
            for village in homes:
                found[village].append((boat.number, boat.checked_at))
        return found

    def items(self, village: str) -> Iterator[Item]:
        """The village's checklist, in the order of ``checks.toml``; a shelter's lines follow, shelter by shelter."""
        for check in checks().values():
            if check.of == "village":
                yield (
                    _REGISTERED[check.item](self, check, village)
                    if check.item in _REGISTERED
                    else self._look(check, village)
                )
        yield from self._shelters(village)

    def on_duty(self, level: Level, village: str) -> list[Duty]:
        """Who answers for the village at a level."""
        return [d for d in self.duties if d.level is level and d.place == village[: level.digits]]

    def _newest(self, check: Check, place: str, subject: str = "") -> Checked | None:
        look = self.looks.get((check.item, place, subject))
        return look or (
            self.looks.get((check.item, place[: Level.COUNTY_TOWN.digits], subject)) if check.town else None
        )

    def judged(self, check: Check, look: Checked | None) -> Light:
        """Fresh and good, fresh and bad, or nothing that still counts."""
        if look is None or (check.good_for is not None and self.roll.at - look.trusted_at > check.good_for):
            return Light.NOT_CHECKED
        return Light.READY if look.ok else Light.NOT_READY

    def _look(self, check: Check, place: str, subject: str = "") -> Item:
        look = self._newest(check, place, "")
        light = self.judged(check, look)
        if look is None:
            return Item(check, subject, light, "无核查记录")
        words = f"{look.actor} {beijing(look.trusted_at)}" + (f" {look.note}" if look.note else "")
        late = "已过期:" if light is Light.NOT_CHECKED else ""
        return Item(check, subject, light, late + words, look.trusted_at)

    def _shelters(self, village: str) -> Iterator[Item]:
        bound = [p for p in self.people.get(village, ()) if p.destination.stay is Stay.SHELTER]
        wanted = sorted({p.destination.place for p in bound})
        of_shelter = [check for check in checks().values() if check.of == "shelter"]
        if not wanted:
            yield Item(of_shelter[0], "", Light.NOT_NEEDED, "无集中安置人员")
        for key in wanted:
            if key not in self.roll.shelters:
                words = (
                    f"安置点 {key} 不在册"
                    if key
                    else f"{sum(not p.destination.place for p in bound)} 人未定安置点"
                )
                yield Item(of_shelter[0], key, Light.NOT_READY, words)
                continue
            for check in of_shelter:
                yield self._look(check, key, key)

    def duty(self, level: Level, check: Check, village: str) -> Item:
        """Somebody answers, can be called, and somebody steps in."""
        rows = self.on_duty(level, village)
        if not rows:
            return Item(check, "", Light.NOT_READY, "无责任人")
        wrong = [f"{d.name}无电话" for d in rows if not d.phone]
        wrong += [f"{d.name}无替补" for d in rows if not d.deputy]
        wrong += [f"替补{d.deputy}无电话" for d in rows if d.deputy and not d.deputy_phone]
        if level is Level.VILLAGE_HOUSE and all(d.households for d in rows):
            covered = frozenset().union(*(d.households for d in rows))
            homes = {p.household for p in self.people.get(village, ())} - covered
            wrong += [f"{len(homes)} 户无人包保:{_named(homes)}"] if homes else []
        if wrong:
            return Item(check, "", Light.NOT_READY, ";".join(wrong))
        return Item(check, "", Light.READY, _named([d.name for d in rows]))

    def called(self, check: Check, village: str) -> Item:
        """Everybody on duty answered a test call lately."""
        wanted = [
            (d.place, name) for level in Level for d in self.on_duty(level, village) for name in d.calls
        ]
        if not wanted:
            return Item(check, "", Light.NOT_READY, "无责任人可叫")
        lights: dict[Light, list[str]] = defaultdict(list)
        for place, name in wanted:
            heard = (self.looks.get((check.item, where, name)) for where in {place, village})
            newest = max(filter(None, heard), key=ORDER, default=None)
            lights[self.judged(check, newest)].append(name)
        words = [f"未接通:{_named(lights[Light.NOT_READY])}"] if lights[Light.NOT_READY] else []
        words += [f"未测试:{_named(lights[Light.NOT_CHECKED])}"] if lights[Light.NOT_CHECKED] else []
        light = next((x for x in (Light.NOT_READY, Light.NOT_CHECKED) if lights[x]), Light.READY)
        return Item(check, "", light, ";".join(words) or f"{len(wanted)} 人已接通")

    def helped(self, check: Check, village: str) -> Item:
        """Every vulnerable person has a helper."""
        weak = [p for p in self.people.get(village, ()) if p.vulnerability]
        alone = sum(not p.helper for p in weak)
        if not weak:
            return Item(check, "", Light.NOT_NEEDED, "名单上无特殊群体")
        return (
            Item(check, "", Light.NOT_READY, f"{alone} 人无帮扶人")
            if alone
            else Item(check, "", Light.READY, f"{len(weak)} 人")
        )

    def coded(self, check: Check, village: str) -> Item:
        """Everybody has a signed code."""
        people = self.people.get(village, ())
        bare = sum(not p.signed for p in people)
        if not people:
            return Item(check, "", Light.NOT_CHECKED, "名单上无人")
        return (
            Item(check, "", Light.NOT_READY, f"{bare} 人未制码")
            if bare
            else Item(check, "", Light.READY, f"{len(people)} 人")
        )

    def moored(self, check: Check, village: str) -> Item:
        """Every boat was seen in port lately."""
        boats = self.boats.get(village, ())
        if not boats:
            return Item(check, "", Light.NOT_NEEDED, "无渔船")
        assert check.good_for is not None
        away = [number for number, at in boats if at is None or self.roll.at - at > check.good_for]
        if away:
            return Item(check, "", Light.NOT_CHECKED, f"{len(away)} 艘未点验:{_named(away)}")
        return Item(check, "", Light.READY, f"{len(boats)} 艘", min(at for _, at in boats if at))


def _named(names: Iterable[str]) -> str:
    """Some names, and how many more."""
    every = sorted(dict.fromkeys(names))
    more = f"等 {len(every)}" if len(every) > _NAMED else ""
    return "、".join(every[:_NAMED]) + more


_REGISTERED: Final[Mapping[str, Callable[[_Facts, Check, str], Item]]] = {
    "duty_county_town": lambda facts, check, village: facts.duty(Level.COUNTY_TOWN, check, village),
    "duty_town_village": lambda facts, check, village: facts.duty(Level.TOWN_VILLAGE, check, village),
    "duty_village_house": lambda facts, check, village: facts.duty(Level.VILLAGE_HOUSE, check, village),
    "call_test": _Facts.called,
    "helpers": _Facts.helped,
    "codes": _Facts.coded,
    "boats": _Facts.moored,
}
"""Items that are more than one look."""
