"""Sections of a scenario for relief and water: terrain, flash flood, inundation, surge, tide."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from riskmap.scenario.strict import STRICT


@dataclass(frozen=True)
class TerrainSection:
    """``[terrain]``: relief on land and depth of the sea; without relief no flash-flood tier is given.

    Attributes
    ----------
    roughness : Path, optional
        Roughness lengths [m], or land cover with ``land_cover``; one length for plains and one for hills without it.
    land_cover : Path or 'worldcover', optional
        The classes of ``roughness``: a CSV of ``class, roughness_length``, or those of ESA WorldCover.
    dem : Path or list of Path, optional
        Elevation model of 90 m or finer (a raster, a VRT, or tiles of one): slopes and flooded valleys need it.
    dem_datum : str, optional
        What its heights count from: the tide table floods it where it counts from the same.
    dem_units, dem_nodata, dem_sea
        What the file does not say of itself; see ``riskmap.io.dem.read_dem``.
    """

    __pydantic_config__: ClassVar = STRICT
    relief: Path | None = None
    roughness: Path | None = None
    land_cover: Literal["worldcover"] | Path | None = None
    bathymetry: Path | None = None
    coastline: Path | None = None
    dem: Path | tuple[Path, ...] | None = None
    dem_datum: Literal["1985", "wusong", "msl"] | None = None
    dem_units: str | None = None
    dem_nodata: float | None = None
    dem_sea: Literal["nodata", "low", "none"] = "nodata"


@dataclass(frozen=True)
class FlashFloodSection:
    """``[flash_flood]``: what the watersheds are like.

    Attributes
    ----------
    wetness : str
        Of the ground a day before the issue time; it scales the thresholds.
    curve_number : float, optional
        SCS curve number of the watersheds for ground of normal wetness: adds dynamic thresholds and the flood wave.
    thresholds : Path, optional
        Own thresholds of small watersheds, a CSV with a point in each or the code of a given one; they go before guidance
        and table. See ``riskmap.io.thresholds``.
    watersheds : Path, optional
        The county's own small watersheds, GeoJSON or a raster; where they lie they replace those derived from the relief.
        See ``riskmap.io.watershed_shapes``.
    soil_state : Path, optional
        Folder or file: each cycle leaves the soil's water there at its issue time, and goes on from the newest that is
        not later than its own; ``wetness`` counts where there is none. See ``riskmap.io.soil_cycle``.
    """

    __pydantic_config__: ClassVar = STRICT
    wetness: Literal["dry", "normal", "wet"] = "normal"
    curve_number: float | None = None
    thresholds: Path | None = None
    watersheds: Path | None = None
    soil_state: Path | None = None


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

    __pydantic_config__: ClassVar = STRICT
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


@dataclass(frozen=True)
class SurgeSection:
    """``[surge]``: the sea under the storm.

    Attributes
    ----------
    step : float
        Cells of the solver near the coast [degrees], nested in the chart's own; the bundled chart is of 0.1 degree.
    drag : str
        Law of the wind's drag; see ``docs/concepts/surge.md`` for In-Fa by both.
    """

    __pydantic_config__: ClassVar = STRICT
    step: float = 0.05
    drag: Literal["garratt", "zijlema"] = "zijlema"


@dataclass(frozen=True)
class TideSection:
    """``[tide]``: the user's own tide tables; without them the storm-tide tier is grey.

    Attributes
    ----------
    warning_levels : Path
        CSV: name, code, lon, lat, blue_cm, yellow_cm, orange_cm, red_cm.
    astronomical : Path
        CSV: code, time (with offset), level_cm, in the same datum.
    datum : str
        ``station`` (each station's own zero, in both tables) or ``1985`` (national height datum, in both).
    """

    __pydantic_config__: ClassVar = STRICT
    warning_levels: Path
    astronomical: Path
    datum: Literal["station", "1985"]
