"""The decay of a typhoon after landfall: maximum wind or pressure deficit by the hours since the centre came ashore.

Numbers or arrays in, array out. A storm that comes ashore weaker than a model's background wind stays as it is
(our clause, status D: the papers fitted no such storm and their formulas would strengthen it).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from riskmap.errors import DataError
from riskmap.regressions import KNOT

Numbers = NDArray[np.float64]

KAPLAN_DEMARIA_PERIOD: Final = 60
"""Averaging period of their wind [s]; Kaplan and DeMaria (2001): 1-min maximum sustained surface wind."""

KAPLAN_DEMARIA_1995: Final = MappingProxyType({"reduction": 0.9, "background": 26.7 * KNOT, "rate": 0.095})
"""Kaplan and DeMaria (1995), JAM 34, 2499, south of 37 N: R, Vb [m s-1], a [h-1]. Read in several public
implementations that cite it, not in the paper (status M)."""

KAPLAN_DEMARIA_2001: Final = MappingProxyType({"reduction": 0.9, "background": 29.6 * KNOT, "rate": 0.187})
"""Kaplan and DeMaria (2001), JAM 40, 280, New England: R, Vb [m s-1], a [h-1]; remembered (status M)."""

_DISTANCE_SLOPE, _DISTANCE_OFFSET, _DISTANCE_HOURS = 0.0109 * KNOT, -0.0503 * KNOT, 50.0
_LEAST_DISTANCE = 1000.0
"""Kaplan and DeMaria (1995), correction for the distance inland: c1, d1 [m s-1 h-2], t0 [h], D0 [m]; remembered
(status M)."""

_FILLING, _FILLING_PER_HECTOPASCAL = 0.006, 0.00046
"""Vickery and Twisdale (1995), J. Struct. Eng. 121, 1700, Florida: a0 [h-1], a1 [h-1 hPa-1]. Read in a public
implementation that names them as the paper's values (status M)."""

ZHEJIANG: Final = MappingProxyType({"reduction": 0.943, "background": 13.99, "rate": 0.0852})
"""R, Vb [m s-1], a [h-1] for 10-min winds; fitted here, benchmarks/decay_fit, 35 storms, 156 fixes of 1980-2018,
71 of them below 35 kt and censored (status D)."""

ZHEJIANG_PERIOD: Final = 600
"""Averaging period of the winds it was fitted to [s]: Tokyo's 10-min means."""

ZHEJIANG_INTERVALS: Final = MappingProxyType(
    {"reduction": (0.89, 1.0), "background": (9.1, 15.8), "rate": (0.041, 0.124)}
)
"""95 % intervals of ``ZHEJIANG``, from fits to storms drawn with replacement. They hang together: a lower
background goes with a slower rate. The background lies under the 18 m s-1 from which Tokyo reports a wind."""


def exponential_decay(
    maximum_wind: Any, hours_inland: Any, *, reduction: float, background: float, rate: float
) -> Numbers:
    """Maximum wind [m s-1] inland: ``V = Vb + (R V0 - Vb) exp(-a t)``.

    Parameters
    ----------
    maximum_wind : number or array
        V0, the last wind over the sea [m s-1].
    hours_inland : number or array
        t, since the centre crossed the coast [h].
    reduction : float
        R, wind just inland over that over the sea.
    background : float
        Vb [m s-1], what the wind tends to.
    rate : float
        a [h-1].

    Raises
    ------
    DataError
        A negative wind or time.

    References
    ----------
    The form of Kaplan and DeMaria (1995), JAM 34, 2499.

    Examples
    --------
    >>> exponential_decay(40.0, [0, 12, 1000], reduction=0.9, background=10.0, rate=0.1).round(2)
    array([36.  , 17.83, 10.  ])
    """
    wind = _not_negative(maximum_wind, "maximum_wind", "m s-1")
    hours = _not_negative(hours_inland, "hours_inland", "h")
    ashore = reduction * wind
    tends_to = np.minimum(background, ashore)
    return np.asarray(tends_to + (ashore - tends_to) * np.exp(-rate * hours))


