"""Device counters: what is missing of whom, who has been silent, whose counter went back.

A device numbers its events without gaps. A number that is missing in a registry was made and has not come yet, or was lost with the
device; a number that stands for two events was given twice.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from evac.events import Envelope, instant_of, microseconds
from evac.sync.spans import Spans

SILENT_AFTER: Final = timedelta(hours=1)
"""A device of which nothing came for so long is listed; status D."""
BACKWARDS: Final = timedelta(minutes=5)
"""How far a device's clock may run back from one event to the next before it is told; status D."""


@dataclass(frozen=True, slots=True)
class DeviceReport:
    """What a registry holds of one device.

    Attributes
    ----------
    came : Spans
        Counters that came.
    missing : Spans
        Counters below the newest that did not; from the lowest that came, since a registry may hold a part.
    twice : Spans
        Counters that stand for two events: the counter went back.
    ran_back : tuple of (int, int)
        Neighbouring counters between which the device's clock ran back: it was set, or the counter was.
    last_at : datetime
        Trusted time of the newest event.
    silent : timedelta
        Since then, where that is longer than allowed; else zero.
    """

    device: str
    came: Spans
    missing: Spans
    twice: Spans
    ran_back: tuple[tuple[int, int], ...]
    last_at: datetime
    silent: timedelta

    @property
    def in_order(self) -> bool:
        """Whether there is nothing to tell."""
        return not (self.missing.parts or self.twice.parts or self.ran_back or self.silent)

    def __str__(self) -> str:
        told = [f"设备 {self.device} 已收 came {self.came}"]
        if self.missing.parts:
            told.append(f"缺 missing {self.missing}")
        if self.twice.parts:
            told.append(f"编号倒退,重复使用 counter went back, used twice {self.twice}")
        told += [f"第{a}与{b}条之间时钟倒退 clock ran back between {a} and {b}" for a, b in self.ran_back]
        if self.silent:
            told.append(f"已静默 silent for {int(self.silent.total_seconds() // 60)} min")
        return "; ".join(told)


def device_reports(
    events: Iterable[Envelope], *, now: datetime, silent_after: timedelta = SILENT_AFTER
) -> tuple[DeviceReport, ...]:
    """A report for every device, by name.

    Parameters
    ----------
    events : iterable of Envelope
        Each once, in any order; 16 bytes of each are kept. What a registry itself made (no device) is passed over.
    now : datetime
        Trusted time.
    silent_after : timedelta
        Devices of which nothing is newer are silent.

    Examples
    --------
    >>> from datetime import UTC
    >>> from evac.events import Notified
    >>> at = datetime(2021, 7, 25, tzinfo=UTC)
    >>> sent = [Notified(event_id=f"{n:032x}", code="C", place="V", actor="A", device="D", counter=n, device_at=at,
    ...                  trusted_at=at) for n in (*range(1, 41), *range(42, 51))]
    >>> print(*device_reports(sent, now=at))
    设备 D 已收 came 1-40, 42-50; 缺 missing 41
    """
    counters: dict[str, tuple[array[int], array[int]]] = {}
    last: dict[str, datetime] = {}
    for event in events:
        if not event.device:
            continue
        mine = counters.setdefault(event.device, (array("q"), array("q")))
        mine[0].append(event.counter)
        mine[1].append(microseconds(event.device_at))
        if event.device not in last or event.trusted_at > last[event.device]:
            last[event.device] = event.trusted_at
    return tuple(
        _report(device, *counters[device], last[device], now, silent_after) for device in sorted(counters)
    )


def _report(
    device: str, numbers: array[int], times: array[int], last: datetime, now: datetime, allowed: timedelta
) -> DeviceReport:
    order = sorted(zip(numbers, times))
    pairs = list(pairwise(order))
    twice = Spans.of(a for (a, _), (b, _) in pairs if a == b)
    came = Spans.joined((n, n) for n, _ in order)
    ran_back = tuple(
        (a, b) for (a, x), (b, y) in pairs if a != b and instant_of(x) - instant_of(y) > BACKWARDS
    )
    silent = now - last if now - last > allowed else timedelta()
    return DeviceReport(
        device, came, came.missing(came.parts[0][0], came.last), twice, ran_back, last, silent
    )
