"""Clocks that disagree: this one against a server's, and those of devices as the log shows them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from evac.events import instant_of
from evac.log import Sealed
from riskmap.errors import DataError

SERVER_LIMIT: Final = timedelta(seconds=2)
"""Servers must agree so closely [D]: beyond, receipts of two of them contradict each other by more than a scan takes."""
DEVICE_LIMIT: Final = timedelta(minutes=5)
"""Beyond, a device is set right [D]: its events are corrected by the offset of its last sync, but not its screen."""
HELD_LIMIT: Final = timedelta(minutes=5)
"""An event that claims to be so much newer than its receipt was held back: that device's offset is wrong [D]."""


@dataclass(frozen=True, slots=True)
class Difference:
    """This clock against a server's.

    Attributes
    ----------
    offset : timedelta
        Server's time minus this one's.
    within : timedelta
        Half the time of the round trip: the offset is known no better.
    """

    offset: timedelta
    within: timedelta

    @property
    def alarm(self) -> str:
        """What to do; empty while the clocks agree."""
        if abs(self.offset) - self.within <= SERVER_LIMIT:
            return ""
        return f"时钟相差 {self.offset.total_seconds():+.1f} 秒 · set this clock (chrony, or a reference) before taking check-ins"


def clock_difference(
    ask: Callable[[], datetime], clock: Callable[[], datetime], *, tries: int = 5
) -> Difference:
    """Compare this clock with a server's, by the quickest of several answers.

    Parameters
    ----------
    ask : callable
        Fetches the server's time, once a call.
    clock : callable
        This clock.

    References
    ----------
    RFC 5905 §8: offset from the middle of a round trip, the smallest delay taken.

    Examples
    --------
    >>> from datetime import UTC
    >>> noon = datetime(2021, 7, 25, 4, tzinfo=UTC)
    >>> clock_difference(lambda: noon + timedelta(seconds=7), lambda: noon).offset.total_seconds()
    7.0
    """
    found = []
    for _ in range(tries):
        before = clock()
        there = ask()
        after = clock()
        half = (after - before) / 2
        found.append(Difference(there - (before + half), half + timedelta.resolution))
    return min(found, key=lambda difference: difference.within)


def time_of_answer(text: str) -> datetime:
    """The instant in a server's answer to GET /v1/clock.

    Raises
    ------
    DataError
        Another answer.

    Examples
    --------
    >>> time_of_answer('{"now": 1627101000000000}').isoformat()
    '2021-07-24T04:30:00+00:00'
    """
    try:
        return instant_of(int(json.loads(text)["now"]))
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise DataError(
            "not a server's clock", where="/v1/clock", expected='{"now": microseconds}', found=text[:60],
            remedy="give the address of `evac serve`",
        ) from error  # fmt: skip


@dataclass(frozen=True, slots=True)
class DeviceClock:
    """One device's clock, as its events show it.

    Attributes
    ----------
    device : str
        Its id.
    offset : timedelta
        True time minus the device's, at its newest event.
    drift : timedelta
        How far that offset moved over its events.
    ahead : timedelta
        How far an event of it was ahead of its own receipt, at most; 0 for none.
    events : int
        How many of its events were looked at.
    """

    device: str
    offset: timedelta
    drift: timedelta
    ahead: timedelta
    events: int

    @property
    def alarm(self) -> str:
        """What to do; empty while the device is well."""
        if self.ahead > HELD_LIMIT:
            return f"{self.device}: 事件比收到时间还晚 {_words(self.ahead)} · its offset is wrong: sync it, then look at its events"
        if abs(self.offset) > DEVICE_LIMIT:
            return f"{self.device}: 时钟差 {_words(self.offset)} · corrected at each sync; set the device's clock"
        return ""


def _words(span: timedelta) -> str:
    minutes = span.total_seconds() / 60
    return f"{minutes:+.0f} min" if abs(minutes) < 120 else f"{minutes / 60:+.1f} h"


def device_clocks(log: Iterable[Sealed]) -> list[DeviceClock]:
    """The clock of every device in a log, the worst first.

    Parameters
    ----------
    log : iterable of Sealed
        ``EventStore.log``; what was destroyed is passed over.
    """
    seen: dict[str, tuple[datetime, timedelta, timedelta, timedelta, timedelta, int]] = {}
    for entry in log:
        if not entry.body:
            continue
        event = entry.event
        offset, ahead = (
            event.trusted_at - event.device_at,
            max(event.trusted_at - entry.received_at, timedelta()),
        )
        newest, last, low, high, most, n = seen.get(
            event.device, (event.trusted_at, offset, offset, offset, ahead, 0)
        )
        if event.trusted_at >= newest:
            newest, last = event.trusted_at, offset
        seen[event.device] = newest, last, min(low, offset), max(high, offset), max(most, ahead), n + 1
    clocks = [
        DeviceClock(device, last, high - low, most, n)
        for device, (_, last, low, high, most, n) in seen.items()
    ]
    return sorted(clocks, key=lambda c: (not c.alarm, -max(abs(c.offset), c.ahead), c.device))
