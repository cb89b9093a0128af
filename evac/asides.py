"""Facts that change nobody's state: the code's other uses, counts of a place, and decisions about contradictions.

Those that are about no one person carry the code ``NO_ONE``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from evac.envelope import Envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed(Envelope):
    """Let through at the road check ``place`` (码上通)."""

    kind: ClassVar[str] = "passed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliefDrawn(Envelope):
    """Drew relief goods at ``place`` (码上领); an item is drawn once, whoever draws it twice is listed."""

    kind: ClassVar[str] = "relief_drawn"
    item: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RescueCalled(Envelope):
    """Called for rescue (码上救); ``where`` in words, ``sealed`` for what only rescuers may read."""

    kind: ClassVar[str] = "rescue_called"
    where: str
    sealed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RescueEnded(Envelope):
    """The call ``target`` is answered: what came of it."""

    kind: ClassVar[str] = "rescue_ended"
    target: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DangerReported(Envelope):
    """Danger seen at ``where`` (码上报)."""

    kind: ClassVar[str] = "danger_reported"
    danger: str
    where: str
    sealed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadCounted(Envelope):
    """People counted at ``place`` by somebody who did not look at the scans: stands beside their count."""

    kind: ClassVar[str] = "head_counted"
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VesselChecked(Envelope):
    """A boat seen in the port ``place`` (点验): crew on its papers, and how many of them are ashore."""

    kind: ClassVar[str] = "vessel_checked"
    vessel: str
    crew: int
    ashore: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved(Envelope):
    """Somebody decided what the contradiction ``target`` (id of its later event) means."""

    kind: ClassVar[str] = "resolved"
    target: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked(Envelope):
    """Somebody looked whether ``item`` is ready at ``place`` (a village, town or shelter); ``subject`` is the one called, or empty.

    ``evac.ready`` says which items there are and how long a check is good for.
    """

    kind: ClassVar[str] = "checked"
    item: str
    ok: bool
    subject: str = ""
    note: str = ""


Aside: TypeAlias = (
    Passed
    | ReliefDrawn
    | RescueCalled
    | RescueEnded
    | DangerReported
    | HeadCounted
    | VesselChecked
    | Resolved
    | Checked
)
"""The closed union of these facts."""
