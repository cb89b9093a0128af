"""Astronomical tide (天文潮) from harmonic constants, through UTide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskmap.errors import DataError, MissingExtraError
from riskmap.heights import HeightDatum


@dataclass(frozen=True)
class Harmonics:
    """Harmonic constants of one station.

    Attributes
    ----------
    latitude : float
        [degrees], for the nodal corrections.
    constituents : tuple of str
        Names as UTide has them: M2, S2, K1, O1, M4 ...
    amplitude : tuple of float
        [m].
    phase : tuple of float
        Lag [degrees] in the clock of ``zone_hours``.
    zone_hours : float
        Hours that the clock of the phases is ahead of UTC: 0 for Greenwich phase lags, 8 for Beijing time.
    mean_level : float
        Of the sea above ``height_datum`` [m].
    """

    latitude: float
    constituents: tuple[str, ...]
    amplitude: tuple[float, ...]
    phase: tuple[float, ...]
    zone_hours: float
    mean_level: float
    height_datum: HeightDatum


def predict_tide(harmonics: Harmonics, times: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Tide above the station's datum [m], shape (time,), with nodal corrections of each instant.

    Parameters
    ----------
    harmonics : Harmonics
    times : datetime64 (time,), UTC

    Raises
    ------
    MissingExtraError
        UTide is not installed (extra ``tide``).
    DataError
        A constituent that UTide does not know.

    References
    ----------
    Codiga (2011), Unified Tidal Analysis and Prediction Using the UTide Matlab Functions, URI/GSO 2011-01.
    """
    utide = _utide()
    names = [str(name).rstrip() for name in utide.ut_constants["const"]["name"]]
    unknown = [name for name in harmonics.constituents if name not in names]
    if unknown:
        raise DataError(
            "an unknown tidal constituent", where="harmonic constants", expected="a name of UTide such as M2, S2, K1, O1",
            found=", ".join(unknown), remedy="rename it; MM and MF are written in capitals",
        )  # fmt: skip
    index = np.array([names.index(name) for name in harmonics.constituents])
    frequency = np.asarray(utide.ut_constants["const"]["freq"], np.float64)[index]
    # a lag on a clock ahead of Greenwich is longer by what the constituent turns in those hours
    lag = (np.asarray(harmonics.phase) - 360.0 * frequency * harmonics.zone_hours) % 360.0
    bunch = import_module("utide.utilities").Bunch
    options = bunch(
        twodim=False, nodsatlint=False, nodsatnone=False, gwchlint=False, gwchnone=False, notrend=True,
        prefilt=[], nodiagn=True,
    )  # fmt: skip
    days = times.astype("datetime64[s]")
    middle = days[0] + (days[-1] - days[0]) // 2
    coefficients = bunch(
        name=np.array(harmonics.constituents), A=np.asarray(harmonics.amplitude), g=lag, mean=harmonics.mean_level,
        slope=0.0,
        aux=bunch(opt=options, frq=frequency, lind=index, lat=harmonics.latitude, reftime=_day_number(middle)),
    )  # fmt: skip
    found: Mapping[str, Any] = utide.reconstruct(days, coefficients, verbose=False)
    return np.asarray(found["h"], np.float64)


def _day_number(instant: np.datetime64) -> float:
    """Days as UTide counts them: 1 on the first of January of the year 1."""
    return float((instant - np.datetime64("0001-01-01", "s")).astype(np.float64)) / 86_400.0 + 1.0


def _utide() -> Any:
    try:
        return import_module("utide")
    except ImportError as error:
        raise MissingExtraError(
            "UTide is not installed", where="astronomical tide", expected="the extra `tide`",
            remedy="pip install 'riskmap[tide]'",
        ) from error  # fmt: skip