def kaplan_demaria_1995(maximum_wind: Any, hours_inland: Any, *, inland_distance: Any = None) -> Numbers:
    """Maximum 1-min wind [m s-1] inland, fitted on landfalls in the United States south of 37 N.

    ``V = 26.7 + (0.9 V0 - 26.7) exp(-0.095 t)`` in knots. With the distance from the coast D also
    ``- m ln(D / 1 km) - b``, ``m = 0.0109 t (50 - t)``, ``b = -0.0503 t (50 - t)``: less wind far inland for
    the same hours, more near the coast (zero near 100 km).

    Parameters
    ----------
    maximum_wind : number or array
        Last 1-min wind over the sea [m s-1]; ``riskmap.averaging.convert`` makes one of a 2- or 10-min wind.
    hours_inland : number or array
        Since the centre crossed the coast [h]; the correction ends at 50 h.
    inland_distance : number or array, optional
        Of the centre from the coast [m]; below 1 km counts as 1 km. A corrected wind stays between 0 and R V0
        (our bounds, status D).

    Raises
    ------
    DataError
        A negative wind, time or distance.

    References
    ----------
    Kaplan and DeMaria (1995), JAM 34, 2499 (status M).

    Examples
    --------
    >>> [round(float(kaplan_demaria_1995(100 * KNOT, t)) / KNOT, 1) for t in (0, 6, 24)]
    [90.0, 62.5, 33.2]
    >>> round(float(kaplan_demaria_1995(100 * KNOT, 6, inland_distance=20_000)) / KNOT, 1)
    67.2
    """
    wind = exponential_decay(maximum_wind, hours_inland, **KAPLAN_DEMARIA_1995)
    if inland_distance is None:
        return wind
    hours = np.asarray(hours_inland, np.float64)
    distance = np.maximum(_not_negative(inland_distance, "inland_distance", "m"), _LEAST_DISTANCE)
    shape = hours * np.maximum(_DISTANCE_HOURS - hours, 0.0)
    correction = shape * (_DISTANCE_SLOPE * np.log(distance / _LEAST_DISTANCE) + _DISTANCE_OFFSET)
    ashore = KAPLAN_DEMARIA_1995["reduction"] * np.asarray(maximum_wind, np.float64)
    return np.asarray(np.clip(wind - correction, 0.0, ashore))


def kaplan_demaria_2001(maximum_wind: Any, hours_inland: Any) -> Numbers:
    """Maximum 1-min wind [m s-1] inland, fitted on landfalls in New England: twice as fast as in the south.

    ``V = 29.6 + (0.9 V0 - 29.6) exp(-0.187 t)`` in knots, ``V0`` [m s-1], ``t`` [h]. The storms moved fast there
    and the sea was cold: not meant for the latitudes of Zhejiang.

    Raises
    ------
    DataError
        A negative wind or time.

    References
    ----------
    Kaplan and DeMaria (2001), JAM 40, 280 (status M).

    Examples
    --------
    >>> [round(float(kaplan_demaria_2001(100 * KNOT, t)) / KNOT, 1) for t in (0, 6, 24)]
    [90.0, 49.3, 30.3]
    """
    return exponential_decay(maximum_wind, hours_inland, **KAPLAN_DEMARIA_2001)


def vickery_twisdale_1995(pressure_deficit: Any, hours_inland: Any) -> Numbers:
    """Central pressure deficit [Pa] inland, coefficients of Florida: deep storms fill faster.

    ``dp = dp0 exp(-a t)``, ``a = 0.006 + 0.00046 dp0`` with dp0 in hPa; ``pressure_deficit`` [Pa] at landfall,
    ``hours_inland`` [h] since. The mean of their model, without its random part.

    Raises
    ------
    DataError
        A negative deficit or time.

    References
    ----------
    Vickery and Twisdale (1995), J. Struct. Eng. 121, 1700 (status M).

    Examples
    --------
    >>> [round(float(vickery_twisdale_1995(6000, t))) for t in (0, 6, 24)]
    [6000, 4905, 2679]
    """
    deficit = _not_negative(pressure_deficit, "pressure_deficit", "Pa")
    hours = _not_negative(hours_inland, "hours_inland", "h")
    return np.asarray(deficit * np.exp(-(_FILLING + _FILLING_PER_HECTOPASCAL * deficit / 100.0) * hours))


def zhejiang_decay(maximum_wind: Any, hours_inland: Any) -> Numbers:
    """Maximum 10-min wind [m s-1] inland, fitted on landfalls within the Zhejiang window.

    ``V = Vb + (R V0 - Vb) exp(-a t)`` with ``ZHEJIANG``; ``maximum_wind`` V0 is the last 10-min wind over the
    sea [m s-1], ``hours_inland`` t [h]. Fitted up to 36 h and on winds of 18 to 51 m/s.

    Raises
    ------
    DataError
        A negative wind or time.

    References
    ----------
    Fitted here (status D); docs/concepts/decay.md has the verdict against Kaplan and DeMaria (1995).

    Examples
    --------
    >>> zhejiang_decay(40.0, [0, 6, 12, 24]).round(1)
    array([37.7, 28.2, 22.5, 17.1])
    """
    return exponential_decay(maximum_wind, hours_inland, **ZHEJIANG)


def _not_negative(value: Any, name: str, unit: str) -> Numbers:
    numbers = np.asarray(value, np.float64)
    if np.any(numbers < 0):
        raise DataError(
            "a negative value", where=name, expected=f"0 {unit} or more", found=f"{np.nanmin(numbers):g}",
            remedy="leave out what is missing, or set it to NaN",
        )  # fmt: skip
    return numbers
