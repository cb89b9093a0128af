"""Flash floods alone, from rain that is known: no storm is read, and nothing is modelled."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import numpy as np

from riskmap.analysis.basins import BasinWatch
from riskmap.analysis.cells import ANTECEDENT_RAIN, Encode, Sheet, flood_hours, grade_floods
from riskmap.analysis.ground import sub_hours
from riskmap.analysis.inputs import RAIN_LEAD_HOURS, Inputs
from riskmap.analysis.observed import RainCorrection, observed_assets
from riskmap.analysis.raised import raised
from riskmap.analysis.soil import SoilWatch
from riskmap.assessment import Assessment
from riskmap.hazard.flash_flood.assets import HAZARD
from riskmap.hazard.runoff.soil_water import steady_tanks
from riskmap.ledger import Tell, tell_nobody
from riskmap.levels import roll_up, split_levels
from riskmap.outlook import Outlook
from riskmap.zonal import shared_weights

LAYER = ("仅小流域山洪", "Flash floods alone")

RAIN_NOTE = (
    "雨量取所给实况与临近预报格点,缺处以雨量站插值,均无者为无数据,不作模型估算",
    "Rain is that of the given radar and nowcast grids, of gauges where they have none, else no data: nothing is modelled",
)


def analyse_flash_floods(inputs: Inputs, *, encode: Encode, tell: Tell = tell_nobody) -> Outlook:
    """Flash-flood tiers of every watershed, region and hour, with their reasons, and the key villages.

    Parameters
    ----------
    inputs : Inputs
        With watersheds and ``rain_source``; the track is not looked at. An hour that the source lacks is unknown: its watersheds are
        grey where it could have mattered.
    encode : callable
        Makes the map's image of one hour of tiers.
    tell : callable, optional
        Progress.
    """
    grid, hours, basins = inputs.grid, inputs.valid_hours, inputs.floods.basins
    source = inputs.rain_source
    assert basins is not None
    assert source is not None
    weights = shared_weights(inputs.everywhere, grid)
    sheet = Sheet(inputs, [HAZARD], encode)
    floods = BasinWatch(basins, inputs.event_hours, getattr(source, "steps_an_hour", 1))
    depth = steady_tanks(ANTECEDENT_RAIN[inputs.wetness] / 24.0)
    soil, correct = (
        SoilWatch(inputs.soil, grid.shape, depth=depth),
        RainCorrection(inputs.observed, grid, inputs.rain_hours),
    )
    first = inputs.rain_lead - RAIN_LEAD_HOURS
    for n, hour in enumerate(inputs.rain_hours):
        parts = sub_hours(inputs, hour, floods.steps_an_hour)
        # one reading of a file is enough: its steps make the hour
        rain = source.hour(hour) if parts is None else np.sum(parts, axis=0)
        unknown = np.full(grid.shape, np.nan, np.float32)
        fallen = unknown if rain is None else correct(n, rain)
        # an hour that nobody measured leaves the ground's water unknown, which counts as wet
        soil.hour(n, fallen)
        if n >= first:
            floods.hour(n - first, fallen, parts)
        tell("hazards", (n + 1) / len(inputs.rain_hours))
    villages = grade_floods(sheet, inputs, floods, weights, flood_hours(inputs, floods, soil.index_before))
    gauges = observed_assets(
        replace(inputs.observed, reservoirs=(), stations=()), dict(inputs.rules), hours, now=inputs.issued_at,
        examples=inputs.examples, wetness=inputs.wetness,
    )  # fmt: skip
    groups = [group for group in (villages, *gauges) if group is not None and group.hazard == HAZARD]
    found = raised(inputs, sheet.table, {HAZARD: inputs.rules[HAZARD]}, groups)
    whole = Assessment(
        inputs.issued_at.astimezone(UTC), inputs.everywhere, found.table, found.rules, {}, found.assets, found.apart
    )  # fmt: skip
    levels = split_levels(whole)
    assessment = levels.pop("county")
    return Outlook(
        kind="forecast", event=inputs.event, assessment=assessment, track=inputs.track, marks=inputs.marks, listed=inputs.listed,
        levels={"city": roll_up(assessment, inputs.cities), **levels} if inputs.cities else levels,
        rasters={HAZARD: tuple(sheet.images[HAZARD])}, onsets={HAZARD: sheet.onsets[HAZARD]}, rain_note=RAIN_NOTE, layer=LAYER,
        measured_until=inputs.measured_until,
    )  # fmt: skip
