"""The sectionally continuous profiles of Willoughby, Darling and Rahn (2006)."""

from __future__ import annotations

from math import exp, log
from typing import Any, Final, Literal

import numpy as np

from riskmap.errors import DataError
from riskmap.hazard.profiles._checks import SMALLEST_RADIUS, STRONGEST_WIND, Numbers, distances, number, storm

SECOND_DECAY_LENGTH: Final = 25e3
"""X2 [m], fixed by the paper for the dual exponential."""

NARROW_CORE: Final = 20e3
"""[m]; the transition is 25 km wide, or 15 km where the radius of maximum wind is not above this."""


def willoughby_2006(
    radius: Any,
    *,
    maximum_wind: float,
    radius_of_maximum_wind: float,
    latitude: float,
    family: Literal["10", "11"] = "11",
) -> Numbers:
    """Wind [m s-1] of the dual-exponential profile with the paper's regressions, one family at a time.

    Parameters
    ----------
    radius : float or array
        Distance from the centre [m].
    maximum_wind, radius_of_maximum_wind, latitude : float
        Flight-level maximum [m s-1], R [m], [degrees], either hemisphere.
    family : str
        ``"10"``: eqs 10a to 10c, from wind and latitude; ``"11"``: eqs 11a to 11c, which take the radius of
        maximum wind too and so need it observed.

    Returns
    -------
    float64 array, shape of ``radius`` [m s-1]

    Raises
    ------
    DataError
        A missing, negative or absurd argument, by name; a storm outside the regressions.

    References
    ----------
    Willoughby, Darling and Rahn (2006), MWR 134, 1102.

    Examples
    --------
    >>> willoughby_2006([0, 40e3, 200e3], maximum_wind=40, radius_of_maximum_wind=40e3, latitude=29).round(2).tolist()
    [0.0, 40.0, 21.18]
    """
    wind, core, _ = storm(maximum_wind, radius_of_maximum_wind, latitude)
    exponent, decay_length, share = willoughby_parameters(
        maximum_wind=wind, radius_of_maximum_wind=core, latitude=latitude, family=family
    )
    return willoughby_sections(
        radius, maximum_wind=wind, radius_of_maximum_wind=core, latitude=latitude,
        exponent=exponent, decay_length=decay_length, share=share,
    )  # fmt: skip


def willoughby_parameters(
    *, maximum_wind: float, radius_of_maximum_wind: float, latitude: float, family: Literal["10", "11"]
) -> tuple[float, float, float]:
    """Exponent n, decay length X1 [m] and share A of the second exponential, by the paper's regressions.

    Parameters
    ----------
    maximum_wind, radius_of_maximum_wind, latitude : float
        [m s-1], [m] (kilometres stand in the regression's logarithm), [degrees].
    family : str
        ``"10"`` or ``"11"``: a set of coefficients is used whole.

    Raises
    ------
    DataError
        An unknown family; a storm for which the regressions give no profile.

    References
    ----------
    Willoughby, Darling and Rahn (2006), MWR 134, 1102, eqs 10a-c and 11a-c.

    Examples
    --------
    >>> n, x1, a = willoughby_parameters(maximum_wind=50, radius_of_maximum_wind=30e3, latitude=-20, family="10")
    >>> round(n, 4), round(x1), round(a, 4)
    (1.0507, 254100, 0.1866)
    """
    v, core, _ = storm(maximum_wind, radius_of_maximum_wind, latitude)
    phi, ln = abs(latitude), log(core / 1e3)
    if family == "10":
        n = 0.4067 + 0.0144 * v - 0.0038 * phi
        length = 317.1 - 2.026 * v + 1.915 * phi
        share = 0.0696 + 0.0049 * v - 0.0064 * phi
    elif family == "11":
        n = 2.134 + 0.0077 * v - 0.4522 * ln - 0.0038 * phi
        length = 287.6 - 1.942 * v + 7.799 * ln + 1.819 * phi
        share = 0.5913 + 0.0029 * v - 0.1361 * ln - 0.0042 * phi
    else:
        raise DataError(
            "unknown set of coefficients", where="family", expected="'10' | '11'", found=repr(family)
        )
    if n <= 0.0 or length <= 0.0:
        raise DataError(
            "the storm lies outside the regressions", where="radius_of_maximum_wind",
            expected="one for which n and X1 are positive", found=f"n = {n:.3f}, X1 = {length:.0f} km",
            remedy="use family '10' or give the parameters to willoughby_sections",
        )  # fmt: skip
    return n, 1e3 * length, min(max(share, 0.0), 1.0)


