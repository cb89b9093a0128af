"""How wind is modelled: the choices, and the formulas of asymmetry and inflow on plain numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from riskmap.errors import ConfigError

Numbers = NDArray[np.float64]
Profile = Literal[
    "holland_1980",
    "holland_2008",
    "holland_2010",
    "willoughby_2006",
    "emanuel_rotunno_2011",
    "tao_2025",
    "modified_rankine",
    "jelesnianski",
]
Asymmetry = Literal["mouton_nordbeck_1999", "jelesnianski_1966", "miyazaki_1961", "lin_chavas_2012", "none"]
Inflow = Literal["bretschneider_1972", "mcconochie_2004", "none"]

SURFACE_FACTOR: Final = 0.9
"""10 m wind over sea / gradient wind near the core; Franklin et al. (2003), WAF 18, 32."""


@dataclass(frozen=True)
class WindModel:
    """How wind is modelled.

    Attributes
    ----------
    profile : str
        Radial profile where no radii are known; see ``riskmap.hazard.profiles``.
    radii : 'fit' or 'ignore'
        Whether the vortex goes through the track's quadrant radii where it has any.
    asymmetry : str
        How the storm's own motion enters, see ``motion_share``.
    inflow : str
        How far surface wind turns into the storm, see ``inflow_angle``.
    """

    profile: Profile = "holland_1980"
    radii: Literal["fit", "ignore"] = "fit"
    asymmetry: Asymmetry = "mouton_nordbeck_1999"
    inflow: Inflow = "bretschneider_1972"

    def __post_init__(self) -> None:
        for name, choices in (
            ("profile", get_args(Profile)),
            ("radii", ("fit", "ignore")),
            ("asymmetry", get_args(Asymmetry)),
            ("inflow", get_args(Inflow)),
        ):
            if getattr(self, name) not in choices:
                raise ConfigError(
                    f"unknown {name}", where=f"[wind] {name}", expected=" | ".join(choices),
                    found=repr(getattr(self, name)), remedy="choose one of these",
                )  # fmt: skip


DEFAULT: Final = WindModel()


def motion_share(radius: Any, *, radius_of_maximum_wind: Any, scheme: Asymmetry) -> Numbers:
    """Share of the storm's motion that is added to the wind at ``radius`` [m].

    The reported maximum contains the motion: what is added at the radius of maximum wind is first taken off it.

    References
    ----------
    min(1, R/r): Mouton and Nordbeck (1999), read in a public code. R r / (R^2 + r^2): Jelesnianski (1966), MWR 94,
    379 (status M). exp(-pi r / 500 km): Miyazaki, Ueno and Unoki (1961) (status M). 0.55 everywhere, turned 20
    degrees against the motion's right: Lin and Chavas (2012), JGR 117, D09120 (status M).

    Examples
    --------
    >>> motion_share([20e3, 80e3], radius_of_maximum_wind=40e3, scheme="mouton_nordbeck_1999").tolist()
    [1.0, 0.5]
    """
    r, core = np.asarray(radius, np.float64), radius_of_maximum_wind
    if scheme == "mouton_nordbeck_1999":
        return np.asarray(core / np.maximum(r, core))
    if scheme == "jelesnianski_1966":
        return np.asarray(core * r / (core * core + r * r))
    if scheme == "miyazaki_1961":
        return np.asarray(np.exp(-np.pi * r / 500e3))
    return np.full(r.shape, 0.55 if scheme == "lin_chavas_2012" else 0.0)


LIN_CHAVAS_TURN: Final = np.radians(20.0)
"""Anticlockwise on the northern hemisphere."""


def inflow_angle(radius: Any, *, radius_of_maximum_wind: Any, scheme: Inflow) -> Numbers:
    """Angle [radians] by which surface wind turns into the storm at ``radius`` [m].

    References
    ----------
    Bretschneider (1972): 10 (1 + r/R) degrees inside R, 25 r/R - 5 to 1.2 R, 25 beyond. McConochie, Hardy and Mason
    (2004), Ocean Engineering 31, 1757: 10 r/R, 10 + 75 (r/R - 1) to 1.2 R, 25 beyond. Both read in public codes.

    Examples
    --------
    >>> np.degrees(inflow_angle([0, 30e3, 33e3, 90e3], radius_of_maximum_wind=30e3, scheme="bretschneider_1972")).round(6).tolist()
    [10.0, 20.0, 22.5, 25.0]
    """
    s = np.asarray(radius, np.float64) / radius_of_maximum_wind
    if scheme == "none":
        return np.zeros(s.shape)
    if scheme == "bretschneider_1972":
        return np.asarray(np.radians(np.where(s <= 1.0, 10.0 * (1.0 + s), np.minimum(25.0 * s - 5.0, 25.0))))
    return np.asarray(np.radians(np.where(s <= 1.0, 10.0 * s, np.minimum(10.0 + 75.0 * (s - 1.0), 25.0))))
