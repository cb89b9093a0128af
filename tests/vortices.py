"""Storms to try radial profiles on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import settings
from hypothesis import strategies as st

from riskmap.hazard.profiles import PROFILES
from riskmap.hazard.profiles._checks import Numbers


class Storm(NamedTuple):
    """The common arguments of every profile."""

    maximum_wind: float
    radius_of_maximum_wind: float
    latitude: float


OWN: dict[str, Callable[[Storm, float], dict[str, Any]]] = {
    # name -> the arguments of its own, for a storm and a shape parameter
    "holland_1980": lambda s, b: {"b": b},
    "holland_2008": lambda s, b: {"pressure_deficit": 3000.0 * b, "translation_speed": 5.0},
    "holland_2010": lambda s, b: {"b": b, "outer_wind": 0.4 * s.maximum_wind},
    "willoughby_2006": lambda s, b: {"family": "10" if b < 1.5 else "11"},
    "emanuel_rotunno_2011": lambda s, b: {},
    "tao_2025": lambda s, b: {
        "gale_wind": 0.4 * s.maximum_wind,
        "gale_radius": (2.6 + 0.2 * b) * s.radius_of_maximum_wind,
    },
    "modified_rankine": lambda s, b: {"exponent": b / 3.0},
    "jelesnianski": lambda s, b: {},
    "double_holland": lambda s, b: {
        "b": 0.6 + b, "outer_b": 0.6 + b, "outer_maximum_wind": 0.8 * s.maximum_wind,
        "outer_eyewall_radius": 3.0 * s.radius_of_maximum_wind,
    },
}  # fmt: skip

STORMS = st.builds(
    Storm,
    maximum_wind=st.floats(15.0, 80.0),
    radius_of_maximum_wind=st.floats(8e3, 80e3),
    latitude=st.floats(5.0, 40.0),
)
SHAPES = st.floats(1.0, 2.5)
MANY = settings(deadline=None, max_examples=60)
TYPICAL = Storm(40.0, 40e3, 29.0)


def speed(name: str, radius: Any, storm: Storm = TYPICAL, shape: float = 1.4, **changes: Any) -> Numbers:
    return PROFILES[name].function(radius, **{**storm._asdict(), **OWN[name](storm, shape), **changes})
