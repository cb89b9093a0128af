"""The store in memory: the SQLite store's twin, for tests and small drills."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from evac.codes import short_code
from evac.events import Envelope
from evac.log import Head, Sealed, same_fact, seal
from evac.model import Person, Shelter
from evac.registry import Appended


class MemoryStore:
    """An ``EventStore`` that forgets everything when the process ends."""

    def __init__(self) -> None:
        self._log: list[Sealed] = []
        self._known: dict[str, Envelope] = {}
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
            if not same_fact(kept, event):
                conflicting.append(event.event_id)
        self._log += list(seal(self.head(), fresh.values(), received_at=received_at))
        self._known |= fresh
        return Appended(tuple(fresh.values()), tuple(repeated), tuple(conflicting))

    def log(self) -> Iterator[Sealed]:
        """See ``EventStore.log``."""
        return iter(tuple(self._log))

    def head(self) -> Head:
        """See ``EventStore.head``."""
        return Head(self._log[-1].sequence, self._log[-1].link) if self._log else Head()

    def put_people(self, people: Sequence[Person]) -> None:
        """See ``EventStore.put_people``."""
        self._people |= {person.code: person for person in people}

    def people(self) -> Iterator[Person]:
        """See ``EventStore.people``."""
        return (self._people[code] for code in sorted(self._people))

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
