"""The homes of a plan, for the allocation of shelters: households whole, modelled blocks divisible."""

from __future__ import annotations

from collections.abc import Iterable

from evac.model import Stay
from evac.plan.homes import Home
from evac.plan.modelled import Basis
from evac.plan.replan import STANDING_STEPS
from evac.plan.roster import Move


def homes_of(moves: Iterable[Move]) -> tuple[Home, ...]:
    """Homes that need a place in a shelter, in the order of the plan.

    Households bound for relatives or a port need none, nor do people who have moved already; blocks of unknown number cannot
    be placed and stay on the plan alone.

    Parameters
    ----------
    moves : iterable of Move
        Of ``TransferPlan``.

    Examples
    --------
    >>> import numpy as np
    >>> import riskmap as rm
    >>> import xarray as xr
    >>> from evac import State, homes_of, make_plan, registered
    >>> from evac.roster_row import RosterRow
    >>> hours = np.datetime64("2021-07-25T00", "h") + np.arange(12)
    >>> grid = rm.Grid.from_bounds(west=121.5, south=29.5, east=123, north=31, step=0.1)
    >>> radar = xr.DataArray(np.full((12, 15, 15), 60.0), coords={"time": hours.astype("M8[ns]"), **grid.coordinates},
    ...                      dims=("time", "y", "x"), attrs={"units": "mm"})
    >>> run = rm.assess(rm.rain_sums(radar))  # red by rain
    >>> village = ("330903", "330903001201", "东村", "low_lying", "")
    >>> listed = [(1, "1", "shelter"), (2, "1", "shelter"), (3, "2", "relatives")]  # number, household, where to
    >>> rows = [RosterRow(bytes([n] * 16), home, *village, stay, State.REGISTERED) for n, home, stay in listed]
    >>> plan = make_plan(run, registered(rows), at=run.issued_at, prefix="330903")
    >>> len(plan), [(home.key, home.people) for home in homes_of(plan)]
    (2, [('330903001201|1', 2)])
    """
    return tuple(
        Home(
            move.key, move.people, move.longitude, move.latitude, move.county, move.needs, move.order,
            whole=move.basis is Basis.REGISTER, modelled=move.modelled,
        )
        for move in moves
        if move.people and move.step in STANDING_STEPS and move.stay is Stay.SHELTER
    )  # fmt: skip
