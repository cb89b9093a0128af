"""What a screen looked like as the shift took over, kept by the server that shows it: the hand-over sheet compares with it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from evac.situation.document import Situation
from evac.situation.handover import with_handover
from evac.situation.rules import rules
from riskmap.outlook import BEIJING

_MOST: Final = 600
"""Screens that are remembered; the one that was asked longest ago goes first."""


@dataclass(frozen=True)
class _Seen:
    """The first situation of a shift, and that of the shift before."""

    first: Situation
    before: Situation | None


@dataclass(eq=False)
class Shifts:
    """First situations by screen; of a screen that nobody asked for, and of a time before the server began, there is none."""

    _seen: OrderedDict[str, _Seen] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def with_sheet(self, now: Situation) -> Situation:
        """The situation with its hand-over sheet: since the shift took over; just after that, since the shift before did.

        Examples
        --------
        >>> shift_began(datetime(2021, 7, 25, 6, 30, tzinfo=BEIJING)).isoformat()
        '2021-07-24T20:00:00+08:00'
        """
        began = shift_began(now.at)
        with self._lock:
            seen = self._seen.get(now.place.code)
            if seen is None:
                seen = _Seen(now, None)
            elif seen.first.at < began <= now.at:
                seen = _Seen(now, seen.first)
            self._seen[now.place.code] = seen
            self._seen.move_to_end(now.place.code)
            while len(self._seen) > _MOST:
                self._seen.popitem(last=False)
        told = timedelta(hours=float(rules()["handover"]["hours_after"]))
        early = seen.before is not None and now.at - began < told
        return with_handover(seen.before if early and seen.before is not None else seen.first, now)


def shift_began(at: datetime) -> datetime:
    """When the shift of an instant took over, by the hours of the rule file."""
    here = at.astimezone(BEIJING)
    starts = [int(hour) for hour in rules()["handover"]["shifts"]]
    today = [here.replace(hour=hour, minute=0, second=0, microsecond=0) for hour in starts]
    found = [one for one in today if one <= here]
    return max(found) if found else max(today) - timedelta(days=1)
