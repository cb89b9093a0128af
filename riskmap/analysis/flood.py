"""The water of a whole window: its maxima and times, unit by unit, whatever computed the hours."""

from __future__ import annotations

from typing import Final

import numpy as np
import xarray as xr

from riskmap.analysis.fine_units import Units
from riskmap.hazard.inundation.watch import ARRIVAL_DEPTH
from riskmap.outlook import FLOOD_FIELDS, Flood

QUICK_MAP: Final = (
    "排水高度速图(非水动力模型),置信度低",
    "a quick map by height above drainage, no hydraulic model, low confidence",
)
"""Said wherever this inundation is shown."""


def quick_note(cell: float) -> tuple[str, str]:
    """What the quick map is, with the side of its cells [m].

    Examples
    --------
    >>> quick_note(90.0)[1]
    'a quick map by height above drainage, no hydraulic model, low confidence; cells of 90 m'
    """
    return f"{QUICK_MAP[0]};{cell:.0f}米高程", f"{QUICK_MAP[1]}; cells of {cell:.0f} m"


KEPT: Final = tuple(name for name in FLOOD_FIELDS if name != "beyond_scheme")
"""What the quick map tells."""


class FloodRecord:
    """Maxima and times of units while the hours are graded.

    Parameters
    ----------
    units : Units
    """

    def __init__(self, units: Units) -> None:
        self._units = units
        self._values = {name: np.zeros(units.count, np.float32) for name in KEPT}
        self._values["arrival_time"][:] = np.nan
        self._unknown = np.zeros(units.count, np.bool_)

    def hour(self, hour: int, found: xr.Dataset) -> None:
        """Take in a valid hour: ``depth`` [m], ``speed`` [m s-1] and ``inundation_class`` of every unit."""
        depth = found["depth"].values
        self._unknown |= np.isnan(depth)
        wet = depth >= ARRIVAL_DEPTH
        for name, variable in (
            ("maximum_depth", "depth"), ("maximum_speed", "speed"), ("hazard_class", "inundation_class"),
        ):  # fmt: skip
            np.fmax(self._values[name], found[variable].values, out=self._values[name])
        first = wet & np.isnan(self._values["arrival_time"])
        self._values["arrival_time"][first] = hour
        self._values["duration"][wet] += 1.0

    def flood(self, note: tuple[str, str]) -> Flood:
        """The whole window; a unit that is unknown at some hour and dry at the others is unknown."""
        hidden = self._unknown & np.isnan(self._values["arrival_time"])
        for values in self._values.values():
            values[hidden] = np.nan
        return Flood(self._units.grid, self._units.label, self._values, note)
