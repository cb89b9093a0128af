"""One analysis: checked inputs in, a risk outlook out. Streams hour by hour, so that memory grows with the grid only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from functools import partial
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.aggregate import fill_stations
from riskmap.analysis.cells import Encode, Graded, Peaks, grade_cells, instants
from riskmap.analysis.coast import Coast, coast_of, first_landfall
from riskmap.analysis.ground import ground_of, rain_note
from riskmap.analysis.inputs import Inputs
from riskmap.analysis.observed import observed_assets
from riskmap.analysis.raised import raised
from riskmap.analysis.sea_waves import wave_table
from riskmap.assessment import Assessment, empty_table
from riskmap.asset_hours import AssetHours
from riskmap.compound import meeting
from riskmap.ensemble_tiers import with_tiers
from riskmap.grid import Grid
from riskmap.hazard.storm.swath import coarse_peaks
from riskmap.hazard.surface import (
    Surface,
)
from riskmap.hazard.wind import require_near, wind_circles
from riskmap.ledger import Ledger, Problem, Tell, tell_nobody
from riskmap.levels import roll_up, split_levels
from riskmap.outlook import Outlook
from riskmap.persistence import as_told
from riskmap.probability import wind_probability
from riskmap.scale import hazard_words
from riskmap.tally import needed_wind
from riskmap.zonal import ZonalWeights, shared_weights


def analyse(inputs: Inputs, *, encode: Encode, tell: Tell = tell_nobody) -> tuple[Outlook, Peaks]:
    """Tiers of every region and hour, with their reasons, surge and what the map draws.

    Parameters
    ----------
    inputs : Inputs
    encode : callable
        Makes the map's image of one hour of tiers (``riskmap.products.raster.tier_image``).
    tell : callable, optional
        Progress.

    Raises
    ------
    CoverageError
        The track does not cover the window, or never comes near the grid.
    """
    require_near(inputs.track, inputs.grid)
    weights = shared_weights(inputs.everywhere, inputs.grid)
    ground, hours = ground_of(inputs), inputs.valid_hours
    own = Ledger(tell=tell)  # what fails here takes its own hazards, and no other
    sea = coast_of(inputs, hours, own)
    cells = grade_cells(inputs, ground, weights, encode, sea, own)
    table = cells.table
    rules = {str(h): cells.fine.rules.get(str(h), inputs.rules[str(h)]) for h in table["hazard"].values}
    if sea.tide is not None:
        tide_table = empty_table(["storm_tide"], instants(hours), [r.code for r in inputs.everywhere])
        fill_stations(tide_table, 0, sea.tide, inputs.rules["storm_tide"], inputs.everywhere)
        table = xr.concat([table, tide_table], dim="hazard")
        rules["storm_tide"] = inputs.rules["storm_tide"]
    if sea.waves is not None:
        table = xr.concat([table, wave_table(inputs, sea.waves)], dim="hazard")
        rules["waves"] = inputs.rules["waves"]
    lost = {**sea.lost, **cells.lost, **cells.fine.lacking}
    found = raised(inputs, table, rules, _assets(inputs, cells, sea))
    whole = Assessment(
        inputs.issued_at.astimezone(UTC),
        inputs.everywhere,
        found.table,
        found.rules,
        {**inputs.lacking, **lost},
        (*found.assets, *cells.fine.low_spots),
        found.apart,
    )
    whole = replace(whole, raised=meeting(whole, inputs.combination.compound))
    levels = split_levels(whole)
    assessment = levels.pop("county")
    outlook = Outlook(
        kind=inputs.kind,
        event=inputs.event,
        assessment=assessment,
        levels={"city": roll_up(assessment, inputs.cities), **levels} if inputs.cities else levels,
        listed=inputs.listed,
        rain_24h=cells.rain_24h,
        track=as_told(inputs.track),
        marks=(*inputs.marks, *map(_not_computed, lost)),
        circles=wind_circles(inputs.track, hours, model=inputs.wind),
        rasters=cells.images,
        onsets=cells.onsets,
        surge=sea.surge,
        soil=cells.soil,
        rain_note=rain_note(inputs),
        probability=own.tried(
            partial(_probability, inputs, ground.surface, weights.first(len(inputs.regions)), tell),
            f"probability ({inputs.kind})",
        ),
        landfall_at=first_landfall(inputs.track, inputs.regions, hours),
        flood=cells.fine.flood,
    )
    problems = (
        *own.problems,
        *cells.fine.problems,
        *(Problem("assets.sea_walls", line) for line in sea.lacking),
    )
    outlook = replace(outlook, problems=problems)
    return outlook, cells.peaks


def _not_computed(hazard: str) -> tuple[str, str]:
    """Mark of every product: what is missing might have been the worst."""
    chinese, english = hazard_words(hazard)
    return f"{chinese}未能计算", f"{english} not computed"


def _assets(inputs: Inputs, cells: Graded, sea: Coast) -> Iterator[AssetHours]:
    """Every register that the scenario gives, with its hours."""
    if cells.villages is not None:
        yield cells.villages
    if sea.walls is not None:
        yield sea.walls
    if inputs.zones and inputs.slope_rules is not None:
        rule, source = inputs.rules["landslide"], rain_note(inputs)[0]
        example = "landslide" in inputs.examples
        yield cells.slopes.finish(rule, inputs.slope_rules, source=source, example=example)
    yield from observed_assets(
        inputs.observed, dict(inputs.rules), inputs.valid_hours, now=inputs.issued_at, examples=inputs.examples,
        wetness=inputs.wetness,
    )  # fmt: skip


def _probability(inputs: Inputs, surface: Surface, weights: ZonalWeights, tell: Tell) -> xr.Dataset | None:
    """Chances of the wind tiers from the members, where there are any."""
    if inputs.ensemble is None:
        return None
    rule = inputs.rules["wind"]
    needed = needed_wind(rule, surface.mean, surface.gust).wind
    least = float(needed[np.isfinite(needed)].min())

    def peaks(track: xr.Dataset, grid: Grid, hours: NDArray[Any]) -> Iterator[NDArray[np.float32]]:
        return coarse_peaks(track, grid, hours, inputs.wind, least=least)

    chances = wind_probability(
        inputs.ensemble, inputs.grid, inputs.valid_hours, rule=rule, mean_factor=surface.mean,
        gust_factor=surface.gust, peaks=peaks, weights=weights, codes=[r.code for r in inputs.regions], tell=tell,
    )  # fmt: skip
    return with_tiers(chances, inputs.combination.ensemble)
