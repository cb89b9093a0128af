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


@dataclass(frozen=True, slots=True, kw_only=True)
class DangerSeen(Envelope):
    """Danger of a kind (险情上报), seen by staff or by anybody; ``place`` is a region, a shelter, or empty where nobody can tell.

    ``evac.dangers`` makes one danger of many such reports.

    Attributes
    ----------
    danger : str
        Id of a kind of ``evac/dangers/rules.toml``.
    where : str
        In words.
    point : str
        ``latitude,longitude`` [degree], WGS-84; empty where nobody said.
    photo : str
        SHA-256 of the photo, which is kept elsewhere; empty where there is none.
    channel : str
        ``field``, ``public`` or ``hotline``.
    reporter : str
        Keyed pseudonym of who reports: tells apart and tells nobody; empty for staff, who are the ``actor``, and where not known.
    sealed : str
        Name and telephone, as the emergency's vault has sealed them; empty where not known.
    """

    kind: ClassVar[str] = "danger_seen"
    danger: str
    where: str
    point: str = ""
    photo: str = ""
    channel: str = "field"
    reporter: str = ""
    sealed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DangerJoined(Envelope):
    """A person says that the reports ``target`` and ``into`` are of one danger."""

    kind: ClassVar[str] = "danger_joined"
    target: str
    into: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DangerParted(Envelope):
    """A person says that the report ``target`` is of another danger than those about it."""

    kind: ClassVar[str] = "danger_parted"
    target: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DangerJudged(Envelope):
    """A named person (``actor``) says what a danger is; ``target`` is one of its reports.

    Attributes
    ----------
    verdict : str
        ``verified`` (属实), ``in_hand`` (处置中), ``handled`` (已处置) or ``false`` (不实).
    note : str
        Why, in words.
    covers : str
        Ids of all reports that the person had before them, with blanks between: a report beyond them opens the danger again.
    """

    kind: ClassVar[str] = "danger_judged"
    target: str
    verdict: str
    note: str
    covers: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StockDelivered(Envelope):
    """Goods came to ``place`` from outside (入库): bought, given, or from a store that keeps no book here."""

    kind: ClassVar[str] = "stock_delivered"
    item: str
    quantity: int
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StockMoved(Envelope):
    """Goods left ``place`` for the place ``to`` (调拨出库), by the transfer order ``order``; they arrive by a ``StockReceived``."""

    kind: ClassVar[str] = "stock_moved"
    item: str
    quantity: int
    to: str
    order: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StockReceived(Envelope):
    """Of the move ``target`` so much came to ``place`` (签收)."""

    kind: ClassVar[str] = "stock_received"
    target: str
    item: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StockIssued(Envelope):
    """Goods were used up or handed out at ``place`` without codes (发放): a kitchen, a water point."""

    kind: ClassVar[str] = "stock_issued"
    item: str
    quantity: int
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StockCounted(Envelope):
    """Somebody counted what is at ``place`` (盘点): from then on the stock is that, and what differs is listed."""

    kind: ClassVar[str] = "stock_counted"
    item: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseOrdered(Envelope):
    """People of a region and category may go home by a 解除转移; who of them is in each person's own event.

    Attributes
    ----------
    order, lifts : str
        Numbers of the 解除转移 and of the transfer order that it lifts; ``lifts`` is empty where nobody said it.
    issuer, issuer_code : str
        Whose order it is, and the code of their region: a county or above.
    region, category : str
        Whom it is for; categories joined by commas, all where empty.
    basis : str
        ``document`` where it was checked against the log of documents, ``paper`` where somebody read it from paper.
    overridden : str
        Who released although the risk map did not say that it was over, and why; empty where it did.
    """

    kind: ClassVar[str] = "release_ordered"
    order: str
    lifts: str
    issuer: str
    issuer_code: str
    region: str
    category: str
    basis: str
    overridden: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionWanted(Envelope):
    """Something must be looked at before people return: ``of`` is house, shelter, road, power or water, ``subject`` which one.

    ``place`` is the code of its village or region; ``round`` is that of the transfer, since a look of the landfall before says nothing.
    """

    kind: ClassVar[str] = "inspection_wanted"
    of: str
    subject: str
    round: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected(Envelope):
    """``actor`` looked at what ``target`` wanted: ``result`` is safe, restricted or unsafe, ``evidence`` the SHA-256 of a photo or sheet."""

    kind: ClassVar[str] = "inspected"
    target: str
    result: str
    evidence: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resettled(Envelope):
    """Cannot go home (房屋倒损): in transitional resettlement (过渡安置) at ``place`` by a decision, until that is ended."""

    kind: ClassVar[str] = "resettled"
    decision: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResettlementEnded(Envelope):
    """The resettlement ``target`` ended: ``outcome`` is home, or handed_over to the civil affairs office (民政)."""

    kind: ClassVar[str] = "resettlement_ended"
    target: str
    outcome: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyHandedOver(Envelope):
    """The duty at a desk or shelter went from ``actor`` to ``to`` (交接班), with what was open; who takes the first shift has it from no one."""

    kind: ClassVar[str] = "duty_handed_over"
    duty: str
    to: str
    matters: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated(Envelope):
    """What somebody thought of a letter, a shelter, or how their report of a danger was taken up; never of a person.

    ``subject`` is a letter's number, a shelter's id or a report's event id; the event id is made of subject and rater, so that each rates once.
    """

    kind: ClassVar[str] = "rated"
    of: str
    subject: str
    score: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventClosed(Envelope):
    """A named person closed the emergency: nobody was left to be looked for, held or waiting."""

    kind: ClassVar[str] = "event_closed"
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirected(Envelope):
    """People who came to the full or closed ``place`` were sent on to the shelter ``to`` (改派), ``count`` of them; nobody is named, and who arrives is scanned there.

    ``why`` is ``full``, ``closed`` or ``unfit``.
    """

    kind: ClassVar[str] = "redirected"
    to: str
    count: int
    why: str


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
    | DangerSeen
    | DangerJoined
    | DangerParted
    | DangerJudged
    | StockDelivered
    | StockMoved
    | StockReceived
    | StockIssued
    | StockCounted
    | ReleaseOrdered
    | InspectionWanted
    | Inspected
    | Resettled
    | ResettlementEnded
    | DutyHandedOver
    | Rated
    | EventClosed
    | Redirected
)
"""The closed union of these facts."""
