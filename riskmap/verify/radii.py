"""Modelled quadrant radii (风圈) against those of the bulletins of the same storm.

Scores are in metres; every method sees position, maximum wind and central pressure of each fix. What else it sees
is its name: nothing more (a profile, or ``withheld``), the radii of other days (``blocks``), or those of earlier
days alone (``past``). No method sees the radius that it is judged by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.errors import ConfigError, CoverageError, DataError
from riskmap.hazard.radii import GALE, fit_radii, modelled_radius
from riskmap.hazard.storm.model import Profile, WindModel
from riskmap.hazard.wind import PROFILES, wind_circles
from riskmap.ledger import Tell, tell_nobody
from riskmap.regressions import KNOT
from riskmap.track import FORCES, QUADRANTS, complete, to_averaging_period

Radii = NDArray[np.float64]

FITTED: Final = ("withheld", "blocks", "past")
"""Set-ups of ``riskmap.hazard.radii``: no radii at all; each 24 h block told from the radii before and after it;
each block told from those before it alone, as on duty."""

METHODS: Final = (*PROFILES, *FITTED)

BLOCK: Final = 24 * 3600
"""Length of a block [s]: bulletins repeat a radius for hours, so that leaving out single fixes would prove nothing
(status D)."""


@dataclass(frozen=True)
class RadiusScore:
    """How one method did at one wind threshold, over the quadrants of all analysed fixes.

    Attributes
    ----------
    method : str
        One of ``METHODS``.
    threshold : float
        Wind at the radius [m s-1], in the averaging period of the bulletin's radii.
    label : str
        ``force 7`` or ``30 kt``.
    hits, misses, false_alarms : int
        Quadrants in which both have the wind; the bulletin alone; the model alone. A fix whose bulletin gives no
        radius of any threshold says nothing and is not counted.
    mean_reported : float
        Mean of the reported radii [m]; NaN where there are none.
    bias, mean_absolute_error : float
        Modelled minus reported, over the hits [m]; NaN where there are none.
    mean_absolute_error_all : float
        Over every reported radius, a miss counting as 0 m. The figure to compare methods by: a method that models
        fewer circles does not gain by it.
    unmodelled : int
        Fixes that lie outside the method's formulas: its radii there count as none.
    """

    method: str
    threshold: float
    label: str
    hits: int
    misses: int
    false_alarms: int
    mean_reported: float
    bias: float
    mean_absolute_error: float
    mean_absolute_error_all: float
    unmodelled: int = 0


def verify_radii(
    track: xr.Dataset, *, methods: Sequence[str] = METHODS, tell: Tell = tell_nobody
) -> tuple[RadiusScore, ...]:
    """Score the modelled radii of a storm against its own bulletins.

    Parameters
    ----------
    track : Dataset (time)
        With ``wind_radius`` (time, force, quadrant) [m]; forecast fixes are left out. Winds are brought to the
        averaging period of the radii first.
    methods : sequence of str
        Out of ``METHODS``.
    tell : callable, optional
        Progress.

    Returns
    -------
    tuple of RadiusScore
        Method by method, thresholds upwards; thresholds that the agency never reports are left out.

    Raises
    ------
    ConfigError
        Unknown method.
    CoverageError
        No analysed fix has a radius.

    Examples
    --------
    >>> from riskmap.io.bundled import bundled
    >>> from riskmap.io.tracks import read_track
    >>> track = read_track(bundled("tracks/jma_bst_zhejiang_2015_2021.txt"), format="jma", storm="1814")
    >>> scores = verify_radii(track, methods=["past"])
    >>> [(s.label, s.hits + s.misses) for s in scores]
    [('30 kt', 80), ('50 kt', 0)]
    """
    for method in methods:
        if method not in METHODS:
            raise ConfigError(
                "unknown method", where="methods", expected=" | ".join(METHODS), found=repr(method),
                remedy="choose one of them",
            )  # fmt: skip
    ready, reported, speeds = _prepared(track)
    scores: list[RadiusScore] = []
    for n, method in enumerate(methods):
        modelled = modelled_radii(ready, reported, speeds, method=method)
        outside = int(outside_formulas(ready, profile=method).sum()) if method in PROFILES else 0
        scores += [
            replace(
                _score(
                    method, float(speeds[k]), int(force), modelled[:, k], reported[:, k], _speaks(reported)
                ),
                unmodelled=outside,
            )
            for k, force in enumerate(_known_forces(track))
        ]
        tell("radii", (n + 1) / len(methods))
    return tuple(scores)


def _known_forces(track: xr.Dataset) -> list[int]:
    """Forces whose radii the agency reports: those with a threshold."""
    thresholds = track["wind_threshold"].values
    return [force for force, speed in zip(FORCES, thresholds, strict=True) if np.isfinite(speed)]


def _speaks(reported: Radii) -> NDArray[np.bool_]:
    """Fixes whose bulletin gives a radius at all."""
    return np.asarray(np.isfinite(reported).any(axis=(1, 2)))


def _prepared(track: xr.Dataset) -> tuple[xr.Dataset, Radii, Radii]:
    """The analysed part, complete and in the period of its radii; the radii with NaN for none; the thresholds."""
    where = f"track {track.attrs.get('name', '')}".strip()
    analysed = track.isel(time=np.flatnonzero(~track["forecast"].values))
    known = [k for k, speed in enumerate(track["wind_threshold"].values) if np.isfinite(speed)]
    reported = analysed["wind_radius"].values[:, known]
    reported = np.where(reported > 0, reported, np.nan)
    if not np.isfinite(reported).any() or analysed.sizes["time"] < 2:
        raise CoverageError(
            "no radius to compare with", where=where, expected="wind_radius at one analysed fix or more",
            found="none", remedy="read a source that has quadrant radii, e.g. jma or qweather",
        )  # fmt: skip
    period = int(track["wind_radius"].attrs.get("averaging_period", track.attrs["averaging_period"]))
    ready = to_averaging_period(complete(analysed), period)
    return ready, reported, np.asarray(track["wind_threshold"].values[known], np.float64)


def modelled_radii(track: xr.Dataset, reported: Radii, speeds: Radii, *, method: str) -> Radii:
    """Radii of one method at every fix.

    Parameters
    ----------
    track : Dataset (time)
        Complete, in the averaging period of the radii.
    reported : array (time, speed, 4)
        Radii of the bulletins [m], NaN where none; only ``blocks`` and ``past`` look at them, and never at those
        of the day that they model.
    speeds : array (speed,)
        Thresholds [m s-1], increasing.
    method : str
        One of ``METHODS``.

    Returns
    -------
    array (time, speed, 4)
        [m]; NaN where the wind is not reached.
    """
    if method in PROFILES:
        return circles(track, speeds, profile=method)
    given = np.full(reported.shape, np.nan)
    if method != "withheld":
        given = nested(left_out(track["time"].values, reported, live=method == "past"))
    return fitted_radii(track, given, speeds)


def circles(track: xr.Dataset, speeds: Radii, *, profile: Profile) -> Radii:
    """Radii of a profile over open water at every fix, as ``riskmap.hazard.wind.wind_circles`` for any speeds.

    Parameters
    ----------
    track : Dataset (time)
        Complete.
    speeds : array (speed,)
        Wind speeds [m s-1].

    Returns
    -------
    array (time, speed, 4)
        Largest radius [m] in the quadrants NE, SE, SW, NW; NaN if never reached, or outside the profile's formulas.
    """
    model = WindModel(profile=profile, radii="ignore")
    times = track["time"].values
    try:
        return np.asarray(wind_circles(track, times, model=model, speeds=speeds)["wind_radius"].values)
    except DataError:
        found = np.full((len(times), len(speeds), len(QUADRANTS)), np.nan)
    for k in np.flatnonzero(~outside_formulas(track, profile=profile)):
        found[k] = wind_circles(track, times[k : k + 1], model=model, speeds=speeds)["wind_radius"].values[0]
    return found


def outside_formulas(track: xr.Dataset, *, profile: Profile) -> NDArray[np.bool_]:
    """Fixes for which a profile's formulas do not hold, e.g. a regression's parameters for a weak and wide storm.

    Parameters
    ----------
    track : Dataset (time)
        Complete.

    Returns
    -------
    bool array (time,)
    """
    model, times = WindModel(profile=profile, radii="ignore"), track["time"].values

    def fails(some: NDArray[np.datetime64]) -> bool:
        try:
            wind_circles(track, some, model=model, speeds=[GALE])
        except DataError:
            return True
        return False

    if not fails(times):
        return np.zeros(len(times), np.bool_)
    return np.array([fails(times[k : k + 1]) for k in range(len(times))])


def fitted_radii(track: xr.Dataset, radii: Radii, speeds: Sequence[float] | Radii) -> Radii:
    """Radii [m] of the fit to each fix, NaN where the wind is not reached; see ``riskmap.hazard.radii``.

    Parameters
    ----------
    track : Dataset (time)
        Complete.
    radii : array (time, speed, 4)
        What the fit is given [m], NaN where nothing; they must nest.
    speeds : sequence (speed,)
        [m s-1], increasing.
    """
    deficit = track["environmental_pressure"].values - track["central_pressure"].values
    levels = tuple(float(v) for v in speeds)
    out = np.full(radii.shape, np.nan)
    for n, known in enumerate(radii):
        fit = fit_radii(
            maximum_wind=float(track["maximum_wind"].values[n]),
            latitude=float(track["latitude"].values[n]),
            pressure_deficit=float(deficit[n]),
            speeds=levels,
            radii=known,
        )
        out[n] = [[modelled_radius(fit, v, q) for q in QUADRANTS] for v in levels]
    return out


def left_out(times: NDArray[np.datetime64], radii: Radii, *, live: bool = False) -> Radii:
    """Radii filled for each 24 h block in turn from the fixes outside it alone.

    Parameters
    ----------
    times : datetime64 (time,)
    radii : array (time, speed, 4)
        As reported [m], NaN where none.
    live : bool
        Know only what came before the block: the last report stays.

    Returns
    -------
    array (time, speed, 4)
        [m]: linear in time between the nearest fixes on both sides that report the radius, the nearest one at the
        ends of the storm; NaN where nothing outside the block does.

    Examples
    --------
    >>> times = np.array(["2021-07-24", "2021-07-25", "2021-07-26"], "M8[s]")
    >>> left_out(times, np.array([100e3, 999e3, 300e3]).reshape(3, 1, 1))[1].item()
    200000.0
    """
    seconds = times.astype("datetime64[s]").astype(np.int64)
    block = (seconds - seconds[0]) // BLOCK
    filled = np.full(radii.shape, np.nan)
    for b in np.unique(block):
        inside = block == b
        outside = block < b if live else ~inside
        for place in np.ndindex(radii.shape[1:]):
            column = radii[(slice(None), *place)]
            known = outside & np.isfinite(column)
            if known.any():
                filled[(inside, *place)] = np.interp(seconds[inside], seconds[known], column[known])
    return filled


def nested(radii: Radii) -> Radii:
    """The same radii without those that are not smaller than one of a weaker wind in their quadrant.

    Filling in time can bring such pairs about where thresholds are reported at different times.

    Examples
    --------
    >>> nested(np.array([[[100e3], [120e3], [50e3]]]))[0, :, 0].tolist()
    [100000.0, nan, 50000.0]
    """
    kept = radii.copy()
    for k in range(1, radii.shape[1]):
        outer = np.where(np.isnan(kept[:, :k]), np.inf, kept[:, :k]).min(axis=1)
        kept[:, k] = np.where(kept[:, k] < outer, kept[:, k], np.nan)
    return kept


def _label(speed: float, force: int) -> str:
    knots = speed / KNOT
    return f"{knots:.0f} kt" if abs(knots - round(knots)) < 1e-3 else f"force {force}"


def _score(
    method: str, speed: float, force: int, modelled: Radii, reported: Radii, speaks: NDArray[np.bool_]
) -> RadiusScore:
    has, told = np.isfinite(modelled) & speaks[:, None], np.isfinite(reported)
    both = has & told
    difference = modelled - reported
    missed = np.where(both, np.abs(difference), reported)[told]

    def mean(values: Radii) -> float:
        return float(values.mean()) if values.size else float("nan")

    return RadiusScore(
        method, speed, _label(speed, force), int(both.sum()), int((told & ~has).sum()), int((has & ~told).sum()),
        mean(reported[told]), mean(difference[both]), mean(np.abs(difference[both])), mean(missed),
    )  # fmt: skip
