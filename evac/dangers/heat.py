"""Where dangers crowd: reports counted on cells of a fixed grid; on what is shared, cells of few are hidden."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from evac.dangers.danger import Danger, independent
from evac.dangers.reports import Report
from evac.dangers.rules import rules
from riskmap.grid import EARTH_RADIUS


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One cell [degrees]: a rectangle that depends on no report, and what was told inside it."""

    south: float
    west: float
    north: float
    east: float
    reports: int
    dangers: int
    open: int


@dataclass(frozen=True)
class Heat:
    """Cells with reports.

    Attributes
    ----------
    cells : tuple of HeatCell
        The fullest first.
    unplaced : int or None
        Reports without a point; None where it is shared and few.
    shared : bool
        Cells with fewer than ``least`` who tell are left out, and no sum tells what they hold.
    least : int
    """

    cells: tuple[HeatCell, ...]
    unplaced: int | None
    shared: bool
    least: int


def heat(found: Iterable[Danger], *, shared: bool = False, metres: float | None = None) -> Heat:
    """Reports by cell.

    Parameters
    ----------
    found : iterable of Danger
    shared : bool
        For others than the office: cells in which fewer than 10 tell independently are left out, and of the others only the number
        of reports is told, since a single open danger is a house.
    metres : float, optional
        Side of a cell; that of ``rules.toml`` where None.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from evac import Clerk, heat
    >>> from evac.dangers.danger import dangers
    >>> from evac.dangers.intake import Seen, danger_seen
    >>> clerk = Clerk("李四", "330902001001", "D1", datetime(2021, 7, 25, 4, tzinfo=UTC))
    >>> spots = [(122.10, 30.05), (122.1002, 30.0501), (122.3, 29.9), (None, None)]
    >>> told = [danger_seen(Seen("积水", "路口", "330902001001", *spot, "wgs84"), clerk, None) for spot in spots]
    >>> found = heat(dangers(told))
    >>> [cell.reports for cell in found.cells], found.unplaced, heat(dangers(told), shared=True).cells
    ([2, 1], 1, ())
    """
    rule = rules()["heat"]
    side = math.degrees((metres or rule["metres"]) / EARTH_RADIUS)
    told: dict[tuple[int, int], list[Report]] = defaultdict(list)
    held: dict[tuple[int, int], set[Danger]] = defaultdict(set)
    unplaced = 0
    for danger in found:
        for report in danger.reports:
            if report.point is None:
                unplaced += 1
                continue
            row = math.floor(report.point.latitude / side)
            at = row, math.floor(report.point.longitude / _wide(side, row))
            told[at].append(report)
            held[at].add(danger)
    least = rule["least"] if shared else 1
    cells = []
    for (row, column), mine in told.items():
        wide, several = _wide(side, row), held[row, column]
        counts = (0, 0) if shared else (len(several), sum(danger.open for danger in several))
        if least <= 1 or independent(mine) >= least:
            box = row * side, column * wide, (row + 1) * side, (column + 1) * wide
            cells.append(HeatCell(*box, len(mine), *counts))
    few = shared and unplaced < least
    return Heat(
        tuple(sorted(cells, key=lambda c: (-c.reports, c.south, c.west))), None if few else unplaced, shared, least
    )  # fmt: skip


def _wide(side: float, row: int) -> float:
    """Degrees of longitude of a cell: as long as it is high at the middle of its row."""
    return side / max(math.cos(math.radians((row + 0.5) * side)), 0.01)
