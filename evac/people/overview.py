"""What a list holds, village by village, without a name."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from evac.model import State
from evac.registry import EventStore


@dataclass
class Line:
    """Sums of one village; for its own office, not for a shared map (see ``evac.privacy.suppress``).

    ``unregistered`` are rows of an import that broke off: they are in no count until it is run again.
    """

    village: str
    people: int = 0
    without_number: int = 0
    without_phone: int = 0
    vulnerable: int = 0
    at_door: int = 0
    unregistered: int = 0
    _homes: set[str] = field(default_factory=set, repr=False)

    @property
    def households(self) -> int:
        """Households with somebody on the list."""
        return len(self._homes)


def overview(store: EventStore, region: str = "") -> list[Line]:
    """Sums by village of a region (the first digits of its code), in order of code; merged entries count nowhere."""
    states = {code: standing.state for code, standing in store.everybody(region[:6])}
    lines: dict[str, Line] = defaultdict(lambda: Line(""))
    for person in store.people(region):
        state = states.get(person.code)
        if state is not None and state.state is State.MERGED:
            continue
        line = lines[person.village]
        line.village = person.village
        line.people += 1
        line.without_number += not person.identity
        line.without_phone += not person.phone
        line.vulnerable += bool(person.vulnerability)
        line.unregistered += state is None
        line.at_door += state is not None and state.at_door
        line._homes.add(person.household)
    return [lines[village] for village in sorted(lines)]
