"""What every profile asks of its arguments, and what several of them need."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from riskmap.errors import DataError

Numbers = NDArray[np.float64]

AIR_DENSITY: Final = 1.15
"""[kg m-3]; Holland (1980) and the peers' tables."""

EARTH_ROTATION: Final = 7.292115e-5
"""[rad s-1]; GRS80."""

STRONGEST_WIND: Final = 130.0
"""[m s-1]; the strongest storms on record stay below 100: more is another unit."""

SMALLEST_RADIUS: Final = 1e3
"""[m]; no eyewall is narrower: less is a radius in kilometres."""


def number(value: Any, name: str, *, least: float, most: float, unit: str) -> Any:
    """``value`` as a float, or a float64 array, within ``least`` and ``most``, else a DataError that names it."""
    try:
        found = np.asarray(value, np.float64)
    except (TypeError, ValueError):
        found = np.array(np.nan)
    if not ((found >= least) & (found <= most)).all():
        raise DataError(
            "out of range", where=name, expected=f"a number of {least:g} to {most:g} {unit}".rstrip(),
            found=repr(value), remedy="give SI units: metres, metres a second, pascals, degrees",
        )  # fmt: skip
    return float(found) if found.ndim == 0 else found


def distances(radius: Any) -> Numbers:
    """Distances from the centre [m] as float64, none negative or NaN."""
    try:
        found = np.asarray(radius, np.float64)
    except (TypeError, ValueError):
        found = np.array(np.nan)
    if not (np.isfinite(found) & (found >= 0.0)).all():
        raise DataError(
            "not a distance from the centre", where="radius", expected="finite numbers >= 0 m",
            found="negative, infinite or missing values", remedy="leave out what is missing",
        )  # fmt: skip
    return found


def storm(maximum_wind: Any, radius_of_maximum_wind: Any, latitude: Any) -> tuple[Any, Any, Any]:
    """Checked maximum wind [m s-1], its radius [m], and the Coriolis parameter [s-1], positive on both hemispheres."""
    wind = number(maximum_wind, "maximum_wind", least=0.1, most=STRONGEST_WIND, unit="m s-1")
    core = number(radius_of_maximum_wind, "radius_of_maximum_wind", least=SMALLEST_RADIUS, most=1e6, unit="m")
    return wind, core, coriolis(latitude)


def coriolis(latitude: Any) -> Any:
    """Size of the Coriolis parameter [s-1] at a latitude [degrees]."""
    degrees = number(latitude, "latitude", least=-90.0, most=90.0, unit="degrees")
    return 2.0 * EARTH_ROTATION * np.sin(np.radians(np.abs(degrees)))


def holland_shape(radius: Numbers, core: Any, b: Any) -> Numbers:
    """y e^(1-y) with y = (core / radius)^b: one at ``core``, zero at the centre and far away.

    The logarithm is bounded, so that the centre needs no smallest distance, and no number near 1e-308 is made, which
    processors are slow with: beyond e^6 the wind is less than 1e-80 of its maximum.
    """
    inside = radius > 0.0
    log_y = b * (np.log(core) - np.log(np.where(inside, radius, core)))
    y = np.exp(np.minimum(log_y, 6.0))
    return np.asarray(np.where(inside, np.exp(np.minimum(log_y, 6.0) + 1.0 - y), 0.0))


def gradient_speed(square: Numbers, radius: Numbers, f: Any) -> Numbers:
    """Wind in gradient balance from the square of the cyclostrophic one: sqrt(square + (rf/2)^2) - rf/2."""
    turn = 0.5 * f * radius
    # = square / (root + turn): the difference of two large numbers would lose the wind far away
    root = np.sqrt(square + turn * turn)
    total = root + turn
    return np.asarray(np.where(total > 0.0, square / np.where(total > 0.0, total, 1.0), 0.0))


def cyclostrophic_square(speed: Any, radius: Any, f: Any) -> Any:
    """Square of the cyclostrophic wind whose gradient wind at ``radius`` is ``speed``: V^2 + V r f."""
    return speed * (speed + radius * f)
