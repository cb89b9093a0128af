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
    """
    return tuple(
        Home(
            move.key, move.people, move.longitude, move.latitude, move.county, move.needs, move.order,
            whole=move.basis is Basis.REGISTER, modelled=move.modelled,
        )
        for move in moves
        if move.people and move.step in STANDING_STEPS and move.stay is Stay.SHELTER
    )  # fmt: skip
