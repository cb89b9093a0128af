"""The elevation model's part in an analysis: asked hour by hour beside the hazards' grid, told at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from riskmap.analysis.fine import FineWatch, Put
from riskmap.analysis.inputs import Inputs
from riskmap.analysis.low_spots import low_spots
from riskmap.asset import AssetTier
from riskmap.ledger import Problem
from riskmap.onset import Onsets
from riskmap.outlook import Flood


@dataclass(frozen=True, eq=False)
class FineFound:
    """What the elevation model came to beside the table's rows.

    Attributes
    ----------
    onsets : mapping
        Hazard -> first hour of each tier on the model's own cells.
    flood : Flood or None
        The water of the whole window.
    low_spots : tuple of AssetTier
        Places that flood first; named, and counted for nothing beyond the cells themselves.
    lacking : mapping
        Hazards that could not be told after all, with the reason.
    problems : tuple of Problem
    """

    onsets: Mapping[str, Onsets] = field(default_factory=dict)
    flood: Flood | None = None
    low_spots: tuple[AssetTier, ...] = ()
    lacking: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


class FineRun:
    """The fine hazards of one analysis; without an elevation model there are none, and nothing is done.

    Parameters
    ----------
    inputs : Inputs
    """

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs
        self._watch = None
        if inputs.fine is not None:
            self._watch = FineWatch(
                inputs.fine, inputs.regions, rain_hours=inputs.event_hours, valid_hours=inputs.valid_hours,
                slope_rules=inputs.slope_rules, rules=inputs.rules,
            )  # fmt: skip

    @property
    def hazards(self) -> tuple[str, ...]:
        """Hazards that get rows of their own."""
        return () if self._watch is None else self._watch.hazards

    def rain(self, n: int, fallen: NDArray[np.float32]) -> None:
        """Take in the rain of hour ``n`` of the rain [mm], (y, x)."""
        if self._watch is not None:
            self._watch.rain(n, fallen)

    def slopes(
        self, put: Put, hour: int, sums: Mapping[str, NDArray[np.float32]], soil_water: NDArray[np.floating]
    ) -> None:
        """Grade the slopes at the next valid hour; see ``FineWatch.slopes``."""
        if self._watch is not None:
            self._watch.slopes(put, hour, sums, soil_water)

    def finish(self, put: Put, *, soil: NDArray[np.floating] | float) -> FineFound:
        """Grade the water of every valid hour, and tell the rest.

        Parameters
        ----------
        put : callable
        soil : float or array (y, x) of the hazards' grid
            Soil-water index before the first hour of rain [mm].
        """
        watch = self._watch
        if watch is None:
            return FineFound()
        watch.water(put, soil=soil, curve_number=self._inputs.curve_number)
        spots: tuple[AssetTier, ...] = ()
        if watch.flood is not None and watch.relief.reaches is not None:
            spots = low_spots(
                watch.flood, watch.onsets["inundation"], self._inputs.rules["inundation"], self._inputs.regions,
                self._inputs.valid_hours, streams=watch.relief.reaches.streams,
            )  # fmt: skip
        return FineFound(watch.onsets, watch.flood, spots)
