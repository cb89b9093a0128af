"""The registry: the only writer of the log.

Facts are stored always, once each. Commands are stored where the state machine allows them, and refused with
the reason where it does not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import NamedTuple, Protocol

from evac.errors import ConflictError
from evac.events import ABOUT_EVENTS, ASIDE, COMMANDS, Envelope, Merged, Undone, receipt_of
from evac.log import Head, Sealed, verify_chain
from evac.model import Person, Shelter
from evac.refusals import refusal
from evac.standing import UNHEARD_OF, Cell, Seat, Standing
from evac.state import NOBODY, PersonState, as_received, families, fold, held_back
from evac.vault import Vault


class Appended(NamedTuple):
    """What a store did with a batch.

    Attributes
    ----------
    stored : tuple of Envelope
        New events in the order in which they entered the log.
    repeated : tuple of str
        Event ids that were in the log already, or twice in the batch.
    conflicting : tuple of str
        Those among them whose content differs from the one kept: a device at fault, or a forger.
    """

    stored: tuple[Envelope, ...]
    repeated: tuple[str, ...] = ()
    conflicting: tuple[str, ...] = ()


class EventStore(Protocol):
    """What the registry needs of a store; ``tests/evac/test_store_contract.py`` runs over every one."""

    @property
    def vault(self) -> Vault | None:
        """What seals and opens who people are; None where everybody is invented, or nobody may read it."""
        ...

    def append(self, events: Sequence[Envelope], *, received_at: datetime) -> Appended:
        """Store events in one durable transaction; ids that are known are left as they are."""
        ...

    def known(self, event_ids: Collection[str]) -> set[str]:
        """Those of the ids that are in the log."""
        ...

    def positions(self, event_ids: Collection[str]) -> dict[str, int]:
        """Event id -> position in the sealed log, for those of the ids that are in it."""
        ...

    def events_of(self, codes: Collection[str]) -> Mapping[str, Sequence[Envelope]]:
        """Code -> all events of that code that are not aside, in any order; nobody without one."""
        ...

    def kin(self, codes: Collection[str]) -> Mapping[str, Sequence[Envelope]]:
        """``events_of`` these codes and of all that were ever merged with one of them."""
        ...

    def aside(
        self, kinds: Collection[str], *, codes: Collection[str] | None = None, after: int = 0
    ) -> Iterator[tuple[int, Envelope]]:
        """Events of kinds that change no state, each with its number, in order of receipt; of some codes, or after a number."""
        ...

    def standings(self, codes: Collection[str]) -> dict[str, Standing]:
        """Code -> standing, always the fold of that person's events; nobody without an event."""
        ...

    def listed(self, codes: Collection[str]) -> set[str]:
        """Those of the codes that are on a list: put there by an event, or in the roster."""
        ...

    def everybody(self, county: str = "") -> Iterator[tuple[str, Standing]]:
        """Every code with its standing, in order of code; those of one county (the first digits of its code) if named."""
        ...

    def movers(self, county: str = "") -> list[str]:
        """Codes of those who arrived at a place while they had another (``PersonState.moves``), in order."""
        ...

    def cells(self) -> Counter[Cell]:
        """How many people are in each cell now; none with 0."""
        ...

    def seats(self) -> Counter[Seat]:
        """How many people stay at each place now; none with 0."""
        ...

    def events(self) -> Iterator[Envelope]:
        """Every event, in order of receipt."""
        ...

    def counters(self, after: int = 0) -> tuple[int, dict[str, int]]:
        """The newest event's number (``after`` where there is none), and device -> highest counter of its events after a number."""
        ...

    def log(self, after: int = 0) -> Iterator[Sealed]:
        """The sealed log after a sequence number, in order of it."""
        ...

    def seal(self) -> Head:
        """Bring the hash chain up to the newest event, and return its end; the log shows what is sealed."""
        ...

    def head(self) -> Head:
        """End of the hash chain."""
        ...

    def put_people(self, people: Sequence[Person]) -> None:
        """Add or replace rows of the roster, by code."""
        ...

    def people(self, village: str = "") -> Iterator[Person]:
        """The roster, in order of code; those whose village code begins so if named."""
        ...

    def people_of(self, codes: Collection[str]) -> dict[str, Person]:
        """Code -> person, for those who are on the roster."""
        ...

    def person(self, code_or_short: str) -> Person | None:
        """The person of a code (26 characters) or a short code (11)."""
        ...

    def put_shelters(self, shelters: Sequence[Shelter]) -> None:
        """Add or replace shelters, by id."""
        ...

    def shelters(self) -> Iterator[Shelter]:
        """The shelters, in order of id."""
        ...

    def put_labels(self, labels: Mapping[str, str]) -> None:
        """Add or replace labels of the whole registry: SYNTHETIC, the event, public keys."""
        ...

    def labels(self) -> dict[str, str]:
        """The labels."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


@dataclass(frozen=True)
class Refusal:
    """A command that was not stored, and why."""

    event: Envelope
    reason: str


class Receipt(NamedTuple):
    """Answer to a batch.

    Attributes
    ----------
    stored, repeated, conflicting : tuple of str
        Event ids: new in the log; there already; there already with another content.
    refused : tuple of Refusal
        Commands that the state machine does not allow now.
    head : Head
        End of the chain, to be witnessed; the batch is in it where the store seals as it stores.
    """

    stored: tuple[str, ...]
    repeated: tuple[str, ...]
    conflicting: tuple[str, ...]
    refused: tuple[Refusal, ...]
    head: Head

    def require_all(self) -> None:
        """Raise where a command was refused.

        Raises
        ------
        ConflictError
            Names the first refusal and how many there are.
        """
        if self.refused:
            first = self.refused[0]
            raise ConflictError(
                f"{len(self.refused)} command(s) refused: {first.reason}",
                where=f"person {first.event.code[-10:]}",
                remedy="look at the person's events; undo the wrong one if there is one",
            )


class Registry:
    """Check-ins and commands over one store; holds nothing itself, so several may stand before one store.

    Parameters
    ----------
    store : EventStore
    """

    def __init__(self, store: EventStore) -> None:
        self.store = store

    @property
    def states(self) -> dict[str, PersonState]:
        """Code -> state of everybody, always the fold of the log."""
        return {code: standing.state for code, standing in self.store.everybody()}

    def events(self) -> Iterator[Envelope]:
        """Every event of the log, in order of receipt."""
        return self.store.events()

    def state(self, code: str) -> PersonState:
        """State of one person; that of somebody never heard of is the empty one."""
        return self.store.standings([code]).get(code, UNHEARD_OF).state

    def check_in(self, event: Envelope, *, received_at: datetime) -> Receipt:
        """Store one event; see ``check_ins``."""
        return self.check_ins([event], received_at=received_at)

    def check_ins(self, events: Iterable[Envelope], *, received_at: datetime) -> Receipt:
        """Store a batch: facts always and in one transaction, then commands where legal; repeats change nothing.

        Parameters
        ----------
        events : iterable of Envelope
            In any order. A command is judged at its own place in the order of events, after the facts of its batch
            are in.
        received_at : datetime
            Receipt; an event from the future is held back at it by a ``Received`` of its own.
        """
        given = list(events)
        facts = [event for event in given if event.kind not in COMMANDS]
        done = [self._append(facts, received_at)]
        refused: list[Refusal] = []
        waiting = [event for event in given if event.kind in COMMANDS]
        while waiting:
            legal, waiting, no = self._judge(waiting, received_at)
            refused += no
            done.append(self._append(legal, received_at))
        return Receipt(
            stored=tuple(event.event_id for part in done for event in part.stored),
            repeated=tuple(i for part in done for i in part.repeated),
            conflicting=tuple(i for part in done for i in part.conflicting),
            refused=tuple(refused),
            head=self.store.head(),
        )

    def _judge(
        self, commands: list[Envelope], received_at: datetime
    ) -> tuple[list[Envelope], list[Envelope], list[Refusal]]:
        # at most one command a person in a round, since each changes what the next is judged by
        first: dict[str, Envelope] = {}
        later: list[Envelope] = []
        for command in commands:
            if command.code in first:
                later.append(command)
            else:
                first[command.code] = command
        repeated = self.store.known([command.event_id for command in first.values()])
        into = [command.into for command in first.values() if isinstance(command, Merged)]
        standings = self.store.standings([*first, *into])
        history = self.store.kin([c.code for c in first.values() if _late(c, standings)])
        undone = [command.code for command in first.values() if isinstance(command, Undone)]
        beside: dict[str, list[Envelope]] = {}  # what changes no state may be undone too
        for _, event in self.store.aside(ASIDE, codes=undone) if undone else ():
            beside.setdefault(event.code, []).append(event)
        family_of = {code: family for family in families(chain(*history.values())) for code in family}
        legal: list[Envelope] = []
        refused: list[Refusal] = []
        for code, command in first.items():
            before = standings.get(code, UNHEARD_OF).state
            into_whom = standings.get(command.into) if isinstance(command, Merged) else None
            if code in family_of:
                before = _state_before(held_back(command, received_at), family_of[code])
            reason = (
                None
                if command.event_id in repeated
                else refusal(
                    before,
                    command,
                    (*history.get(code, ()), *beside.get(code, ())),
                    other=None if into_whom is None else into_whom.state,
                )
            )
            if reason is None:
                legal.append(command)
            else:
                refused.append(Refusal(command, reason))
        return legal, later, refused

    def _append(self, events: list[Envelope], received_at: datetime) -> Appended:
        if not events:
            return Appended(())
        early = [event for event in events if event.trusted_at > received_at]
        if early:
            known = self.store.known([event.event_id for event in early])
            receipts = [receipt_of(event, received_at) for event in early if event.event_id not in known]
            done = self.store.append([*events, *receipts], received_at=received_at)
            ours = {receipt.event_id for receipt in receipts}
            return done._replace(stored=tuple(e for e in done.stored if e.event_id not in ours))
        return self.store.append(events, received_at=received_at)

    def verify_chain(
        self, witness: Head | Sequence[Head] = (), *, keep: list[Envelope] | None = None
    ) -> Head:
        """Seal what is not, and walk the stored log; see ``evac.log.verify_chain``.

        Parameters
        ----------
        keep : list, optional
            Takes every event on the way, so that what is counted is what was verified.
        """
        self.store.seal()
        log = self.store.log()
        return verify_chain(log if keep is None else _kept(log, keep), witness)


def _kept(log: Iterable[Sealed], keep: list[Envelope]) -> Iterator[Sealed]:
    for entry in log:
        keep.append(entry.event)
        yield entry


def _state_before(command: Envelope, family: Mapping[str, Sequence[Envelope]]) -> PersonState:
    """State of a command's person at its place in the order of events."""
    everything = as_received(event for mine in family.values() for event in mine)
    earlier = (event for event in everything if event.key < command.key or event.kind in ABOUT_EVENTS)
    return fold(earlier).get(command.code, NOBODY)


def _late(command: Envelope, standings: Mapping[str, Standing]) -> bool:
    """Whether the standing alone cannot judge a command: an undo, or one with newer events already there."""
    standing = standings.get(command.code, UNHEARD_OF)
    return isinstance(command, Undone) or (standing.key is not None and command.key <= standing.key)
