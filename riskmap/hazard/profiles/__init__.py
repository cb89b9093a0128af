"""Radial wind profiles of a typhoon on plain numbers: distances [m] in, speeds [m s-1] out, checked, float64.

All share one call, ``profile(radius, *, maximum_wind, radius_of_maximum_wind, latitude, **own)``, and are looked up
in ``PROFILES``. Speeds are never negative: the hemisphere gives the sense of turning, not the sign here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Protocol, cast

from riskmap.hazard.profiles._checks import AIR_DENSITY, EARTH_ROTATION, Numbers
from riskmap.hazard.profiles.classic import jelesnianski, modified_rankine
from riskmap.hazard.profiles.holland import (
    OUTER_RADIUS,
    OUTER_WIND,
    double_holland,
    holland_1980,
    holland_1980_gradient,
    holland_2008,
    holland_2010,
    outer_exponent,
)
from riskmap.hazard.profiles.momentum import GALE_WIND, emanuel_rotunno_2011, tao_2025
from riskmap.hazard.profiles.shape import holland_b, holland_bs, maximum_wind_from_pressure
from riskmap.hazard.profiles.willoughby import (
    willoughby_2006,
    willoughby_parameters,
    willoughby_radius_of_maximum_wind,
    willoughby_sections,
    willoughby_transition,
)

__all__ = [
    "AIR_DENSITY",
    "EARTH_ROTATION",
    "GALE_WIND",
    "OUTER_RADIUS",
    "OUTER_WIND",
    "PROFILES",
    "RadialProfile",
    "RegisteredProfile",
    "double_holland",
    "emanuel_rotunno_2011",
    "holland_1980",
    "holland_1980_gradient",
    "holland_2008",
    "holland_2010",
    "holland_b",
    "holland_bs",
    "jelesnianski",
    "maximum_wind_from_pressure",
    "modified_rankine",
    "outer_exponent",
    "tao_2025",
    "willoughby_2006",
    "willoughby_parameters",
    "willoughby_radius_of_maximum_wind",
    "willoughby_sections",
    "willoughby_transition",
]


class RadialProfile(Protocol):
    """The common call; ``own`` are what one formula takes beside it, by keyword."""

    def __call__(
        self,
        radius: Any,
        *,
        maximum_wind: float,
        radius_of_maximum_wind: float,
        latitude: float,
        **own: Any,
    ) -> Numbers: ...


@dataclass(frozen=True)
class RegisteredProfile:
    """A profile and the paper it comes from."""

    function: RadialProfile
    reference: str


def _registered(function: Callable[..., Numbers], reference: str) -> RegisteredProfile:
    # each formula names its own arguments, some required, which no Protocol can say: a test holds the common part
    return RegisteredProfile(cast(RadialProfile, function), reference)


PROFILES: Final[Mapping[str, RegisteredProfile]] = MappingProxyType(
    {
        "holland_1980": _registered(holland_1980, "Holland (1980), MWR 108, 1212"),
        "holland_2008": _registered(holland_2008, "Holland (2008), MWR 136, 3432"),
        "holland_2010": _registered(holland_2010, "Holland, Belanger and Fritz (2010), MWR 138, 4393"),
        "willoughby_2006": _registered(willoughby_2006, "Willoughby, Darling and Rahn (2006), MWR 134, 1102"),
        "emanuel_rotunno_2011": _registered(emanuel_rotunno_2011, "Emanuel and Rotunno (2011), JAS 68, 2236"),
        "tao_2025": _registered(tao_2025, "Tao et al. (2025), GRL, doi 10.1029/2025GL118320"),
        "modified_rankine": _registered(modified_rankine, "Holland (1980), MWR 108, 1212"),
        "jelesnianski": _registered(jelesnianski, "Jelesnianski (1965), MWR 93, 343"),
        "double_holland": _registered(
            double_holland, "McConochie, Hardy and Mason (2004), Ocean Engineering 31, 1757"
        ),
    }
)
"""Name -> function and reference."""
