"""What a 2-D inundation run of an analysis is asked to do, beside the elevation model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.hazard.inundation import Drain, Hydrograph


@dataclass(frozen=True, eq=False)
class FloodPlan:
    """Settings of the solver, as the scenario gives them.

    Attributes
    ----------
    manning : float or float array (y, x) of the solver's grid
        Manning's n [s m-1/3].
    infiltration : str
        ``curve_number``, ``green_ampt`` or ``none``.
    curve_number : float or float array (y, x)
        Of ground of normal wetness.
    wetness : int
        0 dry, 1 normal, 2 wet: of the ground before the run.
    conductivity, suction : float
        Of Green and Ampt: [mm h-1], and suction head times moisture deficit [mm].
    run_in : int
        Hours before the issue time at which the run starts, dry, 1 to 24.
    hydrographs : tuple of Hydrograph
    drains : tuple of Drain
    sea_known : bool
        Whether the tide table counts above the datum of the elevation model.
    walls : Dataset (section) or None
        Real sea walls, each with its ``height_datum``.
    datum : str
        What the heights of the elevation model count from; empty where nobody says.
    load : callable
        From the kind of the run to its last checkpoint, or None.
    save : callable or None
        Takes the kind of the run and a checkpoint.
    """

    manning: float | NDArray[np.float64] = 0.06
    infiltration: Literal["curve_number", "green_ampt", "none"] = "curve_number"
    curve_number: float | NDArray[np.floating] = 70.0
    wetness: int = 1
    conductivity: float = 6.5
    suction: float = 56.8
    run_in: int = 24
    hydrographs: tuple[Hydrograph, ...] = ()
    drains: tuple[Drain, ...] = ()
    sea_known: bool = False
    walls: xr.Dataset | None = None
    datum: str = ""
    load: Callable[[str], dict[str, Any] | None] = field(default=lambda _kind: None)
    save: Callable[[str, dict[str, Any]], None] | None = None
