"""Sections of a scenario that list what is there: assets, gauges, regions; and rules and products."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from riskmap.scenario.strict import STRICT


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
    people : Path, optional
        Registered households as points, CSV; enough of them on cells at a tier raise their region. Never an invented one.
    datum : str, optional
        Of coordinates in CSV: ``wgs84``, ``cgcs2000``, or ``gcj02`` to have them converted.
    examples : tuple of str
        Keys of this section whose tables are invented (示例): shown, and counted for nothing.
    """

    __pydantic_config__: ClassVar = STRICT
    hazard_zones: Path | None = None
    sea_walls: Path | None = None
    sea_wall_tide: Path | None = None
    sea_wall_datum: Literal["1985", "wusong", "station", "msl"] | None = None
    reservoirs: Path | None = None
    river_stations: Path | None = None
    key_villages: Path | None = None
    people: Path | None = None
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

    __pydantic_config__: ClassVar = STRICT
    stations: Path
    readings: Path | str
    rain_units: str | None = None
    level_units: str | None = None
    utc_offset_hours: float | None = None
    datum: Literal["wgs84", "cgcs2000", "gcj02"] | None = None
    correction: Literal["inverse_distance", "brandes", "mean_field", "additive", "none"] = "inverse_distance"


@dataclass(frozen=True)
class RegionFileSection:
    """``[[regions.more]]``: a file of units beside the counties, of one level.

    Attributes
    ----------
    file : Path
        GeoJSON, GeoPackage, shapefile, or CSV of points; see ``riskmap.io.regions.read_regions``.
    level : str, optional
        By the length of its codes unless given; ``unit`` for units with a command of their own (新城, 高新区).
    population, datum, code_key, name_key
        See ``riskmap.io.regions.read_regions``.
    point_radius : float, optional
        A point stands for a disc of this radius [m]; for its cell unless given.
    """

    __pydantic_config__: ClassVar = STRICT
    file: Path
    level: Literal["city", "county", "township", "village", "unit"] | None = None
    population: Path | None = None
    datum: Literal["wgs84", "cgcs2000", "gcj02"] = "wgs84"
    code_key: str | None = None
    name_key: str | None = None
    point_radius: float | None = None


@dataclass(frozen=True)
class RegionsSection:
    """``[regions]``: outlines and residents.

    Attributes
    ----------
    file : Path or tuple of Path
        Outlines, one file a level; the counties must be among them.
    population : Path, optional
        CSV of residents by code, for all of these files.
    datum : str
        Of all of them; ``gcj02`` has them converted.
    point_radius : float, optional
        A unit known as a point stands for a disc of this radius [m]; for its cell unless given.
    codes : Path, optional
        CSV of codes and names: units that no file has an outline of are listed, and never coloured.
    more : tuple of RegionFileSection
        Files that need settings of their own.
    """

    __pydantic_config__: ClassVar = STRICT
    file: Path | tuple[Path, ...]
    population: Path | None = None
    datum: Literal["wgs84", "cgcs2000", "gcj02"] = "wgs84"
    point_radius: float | None = None
    codes: Path | None = None
    more: tuple[RegionFileSection, ...] = ()

    @property
    def files(self) -> tuple[RegionFileSection, ...]:
        """Every file with its settings, those of ``file`` first."""
        plain = (self.file,) if isinstance(self.file, Path) else self.file
        first = tuple(
            RegionFileSection(path, None, self.population, self.datum, point_radius=self.point_radius)
            for path in plain
        )
        return (*first, *self.more)


@dataclass(frozen=True)
class RiskSection:
    """``[risk]``: what the hazard meets, for the risk index and the fields of risk.

    Attributes
    ----------
    curves : Path, optional
        Loss ratios of dwellings by wind or depth, CSV, in place of the bundled ones; see ``riskmap.io.risk_inputs``.
    dwellings : Path, optional
        危旧房 by region code, CSV: ``code``, ``fragile``.
    population_raster : Path, optional
        Where in a county its residents live, any raster that GDAL reads; by area and towns without it. See
        ``riskmap.io.people_raster``.
    population_units : str, optional
        Of its numbers: ``people`` of each cell, or ``people_km2``; a raster needs it.
    """

    __pydantic_config__: ClassVar = STRICT
    curves: Path | None = None
    dwellings: Path | None = None
    population_raster: Path | None = None
    population_units: Literal["people", "people_km2"] | None = None


@dataclass(frozen=True)
class RulesSection:
    """``[rules]``: files that replace bundled rules of the same hazard.

    Attributes
    ----------
    files : tuple of Path
        Each replaces one rule; ``riskmap rules`` prints those in force.
    dir : Path, optional
        A folder: every TOML file in it.
    wind_mode : str, optional
        ``signal`` gives a wind tier only as far ahead as the warning signal does; ``intensity`` at every hour.
    """

    __pydantic_config__: ClassVar = STRICT
    files: tuple[Path, ...] = ()
    dir: Path | None = None
    wind_mode: Literal["intensity", "signal"] | None = None


@dataclass(frozen=True)
class ProductsSection:
    """``[products]``: what is written, and in whose name.

    Attributes
    ----------
    issuer, organ : str, optional
        发文机关 of documents, and the 机关代字 of their numbers, e.g. 浙防指.
    documents : tuple of str
        Types that the run drafts where they are due: risk_notice, response_notice, transfer_order, transfer_release,
        response_end, or a bureau's own.
    document_types : Path, optional
        Folder of the bureau's own types; one of a bundled id replaces it.
    tables : tuple of str
        Every tier with its reason for other programs: ``netcdf`` (reasons.nc), ``geopackage`` (regions.gpkg), ``geoparquet``
        (regions.parquet, reasons.parquet); see ``riskmap.io.reasons_files``.
    phone_pictures : int, optional
        Pictures for a phone at most, worst counties first; one for every county that gets a letter where None.
    netcdf : bool
        Whether the grids are written as CF NetCDF too.
    """

    __pydantic_config__: ClassVar = STRICT
    letters: bool = True
    issuer: str | None = None
    organ: str | None = None
    documents: tuple[str, ...] = ("risk_notice",)
    document_types: Path | None = None
    approval_number: str | None = None
    fonts: Path | None = None
    phone_pictures: int | None = None
    netcdf: bool = False
    tables: tuple[Literal["netcdf", "geopackage", "geoparquet"], ...] = ()
