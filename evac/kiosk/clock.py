"""The kiosk's time: what its clock says, what a person confirmed, and what has passed since by a clock that nobody sets."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from evac.events import instant_of, microseconds
from evac.log import trusted_time

BACK: Final = timedelta(minutes=1)
"""A clock that runs back by more was set. Status D."""
IDLE: Final = timedelta(hours=12)
"""A kiosk that slept longer asks for the time again: an empty clock battery shows so. Status D."""
JUMP: Final = timedelta(minutes=1)
"""A clock that leaves the steady one by more was set while the kiosk ran. Status D."""


@dataclass(frozen=True, slots=True)
class ClockRecord:
    """What the registry remembers of the clock.

    Attributes
    ----------
    offset : timedelta
        True time minus device time when it was last confirmed.
    synced_at : datetime
        True time then; nothing made later is older.
    seen_at : datetime
        What the device's clock last said.
    """

    offset: timedelta
    synced_at: datetime
    seen_at: datetime

    def written(self) -> str:
        """As JSON."""
        return json.dumps(
            {
                "offset": self.offset // timedelta(microseconds=1),
                "synced_at": microseconds(self.synced_at),
                "seen_at": microseconds(self.seen_at),
            }
        )


def clock_record(written: str) -> ClockRecord:
    """The record of its JSON."""
    told = json.loads(written)
    return ClockRecord(
        timedelta(microseconds=told["offset"]), instant_of(told["synced_at"]), instant_of(told["seen_at"])
    )


def doubt(record: ClockRecord | None, device_now: datetime) -> str:
    """Why a person should look at the clock now; empty where there is no reason.

    Examples
    --------
    >>> noon = datetime(2021, 7, 25, 4, tzinfo=UTC)
    >>> record = ClockRecord(timedelta(), noon, noon)
    >>> doubt(record, noon + timedelta(hours=1)), doubt(record, noon - timedelta(days=1))
    ('', '电脑时钟倒退了1440分钟 · the clock went back by 1440 min')
    """
    if record is None:
        return "首次使用 · first start"
    away = device_now - record.seen_at
    if away < -BACK:
        minutes = -away // timedelta(minutes=1)
        return f"电脑时钟倒退了{minutes}分钟 · the clock went back by {minutes} min"
    if away > IDLE:
        hours = away // timedelta(hours=1)
        return f"停用{hours}小时或时钟被拨快 · not used for {hours} h, or the clock was set forward"
    return ""


class KioskClock:
    """Trusted time on a kiosk: the confirmed time plus what has passed, whatever happens to the wall clock.

    Parameters
    ----------
    record : ClockRecord
        As remembered, or as just confirmed.
    wall : callable
        The device's clock.
    steady : callable
        Seconds that only grow, also while the laptop sleeps.
    """

    def __init__(
        self, record: ClockRecord, wall: Callable[[], datetime], steady: Callable[[], float]
    ) -> None:
        self._wall, self._steady = wall, steady
        self._since = steady()
        self._device = wall()
        self._true = trusted_time(self._device, offset=record.offset, synced_at=record.synced_at)
        self._synced_at = record.synced_at

    def now(self) -> tuple[datetime, datetime]:
        """Device time and trusted time."""
        return self._wall(), self._true + timedelta(seconds=self._steady() - self._since)

    def renewed(self, record: ClockRecord) -> KioskClock:
        """This clock after a person confirmed the time again."""
        return KioskClock(record, self._wall, self._steady)

    @property
    def jumped(self) -> timedelta:
        """By how much the device's clock was set since the start; zero within a minute."""
        device, true = self.now()
        away = (device - self._device) - (true - self._true)
        return away if abs(away) > JUMP else timedelta()

    def record(self) -> ClockRecord:
        """What to remember now."""
        device, true = self.now()
        return ClockRecord(true - device, self._synced_at, device)


def confirmed(true_now: datetime, device_now: datetime) -> ClockRecord:
    """The record after a person told the time."""
    return ClockRecord(true_now - device_now, true_now, device_now)


def wall_now() -> datetime:
    """The device's clock."""
    return datetime.now(UTC)


def steady_now() -> float:
    """Seconds that only grow; with those of sleep where the system counts them."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)
