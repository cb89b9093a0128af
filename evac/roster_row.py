"""What a plan reads of everybody on a list: neither names nor telephones, so that no key is needed and two million fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, Protocol

from evac.model import Person, State

_POINTS: Final = "people.points"
"""Label of a registry whose list has somebody's point: a plan then opens what is sealed about everybody."""


class _Labelled(Protocol):
    def labels(self) -> dict[str, str]: ...

    def put_labels(self, labels: Mapping[str, str]) -> None: ...


def keep_points(store: _Labelled, people: Iterable[Person]) -> None:
    """Note that a list has points, before people with one are put on it."""
    if any(person.longitude is not None for person in people) and not has_points(store):
        store.put_labels({_POINTS: "1"})


def has_points(store: _Labelled) -> bool:
    """Whether somebody on the list has a point."""
    return bool(store.labels().get(_POINTS))


class RosterRow(NamedTuple):
    """One person as a plan sees them.

    Attributes
    ----------
    code : bytes
        16 bytes (``evac.crockford.code_of_bytes``).
    household, village, village_name : str
        As on the list; empty for who stands on none.
    county : str
        6 digits: where the log says that the person is at risk, else the list.
    category : str
        ``Category`` value, by the log, else the list.
    weak : str
        Vulnerabilities joined by commas.
    stay : str
        Planned kind of stay, a ``Stay`` value; empty for who stands on no list.
    state : State
        Where the person stands now.
    longitude, latitude : float or None
        Own place in WGS-84 [degrees], where the list has one and the key of the emergency is at hand.
    """

    code: bytes
    household: str
    county: str
    village: str
    village_name: str
    category: str
    weak: str
    stay: str
    state: State
    longitude: float | None = None
    latitude: float | None = None

    @property
    def region(self) -> str:
        """The finest code that is known: the village, or the county where the list and the log disagree."""
        return self.village if self.village.startswith(self.county) and self.village else self.county