def willoughby_sections(
    radius: Any,
    *,
    maximum_wind: float,
    radius_of_maximum_wind: float,
    latitude: float,
    exponent: float,
    decay_length: float,
    share: float = 0.0,
) -> Numbers:
    """Wind [m s-1] of the sectionally continuous profile with parameters of one's own.

    A power of r inside, exponentials outside, blended over 25 km (15 km for R up to 20 km) by a polynomial
    whose value at R is n X / (n X + R), X = (1-A) X1 + A X2, so that the maximum lies at R. With two exponentials
    it does so only nearly, as the slope there goes with the harmonic mean: up to 0.5 % more, within 1.5 km
    inside R. Where the transition would reach the centre, it is narrowed to begin there.

    Parameters
    ----------
    radius : float or array
        Distance from the centre [m].
    maximum_wind, radius_of_maximum_wind, latitude : float
        [m s-1], R [m], [degrees] (checked; the formula has no rotation).
    exponent : float
        n of the power inside.
    decay_length : float
        X1 [m].
    share : float
        A of the second exponential with X2 = 25 km; 0 is the single exponential.

    Returns
    -------
    float64 array, shape of ``radius`` [m s-1]

    Raises
    ------
    DataError
        A missing, negative or absurd argument, by name.

    References
    ----------
    Willoughby, Darling and Rahn (2006), MWR 134, 1102, eqs 1 to 4.

    Examples
    --------
    >>> float(willoughby_sections(40e3, maximum_wind=40, radius_of_maximum_wind=40e3, latitude=29, exponent=0.9,
    ...                           decay_length=290e3).round(9))
    40.0
    """
    r = distances(radius)
    wind, core, _ = storm(maximum_wind, radius_of_maximum_wind, latitude)
    n = number(exponent, "exponent", least=1e-6, most=10.0, unit="")
    first = number(decay_length, "decay_length", least=1e3, most=2e6, unit="m")
    a = number(share, "share", least=0.0, most=1.0, unit="")
    start, end = willoughby_transition(radius_of_maximum_wind=core, exponent=n, decay_length=first, share=a)
    width = end - start
    weight = _ramp(np.clip((r - start) / width, 0.0, 1.0))
    inner = wind * np.minimum(r / core, 10.0) ** n  # no weight so far out, and no overflow
    beyond = np.maximum(r - core, -width)  # nor inside of the transition
    outer = wind * ((1.0 - a) * np.exp(-beyond / first) + a * np.exp(-beyond / SECOND_DECAY_LENGTH))
    return np.asarray(np.where(r > 0.0, (1.0 - weight) * inner + weight * outer, 0.0))


def willoughby_transition(
    *, radius_of_maximum_wind: float, exponent: float, decay_length: float, share: float = 0.0
) -> tuple[float, float]:
    """Radii R1 and R2 [m] between which the power inside and the exponentials outside are blended.

    Parameters
    ----------
    radius_of_maximum_wind, decay_length : float
        R and X1 [m].
    exponent, share : float
        n and A.

    Raises
    ------
    DataError
        A missing, negative or absurd argument, by name.

    References
    ----------
    Willoughby, Darling and Rahn (2006), MWR 134, 1102, eqs 2 and 3.

    Examples
    --------
    >>> start, end = willoughby_transition(radius_of_maximum_wind=40e3, exponent=0.9, decay_length=290e3)
    >>> round(start), round(end)
    (23134, 48134)
    """
    core = number(radius_of_maximum_wind, "radius_of_maximum_wind", least=SMALLEST_RADIUS, most=1e6, unit="m")
    n = number(exponent, "exponent", least=1e-6, most=10.0, unit="")
    first = number(decay_length, "decay_length", least=1e3, most=2e6, unit="m")
    a = number(share, "share", least=0.0, most=1.0, unit="")
    length = (1.0 - a) * first + a * SECOND_DECAY_LENGTH
    place = _inverse_ramp(n * length / (n * length + core))
    width = min(25e3 if core > NARROW_CORE else 15e3, core / place)
    start = max(core - place * width, 0.0)
    return start, start + width


def willoughby_radius_of_maximum_wind(*, maximum_wind: float, latitude: float) -> float:
    """Radius of maximum wind [m] where none is observed, from the flight-level maximum [m s-1] and latitude [degrees].

    References
    ----------
    Willoughby, Darling and Rahn (2006), MWR 134, 1102, eq. 7a; it goes with family "10".

    Examples
    --------
    >>> round(willoughby_radius_of_maximum_wind(maximum_wind=30, latitude=-25) / 1e3, 1)
    44.5
    """
    wind = number(maximum_wind, "maximum_wind", least=0.1, most=STRONGEST_WIND, unit="m s-1")
    degrees = number(latitude, "latitude", least=-90.0, most=90.0, unit="degrees")
    return 46.4e3 * exp(-0.0155 * wind + 0.0169 * abs(degrees))


def _ramp(x: Numbers) -> Numbers:
    """126 x^5 - 420 x^6 + 540 x^7 - 315 x^8 + 70 x^9: 0 to 1 with four derivatives zero at both ends."""
    return np.asarray(x**5 * (126.0 + x * (-420.0 + x * (540.0 + x * (-315.0 + x * 70.0)))))


def _inverse_ramp(value: float) -> float:
    """Where in 0..1 the ramp takes ``value``; halving, since it rises throughout."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if float(_ramp(np.array(middle))) < value else (low, middle)
    return 0.5 * (low + high)
