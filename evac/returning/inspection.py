"""What must be looked at before people go home, and what was found: houses, shelters, roads, power, water (返回前安全检查)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from evac.asides import Inspected, InspectionWanted
from evac.counts.roll import in_order
from evac.errors import ConflictError
from evac.events import Envelope
from evac.registry import EventStore
from riskmap.errors import ConfigError

_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class Thing(StrEnum):
    """What is looked at; ``chinese`` is its word."""

    HOUSE = "house"
    SHELTER = "shelter"
    ROAD = "road"
    POWER = "power"
    WATER = "water"

    @property
    def chinese(self) -> str:
        """Word of the list."""
        return {"house": "房屋", "shelter": "安置点", "road": "道路", "power": "供电", "water": "供水"}[
            self.value
        ]


class Result(StrEnum):
    """What was found; ``OPEN`` is nothing yet."""

    OPEN = "open"
    SAFE = "safe"
    RESTRICTED = "restricted"
    UNSAFE = "unsafe"

    @property
    def chinese(self) -> str:
        """Word of the list."""
        return {"open": "未检查", "safe": "安全", "restricted": "限制使用", "unsafe": "不安全"}[self.value]


class House(NamedTuple):
    """One house: the village, or the county where nobody knows it, and the household's number."""

    village: str
    household: str


class Found(NamedTuple):
    """What was found of a house, after which landfall: an earlier round's look says nothing of a later one."""

    round: int
    result: Result


@dataclass(frozen=True)
class Item:
    """One line of the list.

    Attributes
    ----------
    wanted : InspectionWanted
    looks : tuple of Inspected
        In order; the newest counts.
    """

    wanted: InspectionWanted
    looks: tuple[Inspected, ...] = ()

    @property
    def thing(self) -> Thing:
        """What it is."""
        return Thing(self.wanted.of)

    @property
    def result(self) -> Result:
        """What the newest look found."""
        return Result(self.looks[-1].result) if self.looks else Result.OPEN

    @property
    def number(self) -> str:
        """How it is named at the command line: the end of the id."""
        return self.wanted.event_id[-12:]


def wanted_id(thing: Thing, place: str, subject: str, number: int) -> str:
    """The id of an entry: the same thing in the same round stands on the list once, whoever puts it there.

    Examples
    --------
    >>> wanted_id(Thing.HOUSE, "330902001001", "7", 1) == wanted_id(Thing.HOUSE, "330902001001", "7", 1)
    True
    """
    told = "\n".join(("inspection", thing.value, place, subject, str(number)))
    return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


def inspections(asides: Iterable[Envelope], region: str = "") -> tuple[Item, ...]:
    """The list of a region, with what was found: kind by kind, then by place and subject.

    Parameters
    ----------
    asides : iterable of Envelope
        In order, undone ones left out: ``read_inspections``.
    region : str
        First digits of the places; empty for all.
    """
    wanted: dict[str, InspectionWanted] = {}
    looks: dict[str, list[Inspected]] = {}
    for event in asides:
        if isinstance(event, InspectionWanted) and event.place.startswith(region):
            wanted.setdefault(event.event_id, event)
        elif isinstance(event, Inspected):
            looks.setdefault(event.target, []).append(event)
    order = {thing.value: n for n, thing in enumerate(Thing)}
    rows = sorted(wanted.values(), key=lambda w: (order[w.of], w.place, w.subject, w.round))
    return tuple(Item(w, tuple(looks.get(w.event_id, ()))) for w in rows)


def read_inspections(store: EventStore, *, at: datetime, region: str = "") -> tuple[Item, ...]:
    """The list as of an instant, from the store.

    Raises
    ------
    SourceError
        The store cannot be read.
    """
    facts = [event for _, event in store.aside({InspectionWanted.kind, Inspected.kind})]
    return inspections(in_order(store, facts, at), region)


def houses(items: Iterable[Item]) -> Mapping[House, Found]:
    """House -> what was found in the newest round in which it is on the list; one that is on no list is not among them."""
    found: dict[House, Found] = {}
    for item in items:
        if item.thing is Thing.HOUSE:
            house = House(item.wanted.place, item.wanted.subject)
            if house not in found or found[house].round < item.wanted.round:
                found[house] = Found(item.wanted.round, item.result)
    return found


def the_item(items: Iterable[Item], number: str) -> Item:
    """The entry of a number.

    Raises
    ------
    ConflictError
        There is none, or several.
    """
    found = [item for item in items if item.wanted.event_id.endswith(number.lower())]
    if len(found) != 1 or len(number) < 6:
        raise ConflictError(
            "not one entry of the inspection list", where="number", expected="the number of one entry", found=f"{number}: {len(found)}",
            remedy="see: evac return inspections",
        )  # fmt: skip
    return found[0]


def require_look(result: str, evidence: str, by: str) -> None:
    """Refuse a look that proves nothing.

    Raises
    ------
    ConfigError
        No such result, no inspector, or no SHA-256 of a photo or sheet.

    Examples
    --------
    >>> require_look("safe", "3f" * 32, "王工")
    """
    results = [one.value for one in Result if one is not Result.OPEN]
    if result not in results or not by.strip() or not _SHA256.fullmatch(evidence):
        raise ConfigError(
            "this is no inspection", where="inspection", expected=f"one of {', '.join(results)}, a named inspector, and the SHA-256 "
            "of a photo or sheet (64 hexadecimal digits)", found=f"{result!r} by {by!r}, evidence {evidence[:70]!r}",
            remedy="name the file: --evidence PHOTO.jpg",
        )  # fmt: skip
