"""Everybody of a region as a release sees them: house, category, state, and what the state rests on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from evac.model import State
from evac.registry import EventStore
from evac.returning.inspection import House
from evac.returning.writing import PEOPLE_AT_ONCE, batches
from evac.standing import Key, Standing
from evac.store.counting import Home, codes_in, homes_of


class Candidate(NamedTuple):
    """One person of the region; ``household`` is the code where nobody knows it."""

    code: str
    county: str
    village: str
    household: str
    category: str
    state: State
    round: int
    key: Key | None

    @property
    def house(self) -> House:
        """Where they would return to."""
        return House(self.village or self.county, self.household)


def candidates(store: EventStore, region: str) -> Iterator[Candidate]:
    """Everybody of a region with their house and state, in order of code.

    Raises
    ------
    SourceError
        The store cannot be read.
    """
    for codes in batches(codes_in(store, region), PEOPLE_AT_ONCE):
        homes, standings = homes_of(store, codes), store.standings(codes)
        for code in codes:
            one = _candidate(code, homes.get(code), standings.get(code))
            if (one.village or one.county).startswith(region):
                yield one


def _candidate(code: str, home: Home | None, standing: Standing | None) -> Candidate:
    state = (standing or Standing()).state
    county = state.county or (home.county if home else "")
    village = home.village if home is not None and home.village.startswith(county) else ""
    category = state.category or (home.category if home else "other")
    household = home.household if home is not None and home.household else f"?{code}"
    key = standing.key if standing is not None else None
    return Candidate(code, county, village, household, category, state.state, state.round, key)
