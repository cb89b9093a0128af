"""A crowd on foot through exits (人群疏散): how wide, how long, and what it hangs on.

Flow through an exit is its clear width times a specific flow [persons m-1 s-1]. Published specific flows differ by a sixth, and how much of a
width is used differs by far more: so every answer is a table, never one number. What is not in it: people who come in, a crowd so dense
that it stands still, and anybody's wish to stay.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evac.plan.assumptions import Assumptions, load_assumptions
from evac.plan.roads import road_numbers
from riskmap.errors import DataError

LEVEL: Final = ("weidmann_level", "imo_corridor", "cibse_level", "green_guide_level", "fruin_level")
"""Specific flows on level ground, the lowest first."""


def egress_numbers() -> Assumptions:
    """The numbers of ``egress.toml``, each with source and status.

    Examples
    --------
    >>> egress_numbers().share("imo_stairs_up")
    0.88
    """
    return load_assumptions(Path(__file__).with_name("egress.toml"))


@dataclass(frozen=True, slots=True)
class Exit:
    """One way out.

    Attributes
    ----------
    name : str
    width : float
        Clear width at its narrowest [m].
    kind : str
        ``level``, ``stairs_down`` or ``stairs_up``.
    walk : float
        From the middle of the crowd to it [m].
    """

    name: str
    width: float
    kind: str = "level"
    walk: float = 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an answer.

    Attributes
    ----------
    flow : str
        Name in ``egress.toml``.
    specific : float
        [persons m-1 s-1].
    share : float
        Of the width that is used.
    width : float
        [m].
    seconds : float
        [s].
    """

    flow: str
    specific: float
    share: float
    width: float
    seconds: float


def width_needed(before: int, after: int, seconds: float) -> tuple[Line, ...]:
    """The width of level exits that lets a crowd shrink in a time, for each published flow and each share of use.

    Parameters
    ----------
    before, after : int
        Persons.
    seconds : float
        [s], the walk to the exits not counted.

    Raises
    ------
    DataError
        A crowd that does not shrink, or no time.

    Examples
    --------
    >>> lines = width_needed(70_000, 20_000, 6000)
    >>> round(min(line.width for line in lines), 1), round(max(line.width for line in lines), 1)
    (6.1, 13.6)
    """
    if not 0 <= after < before or not seconds > 0:
        raise DataError(
            "a crowd that does not shrink", where="crowd", expected="fewer persons after than before, and a time above 0 s",
            found=f"{before} to {after} in {seconds:g} s", remedy="give persons before, persons after, and the time",
        )  # fmt: skip
    numbers = egress_numbers()
    return tuple(
        Line(name, flow, share, (before - after) / (flow * share * seconds), seconds)
        for share in (float(v) for v in numbers.listed("useful_share"))
        for name in LEVEL
        for flow in (numbers.share(name),)
    )


def time_needed(exits: Sequence[Exit], before: int, after: int) -> tuple[Line, ...]:
    """How long a crowd takes through given exits, for each published flow and each share of use.

    All exits are used to their widths until the crowd is small enough; the walk to the nearest of them comes first. Stairs take IMO's
    flow, or the line's own where that is less.

    Parameters
    ----------
    exits : sequence of Exit
    before, after : int
        Persons.

    Raises
    ------
    DataError
        No exit, one without width or of an unknown kind, or a crowd that does not shrink.

    Examples
    --------
    >>> lines = time_needed([Exit("北口", 10.0)], 70_000, 20_000)
    >>> [line.flow for line in lines if line.seconds < 3700]
    ['green_guide_level', 'fruin_level']
    """
    if not exits:
        raise DataError(
            "no exit",
            where="exits",
            expected="a width [m] each",
            found="none",
            remedy="measure the exits at their narrowest",
        )
    numbers = egress_numbers()
    stairs = {kind: numbers.share(f"imo_{kind}") for kind in ("stairs_down", "stairs_up")}
    for exit_ in exits:
        if not 0 < exit_.width < 1000 or not exit_.walk >= 0 or exit_.kind not in ("level", *stairs):
            raise DataError(
                "an exit that cannot be", where=exit_.name, expected=f"a width above 0 m, a walk, and level, {' or '.join(stairs)}",
                found=f"{exit_.width:g} m, {exit_.walk:g} m, {exit_.kind}", remedy="measure the exit at its narrowest",
            )  # fmt: skip
    width = math.fsum(exit_.width for exit_ in exits)
    walk = min(exit_.walk for exit_ in exits) / road_numbers().share("walking_speed")
    lines = []
    for unit in width_needed(before, after, 1.0):
        flow = math.fsum(
            exit_.width * unit.share * min(unit.specific, stairs.get(exit_.kind, math.inf)) for exit_ in exits
        )
        lines.append(Line(unit.flow, unit.specific, unit.share, width, (before - after) / flow + walk))
    return tuple(lines)


def lakeside() -> tuple[Line, ...]:
    """The lakeside question: how wide must the exits have been? A calibration, since they are not published.

    Examples
    --------
    >>> round(next(line.width for line in lakeside() if line.flow == "cibse_level" and line.share == 1.0), 2)
    6.25
    """
    before, after, seconds = (int(v) for v in egress_numbers().listed("lakeside"))
    return width_needed(before, after, seconds)
