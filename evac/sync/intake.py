"""Taking bundles in: events of other nodes into a registry's store, in batches that can be done again.

What another node has stored is a fact about its log. It is never judged again: a command that would be refused here was legal
there, and every route must end in one state. Only the receipt bounds an event: where it is earlier than the event's own trusted
time, a ``Received`` with the same content on every route holds it back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import Final, TypeVar

from evac.codes import bytes_of_code
from evac.errors import BundleError, CodeError, Fault
from evac.events import Envelope, Received, canonical, parse, receipt_of
from evac.registry import EventStore
from evac.sync.bundle import Bundle, Line
from evac.sync.ledger import Account, put_received_from, received_from
from evac.sync.node import Node
from evac.sync.spans import Spans
from riskmap.errors import DataError

BATCH: Final = 5000
"""Events of one transaction."""
CLOCK_SLACK: Final = timedelta(minutes=2)
"""How much later than now a bundle may have been made before one of the two clocks must be wrong. Status D."""
_T = TypeVar("_T")


class Clock(StrEnum):
    """Which computer's clock is right where a bundle comes from the future."""

    ASK = "ask"
    OURS = "ours"
    THEIRS = "theirs"


@dataclass(slots=True)
class Intake:
    """What became of a file.

    Attributes
    ----------
    source, node : str
        The file, and who made it.
    stored, repeated, held_back : int
        Events that were new; that were here already; and how many of the new ones lay in the future and count as of
        their receipt.
    conflicting : list of str
        Ids that are here with another content; the one that was here is kept.
    refused : dict
        Place in the file or in the sender's log -> why it could not be stored.
    gaps : Spans
        Positions of the sender's log that have not come yet.
    warnings : list of str
        What a person must look at.
    """

    source: str
    node: str
    stored: int = 0
    repeated: int = 0
    held_back: int = 0
    conflicting: list[str] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    gaps: Spans = field(default_factory=Spans)
    warnings: list[str] = field(default_factory=list)


def take_in(
    store: EventStore, bundle: Bundle, node: Node, *, now: datetime, clock: Clock = Clock.ASK
) -> Intake:
    """Check a bundle, then store its events; the same bundle again stores nothing.

    Parameters
    ----------
    node : Node
        The reader.
    now : datetime
        Trusted time here: no event is later than that, or than its receipt at the sender.
    clock : Clock
        Which clock to believe where the bundle was made later than now.

    Raises
    ------
    BundleError
        Before anything was stored.
    SourceError
        The disk is full or the stick gone. Batches that were stored stay; importing again ends in the same state.

    Examples
    --------
    >>> import io
    >>> from datetime import UTC
    >>> from evac import Clerk, MemoryStore
    >>> from evac.events import Notified
    >>> from evac.sync.bundle import write_events
    >>> from evac.sync.node import trust
    >>> at, village, county, stick = datetime(2021, 7, 24, 4, 30, tzinfo=UTC), MemoryStore(), MemoryStore(), io.BytesIO()
    >>> sender, reader = (Node.make(name, "2106", event_key=bytes(32)) for name in ("330902-S1", "330902"))
    >>> trust(county, sender.node_id, sender.public)
    >>> stored = village.append([Clerk("李四", "S1", "D1", at).write(Notified, "7" + "C" * 25)], received_at=at)
    >>> written = write_events(village, stick, node=sender, made_at=at, salt=bytes(32))
    >>> takes = [take_in(county, Bundle(io.BytesIO(stick.getvalue()), "stick"), reader, now=at) for _ in range(2)]
    >>> [(done.stored, done.repeated) for done in takes]
    [(1, 0), (0, 1)]
    """
    labels, header = store.labels(), bundle.header
    account = received_from(labels, header.node)
    bundle.check(node, labels, heads=account.heads)
    bound = _bound(bundle, now, clock)
    done = Intake(bundle.where, header.node)
    for batch in batches(enumerate(bundle.received(node), header.after + 1), BATCH):
        _store(store, batch, bound, done)
    if bundle.altered_at:
        account = account.forgetting(bundle.altered_at)
        done.warnings.append(
            f"{header.node}: 日志与以前送来的不一致,从第{bundle.altered_at}条起 · its log is not the one it sent before, from position "
            f"{bundle.altered_at}: restored from a backup, or altered"
        )
    account = _after(account, bundle, done.refused)
    put_received_from(store, header.node, account)
    done.gaps = account.gaps
    return done


