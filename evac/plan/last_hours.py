"""By when a plan's people must be on the spot at the latest, whatever the zones say: before gusts, water or dark on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from evac.plan.households import Households
from evac.plan.modelled import Block
from evac.plan.registered import Registered
from evac.plan.transfer_rules import TransferRules
from evac.plan.zones import MoveStep


class LastHour(NamedTuple):
    """The last hour at which people may still be on the way, and why no later.

    Attributes
    ----------
    until : float
        [s since 1970].
    chinese, english : str
        One clause each.
    """

    until: float
    chinese: str
    english: str


class LastHours(Protocol):
    """What a plan asks of whoever knows wind, water and daylight; ``evac.field.leaving.RunLastHours`` is one."""

    def before(self, region: str, arrival: float) -> LastHour | None:
        """The last safe hour of the way out of a village or county for who would arrive at ``arrival`` [s since 1970]; None if that is safe."""
        ...

    def after(self, region: str, arrival: float) -> float:
        """The first last safe hour that is not before ``arrival`` [both s since 1970]; infinite where none is known."""
        ...


@dataclass(frozen=True, eq=False)
class Tightened:
    """Latest departures with what tightened them.

    Attributes
    ----------
    latest : float64 (row,)
        [s since 1970]; minus infinity where at once.
    hour : int32 (row,)
        Index into ``hours``: by which the way ends, or which nobody who sets out now can keep; -1 where there is none.
    hours : tuple of LastHour
    no_departure_after : float64 (row,)
        Who sets out later is on the way in gusts, water or the dark [s since 1970]; infinite where no such hour is known.
    """

    latest: NDArray[np.float64]
    hour: NDArray[np.int32]
    hours: tuple[LastHour, ...]
    no_departure_after: NDArray[np.float64]

    def too_late(self, at: float) -> NDArray[np.bool_]:
        """Rows of which nobody arrives in time who sets out at ``at`` [s since 1970] or later: the headquarters decides."""
        return (self.hour >= 0) & (self.latest <= at)


def tightened(
    people: Registered,
    homes: Households,
    blocks: Sequence[Block],
    latest: NDArray[np.float64],
    rules: TransferRules,
    last_hours: LastHours | None,
    *,
    at: float,
) -> Tightened:
    """Latest departures that leave time to arrive before the last safe hour: that hour minus the way, and never later than before.

    Nobody sets out before the plan's clock: of whoever must go at once it is asked whether they arrive in time if they do, and where they
    do not, the hour and its reason stand with them. Who is not to move is left as it is.

    Parameters
    ----------
    latest : float64 (row,)
        Of the households, then of the blocks: onset minus travel and reserve [s since 1970].
    at : float
        The plan's clock [s since 1970].
    """
    found, hour, shut = latest.copy(), np.full(latest.size, -1, np.int32), np.full(latest.size, np.inf)
    if last_hours is None:
        return Tightened(found, hour, (), shut)
    rank = np.concatenate([homes.rank, [block.step.rank for block in blocks]])
    travel = np.concatenate(
        [homes.travel, [rules.travel(block.category, weak=True).total_seconds() for block in blocks]]
    )
    regions = [people.villages[n] for n in people.village[homes.home].tolist()] + [b.region for b in blocks]
    asked: dict[tuple[str, float], tuple[int, float]] = {}
    hours: list[LastHour] = []
    goes = (rank >= MoveStep.PREPARE.rank) & (latest < np.inf) & np.isfinite(travel)
    for row in np.flatnonzero(goes).tolist():
        departure = max(float(latest[row]), at)
        key = (regions[row], departure + float(travel[row]))
        if key not in asked:
            one = last_hours.before(*key)
            asked[key] = (-1, last_hours.after(*key)) if one is None else (len(hours), one.until)
            if one is not None:
                hours.append(one)
        n, until = asked[key]
        shut[row] = until - float(travel[row])
        if n >= 0 and shut[row] < departure:
            found[row], hour[row] = min(latest[row], shut[row]), n
    return Tightened(found, hour, tuple(hours), shut)
