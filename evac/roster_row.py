"""What a plan reads of everybody on a list: neither names nor telephones, so that no key is needed and two million fit."""

from __future__ import annotations

from typing import NamedTuple

from evac.model import State


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
