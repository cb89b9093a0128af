"""Who is not in safety, house by house, for those who go and look: weak people first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from evac.columns import Column, column_of
from evac.counts.life import Life
from evac.counts.terms import UNACCOUNTED

_LONG_AGO: Final = datetime(1, 1, 1, tzinfo=UTC)
_WORST_FIRST: Final = (
    Column.MISSING,
    Column.NOT_NOTIFIED,
    Column.REFUSED,
    Column.LEFT,
    Column.NOTIFIED,
    Column.IN_TRANSIT,
)


@dataclass(frozen=True)
class House:
    """One household of which somebody is not in safety.

    Attributes
    ----------
    members : tuple of Life
        Everybody of the household, those to be looked for first, weak first.
    wanted : tuple of Life
        Those to be looked for.
    """

    household: str
    village: str
    village_name: str
    members: tuple[Life, ...]
    wanted: tuple[Life, ...]

    @property
    def address(self) -> str:
        """Where to knock, in words; the number of the household where nobody stands on the list."""
        return f"{self.village_name or self.village} {self.household}户"

    @property
    def elsewhere(self) -> tuple[Life, ...]:
        """The family's other members, who may know."""
        return tuple(life for life in self.members if life not in self.wanted)


def is_unaccounted(life: Life) -> bool:
    """Whether a person must move and nobody has seen them in safety."""
    return column_of(life.state) in UNACCOUNTED and life.state.state.value != "merged"


def unaccounted_houses(lives: Iterable[Life]) -> tuple[House, ...]:
    """Households with somebody to look for: the weakest first, then the worst state, then whose trace is oldest."""
    homes: dict[tuple[str, str], list[Life]] = {}
    for life in lives:
        homes.setdefault((life.grain.region, life.household), []).append(life)
    found = []
    for (village, household), members in homes.items():
        wanted = sorted(filter(is_unaccounted, members), key=_first)
        if not wanted:
            continue
        rest = [life for life in members if life not in wanted and life.state.state.value != "merged"]
        name = next((m.person.village_name for m in members if m.person), "")
        found.append(House(household, village, name, (*wanted, *rest), tuple(wanted)))
    return tuple(
        sorted(found, key=lambda house: (*_first(house.wanted[0])[:3], house.village, house.household))
    )


def _first(life: Life) -> tuple[int, int, datetime, str]:
    column = column_of(life.state)
    worst = _WORST_FIRST.index(column) if column in _WORST_FIRST else len(_WORST_FIRST)
    return (life.weakness, worst, life.since or _LONG_AGO, life.code)
