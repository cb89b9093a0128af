"""Boats (渔船): which port, checked or not (点验), and whose crew is not ashore."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from unicodedata import normalize

from evac.asides import VesselChecked
from evac.columns import MOVED_COLUMNS, Column, column_of
from evac.counts.life import Life
from evac.counts.roll import Roll
from evac.model import Category

NO_NUMBER: Final = "(未登记船号)"
"""Crew on the list whose boat nobody wrote down."""

_ASHORE: Final = (*MOVED_COLUMNS, Column.RETURNED)


@dataclass(frozen=True)
class Vessel:
    """One boat as of an instant.

    Attributes
    ----------
    number : str
        As painted on the boat.
    crew : tuple of Life
        Those on the list.
    check : VesselChecked or None
        The newest check; None where nobody has seen the boat in port.
    """

    number: str
    crew: tuple[Life, ...]
    check: VesselChecked | None

    @property
    def port(self) -> str:
        """Where it was checked; empty where it was not."""
        return self.check.place if self.check else ""

    @property
    def checked_at(self) -> datetime | None:
        """When it was checked."""
        return self.check.trusted_at if self.check else None

    @property
    def listed(self) -> int:
        """Crew on the list who must go ashore, 核减 and withdrawn orders left out."""
        return sum(life.state.due for life in self.crew)

    @property
    def not_ashore(self) -> tuple[Life, ...]:
        """Crew on the list who must go ashore and have not been seen there."""
        return tuple(life for life in self.crew if life.state.due and column_of(life.state) not in _ASHORE)

    @property
    def ashore(self) -> int:
        """Crew on the list who are ashore."""
        return self.listed - len(self.not_ashore)

    @property
    def word(self) -> str:
        """What is still to be done for it."""
        if self.check is None:
            return "未点验"
        if self.check.crew < self.check.ashore:
            return f"点验数矛盾:船员 {self.check.crew} 人,上岸 {self.check.ashore} 人,待核"
        if self.check.crew > self.check.ashore:
            return f"点验时 {self.check.crew - self.check.ashore} 人未上岸"
        if self.not_ashore:
            return f"名单 {len(self.not_ashore)} 人未见上岸"
        return (
            "已上岸"
            if self.check.crew == self.listed
            else f"点验 {self.check.crew} 人,名单 {self.listed} 人,待核"
        )


def painted(number: str) -> str:
    """A boat's number as it is compared: half-width capitals without blanks.

    Examples
    --------
    >>> painted("浙普渔 ００００3")
    '浙普渔00003'
    """
    return "".join(normalize("NFKC", number).upper().split())


def vessels(roll: Roll) -> tuple[Vessel, ...]:
    """Every boat that is on the list or was checked; those with most to be done first."""
    crews: dict[str, list[Life]] = {}
    for life in roll.lives:
        if life.person is None or life.state.state.value == "merged":
            continue
        if life.person.vessel or life.person.category is Category.FISHING_CREW:
            crews.setdefault(painted(life.person.vessel) or NO_NUMBER, []).append(life)
    checks: dict[str, VesselChecked] = {}
    for event in roll.aside("vessel_checked"):
        if isinstance(event, VesselChecked):
            checks[painted(event.vessel)] = event
    found = [Vessel(n, tuple(crews.get(n, ())), checks.get(n)) for n in sorted({*crews, *checks})]
    return tuple(sorted(found, key=lambda v: (v.check is not None, -len(v.not_ashore), v.number)))
