"""The elevation model's part in an analysis: asked hour by hour beside the hazards' grid, told at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from riskmap.analysis.coast import Coast
from riskmap.analysis.fine import FineWatch, Put
from riskmap.analysis.flood_rain import FloodRain
from riskmap.analysis.flood_solver import FloodRun
from riskmap.analysis.flood_words import flood_of, solver_note, stopped
from riskmap.analysis.inputs import Inputs
from riskmap.analysis.low_spots import low_spots
from riskmap.asset import AssetTier
from riskmap.doubt import noted
from riskmap.errors import RiskmapError
from riskmap.ledger import Problem, Tell, tell_nobody
from riskmap.onset import Onsets
from riskmap.outlook import Flood
from riskmap.rules import HazardRule


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
    rules : mapping
        Hazard -> its rule, where the run has more to say of how it was told.
    lacking : mapping
        Hazards that could not be told after all, with the reason.
    problems : tuple of Problem
    """

    onsets: Mapping[str, Onsets] = field(default_factory=dict)
    flood: Flood | None = None
    low_spots: tuple[AssetTier, ...] = ()
    rules: Mapping[str, HazardRule] = field(default_factory=dict)
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
                inputs.fine, inputs.everywhere, rain_hours=inputs.event_hours, valid_hours=inputs.valid_hours,
                slope_rules=inputs.slope_rules, rules=inputs.rules, sharp=True,
            )  # fmt: skip
        self._rain: FloodRain | None = None
        if inputs.fine is not None and inputs.fine.bed is not None and inputs.flood is not None:
            self._rain = FloodRain(inputs.fine.bed.grid, inputs.grid)

    @property
    def hazards(self) -> tuple[str, ...]:
        """Hazards that get rows of their own."""
        return () if self._watch is None else self._watch.hazards

    def rain(self, n: int, fallen: NDArray[np.float32]) -> None:
        """Take in the rain of hour ``n`` of the rain [mm], (y, x)."""
        if self._watch is not None:
            self._watch.rain(n, fallen)
        if self._rain is not None:
            self._rain.hour(fallen)

    def slopes(
        self, put: Put, hour: int, sums: Mapping[str, NDArray[np.float32]], soil_water: NDArray[np.floating]
    ) -> None:
        """Grade the slopes at the next valid hour; see ``FineWatch.slopes``."""
        if self._watch is not None:
            self._watch.slopes(put, hour, sums, soil_water)

    def finish(
        self, put: Put, *, soil: NDArray[np.floating] | float, sea: Coast, tell: Tell = tell_nobody
    ) -> FineFound:
        """Grade the water of every valid hour, and tell the rest.

        Parameters
        ----------
        put : callable
        soil : float or array (y, x) of the hazards' grid
            Soil-water index before the first hour of rain [mm].
        sea : Coast
            It floods what the solver computes.
        tell : callable, optional
            Progress.
        """
        watch, rule = self._watch, self._inputs.rules["inundation"]
        if watch is None:
            return FineFound()
        if self._rain is not None:
            return self._solve(put, sea, tell)
        watch.water(put, soil=soil, curve_number=self._inputs.curve_number)
        if watch.flood is None or watch.relief.reaches is None:
            return FineFound(watch.onsets, watch.flood)
        return FineFound(
            watch.onsets, watch.flood, self._spots(watch.flood, rule, watch.relief.reaches.streams)
        )

    def _spots(self, flood: Flood, rule: HazardRule, streams: NDArray[np.bool_]) -> tuple[AssetTier, ...]:
        assert self._watch is not None
        return low_spots(
            flood,
            self._watch.onsets["inundation"],
            rule,
            self._inputs.regions,
            self._inputs.valid_hours,
            streams=streams,
        )

    def _solve(self, put: Put, sea: Coast, tell: Tell) -> FineFound:
        """The 2-D solver; where it cannot go on, its hazard is grey and says where and when, and all else goes on."""
        watch, inputs = self._watch, self._inputs
        assert watch is not None
        assert self._rain is not None
        assert inputs.flood is not None
        bed = watch.relief.bed
        assert bed is not None
        hours = inputs.valid_hours
        rule = inputs.rules["inundation"]
        try:
            run = FloodRun(bed, inputs.flood, self._rain, sea, hours[0], inputs.hours)
            found = run.solve(inputs.kind, tell=lambda part: tell("inundation", part))
        except RiskmapError as problem:
            nothing = np.full(bed.altitude.size, np.nan, np.float32)
            watch.solved(put, (nothing for _ in hours))
            chinese, english = stopped(problem, bed, hours[0], inputs.flood.run_in)
            what = Problem(f"inundation ({inputs.kind})", f"{english}: {problem}")
            return FineFound(watch.onsets, lacking={"inundation": f"{chinese} ({english})"}, problems=(what,))
        watch.solved(put, found.hours())
        note = solver_note(found, watch.relief.cell * bed.factor, watch.relief.cell)
        flood = flood_of(found, bed, note, inputs.flood.run_in)
        problems = tuple(Problem(f"inundation ({inputs.kind})", line) for line in found.notes)
        told = replace(rule, confidence_note=noted(f"{note[0]} ({note[1]})", "inundation", inputs.doubts))
        spots = self._spots(flood, rule, bed.streams)
        return FineFound(watch.onsets, flood, spots, {"inundation": told}, problems=problems)
