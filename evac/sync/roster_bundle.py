"""What a new kiosk starts from: a town's people, its shelters, keys, and what is known of everybody so far; sealed and signed.

The file goes one way, down. The node's key file, which opens it, travels apart from it: whoever finds one of them has nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from evac.codes import BLANKS, SITES
from evac.errors import EvacError, Fault
from evac.events import Envelope, canonical, microseconds
from evac.model import Category, Destination, Person, Shelter, Stay, Vulnerability
from evac.registry import EventStore
from evac.sync.bundle import Bundle, Exported, Header
from evac.sync.container import file_key, write_container
from evac.sync.files import writing
from evac.sync.intake import BATCH, batches, storable
from evac.sync.ledger import BASE
from evac.sync.node import EVENT, OWN, Node, trust
from riskmap.errors import DataError

ROSTER: Final = "roster"
_ROSTER_OF: Final = "bundle/roster_of"
"""Label: when the roster here was made, microseconds since 1970 UTC."""
_PEOPLE_AT_ONCE: Final = 1000


_CARRIED: Final = ("public_key", "key_ring", "key_use", "revocations", "label", SITES)
"""Labels that a kiosk needs: keys, the revocation list, whether it is a drill, addresses of the unsigned codes."""
_STOCK_AT_ONCE: Final = 26 * 10_000
"""Characters of the stock of blank pendants in one line of a bundle, which must be shorter than a mebibyte."""


@dataclass(frozen=True, slots=True)
class Town:
    """What a roster bundle is made from."""

    people: tuple[Person, ...]
    shelters: tuple[Shelter, ...]
    labels: Mapping[str, str]


def of_town(store: EventStore, prefix: str) -> Town:
    """People of a region, its shelters, and the labels that a kiosk carries: keys, and its county's blank pendants in stock.

    Parameters
    ----------
    prefix : str
        Administrative code: 6 digits for a county, 9 for a town, 12 for a village. Where no shelter is known by its town,
        all of the county go along.

    Raises
    ------
    DataError
        Not such a code, or nobody on the list there.
    """
    people = tuple(store.people(prefix)) if prefix.isdecimal() and len(prefix) in (6, 9, 12) else ()
    if not people:
        raise DataError(
            "nobody is on the list there", where="--prefix", expected="6, 9 or 12 digits of a region with people",
            found=repr(prefix), remedy="look at the code of the town",
        )  # fmt: skip
    county = [shelter for shelter in store.shelters() if shelter.county == prefix[:6]]
    town = [shelter for shelter in county if shelter.town == prefix[:9]]
    labels = store.labels()
    carried = {name: labels[name] for name in _CARRIED if name in labels}
    return Town(people, tuple(town or county), carried | _stock(labels, prefix[:6]))


def _stock(labels: Mapping[str, str], county: str) -> dict[str, str]:
    """Blank pendants of a county, long batches in several parts."""
    found: dict[str, str] = {}
    for name, codes in labels.items():
        if name.startswith(f"{BLANKS}{county}."):
            parts = [codes[n : n + _STOCK_AT_ONCE] for n in range(0, len(codes), _STOCK_AT_ONCE)]
            found |= {f"{name}/{n}" if n else name: part for n, part in enumerate(parts)}
    return found


def person_record(person: Person) -> dict[str, Any]:
    """A person as JSON; where they live stays at the county (ADR 0047)."""
    record = asdict(person)
    del record["longitude"], record["latitude"]
    return record | {"signed": person.signed.hex(), "vulnerability": list(person.vulnerability)}


def person_of_record(record: Mapping[str, Any]) -> Person:
    """The person of the JSON.

    Raises
    ------
    KeyError, ValueError, TypeError
        A field is missing, unknown or of another type.
    """
    told = dict(record)
    stay = told.pop("destination")
    return Person(
        category=Category(told.pop("category")), signed=bytes.fromhex(told.pop("signed")),
        vulnerability=tuple(Vulnerability(v) for v in told.pop("vulnerability")),
        destination=Destination(Stay(stay["stay"]), stay["place"]), **told,
    )  # fmt: skip


def export_roster(
    store: EventStore,
    path: Path,
    *,
    node: Node,
    people: Iterable[Person],
    shelters: Sequence[Shelter],
    labels: Mapping[str, str],
    scope: str,
    made_at: datetime,
    salt: bytes,
) -> Exported:
    """Write a roster bundle, whole or not at all.

    Parameters
    ----------
    store : EventStore
        Whose events of these people go along, so that the kiosk knows who was ordered to move.
    node : Node
        The one that sends it.
    people, shelters
        Of the town.
    labels : mapping
        Public keys, the revocation list and what else the kiosk shall carry.
    scope : str
        Administrative prefix of the people, 6, 9 or 12 digits.
    made_at, salt
        See ``evac.sync.bundle.export_events``.

    Raises
    ------
    SourceError
        The disk is full or gone.
    """
    header = Header(ROSTER, node.event, node.node_id, node.public, node.mark, made_at, salt, scope=scope)

    def lines() -> Iterator[bytes]:
        for name, value in sorted(labels.items()):
            yield b"L" + _json([name, value])
        for shelter in shelters:
            yield b"S" + _json(asdict(shelter))
        for batch in batches(people, _PEOPLE_AT_ONCE):
            events = store.events_of([person.code for person in batch])
            for person in batch:
                yield b"P" + _json(person_record(person))
                yield from (b"E" + canonical(event) for event in events.get(person.code, ()))

    with writing(path) as file:
        written = write_container(
            file, header.record(), lines(), key=file_key(node.bundle_key, salt), signer=node.private
        )
    return Exported(path, header, written)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str).encode()


def take_in_roster(
    store: EventStore, bundle: Bundle, node: Node, *, parent: Mapping[str, str], now: datetime
) -> dict[str, int]:
    """Fill an empty registry with a roster bundle.

    Parameters
    ----------
    store : EventStore
        Empty.
    node : Node
        The kiosk's own.
    parent : mapping
        Node id -> public key of those whose roster is believed: they came with the node's key file.
    now : datetime
        Trusted time.

    Returns
    -------
    dict
        How many people, shelters and events.

    Raises
    ------
    BundleError
        Before anything was stored: each way of failing by its own ``fault``.
    EvacError
        The registry is not empty, or the bundle holds no roster.
    """
    if store.seal().sequence:
        raise EvacError("the registry is not empty", where="registry", remedy="name a new file: --registry")
    known = {f"node_key/{name}": key for name, key in parent.items()}
    _require_roster(bundle, node, {**known, EVENT: node.event})
    counts = _store_all(store, bundle, node, now)
    store.put_labels({EVENT: node.event, OWN: node.node_id, "scope": bundle.header.scope})
    for name, key in {**parent, node.node_id: node.public}.items():
        trust(store, name, key)
    # whoever sent the roster has its events: they need not go up again
    store.put_labels({BASE: str(store.seal().sequence)})
    return counts


def update_roster(store: EventStore, bundle: Bundle, node: Node, *, now: datetime) -> dict[str, int]:
    """Bring a kiosk in use up to a newer roster: people, shelters, keys, revocation list; what was entered here stays.

    Corrections that the log knows are to be put onto the rows again afterwards, see ``evac.people.catching_up.catch_up``.

    Parameters
    ----------
    store : EventStore
        Of the kiosk; the sender must be known there.
    now : datetime
        Trusted time.

    Raises
    ------
    BundleError, EvacError
        As ``take_in_roster``; or the roster is older than the one it has (nothing was stored then).
    """
    labels = store.labels()
    _require_roster(bundle, node, labels)
    made_at = microseconds(bundle.header.made_at)
    if made_at < int(labels.get(_ROSTER_OF, "0")):
        raise EvacError(
            "an older roster than the one here", where=bundle.where, found=bundle.header.made_at.isoformat(" ", "minutes"),
            remedy="ask for a new one: evac bundle roster",
        )  # fmt: skip
    return _store_all(store, bundle, node, now)


def _require_roster(bundle: Bundle, node: Node, labels: Mapping[str, str]) -> None:
    bundle.check(node, labels)
    if bundle.header.kind != ROSTER:
        raise EvacError(
            "this bundle holds no roster", where=bundle.where, expected="made by `evac bundle roster`",
            found=f"a bundle of {bundle.header.kind}", remedy="take this one in with: evac bundle import",
        )  # fmt: skip


def _store_all(store: EventStore, bundle: Bundle, node: Node, now: datetime) -> dict[str, int]:
    counts = {"people": 0, "shelters": 0, "events": 0}
    for batch in batches(bundle.lines(node), BATCH):
        _store(store, batch, bundle, now, counts)
    store.put_labels({_ROSTER_OF: str(microseconds(bundle.header.made_at))})
    return counts


def _store(
    store: EventStore, lines: list[bytes], bundle: Bundle, now: datetime, counts: dict[str, int]
) -> None:
    people: list[Person] = []
    shelters: list[Shelter] = []
    events: list[Envelope] = []
    labels: dict[str, str] = {}
    for line in lines:
        tag, rest = line[:1], line[1:]
        try:
            if tag == b"P":
                people.append(person_of_record(json.loads(rest)))
            elif tag == b"S":
                shelters.append(Shelter(**json.loads(rest)))
            elif tag == b"E":
                events.append(storable(rest))
            elif tag == b"L":
                name, value = json.loads(rest)
                labels[str(name)] = str(value)
        except (ValueError, KeyError, TypeError) as error:
            raise EvacError(
                Fault.NEWER.value, where=bundle.where, found=f"{line[:40]!r}: {error}",
                remedy="install the version here that wrote it",
            ) from error  # fmt: skip
    store.put_labels(
        {name: value for name, value in labels.items() if name in _CARRIED or name.startswith(BLANKS)}
    )
    store.put_shelters(shelters)
    store.put_people(people)
    if events:
        store.append(events, received_at=max(now, bundle.header.made_at))
    counts["people"] += len(people)
    counts["shelters"] += len(shelters)
    counts["events"] += len(events)
