"""Members in, probabilities out: the chance of each wind tier per cell and region, its onset, and of a strike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.errors import DataError
from riskmap.grid import Grid
from riskmap.hazard.wind import hourly_peaks, require_near
from riskmap.ledger import Tell, tell_nobody
from riskmap.member_runs import PATH_STEP, MemberRuns, Peaks
from riskmap.members import Ensemble, centres, require_strength
from riskmap.rules import HazardRule
from riskmap.tally import (
    LEAST_MEMBERS,
    QUANTILES,
    STRIKE_RADIUS,
    TIERS,
    WindProbability,
    mark_strikes,
    needed_wind,
)
from riskmap.track import instants
from riskmap.zonal import ZonalWeights

LEAST_SHARE: Final = 0.8
"""At least this share of the members must have run (status D): those that fail may be the extreme ones."""

MEAN_PERIOD: Final = 120
"""Averaging period of a rule's mean wind [s] where the rule has none of its own; see ``riskmap.averaging``."""


def wind_probability(
    ensemble: Ensemble,
    grid: Grid,
    hours: Sequence[Any] | NDArray[np.datetime64],
    *,
    rule: HazardRule,
    mean_factor: NDArray[Any],
    gust_factor: NDArray[Any],
    weights: ZonalWeights | None = None,
    codes: Sequence[str] = (),
    peaks: Peaks = hourly_peaks,
    least_members: int = LEAST_MEMBERS,
    tell: Tell = tell_nobody,
) -> xr.Dataset:
    """The chance of each wind tier over the window, per cell and region, with the hour of onset.

    All members weigh the same, so a chance is the share of members. It is the truth's chance only as far as the
    ensemble is reliable, which no single storm can show. With n members of which none reaches a tier, the
    chance may still be as large as 1 - 0.05^(1/n) (95 %): 6 % for 50 members, 13 % for 21.

    Parameters
    ----------
    ensemble : Ensemble
        With a strength (see ``riskmap.members.lend_strength``).
    grid : Grid
    hours : sequence of aware datetime, or datetime64 (time,)
        The window: consecutive hours, UTC, within the members' tracks.
    rule : HazardRule
        Of the wind; members are converted to the averaging period of its mean wind.
    mean_factor, gust_factor : array (y, x)
        See ``riskmap.tally.needed_wind``; NaN where unknown.
    weights : ZonalWeights, optional
        Of the regions on ``grid``.
    codes : sequence of str
        Their administrative codes.
    peaks : callable
        The wind model: see ``Peaks``. By default the engine's own, each hour's peak of the moving storm.
    least_members : int
        Fewer that ran are refused.
    tell : callable
        Progress.

    Returns
    -------
    Dataset
        ``probability``, ``earliest_onset``, ``mean_onset`` (tier, y, x); ``strike_probability`` (y, x);
        ``region_probability`` (tier, region), ``region_probability_hourly`` (tier, time, region),
        ``region_onset`` (tier, quantile, region). Chances [1], onsets [h] after the first hour, over the
        members that reach the tier. NaN = unknown, never 0. ``attrs`` tell the members that are missing and why.

    Raises
    ------
    CoverageError
        The members do not cover the window, or none comes near the grid.
    DataError
        Positions without a strength; too few members ran.
    ConfigError
        The rule tests something else than wind.

    References
    ----------
    ECMWF, Forecast User Guide, Tropical Cyclone Diagrams (strike probability).

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> import riskmap as rm
    >>> from riskmap.io.rule_files import read_rules
    >>> days = np.arange("2021-07-24T00", "2021-07-25T06", 6, "M8[h]").astype("M8[s]")
    >>> track = rm.make_track(time=days, latitude=[26, 27, 28, 29, 30], longitude=[125, 124.5, 124, 123, 122],
    ...                       maximum_wind=[38, 38, 38, 38, 33], averaging_period=600)
    >>> members = rm.make_members(track, issued_at=datetime(2021, 7, 24, 6, tzinfo=UTC), hours=18, count=12, seed=7)
    >>> grid = rm.Grid.from_bounds(west=121.5, south=29.5, east=123, north=31, step=0.5)
    >>> hours = np.datetime64("2021-07-24T18", "s") + np.arange(4) * np.timedelta64(1, "h")
    >>> chances = wind_probability(members, grid, hours, rule=read_rules()["wind"], mean_factor=np.full(grid.shape, 0.8),
    ...                            gust_factor=np.full(grid.shape, 1.3))
    >>> worst = chances["probability"].max(("y", "x"))
    >>> [float(worst.sel(tier=tier)) for tier in (1, 4)]  # blue, red
    [1.0, 0.0]

    .. image:: /images/ensembles.svg
       :alt: Left: chance of force 10 from made members. Right: chance that the centre passes, from real ones
    """
    window = _window(hours)
    require_strength(ensemble)
    regions = 0 if weights is None else len(weights.total)
    if len(codes) != regions:
        raise DataError(
            "not as many codes as regions", where="wind_probability, codes", expected=str(regions),
            found=str(len(codes)), remedy="give the codes of the regions of the weights, in their order",
        )  # fmt: skip
    needed = needed_wind(rule, mean_factor, gust_factor)
    period = (
        next((m.averaging_period for m in rule.metrics if m.variable == "wind_speed"), None) or MEAN_PERIOD
    )
    runs = MemberRuns(
        grid, window, needed, weights=weights, share=rule.unit_area_share, period=period, peaks=peaks,
        ends=ensemble.ends,
    )  # fmt: skip
    tally, missing, far = runs.count(ensemble, tell)
    if far == len(ensemble.members):
        require_near(ensemble.members[0], grid)
    tally.finish_calm(len(ensemble.stormless))
    _require_enough(ensemble, tally.members, missing, least_members)
    return _labelled(tally, ensemble, window, rule, codes, missing, {"averaging_period": period})


