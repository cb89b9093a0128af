"""The release of a reservoir (泄洪) and the notice to the people below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from riskmap.asset import instant
from riskmap.hazard.reservoir.levels import Reservoir, spilling


@dataclass(frozen=True)
class ReleaseNotice:
    """泄洪预警通知 to those below: who releases how much, when, and who must be told.

    Attributes
    ----------
    starts_at, peak_at : datetime
        Timezone-aware: outflow first above what the channel holds, and at its most.
    ends_at : datetime or None
        Back within the channel; None where it is still above at the end of the series.
    peak : float
        Largest outflow [m3 s-1].
    observed : bool
        False for a forecast.
    """

    reservoir: Reservoir
    starts_at: datetime
    peak_at: datetime
    ends_at: datetime | None
    peak: float
    level: float
    observed: bool = False

    @property
    def chinese(self) -> str:
        """One sentence for the letter."""
        people = self.reservoir.downstream_people
        below = "下游人数不详" if people is None else f"下游{people}人"
        return (
            f"{self.reservoir.name}{'正在' if self.observed else '预计'}泄洪,最大出库{self.peak:.0f}立方米每秒,"
            f"超过下游安全泄量{self.reservoir.safe_release or 0:.0f}立方米每秒,{below}"
        )


def release_notices(
    reservoirs: Sequence[Reservoir], times: NDArray[np.datetime64], outflow: NDArray[np.floating],
    level: NDArray[np.floating], *, observed: bool = False,
) -> tuple[ReleaseNotice, ...]:  # fmt: skip
    """One notice a reservoir whose outflow spills onto people, earliest first.

    Parameters
    ----------
    reservoirs : sequence of Reservoir
    times : datetime64 (time,), UTC
    outflow, level : array (time, reservoir)
        [m3 s-1] and [m].
    """
    over = spilling(outflow, reservoirs)
    found = []
    for k, reservoir in enumerate(reservoirs):
        hours = np.flatnonzero(over[:, k])
        if hours.size == 0:
            continue
        first, last = int(hours[0]), int(hours[-1])
        most = first + int(np.nanargmax(np.asarray(outflow)[first : last + 1, k]))
        found.append(
            ReleaseNotice(
                reservoir, instant(times[first]), instant(times[most]),
                instant(times[last + 1]) if last + 1 < len(times) else None,
                float(outflow[most, k]), float(level[most, k]), observed,
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda notice: (notice.starts_at, notice.reservoir.reservoir_id)))
