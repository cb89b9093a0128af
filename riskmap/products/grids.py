"""Every gridded layer of one outlook, and the files that they become."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import groupby
from typing import Final

import numpy as np

from riskmap.analysis import Peaks
from riskmap.grid import Grid
from riskmap.io.grids import Layer, Worst, cog, netcdf
from riskmap.outlook import FLOOD_FIELDS, Outlook
from riskmap.risk import RISK_FIELDS
from riskmap.scale import DISCLAIMER, NOT_APPLICABLE, hazard_words

FIELDS: Final = {
    "wind_speed": ("peak 2-min mean wind of the window", "m s-1"),
    "wind_speed_of_gust": ("peak 3-s gust of the window", "m s-1"),
    "rain_3h": ("largest 3 h rain of the window", "mm"),
    "rain_24h": ("largest 24 h rain of the window", "mm"),
}
"""Peak fields that are published."""

TIER_WORDS: Final = "0 green to 4 red, 254 no data (grey), 255 cannot occur here"


def layers(outlook: Outlook, peaks: Peaks, grid: Grid) -> Iterator[Layer]:
    """Peaks, water, chances and the worst tier of each hazard.

    Parameters
    ----------
    outlook : Outlook
    peaks : Peaks
        Largest values of the window on ``grid``.
    grid : Grid
        Of the hazards; the water and the tiers of an elevation model have their own.
    """
    for name, (description, units) in FIELDS.items():
        if name in peaks.fields:
            words = f"{description}; {outlook.rain_note[1]}" if name.startswith("rain") else description
            yield Layer(f"peak_{name}", peaks.fields[name], grid, words, units)
    for hazard, onsets in outlook.onsets.items():
        tiers = onsets.window()
        if (tiers != NOT_APPLICABLE).any():
            words = f"{hazard_words(hazard)[1]}: worst tier of the window; {TIER_WORDS}"
            yield Layer(f"tier_{hazard}", tiers, onsets.grid or grid, words, "1", "tier")
    if outlook.flood is not None:
        for name, (units, meaning) in FLOOD_FIELDS.items():
            if name in outlook.flood.values:
                words = f"{meaning}; {outlook.flood.note[1]}"
                worst: Worst = "smallest" if name == "arrival_time" else "largest"
                yield Layer(
                    f"inundation_{name}", outlook.flood.field(name), outlook.flood.grid, words, units, worst
                )
    if outlook.risk is not None:
        for name, (units, words) in RISK_FIELDS.items():
            values = outlook.risk[name].values
            if not np.isnan(values).all():
                yield Layer(name, values, grid, words, units)
    yield from _chances(outlook, grid)


def _chances(outlook: Outlook, grid: Grid) -> Iterator[Layer]:
    from riskmap.tally import TIERS

    chances = outlook.probability
    if chances is None:
        return
    members = f"{chances.attrs['members_counted']} members" + (", made" if chances.attrs["made"] else "")
    for n, tier in enumerate(TIERS):
        words = f"chance of wind at {tier.english} or worse in the window ({members})"
        yield Layer(f"probability_wind_{tier.english}", chances["probability"].values[n], grid, words, "1")
    words = f"chance that the centre passes within 120 km ({members})"
    yield Layer("strike_probability", chances["strike_probability"].values, grid, words, "1")


def grid_files(
    found: Iterator[Layer], outlook: Outlook, *, with_netcdf: bool
) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Names below ``fields`` and what makes each file: a cloud-optimised GeoTIFF a layer and, if wanted, a NetCDF file a grid.

    Parameters
    ----------
    found : iterator of Layer
        See ``layers``; one at a time is held unless NetCDF is wanted.
    outlook : Outlook
    with_netcdf : bool
        ``grids.nc``; where there are several grids, those after the first are ``grids_2.nc`` and so on.
        What makes them raises MissingExtraError where netCDF4 is not installed.
    """
    held: list[Layer] = []
    for layer in found:
        yield f"{layer.name}.tif", partial(cog, layer)
        if with_netcdf:
            held.append(layer)
    places = {grid: n for n, grid in enumerate(dict.fromkeys(layer.grid for layer in held))}
    held.sort(key=lambda layer: places[layer.grid])
    for grid, group in groupby(held, key=lambda layer: layer.grid):
        number = f"_{places[grid] + 1}" if places[grid] else ""
        yield f"grids{number}.nc", partial(netcdf, list(group), attributes=_attributes(outlook))


def _attributes(outlook: Outlook) -> dict[str, str]:
    valid = outlook.assessment.valid_at
    return {
        "title": f"Typhoon {outlook.event.name} ({outlook.event.number}), {outlook.kind}: largest values of the window",
        "comment": "; ".join((DISCLAIMER[1], *(english for _, english in outlook.marks))),
        "date_issued": outlook.issued_at.isoformat(),
        "time_coverage_start": valid[0].isoformat(),
        "time_coverage_end": valid[-1].isoformat(),
    }
