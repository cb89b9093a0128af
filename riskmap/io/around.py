"""What the layers of a scenario are held against when they are looked at, and what is told of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from riskmap.errors import RiskmapError
from riskmap.grid import Grid
from riskmap.ledger import Ledger
from riskmap.scenario import Scenario

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from riskmap.region import Region

WGS84: Final = "WGS-84"

COUNTIES_NAMED: Final = 5
"""Counties that a line names."""

HALF: Final = 0.5
"""A county of which less is covered is named (status D): the shore ones hold sea, which relief has not."""


@dataclass(frozen=True)
class Seen:
    """What a layer turned out to be.

    Attributes
    ----------
    covers : str
        In space and time, in words.
    datum, units : str
        As the file says or the scenario declares; ``undeclared`` where nobody does.
    said : tuple of str
        What is left out or doubtful, one line each.
    """

    covers: str = ""
    datum: str = ""
    units: str = ""
    said: tuple[str, ...] = ()


class Around:
    """What the layers are held against: the grid, the hours, and the counties as far as they can be read.

    Parameters
    ----------
    scenario : Scenario
    layer : bool
        Whether it is the flash-flood layer's: hours of rain that one file lacks are not modelled.
    """

    def __init__(self, scenario: Scenario, *, layer: bool = False) -> None:
        self.scenario, self.layer = scenario, layer
        self.grid = Grid.from_bounds(**vars(scenario.grid))
        start = np.datetime64(int(scenario.run.issued_at.timestamp()), "s")
        self.hours = start + np.arange(scenario.run.hours + 1) * np.timedelta64(3600, "s")

    @cached_property
    def regions(self) -> tuple[Region, ...]:
        """The counties; none where their file is wrong, which is said of that file."""
        from riskmap.io.region_levels import read_levels

        section = replace(self.scenario.regions, population=None, more=(), codes=None)
        try:
            return read_levels(section, self.grid, self.scenario.run.issued_at.date(), Ledger()).regions
        except RiskmapError:
            return ()

    def share(self, known: NDArray[np.bool_], least: float = HALF) -> tuple[str, tuple[str, ...]]:
        """In how many counties a mask (y, x) covers more than a share of what lies on the grid, and the line that names the others."""
        from riskmap.zonal import shared_weights

        if not self.regions:
            return f"{known.mean():.0%} of the grid", ()
        weights = shared_weights(self.regions, self.grid)
        on_grid = weights.share(np.ones(known.size, bool))
        share = weights.share(known.reshape(-1)) / np.where(on_grid > 0, on_grid, 1.0)
        here = on_grid > 0
        words = f"{int((share[here] > least).sum())} of {int(here.sum())} counties"
        less = [r.name for r, s, on in zip(self.regions, share, here, strict=True) if on and s <= least]
        if not less:
            return words, ()
        how = "nothing" if least == 0.0 else f"less than {least:.0%}"
        more = f" and {len(less) - COUNTIES_NAMED} more" if len(less) > COUNTIES_NAMED else ""
        return words, (f"holds {how} of {'、'.join(less[:COUNTIES_NAMED])}{more}",)
