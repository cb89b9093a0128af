"""The store in memory: the SQLite store's twin, for tests and small drills."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice

from evac.codes import short_code
from evac.events import ASIDE, Envelope, Merged
from evac.log import Head, Sealed, seal
from evac.model import Person, Shelter
from evac.registry import Appended
from evac.standing import UNHEARD_OF, Cell, Seat, Standing, cell, seat, settle
from evac.store.sealed import KEY_MARK
from evac.vault import Vault


class MemoryStore:
    """An ``EventStore`` that forgets everything when the process ends."""

    def __init__(self, vault: Vault | None = None) -> None:
        self.vault = vault
        self._log: list[Sealed] = []
        self._known: dict[str, Envelope] = {}
        self._mine: dict[str, list[Envelope]] = {}
        self._alias: dict[str, set[str]] = {}
        self._standings: dict[str, Standing] = {}
        self._people: dict[str, Person] = {}
        self._shelters: dict[str, Shelter] = {}
        self._labels: dict[str, str] = {}

    def append(self, events: Sequence[Envelope], *, received_at: datetime) -> Appended:
        """See ``EventStore.append``."""
        fresh: dict[str, Envelope] = {}
        repeated: list[str] = []
        conflicting: list[str] = []
        for event in events:
            kept = self._known.get(event.event_id) or fresh.get(event.event_id)
            if kept is None:
                fresh[event.event_id] = event
                continue
            repeated.append(event.event_id)
            if kept != event:
                conflicting.append(event.event_id)
        sealed = list(seal(self.head(), fresh.values(), received_at=received_at))
        folded = [event for event in fresh.values() if event.kind not in ASIDE]
        self._standings |= settle(self._standings, folded, self.kin)
        self._log += sealed
        self._known |= fresh
        for event in folded:
            self._mine.setdefault(event.code, []).append(event)
            if isinstance(event, Merged):
                self._alias.setdefault(event.code, set()).add(event.into)
                self._alias.setdefault(event.into, set()).add(event.code)
        return Appended(tuple(fresh.values()), tuple(repeated), tuple(conflicting))

    def known(self, event_ids: Collection[str]) -> set[str]:
        """See ``EventStore.known``."""
        return {event_id for event_id in event_ids if event_id in self._known}

    def positions(self, event_ids: Collection[str]) -> dict[str, int]:
        """See ``EventStore.positions``."""
        wanted = set(event_ids)
        return {e.event.event_id: e.sequence for e in self._log if e.event.event_id in wanted}

    def events_of(self, codes: Collection[str]) -> dict[str, list[Envelope]]:
        """See ``EventStore.events_of``."""
        return {code: list(self._mine[code]) for code in codes if code in self._mine}

    def kin(self, codes: Collection[str]) -> dict[str, list[Envelope]]:
        """See ``EventStore.kin``."""
        found, waiting = set[str](), set(codes)
        while waiting:
            found |= waiting
            waiting = {other for code in waiting for other in self._alias.get(code, ())} - found
        return self.events_of(found)

    def aside(
        self, kinds: Collection[str], *, codes: Collection[str] | None = None, after: int = 0
    ) -> Iterator[tuple[int, Envelope]]:
        """See ``EventStore.aside``."""
        for entry in self._log[after:]:
            event = entry.event
            if event.kind in kinds and (codes is None or event.code in codes):
                yield entry.sequence, event

    def standings(self, codes: Collection[str]) -> dict[str, Standing]:
        """See ``EventStore.standings``."""
        asked = ((code, self._standings.get(code, UNHEARD_OF)) for code in codes)
        return {code: standing for code, standing in asked if standing.key is not None}

    def everybody(self, county: str = "") -> Iterator[tuple[str, Standing]]:
        """See ``EventStore.everybody``."""
        heard_of = (i for i in self._standings.items() if i[1].key is not None)
        return iter(sorted(i for i in heard_of if i[1].state.county.startswith(county)))

    def movers(self, county: str = "") -> list[str]:
        """See ``EventStore.movers``."""
        return [code for code, standing in self.everybody(county) if standing.state.moves]

    def cells(self) -> Counter[Cell]:
        """See ``EventStore.cells``."""
        return Counter(cell(standing.state) for _, standing in self.everybody())

    def seats(self) -> Counter[Seat]:
        """See ``EventStore.seats``."""
        taken = (seat(standing.state) for standing in self._standings.values())
        return Counter(place for place in taken if place is not None)

    def events(self) -> Iterator[Envelope]:
        """See ``EventStore.events``."""
        return iter(tuple(self._known.values()))

    def counters(self, after: int = 0) -> tuple[int, dict[str, int]]:
        """See ``EventStore.counters``."""
        highest: dict[str, int] = {}
        for entry in self._log[after:]:
            event = entry.event
            highest[event.device] = max(event.counter, highest.get(event.device, 0))
        return max(after, len(self._log)), highest

    def log(self, after: int = 0) -> Iterator[Sealed]:
        """See ``EventStore.log``."""
        return islice(tuple(self._log), after, None)

    def seal(self) -> Head:
        """See ``EventStore.seal``: here every batch is sealed as it is stored."""
        return self.head()

    def head(self) -> Head:
        """See ``EventStore.head``."""
        return Head(self._log[-1].sequence, self._log[-1].link) if self._log else Head()

    def put_people(self, people: Sequence[Person]) -> None:
        """See ``EventStore.put_people``."""
        if self.vault is not None and people:
            self._labels.setdefault(KEY_MARK, self.vault.mark)
        self._people |= {person.code: person for person in people}

    def people(self, village: str = "") -> Iterator[Person]:
        """See ``EventStore.people``."""
        kept = (self._people[code] for code in sorted(self._people))
        return (person for person in kept if person.village.startswith(village))

    def listed(self, codes: Collection[str]) -> set[str]:
        """See ``EventStore.listed``."""
        return {code for code in codes if code in self._people or self._counted_in(code)}

    def _counted_in(self, code: str) -> str:
        return self._standings.get(code, UNHEARD_OF).state.county

    def people_of(self, codes: Collection[str]) -> dict[str, Person]:
        """See ``EventStore.people_of``."""
        return {code: self._people[code] for code in codes if code in self._people}

    def person(self, code_or_short: str) -> Person | None:
        """See ``EventStore.person``."""
        if code_or_short in self._people:
            return self._people[code_or_short]
        return next((p for p in self._people.values() if short_code(p.code) == code_or_short), None)

    def put_shelters(self, shelters: Sequence[Shelter]) -> None:
        """See ``EventStore.put_shelters``."""
        self._shelters |= {shelter.shelter_id: shelter for shelter in shelters}

    def shelters(self) -> Iterator[Shelter]:
        """See ``EventStore.shelters``."""
        return (self._shelters[key] for key in sorted(self._shelters))

    def put_labels(self, labels: Mapping[str, str]) -> None:
        """See ``EventStore.put_labels``."""
        self._labels |= labels

    def labels(self) -> dict[str, str]:
        """See ``EventStore.labels``."""
        return dict(self._labels)

    def close(self) -> None:
        """See ``EventStore.close``."""
