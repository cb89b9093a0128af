"""One order's word about many people, written in parts: each durable by itself, each person once."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final, TypeAlias, TypeVar

from evac.events import Envelope, Mode
from evac.registry import Refusal, Registry
from evac.standing import Key

PEOPLE_AT_ONCE: Final = 2000
"""People written in one transaction."""
_Item = TypeVar("_Item")
Tell: TypeAlias = Callable[[int, int], object]
"""Hears how many people are written, of how many."""


def silent(done: int, of: int) -> None:
    """Tells nobody."""
    del done, of


@dataclass(frozen=True)
class Pen:
    """Writes one order's word about many people, each once."""

    actor: str
    place: str
    device: str
    now: datetime

    def about(self, kind: type[Envelope], code: str, key: Key | None, by_order: str, **said: str) -> Envelope:
        """An event about a person, with an id made of the order, the person, and what the person's state rests on."""
        rests = key[3] if key else ""
        told = "\n".join((kind.kind, by_order, code, rests))
        return kind(
            event_id=hashlib.blake2b(told.encode(), digest_size=16).hexdigest(), code=code, place=self.place, actor=self.actor,
            device=self.device, counter=0, device_at=self.now, trusted_at=self.now, mode=Mode.BATCH, **said,
        )  # fmt: skip

    def write(
        self,
        registry: Registry,
        events: Sequence[Envelope],
        tell: Tell = silent,
    ) -> tuple[Counter[str], tuple[Refusal, ...]]:
        """Write them in parts, each durable by itself; how many of each kind are new, and what was refused."""
        stored: Counter[str] = Counter()
        refused: list[Refusal] = []
        for n, part in enumerate(batches(events, PEOPLE_AT_ONCE), 1):
            receipt = registry.check_ins(part, received_at=self.now)
            new = set(receipt.stored)
            stored.update(event.kind for event in part if event.event_id in new)
            refused += receipt.refused
            tell(min(n * PEOPLE_AT_ONCE, len(events)), len(events))
        return stored, tuple(refused)


def batches(given: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    """The same in lists of a size, one after the other."""
    rest = iter(given)
    while part := list(islice(rest, size)):
        yield part
