"""How large a run is, told before anything heavy is loaded: whether another process beside it is worth its beginning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from riskmap.scenario import Scenario

SMALL: Final = 1_000_000
"""Cells x hours from which an analysis takes longer than a process to begin (D): about a second of either."""

LARGE: Final = 1_000_000
"""Cells of a grid up to which two analyses at once have room in 2 GB (D)."""

LARGE_DEM: Final = 20_000_000
"""Cells of an elevation model up to which two processes hold it at once (D): some 800 MB each while it is derived."""


def worth_a_process(scenario: Scenario) -> bool:
    """Whether an analysis takes longer than a process to begin, and is small enough for two at once."""
    from riskmap.grid import Grid

    rows, columns = Grid.from_bounds(**vars(scenario.grid)).shape
    if rows * columns * scenario.run.hours < SMALL or rows * columns > LARGE:
        return False
    if scenario.terrain.dem is None:
        return True
    from riskmap.io.fine_inputs import fine_cells

    return fine_cells(scenario.terrain.dem) <= LARGE_DEM
