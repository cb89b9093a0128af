"""Since when people are missing and the like, kept from one screen to the next: asking PostgreSQL reads everybody of a county."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from evac.model import State
from evac.registry import EventStore
from evac.store.counting import Held, follows_people, held_since

_IN_TURN: Final = 2
"""Counties that are asked again with each screen though their counts are the same, those asked longest ago first (D)."""


@dataclass(eq=False)
class SinceWhen:
    """(county, state) -> who is in it since when.

    A county is asked again as soon as one of its counts is another than what was answered. One who was found while another went
    missing leaves the count as it was: so with each screen a few counties are asked in turn. A store that keeps this itself is asked
    each time.
    """

    _kept: dict[tuple[str, State], Held | None] = field(default_factory=dict, repr=False)
    _turn: dict[str, None] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def read(
        self, store: EventStore, counts: Mapping[tuple[str, State], int]
    ) -> dict[tuple[str, State], Held]:
        """Of counties and states by their counts of this moment; what counts nobody is not asked for.

        Raises
        ------
        SourceError
            The store cannot be read.
        """
        if follows_people(store):
            some = [key for key, n in counts.items() if n]
            told = held_since(store, {county for county, _ in some}, {state for _, state in some})
            return {key: told[key] for key in some if key in told}
        with self._lock:
            changed = {county for (county, state), n in counts.items() if n != self._people(county, state)}
            asked = {county for (county, _), n in counts.items() if n}
            again = changed | set([county for county in self._turn if county in asked - changed][:_IN_TURN])
            if again:
                states = {state for county, state in counts if county in again}
                # those that a narrower screen asked for are led on, too
                states |= {state for county, state in self._kept if county in again}
                found = held_since(store, again, states)
                for county in sorted(again):
                    self._turn.pop(county, None)
                    self._turn[county] = None
                    for state in states:
                        self._kept[county, state] = found.get((county, state))
            return {key: held for key, n in counts.items() if n and (held := self._kept.get(key)) is not None}

    def _people(self, county: str, state: State) -> int:
        held = self._kept.get((county, state))
        return held.people if held is not None else 0