def _window(hours: Sequence[Any] | NDArray[np.datetime64]) -> NDArray[Any]:
    window = instants(hours, where="hours")
    if len(window) < 1 or (np.diff(window) != np.timedelta64(3600, "s")).any():
        raise DataError(
            "the hours of the window do not follow each other", where="hours", expected="times an hour apart",
            found=f"{len(window)} times", remedy="give every hour from the first to the last",
        )  # fmt: skip
    return window


def _require_enough(ensemble: Ensemble, ran: int, missing: dict[str, Any], least: int) -> None:
    if ran >= max(least, LEAST_SHARE * ensemble.size):
        return
    first = next(iter(missing.items()), None)
    raise DataError(
        "too few members for a probability", where=f"ensemble {ensemble.source}",
        expected=f"{least} or more, and {LEAST_SHARE:.0%} of {ensemble.size}",
        found=f"{ran} that ran" + (f"; member {first[0]}: {first[1]}" if first else ""),
        remedy="mend the members, or take a larger ensemble",
    )  # fmt: skip


def _labelled(
    tally: WindProbability, ensemble: Ensemble, window: NDArray[Any], rule: HazardRule, codes: Sequence[str],
    missing: dict[str, Any], more: dict[str, Any],
) -> xr.Dataset:  # fmt: skip
    """The counts as a Dataset with CF attributes."""
    chance: dict[str, Any] = {"units": "1", "valid_min": 0.0, "valid_max": 1.0}
    onset = {
        "units": "h",
        "comment": "hours after the first hour of the window, over the members that reach the tier",
    }
    on_cells = {"grid_mapping": "spatial_ref"}
    long_names = {
        "probability": "probability that the wind reaches the tier or worse in the window",
        "earliest_onset": "onset in the earliest member",
        "mean_onset": "mean onset",
        "strike_probability": "probability that the centre passes within 120 km",
        "region_probability": "probability of the region's tier or worse in the window",
        "region_probability_hourly": "probability of the region's tier or worse in the hour",
        "region_onset": "onset by which that share of the members that reach the tier has it",
    }
    words = {
        name: (onset if name.endswith("onset") else chance)
        | ({} if name.startswith("region") else on_cells)
        | {"long_name": long_name}
        for name, long_name in long_names.items()
    }
    dims = {
        "strike_probability": ("y", "x"),
        "region_probability": ("tier", "region"),
        "region_probability_hourly": ("tier", "time", "region"),
        "region_onset": ("tier", "quantile", "region"),
    }
    values = tally.cells() | (tally.regions() if codes else {})
    data = {name: (dims.get(name, ("tier", "y", "x")), v, words[name]) for name, v in values.items()}
    tiers = {"long_name": "tier or worse", "flag_values": [int(t) for t in TIERS],
             "flag_meanings": " ".join(t.english for t in TIERS)}  # fmt: skip
    coords: dict[str, Any] = {"tier": ("tier", [int(t) for t in TIERS], tiers), **tally.grid.coordinates}
    if codes:
        time = {"standard_name": "time", "axis": "T"}
        coords |= {"time": ("time", window, time), "region": list(codes), "quantile": list(QUANTILES)}
    attrs = more | {
        "Conventions": "CF-1.8",
        "title": "Probability of wind tiers from an ensemble",
        "rule": rule.id,
        "source": ensemble.source,
        "made": int(ensemble.made),
        "issued_at": ensemble.issued_at.isoformat(),
        "window": f"{window[0]}Z to {window[-1]}Z",
        "members": ensemble.size,
        "members_counted": tally.members,
        "members_stormless": ", ".join(ensemble.stormless),
        "members_missing": "; ".join(f"{label}: {error}" for label, error in missing.items()),
        "strike_radius": STRIKE_RADIUS,
        "comment": "share of members; reliability is not shown"
        + (", members made by error statistics, not by a model" if ensemble.made else ""),
    }
    return xr.Dataset(data, coords=coords, attrs=attrs)


