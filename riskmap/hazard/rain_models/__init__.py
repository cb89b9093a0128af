"""Typhoon rain on plain numbers: distances [m] in, rates [mm h-1] out; TCR on a grid; gridded rain before the parametric.

The models that know the distance alone share one call, ``model(radius, **storm)``, and are looked up in ``RAIN_MODELS``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from riskmap.hazard.profiles._checks import Numbers
from riskmap.hazard.rain_models.humidity import saturation_specific_humidity, tcr_humidity
from riskmap.hazard.rain_models.precedence import Origin, OriginWindow, RainSource, precede
from riskmap.hazard.rain_models.radial import ipet, rcliper
from riskmap.hazard.rain_models.tcr import (
    LAND_DRAG,
    SEA_DRAG,
    inflow_reach,
    shear_tilt,
    tcr_friction,
    tcr_shear,
    tcr_stretching,
    tcr_topography,
)
from riskmap.hazard.rain_models.tcr_grid import TcrNode, surface_drag, tcr_grid_rate, tcr_table
from riskmap.hazard.rain_models.tcr_rate import rain_factor, tcr, tcr_rain_rate

__all__ = [
    "LAND_DRAG",
    "RAIN_MODELS",
    "SEA_DRAG",
    "Origin",
    "OriginWindow",
    "RainModel",
    "RainSource",
    "TcrNode",
    "inflow_reach",
    "ipet",
    "precede",
    "rain_factor",
    "rcliper",
    "saturation_specific_humidity",
    "shear_tilt",
    "surface_drag",
    "tcr",
    "tcr_friction",
    "tcr_grid_rate",
    "tcr_humidity",
    "tcr_rain_rate",
    "tcr_shear",
    "tcr_stretching",
    "tcr_table",
    "tcr_topography",
]


@dataclass(frozen=True)
class RainModel:
    """A model by distance alone, what it needs to know of the storm, and the paper it comes from."""

    function: Callable[..., Numbers]
    needs: tuple[str, ...]
    reference: str


RAIN_MODELS: Final[Mapping[str, RainModel]] = MappingProxyType(
    {
        "rcliper": RainModel(rcliper, ("maximum_wind",), "Tuleya, DeMaria and Kuligowski (2007), WAF 22, 56"),
        "ipet": RainModel(
            ipet, ("pressure_deficit", "radius_of_maximum_wind"), "IPET (2006), on Hurricane Katrina"
        ),
        "tcr": RainModel(
            tcr,
            ("profile", "latitude", "specific_humidity"),
            "Lu et al. (2018), JAS 75, 2337: friction alone",
        ),
    }
)
"""Name -> function, its required arguments, reference."""
