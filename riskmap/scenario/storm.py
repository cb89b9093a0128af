"""Sections of a scenario that say which storm, when and where: event, run, grid, track, wind, rain, members."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Literal

from riskmap.hazard.storm.model import Asymmetry, Inflow, Profile
from riskmap.scenario.strict import STRICT


@dataclass(frozen=True)
class EventSection:
    """``[event]``: the storm."""

    __pydantic_config__: ClassVar = STRICT
    number: str
    name: str
    chinese: str


@dataclass(frozen=True)
class RunSection:
    """``[run]``: when it is issued and what is looked at.

    Attributes
    ----------
    issued_at : datetime
        With its offset, e.g. ``2021-07-24T12:30:00+08:00``. Nothing observed later is read.
    hours : int
        Valid hours after the issue time.
    hindcast : bool
        Whether a second run with the whole best track stands beside it (事后分析).
    replay : bool
        Marks every product 回放.
    auto_confirm : bool
        Replays only: tiers come down from orange and red without a person's confirmation, and every product says so.
    later : tuple of datetime
        Replays only: later issue times of the same storm, in whole minutes, whose tiers are published below ``later/`` and nothing
        is drawn of them. By them people are let home in an exercise. A scheduled cycle takes none: others follow it.
    """

    __pydantic_config__: ClassVar = STRICT
    issued_at: datetime
    hours: int = 48
    seed: int = 0
    hindcast: bool = False
    replay: bool = False
    auto_confirm: bool = False
    later: tuple[datetime, ...] = ()


@dataclass(frozen=True)
class GridSection:
    """``[grid]``: bounds and step in degrees."""

    __pydantic_config__: ClassVar = STRICT
    west: float
    south: float
    east: float
    north: float
    step: float = 0.02


@dataclass(frozen=True)
class TrackSection:
    """``[track]``: where the storm's positions come from.

    Attributes
    ----------
    forecast : str
        ``file``: the file itself holds the forecast after the issue time.
        ``simulated``: the file is a best track; what follows the issue time is displaced by published error
        statistics with the run's seed, and every product says so.
    forecast_file : Path, optional
        zjwater (CSV extracts) and qweather: the forecast beside the track.
    """

    __pydantic_config__: ClassVar = STRICT
    file: Path
    format: Literal["ibtracs", "jma", "jma_csv", "cma", "zjwater", "qweather", "atcf", "geojson"]
    storm: str
    agency: str | None = None
    forecast: Literal["file", "simulated"] = "file"
    forecast_file: Path | None = None


@dataclass(frozen=True)
class WindSection:
    """``[wind]``: see ``riskmap.hazard.storm.model.WindModel``."""

    __pydantic_config__: ClassVar = STRICT
    profile: Profile = "holland_1980"
    radii: Literal["fit", "ignore"] = "fit"
    asymmetry: Asymmetry = "mouton_nordbeck_1999"
    inflow: Inflow = "bretschneider_1972"


@dataclass(frozen=True)
class RainSection:
    """``[rain]``: the model, and gridded rain that goes before it.

    Attributes
    ----------
    model : str
        ``rcliper`` or ``ipet``, each with the upslope term, or ``tcr``; see ``riskmap.hazard.rain_models``.
    file : Path, optional
        NetCDF, GRIB or GeoTIFF, or a folder of them: forecast or radar. Where and when it has rain, that is taken.
    nowcast : Path, optional
        Rain of the next hours by the same service, told in the same way: taken where and when ``file`` has none.
    variable, units, kind, stamp, interval_hours, utc_offset_hours, spread
        What the file does not say of itself; see ``riskmap.io.rain_declared.RainDeclared``.
    """

    __pydantic_config__: ClassVar = STRICT
    model: Literal["rcliper", "ipet", "tcr"] = "rcliper"
    file: Path | None = None
    nowcast: Path | None = None
    variable: str | None = None
    units: str | None = None
    kind: Literal["rate", "amount", "since_start"] | None = None
    stamp: Literal["start", "middle", "end"] | None = None
    interval_hours: float | None = None
    utc_offset_hours: float | None = None
    spread: bool = False


@dataclass(frozen=True)
class EnsembleSection:
    """``[ensemble]``: members for the chances of the wind tiers; none by default.

    Attributes
    ----------
    members : int
        Made from the forecast and published error statistics with the run's seed, and marked so.
    file : Path, optional
        Members that a model computed, instead; see ``riskmap.io.members``.
    format : str
        ``csv`` or ``cxml``.
    storm : str, optional
        Which storm of the file, where it holds several.
    issued_at : datetime, optional
        Which issue time of a CSV with several (its column ``init``), with its offset; commonly hours before the run's.
    averaging_period : int
        Of the file's winds [s].
    wind_unit, pressure_unit : str
        Of a CSV: ``m s-1``, ``kt`` or ``km h-1``; ``hPa`` or ``Pa``.
    ends : str
        What a member that ends early means: ``together`` refuses it, ``dissipated`` takes it for a storm that died.
    """

    __pydantic_config__: ClassVar = STRICT
    members: int = 0
    file: Path | None = None
    format: Literal["csv", "cxml"] = "csv"
    storm: str | None = None
    issued_at: datetime | None = None
    averaging_period: Literal[60, 120, 600] = 600
    wind_unit: str = "m s-1"
    pressure_unit: str = "hPa"
    ends: Literal["together", "dissipated"] = "together"