def _bound(bundle: Bundle, now: datetime, clock: Clock) -> datetime:
    """Nothing in the bundle can be later than this."""
    made_at = bundle.header.made_at
    if made_at <= now + CLOCK_SLACK or clock is Clock.OURS:
        return now
    if clock is Clock.THEIRS:
        return made_at
    raise BundleError(
        Fault.CLOCKS, where=bundle.where, expected=f"made before now, {now.isoformat(' ', 'minutes')}",
        found=f"made at {made_at.isoformat(' ', 'minutes')}",
        remedy="look at a watch: set this computer's clock, or say --clock ours (theirs is fast) or --clock theirs",
    )  # fmt: skip


def batches(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """The items in lists of at most ``size``.

    Examples
    --------
    >>> list(batches(range(5), 2))
    [[0, 1], [2, 3], [4]]
    """
    left = iter(items)
    while batch := list(islice(left, size)):
        yield batch


def _store(store: EventStore, lines: list[tuple[int, Line]], bound: datetime, done: Intake) -> None:
    """One batch in one transaction: what can be stored, and what holds back the events from the future."""
    events: list[Envelope] = []
    receipts: dict[str, Received] = {}
    late: list[Envelope] = []
    for place, line in lines:
        try:
            event = storable(line.body)
        except (DataError, CodeError) as error:
            done.refused[place] = str(error)
            continue
        events.append(event)
        if event.trusted_at > line.received_at and not isinstance(event, Received):
            receipt = receipt_of(event, line.received_at)
            receipts[receipt.event_id] = receipt
        if event.trusted_at > bound:
            late.append(event)
    if late:
        # only for what is new: a receipt later than the first one says nothing, and importing again must add nothing
        known = store.known([event.event_id for event in late])
        made = [receipt_of(event, bound) for event in late if event.event_id not in known]
        receipts |= {receipt.event_id: receipt for receipt in made}
    ids = {event.event_id for event in events}
    own = [receipt for event_id, receipt in receipts.items() if event_id not in ids]
    if not events:
        return
    appended = store.append([*events, *own], received_at=bound)
    stored = {event.event_id for event in appended.stored}
    done.stored += len(stored & ids)
    done.repeated += len(events) - len(stored & ids)
    done.held_back += len({receipt.target for receipt in receipts.values()} & stored)
    done.conflicting += appended.conflicting


def storable(body: bytes) -> Envelope:
    """The event of its canonical bytes, as every store can hold it.

    Raises
    ------
    DataError, CodeError
        Not an event, or with an id, code, number or letter that no store takes.
    """
    event = parse(body)
    bytes_of_code(event.code)
    try:
        same = canonical(event) == body
    except UnicodeEncodeError:
        same = False
    plain = len(event.event_id) == 32 and not set(event.event_id) - set("0123456789abcdef")
    if not same or not plain or b"\\u0000" in body or not 0 <= event.counter < 1 << 63:
        raise DataError(
            "not an event as it is written", where=f"event {event.event_id[:40]!r}",
            expected="its canonical bytes, an id of 32 hexadecimal digits, letters only",
            found=repr(body[:60]), remedy="check the device's version",
        )  # fmt: skip
    return event


def _after(account: Account, bundle: Bundle, refused: Mapping[int, str]) -> Account:
    """The account with one bundle more; what was refused here is not held."""
    header = bundle.header
    spans = account.spans | Spans.of(refused).missing(header.after + 1, header.to)
    heads = {**account.heads, header.after: header.before, header.to: header.head}
    told = {**account.refused, **{str(place): why for place, why in refused.items()}}
    return replace(
        account, spans=spans, base=max(account.base, header.base), heads={n: link for n, link in heads.items() if n},
        refused={place: why for place, why in told.items() if int(place) not in spans},
    )  # fmt: skip
