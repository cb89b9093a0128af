"""The scenario's ``[inundation]``, as values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal


@dataclass(frozen=True)
class InundationSection:
    """``[inundation]``: how the water on ``[terrain] dem`` is computed.

    Attributes
    ----------
    solver : str
        ``quick``: heights above the drainage, in seconds; ``local_inertial``: the 2-D solver.
    cell : float
        Side of the solver's cells [m], a whole number of the model's cells.
    pits : str
        ``fill``: hollows of the model are its faults; ``keep``: they are real and hold water.
    manning : float
        Manning's n [s m-1/3] where no land cover says otherwise.
    land_cover : Path, optional
        Classes of ESA WorldCover: they give Manning's n and curve numbers.
    infiltration : str
        ``curve_number``, ``green_ampt`` (``conductivity`` [mm h-1], ``suction`` [mm]: head times deficit) or ``none``.
    curve_number : float, optional
        That of ``[flash_flood]``, else a middling one, by default.
    run_in : int
        Hours before the issue time at which the run starts, dry, 1 to 24.
    hydrographs : Path, optional
        CSV: name, longitude, latitude, time, discharge_m3s: what rivers bring from beyond the model.
    drains : Path, optional
        CSV: name, longitude, latitude, capacity_m3s, to_longitude, to_latitude (empty: away for good).
    checkpoints : Path, optional
        Folder: a run that was stopped goes on from there.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}
    solver: Literal["quick", "local_inertial"] = "quick"
    cell: float = 90.0
    pits: Literal["fill", "keep"] = "fill"
    manning: float = 0.06
    land_cover: Path | None = None
    infiltration: Literal["curve_number", "green_ampt", "none"] = "curve_number"
    curve_number: float | None = None
    conductivity: float = 6.5
    suction: float = 56.8
    run_in: int = 24
    hydrographs: Path | None = None
    drains: Path | None = None
    checkpoints: Path | None = None
