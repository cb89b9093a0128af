"""The head-count of this moment, from what the store keeps beside the log: fast enough to be asked again and again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import chain

from evac.counts.head_count import HeadCount
from evac.counts.life import canonical_code
from evac.counts.roll import Roll, read_roll
from evac.grain import COUNTY_DIGITS, Grain
from evac.model import State
from evac.registry import EventStore
from evac.standing import UNHEARD_OF, Standing
from evac.state import families, lives_of
from evac.store.counting import count_grains, on_list


def head_count(store: EventStore, prefix: str = "", *, at: datetime | None = None) -> HeadCount:
    """Who is where in a region, its sums checked.

    Parameters
    ----------
    prefix : str
        2, 4, 6, 9 or 12 digits; empty for all.
    at : datetime, optional
        From the log as of an instant; None for now, from the standings. A county or less is then counted in full by the
        database itself, and more than a county coarsely: by county and category, without vulnerability, village and round.

    Raises
    ------
    ConflictError
        It does not add up.
    SourceError
        The store cannot be read.

    Examples
    --------
    >>> from datetime import UTC
    >>> from evac import Clerk, MemoryStore, Registry
    >>> from evac.events import ArrivedShelter, Ordered, Registered
    >>> at, store = datetime(2021, 7, 24, 4, 30, tzinfo=UTC), MemoryStore()
    >>> clerk, one, two = Clerk("李四", "S1", "D1", at), "7" + "C" * 25, "7" + "D" * 25
    >>> said = [clerk.write(Registered, code, county="330902") for code in (one, two)]
    >>> said += [clerk.write(Ordered, code, order="令1") for code in (one, two)]
    >>> receipt = Registry(store).check_ins([*said, clerk.write(ArrivedShelter, one)], received_at=at)
    >>> total = head_count(store, "3309").total()
    >>> total["due"], total["moved"], total["sheltered"]
    (2, 1, 1)
    """
    if at is not None:
        return read_roll(store, prefix, at=at).count
    if len(prefix) >= COUNTY_DIGITS:
        count = HeadCount(count_grains(store, prefix))
    else:
        found = {
            Grain(cell.county, "", cell.category, "", cell.state, cell.stay, cell.due, 0, False, False, ""): n
            for cell, n in store.cells().items()
            if cell.county.startswith(prefix)
        }
        count = HeadCount(found, fine=False)
    count.require_sums()
    return count


def standing_that_counts(store: EventStore, code: str) -> Standing:
    """Where the person of a code stands, under whatever code that person counts: both pendants of a merged one stay good."""
    found = store.standings([code]).get(code, UNHEARD_OF)
    if found.state.state is not State.MERGED:
        return found
    into: dict[str, str] = {}
    for family in families(chain(*store.kin([code]).values())):
        into |= lives_of(family)[1]
    one = canonical_code(code, into)
    return store.standings([one]).get(one, UNHEARD_OF)


@dataclass(frozen=True, eq=False)
class CountedRoll(Roll):
    """A region of which only the counts are known, now: millions of people in some thousand grains.

    Attributes
    ----------
    grains : mapping
        Grain -> persons.
    present : mapping
        Shelter's id -> persons who stay there, wherever they are at risk.
    """

    grains: Mapping[Grain, int] = field(default_factory=dict)
    present: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def count(self) -> HeadCount:
        """The head-count, its sums checked and held against the list.

        Raises
        ------
        ConflictError
            It does not add up.
        """
        count = HeadCount(self.grains, self.at)
        count.require_sums(self.listed)
        return count

    @property
    def synthetic(self) -> bool:
        """Whether the store says that its people are invented."""
        return bool(self.labels.get("label"))


def counted_roll(store: EventStore, prefix: str = "", *, at: datetime) -> CountedRoll:
    """A region's counts of now, made by the database: for tables of a province, where reading everybody takes too long.

    Parameters
    ----------
    at : datetime
        What now is called on the tables.

    Raises
    ------
    SourceError
        The store cannot be read.
    """
    shelters = {shelter.shelter_id: shelter for shelter in store.shelters()}
    grains = count_grains(store, prefix, silent=True)
    present = {taken.place: n for taken, n in store.seats().items() if taken.stay is State.SHELTERED}
    return CountedRoll(
        prefix, at, (), (), shelters, (), on_list(store, prefix), store.labels(), {}, False, grains, present
    )  # fmt: skip
