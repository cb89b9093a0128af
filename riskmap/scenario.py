"""A scenario: what to run, as values. ``riskmap.io.scenario_file`` reads it from TOML and checks it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Literal

from riskmap.hazard.storm.model import Asymmetry, Inflow, Profile
from riskmap.inundation_section import InundationSection

_STRICT = {"extra": "forbid"}  # a misspelt key is an error, never ignored


@dataclass(frozen=True)
class EventSection:
    """``[event]``: the storm."""

    __pydantic_config__: ClassVar = _STRICT
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
    """

    __pydantic_config__: ClassVar = _STRICT
    issued_at: datetime
    hours: int = 48
    seed: int = 0
    hindcast: bool = False
    replay: bool = False


@dataclass(frozen=True)
class GridSection:
    """``[grid]``: bounds and step in degrees."""

    __pydantic_config__: ClassVar = _STRICT
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

    __pydantic_config__: ClassVar = _STRICT
    file: Path
    format: Literal["ibtracs", "jma", "jma_csv", "cma", "zjwater", "qweather", "atcf", "geojson"]
    storm: str
    agency: str | None = None
    forecast: Literal["file", "simulated"] = "file"
    forecast_file: Path | None = None


@dataclass(frozen=True)
class WindSection:
    """``[wind]``: see ``riskmap.hazard.storm.model.WindModel``."""

    __pydantic_config__: ClassVar = _STRICT
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
    variable, units, kind, stamp, interval_hours, utc_offset_hours, spread
        What the file does not say of itself; see ``riskmap.io.rain_declared.RainDeclared``.
    """

    __pydantic_config__: ClassVar = _STRICT
    model: Literal["rcliper", "ipet", "tcr"] = "rcliper"
    file: Path | None = None
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

    __pydantic_config__: ClassVar = _STRICT
    members: int = 0
    file: Path | None = None
    format: Literal["csv", "cxml"] = "csv"
    storm: str | None = None
    issued_at: datetime | None = None
    averaging_period: Literal[60, 120, 600] = 600
    wind_unit: str = "m s-1"
    pressure_unit: str = "hPa"
    ends: Literal["together", "dissipated"] = "together"


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

    __pydantic_config__: ClassVar = _STRICT
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

    __pydantic_config__: ClassVar = _STRICT
    wetness: Literal["dry", "normal", "wet"] = "normal"
    curve_number: float | None = None
    thresholds: Path | None = None
    watersheds: Path | None = None
    soil_state: Path | None = None


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

    __pydantic_config__: ClassVar = _STRICT
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

    __pydantic_config__: ClassVar = _STRICT
    warning_levels: Path
    astronomical: Path
    datum: Literal["station", "1985"]


@dataclass(frozen=True)
class AssetsSection:
    """``[assets]``: registers of what can fail or must be left; each raises its region and is named in letters.

    Attributes
    ----------
    hazard_zones : Path, optional
        地质灾害隐患点 and 风险防范区, CSV or GeoJSON; see ``riskmap.io.hazard_points``.
    sea_walls, sea_wall_tide, sea_wall_datum
        海塘 by sections, the astronomical tide of their stations, and the height datum of that tide; see
        ``riskmap.io.sea_walls``.
    reservoirs, river_stations : Path, optional
        水库山塘 and 河道站 with their levels, graded by ``[gauges]``; see ``riskmap.io.reservoirs``.
    key_villages : Path, optional
        重要村落 by streams, CSV, graded by their small watershed; see ``riskmap.io.key_villages``. Needs ``datum``.
    datum : str, optional
        Of coordinates in CSV: ``wgs84``, ``cgcs2000``, or ``gcj02`` to have them converted.
    examples : tuple of str
        Keys of this section whose tables are invented (示例): shown, and counted for nothing.
    """

    __pydantic_config__: ClassVar = _STRICT
    hazard_zones: Path | None = None
    sea_walls: Path | None = None
    sea_wall_tide: Path | None = None
    sea_wall_datum: Literal["1985", "wusong", "station", "msl"] | None = None
    reservoirs: Path | None = None
    river_stations: Path | None = None
    key_villages: Path | None = None
    datum: Literal["wgs84", "cgcs2000", "gcj02"] | None = None
    examples: tuple[
        Literal["hazard_zones", "sea_walls", "reservoirs", "river_stations", "key_villages"], ...
    ] = ()


@dataclass(frozen=True)
class GaugesSection:
    """``[gauges]``: what was measured; it corrects the rain and raises tiers at once.

    Attributes
    ----------
    stations : Path
        Table of gauges (CSV).
    readings : Path or str
        Their readings, CSV or JSON: a file, or the address of a service (http or https); see ``riskmap.io.gauges``.
        A service that gives no usable answer is named, and the cycle goes on without readings.
    rain_units, level_units : str, optional
        Where no column of the readings says so: ``mm``, ``0.1mm`` ...; ``m``, ``cm``.
    utc_offset_hours : float, optional
        Of times without an offset: 8 for Beijing time.
    datum : str, optional
        Of coordinates: ``wgs84``, ``cgcs2000``, ``gcj02``.
    correction : str
        How gauges correct the rain; ``none`` leaves it.
    """

    __pydantic_config__: ClassVar = _STRICT
    stations: Path
    readings: Path | str
    rain_units: str | None = None
    level_units: str | None = None
    utc_offset_hours: float | None = None
    datum: Literal["wgs84", "cgcs2000", "gcj02"] | None = None
    correction: Literal["inverse_distance", "brandes", "mean_field", "additive", "none"] = "inverse_distance"


@dataclass(frozen=True)
class RegionsSection:
    """``[regions]``: outlines and residents."""

    __pydantic_config__: ClassVar = _STRICT
    file: Path
    population: Path | None = None
    datum: Literal["wgs84", "gcj02"] = "wgs84"


@dataclass(frozen=True)
class RulesSection:
    """``[rules]``: files that replace bundled rules of the same hazard."""

    __pydantic_config__: ClassVar = _STRICT
    files: tuple[Path, ...] = ()


@dataclass(frozen=True)
class ProductsSection:
    """``[products]``: what is written, and in whose name."""

    __pydantic_config__: ClassVar = _STRICT
    letters: bool = True
    issuer: str | None = None
    approval_number: str | None = None
    fonts: Path | None = None


@dataclass(frozen=True)
class Scenario:
    """Everything that one run depends on.

    Examples
    --------
    >>> from datetime import UTC
    >>> Scenario(
    ...     EventSection("2106", "In-Fa", "烟花"), RunSection(datetime(2021, 7, 24, 4, 30, tzinfo=UTC)),
    ...     GridSection(117.5, 27, 123.5, 31.5), TrackSection(Path("t.txt"), "jma", "2106"),
    ...     RegionsSection(Path("r.geojson"))).run.hours
    48
    """

    __pydantic_config__: ClassVar = _STRICT
    event: EventSection
    run: RunSection
    grid: GridSection
    track: TrackSection
    regions: RegionsSection
    wind: WindSection = field(default_factory=WindSection)
    rain: RainSection = field(default_factory=RainSection)
    ensemble: EnsembleSection = field(default_factory=EnsembleSection)
    terrain: TerrainSection = field(default_factory=TerrainSection)
    flash_flood: FlashFloodSection = field(default_factory=FlashFloodSection)
    inundation: InundationSection = field(default_factory=InundationSection)
    surge: SurgeSection = field(default_factory=SurgeSection)
    tide: TideSection | None = None
    assets: AssetsSection = field(default_factory=AssetsSection)
    gauges: GaugesSection | None = None
    rules: RulesSection = field(default_factory=RulesSection)
    products: ProductsSection = field(default_factory=ProductsSection)
