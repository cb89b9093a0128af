"""Mean absolute error of the radii of In-Fa: whole days of radii left out, and no radii at all.

Every reported radius counts; where the model says that the wind is not reached, its radius is 0 km. Nothing here
was tuned on In-Fa: the regression was chosen on Mindulle, the fill and the days were set before the first score.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from benchmarks.harness import Record, not_built
from benchmarks.radii.storms import IN_FA, MINDULLE, Storm, in_fa, mindulle
from riskmap.hazard.storm.model import WindModel
from riskmap.hazard.wind import FORCE_SPEEDS, wind_circles
from riskmap.track import FORCES
from riskmap.verify.radii import fitted_radii
from riskmap.verify.radii import left_out as left_out_radii

Radii = NDArray[np.float64]
SPEEDS = tuple(FORCE_SPEEDS[force] for force in FORCES)
BLOCK_CLAIMS = tuple(f"radii_blocks_mae_r{force}_km" for force in FORCES)
WITHHELD_CLAIM = "radii_withheld_vs_h1980"


def fitted(track: xr.Dataset, radii: Radii) -> Radii:
    """Radii [m] of the fit to each fix, NaN where the wind is not reached."""
    return fitted_radii(track, radii, SPEEDS)


def left_out(storm: Storm, *, live: bool = False) -> Radii:
    """Radii filled for each 24 h block in turn from the fixes outside it alone; see ``riskmap.verify``."""
    return left_out_radii(storm.track["time"].values, storm.radii, live=live)


def errors(modelled: Radii, storm: Storm, *, reached: bool = False) -> Radii:
    """Mean absolute error [km] for each force; with ``reached`` only of winds below the reported maximum."""
    difference = np.abs(np.nan_to_num(modelled) - storm.radii) / 1e3
    if reached:
        below = np.asarray(SPEEDS) < storm.track["maximum_wind"].values[:, None]
        difference[~below] = np.nan
    return np.asarray(np.nanmean(difference, axis=(0, 2)))


def withheld(storm: Storm) -> tuple[Radii, Radii]:
    """Errors [km] for each force with no radii given: ours, and Holland (1980) with the same inputs."""
    blind = fitted(storm.track, np.full(storm.radii.shape, np.nan))
    circles = wind_circles(
        storm.track, storm.track["time"].values, model=WindModel(profile="holland_1980", radii="ignore")
    )
    return errors(blind, storm), errors(circles["wind_radius"].values, storm)


def middle_errors(storm: Storm) -> dict[str, float]:
    """Error [km] of the force-10 radius told from those of 7 and 12, for three shapes of the curve between them."""
    wind = storm.track["maximum_wind"].values
    outer, middle, inner = np.moveaxis(storm.radii, 1, 0)
    usable = np.isfinite(storm.radii).all(axis=1) & (wind > SPEEDS[2])[:, None]
    weight = (SPEEDS[1] - SPEEDS[0]) / (SPEEDS[2] - SPEEDS[0])
    power = np.log(SPEEDS[1] / SPEEDS[0]) / np.log(SPEEDS[2] / SPEEDS[0])
    shapes = {
        "straight in ln r": outer ** (1 - weight) * inner**weight,
        "power law": outer ** (1 - power) * inner**power,
        "exponential": (1 - power) * outer + power * inner,
    }
    return {name: float(np.abs(told - middle)[usable].mean() / 1e3) for name, told in shapes.items()}


def measure() -> list[Record]:
    """The four claims, or why they cannot be measured."""
    if not IN_FA.is_file():
        why = "the storm's radii are not beside the checkout"
        return [*(not_built(c, "km", why) for c in BLOCK_CLAIMS), not_built(WITHHELD_CLAIM, "1", why)]
    storm = in_fa()
    filled, live = (fitted(storm.track, left_out(storm, live=past)) for past in (False, True))
    blocks, possible, past = errors(filled, storm), errors(filled, storm, reached=True), errors(live, storm)
    records = [
        Record(
            claim, float(blocks[k]), "km",
            note=f"every reported radius; {possible[k]:.1f} where the reported wind reaches the force; "
            f"{past[k]:.1f} from the past alone",
        )
        for k, claim in enumerate(BLOCK_CLAIMS)
    ]  # fmt: skip
    ours, holland = withheld(storm)
    note = f"ours {_list(ours)}, Holland 1980 {_list(holland)} km for force 7, 10, 12"
    if MINDULLE.is_file():
        other, theirs = withheld(mindulle())
        note += f"; on Mindulle, on which the regression was chosen, {other.mean() / theirs.mean():.2f}"
    ratio = float(ours.mean() / holland.mean())
    records.append(
        Record(WITHHELD_CLAIM, ratio, "1", "Holland 1980, mean km", float(holland.mean()), note=note)
    )
    return records


def _list(values: Radii) -> str:
    return " / ".join(f"{value:.1f}" for value in values)