def strike_probability(
    ensemble: Ensemble, grid: Grid, hours: Sequence[Any] | NDArray[np.datetime64]
) -> xr.DataArray:
    """The share of members whose centre passes within 120 km of each cell: needs positions only.

    Parameters
    ----------
    ensemble : Ensemble
    grid : Grid
    hours : sequence of aware datetime, or datetime64 (time,)
        The window, UTC, within the members' tracks.

    Returns
    -------
    DataArray (y, x) [1]

    Raises
    ------
    CoverageError
        The members do not cover the window.

    References
    ----------
    ``STRIKE_RADIUS``.

    Examples
    --------
    Four members whose ways lie 0, 1, 2 and 9 degrees east of the first one's: the share that passes two places.

    >>> from datetime import UTC, datetime
    >>> import riskmap as rm
    >>> fixes = np.arange("2021-07-24T00", "2021-07-25T06", 6, "M8[h]").astype("M8[s]")
    >>> tracks = tuple(rm.make_track(time=fixes, latitude=[26, 27, 28, 29, 30], longitude=np.arange(125, 120, -1) + east,
    ...                              maximum_wind=[38] * 5, averaging_period=600) for east in (0, 1, 2, 9))
    >>> members = Ensemble(tracks, ("1", "2", "3", "4"), made=False, source="an example",
    ...                    issued_at=datetime(2021, 7, 24, tzinfo=UTC))
    >>> grid = rm.Grid.from_bounds(west=120, south=28, east=125, north=31, step=0.5)
    >>> chance = strike_probability(members, grid, np.arange(fixes[0], fixes[-1], 3600))
    >>> chance.sel(y=29.25, x=[120.25, 123.25]).values.tolist()
    [0.25, 0.75]
    """
    window = _window(hours)
    strikes = np.zeros(grid.shape, np.int32)
    for member in ensemble.members:
        lived = window
        if ensemble.ends == "dissipated":
            lived = window[window <= member["time"].values[-1]]
        if len(lived):
            struck = np.zeros(grid.shape, np.int8)
            path = np.arange(lived[0], lived[-1] + np.timedelta64(1, "s"), np.timedelta64(PATH_STEP, "s"))
            mark_strikes(struck, grid, *centres(member, path))
            strikes += struck
    return xr.DataArray(
        (strikes / ensemble.size).astype(np.float32), dims=("y", "x"), coords=grid.coordinates,
        name="strike_probability",
        attrs={"units": "1", "long_name": "probability that the centre passes within 120 km",
               "source": ensemble.source, "made": int(ensemble.made), "members": ensemble.size},
    )  # fmt: skip
