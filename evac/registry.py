"""The registry: the only writer of the log.

Facts are stored always, once each. Commands are stored where the state machine allows them, and refused with
the reason where it does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from evac.errors import ConflictError
from evac.events import COMMANDS, Envelope
from evac.log import Head, Sealed, verify_chain
from evac.model import Person, Shelter
from evac.state import LiveState, PersonState, refusal


@dataclass(frozen=True)
class Appended:
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

    def append(self, events: Sequence[Envelope], *, received_at: datetime) -> Appended:
        """Store events in one durable transaction; ids that are known are left as they are."""
        ...

    def log(self) -> Iterator[Sealed]:
        """The log, in order of sequence."""
        ...

    def head(self) -> Head:
        """End of the hash chain."""
        ...

    def put_people(self, people: Sequence[Person]) -> None:
        """Add or replace rows of the roster, by code."""
        ...

    def people(self) -> Iterator[Person]:
        """The roster, in order of code."""
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


@dataclass(frozen=True)
class Receipt:
    """Answer to a batch.

    Attributes
    ----------
    stored, repeated, conflicting : tuple of str
        Event ids: new in the log; there already; there already with another content.
    refused : tuple of Refusal
        Commands that the state machine does not allow now.
    head : Head
        End of the chain after the batch, to be witnessed.
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
    """Check-ins and commands over one store.

    Parameters
    ----------
    store : EventStore
        Read once at the start; nobody else may write to it meanwhile.
    """

    def __init__(self, store: EventStore) -> None:
        self.store = store
        self._live = LiveState()
        for entry in store.log():
            self._live.add(entry.event)

    @property
    def states(self) -> Mapping[str, PersonState]:
        """Code -> state, always the fold of the log."""
        return self._live.states

    def events(self) -> Iterator[Envelope]:
        """Every event of the log, person by person."""
        for code in self._live.states:
            yield from self._live.events(code)

    def state(self, code: str) -> PersonState:
        """State of one person."""
        return self._live.state(code)

    def check_in(self, event: Envelope, *, received_at: datetime) -> Receipt:
        """Store one event; see ``check_ins``."""
        return self.check_ins([event], received_at=received_at)

    def check_ins(self, events: Iterable[Envelope], *, received_at: datetime) -> Receipt:
        """Store a batch in one transaction: facts always, commands where legal; repeats change nothing.

        Parameters
        ----------
        events : iterable of Envelope
            In any order. A command is judged at its own place in the order of events, after the facts of its batch
            are in.
        received_at : datetime
            Receipt; no event is trusted to be later.
        """
        # an event from the future is held at its receipt; re-sends are compared without their trusted time
        clamped = [
            event if event.trusted_at <= received_at else replace(event, trusted_at=received_at)
            for event in events
        ]
        facts = [event for event in clamped if event.kind not in COMMANDS]
        done = [self._append(facts, received_at)]
        refused: list[Refusal] = []
        waiting = [event for event in clamped if event.kind in COMMANDS]
        while waiting:
            legal, waiting, no = self._judge(waiting)
            refused += no
            done.append(self._append(legal, received_at))
        return Receipt(
            stored=tuple(event.event_id for part in done for event in part.stored),
            repeated=tuple(i for part in done for i in part.repeated),
            conflicting=tuple(i for part in done for i in part.conflicting),
            refused=tuple(refused),
            head=self.store.head(),
        )

    def _judge(self, commands: list[Envelope]) -> tuple[list[Envelope], list[Envelope], list[Refusal]]:
        # at most one command a person in a round, since each changes what the next is judged by
        legal: list[Envelope] = []
        later: list[Envelope] = []
        refused: list[Refusal] = []
        seen: set[str] = set()
        for command in commands:
            if command.code in seen:
                later.append(command)
                continue
            known = self._live.events(command.code)
            repeat = any(event.event_id == command.event_id for event in known)
            reason = None if repeat else refusal(self._live.state_before(command), command, known)
            if reason is None:
                seen.add(command.code)
                legal.append(command)
            else:
                refused.append(Refusal(command, reason))
        return legal, later, refused

    def _append(self, events: list[Envelope], received_at: datetime) -> Appended:
        if not events:
            return Appended(())
        appended = self.store.append(events, received_at=received_at)
        for event in appended.stored:
            self._live.add(event)
        return appended

    def verify_chain(self, witness: Head | Sequence[Head] = ()) -> Head:
        """Walk the stored log; see ``evac.log.verify_chain``."""
        return verify_chain(self.store.log(), witness)
