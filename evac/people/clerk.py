"""Who writes on the list, where and with which device; every event about people is made here."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any, TypeVar

from evac.clear_words import words_without_numbers
from evac.events import Envelope, Mode

E = TypeVar("E", bound=Envelope)


def random_id() -> str:
    """A new event id: 32 hexadecimal digits of the system's randomness."""
    return secrets.token_hex(16)


@dataclass(frozen=True)
class Clerk:
    """Whoever writes events, with a running number that never goes back.

    Attributes
    ----------
    actor : str
    place : str
    device : str
        As every event carries them.
    now : datetime
        Trusted time; with a device's own clock beside it in ``device_at`` where the two differ.
    first : int
        The device's next running number. A tool that keeps none takes a device name of its own for each run.
    office : str
        The registry's own name, the same at every import: by it and the row, a row is known again.

    Examples
    --------
    >>> from datetime import UTC
    >>> from evac.events import Notified
    >>> clerk = Clerk("李四", "村委会", "D1", datetime(2021, 7, 25, tzinfo=UTC), new_id=lambda: "0" * 32)
    >>> clerk.write(Notified, "7" + "C" * 25).counter, clerk.write(Notified, "7" + "C" * 25).counter
    (1, 2)
    """

    actor: str
    place: str
    device: str
    now: datetime
    office: str = ""
    first: int = 1
    mode: Mode = Mode.PROXY
    device_at: datetime | None = None
    new_id: Callable[[], str] = random_id
    _numbers: list[count[int]] = field(default_factory=list, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._numbers.append(count(self.first))

    def write(self, kind: type[E], code: str, *, event_id: str = "", **said: Any) -> E:
        """An event of a kind about a code, with the device's next number; ``place`` and ``mode`` may be said otherwise.

        No numbers of people stay in its words.
        """
        common: dict[str, Any] = {
            "event_id": event_id or self.new_id(),
            "place": self.place,
            "actor": self.actor,
            "device": self.device,
            "counter": next(self._numbers[0]),
            "device_at": self.device_at or self.now,
            "trusted_at": self.now,
            "mode": self.mode,
        }
        return words_without_numbers(kind(code=code, **(common | said)))
