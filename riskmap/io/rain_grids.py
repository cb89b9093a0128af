"""Gridded rain from files, forecast or observed: hourly amounts on the grid, one hour in memory at a time.

What a field means must be read in its file or declared; nothing is guessed, no missing hour is dry.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.errors import CoverageError, DataError, Faults, UnitsError
from riskmap.grid import Grid
from riskmap.io.rain_areas import Onto, lay
from riskmap.io.rain_declared import RainDeclared
from riskmap.io.rain_fields import Field, fields, opened, placed
from riskmap.io.rain_tiles import HOUR, Tile, tiled
from riskmap.scenario import RainSection
from riskmap.schema import REGISTER
from riskmap.track import instants

PACKING: Final = 0.1
"""Rounding of packed numbers [mm] that may pass below zero; more is an error (status D)."""

SAMPLED: Final = 24
"""Fields that are looked at, when a file is opened, for metres that pass as millimetres."""

MOST_IN_AN_HOUR: Final = REGISTER["rain_1h"].valid_range[1]


class GriddedRain:
    """Hourly rain on a grid, read when asked for.

    Attributes
    ----------
    tiles : tuple of Tile
        Intervals with rain, in order, none overlapping.
    longer : tuple of Tile
        Intervals longer than an hour, left out: no hour can be told from them.
    method : str
        How it was brought onto the grid.
    """

    everywhere: Final = True
    """It tells of every cell, see ``riskmap.hazard.rain_models.in_turn``."""

    def __init__(self, tiles: Sequence[Tile], grid: Grid, *, longer: Sequence[Tile] = ()) -> None:
        self.tiles, self.longer = tuple(tiles), tuple(longer)
        self.grid = grid
        self._lain: dict[Any, Onto] = {}
        self._starts = np.array([tile.start for tile in tiles], "M8[s]")
        with opened(self.tiles[0].field.dataset) as source:
            self.method = self._onto(source, self.tiles[0].where).method

    def hour(self, end: np.datetime64 | datetime) -> NDArray[np.float32] | None:
        """Rain [mm] of the hour that ends at ``end`` (UTC), NaN where unknown; None if it is not wholly there.

        Raises
        ------
        DataError
            Rain below zero or beyond what falls in an hour: another unit, or a total that began anew.
        """
        return self.span(_instant(end), HOUR)

    def has(self, end: np.datetime64, length: np.timedelta64) -> bool:
        """Whether the interval that ends at ``end`` (UTC) is wholly there."""
        return self._parts(end, length) is not None

    @property
    def until(self) -> np.datetime64:
        """End of the last interval, UTC."""
        return self.tiles[-1].end

    def span(self, end: np.datetime64, length: np.timedelta64) -> NDArray[np.float32] | None:
        """Rain [mm] of an interval of an hour or less that ends at ``end`` (UTC); as ``hour``."""
        parts = self._parts(end, length)
        if parts is None:
            return None
        total = np.zeros(self.grid.shape)
        for tile, share in parts:
            total += share * self._amount(tile)
        if np.nanmax(total, initial=0.0) > MOST_IN_AN_HOUR:
            raise UnitsError(
                "more rain than falls in an hour", where=parts[0][0].where, expected=f"up to {MOST_IN_AN_HOUR:g} mm",
                found=f"{np.nanmax(total):.0f} mm", remedy="check the unit (mm named m?) and the kind (a total since the start?)",
            )  # fmt: skip
        return total.astype(np.float32)

    @property
    def steps_an_hour(self) -> int:
        """Even steps that an hour can be told in, by the shortest interval: 6 for 10 min and less, 3, 2, or 1."""
        shortest = min(tile.end - tile.start for tile in self.tiles)
        return next((n for n in (6, 3, 2) if shortest <= HOUR // n), 1)

    def parts(self, end: np.datetime64 | datetime, count: int) -> list[NDArray[np.float32]] | None:
        """Rain [mm] of ``count`` even parts of the hour that ends at ``end`` (UTC); None if one is not wholly there."""
        last, step = _instant(end), HOUR // count
        found = [self.span(last - k * step, step) for k in range(count - 1, -1, -1)]
        told = [rain for rain in found if rain is not None]
        return told if len(told) == count else None

    def missing(self, ends: Sequence[np.datetime64 | datetime]) -> list[np.datetime64]:
        """Those of the hours (by their ends, UTC) that the files do not wholly hold."""
        return [at for at in map(_instant, ends) if self._parts(at) is None]

    def _parts(self, last: np.datetime64, length: np.timedelta64 = HOUR) -> list[tuple[Tile, float]] | None:
        first, found = last - length, []
        at = first
        n = max(int(np.searchsorted(self._starts, first, side="right")) - 1, 0)
        for tile in self.tiles[n:]:
            if tile.start >= last:
                break
            if tile.end <= first:
                continue
            if tile.start > at:
                return None
            at = min(tile.end, last)
            shared = at - max(tile.start, first)
            found.append((tile, float(shared / (tile.end - tile.start))))
        return found if at == last else None

    def _amount(self, tile: Tile) -> NDArray[np.float64]:
        """Rain of one tile [mm] on the grid, never below zero."""
        amount = self._read(tile.field)
        if tile.less is not None:
            amount = amount - self._read(tile.less)
        amount *= tile.factor
        if np.nanmin(amount, initial=0.0) < -PACKING:
            raise DataError(
                "rain below zero" if tile.less is None else "a total of rain that falls", where=tile.where,
                expected=">= 0 mm", found=f"{np.nanmin(amount):.2f} mm",
                remedy="declare the mark for no data" if tile.less is None else "give each forecast alone, or declare kind amount",
            )  # fmt: skip
        return np.maximum(amount, 0.0)

    def _read(self, field: Field) -> NDArray[np.float64]:
        with opened(field.dataset) as source:
            onto = self._onto(source, field.where)
            band = source.read(field.band, masked=True, window=onto.window).astype(np.float64).filled(np.nan)
            n = field.band - 1
            values = band * source.scales[n] + source.offsets[n]
        return onto(values).astype(np.float64)

    def _onto(self, source: Any, where: str) -> Onto:
        transform, crs, geographic = placed(source, where)
        key = (transform, source.shape, str(crs))
        if key not in self._lain:
            self._lain[key] = lay(
                transform=transform, shape=source.shape, crs=crs, geographic=geographic, grid=self.grid, where=where
            )  # fmt: skip
        return self._lain[key]

    def _require_millimetres(self, where: str) -> None:
        step = max(1, len(self.tiles) // SAMPLED)
        most = 0.0
        for tile in self.tiles[::step]:
            hours = float((tile.end - tile.start) / HOUR)
            most = max(most, float(np.nanmax(self._amount(tile), initial=0.0)) / hours)
        if 0.0 < most <= MOST_IN_AN_HOUR / 1000.0:
            raise UnitsError(
                "hardly any rain: metres that pass as millimetres?", where=where,
                expected=f"somewhere more than {MOST_IN_AN_HOUR / 1000.0:g} mm an hour", found=f"at most {most:.2g} mm an hour",
                remedy="declare units: m if they are metres, the file's own unit if it is right",
            )  # fmt: skip


def open_rain(path: str | Path, grid: Grid, declared: RainDeclared | None = None) -> GriddedRain:
    """Open gridded rain: a NetCDF, GRIB or GeoTIFF file, or a folder of them.

    Parameters
    ----------
    path : path
        NetCDF after CF (bounds of the times, ``cell_methods``, ``units`` are read), GRIB2 (its intervals are read), GRIB1,
        or GeoTIFF with a time a band or a time in each file's name.
    grid : Grid
        Rain comes onto it as means weighted by area, so that what falls on the raster falls on the grid; a projected
        raster goes through GDAL's warper instead, which is close to that.
    declared : RainDeclared, optional
        What the files do not say of themselves: unit, kind, stamp, interval, zone.

    Returns
    -------
    GriddedRain

    Raises
    ------
    SourceError, MissingExtraError
        Not there, not readable, or a GDAL without the driver.
    UnitsError
        No unit, an unknown one, two that differ, or metres that pass as millimetres.
    DataError
        What a field means is unknown or contradictory; a time twice; fields that overlap; all fields longer than an
        hour without ``spread``. Where only some are, as at the end of many forecasts, their hours are missing.
    CoverageError
        The rain does not cover the grid.
    DatumError
        No coordinate system.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import xarray as xr
    >>> grid = Grid.from_bounds(west=120, south=28, east=120.4, north=28.4, step=0.1)
    >>> hours = np.datetime64("2021-07-24T01", "ns") + np.arange(2) * np.timedelta64(1, "h")
    >>> tp = xr.DataArray(np.full((2, 8, 8), 5.0), {"time": hours, "lat": 27.85 + 0.1 * np.arange(8), "lon": 119.85 + 0.1 * np.arange(8)},
    ...                   ("time", "lat", "lon"), "tp", {"units": "mm", "standard_name": "lwe_thickness_of_precipitation_amount"})
    >>> for name in ("lat", "lon"):
    ...     tp[name].attrs["units"] = "degrees_" + {"lat": "north", "lon": "east"}[name]
    >>> with TemporaryDirectory() as folder:
    ...     tp.to_dataset().to_netcdf(Path(folder, "tp.nc"), engine="netcdf4")
    ...     rain = open_rain(Path(folder, "tp.nc"), grid, RainDeclared(kind="period", stamp="end"))
    ...     float(rain.hour(np.datetime64("2021-07-24T02:00")).max())  # mm
    5.0
    """
    says = declared or RainDeclared()
    found, faults = fields(Path(path), says), Faults()
    tiles: list[Tile] = []
    with faults:
        tiles = tiled(found, says)
    with faults, opened(found[0].dataset) as source:
        placed(source, found[0].where)
    faults.tell()
    short = [tile for tile in tiles if says.spread or tile.end - tile.start <= HOUR]
    if not short:
        raise DataError(
            "fields of rain longer than an hour", where=tiles[0].where, expected="some of an hour or less",
            found=f"{(tiles[0].end - tiles[0].start) / HOUR:g} h",
            remedy="give hourly rain, or declare spread and lose the peaks",
        )  # fmt: skip
    rain = GriddedRain(short, grid, longer=[tile for tile in tiles if tile not in short])
    if says.units is None:
        rain._require_millimetres(str(path))
    return rain


def open_rains(section: RainSection, grid: Grid) -> tuple[GriddedRain, ...]:
    """The rain of a scenario, what goes first first: its file, then its nowcast; told in the same way.

    Raises
    ------
    RiskmapError
        See ``open_rain``.
    """
    paths = (path for path in (section.file, section.nowcast) if path is not None)
    return tuple(open_rain(path, grid, RainDeclared.of(section)) for path in paths)


def read_rain(
    path: str | Path,
    grid: Grid,
    hours: Sequence[np.datetime64 | datetime],
    declared: RainDeclared | None = None,
) -> xr.DataArray:
    """Hourly rain of the asked hours, all in memory; see ``open_rain``, which holds one hour at a time.

    Parameters
    ----------
    path, grid, declared
        See ``open_rain``.
    hours : sequence of datetime or datetime64
        Ends of the hours, UTC.

    Returns
    -------
    DataArray (time, y, x)
        ``rain_1h`` [mm] of the hour that ends at ``time``, float32, NaN where unknown. Hours that are not there are NaN
        and named in the attribute ``missing_hours``.

    Raises
    ------
    CoverageError
        None of the hours is there; and all that ``open_rain`` raises.
    """
    ends = [_instant(hour) for hour in hours]
    rain = open_rain(path, grid, declared)
    absent = rain.missing(ends)
    if len(absent) == len(ends):
        raise CoverageError(
            "the rain holds none of the hours", where=str(path),
            expected=f"{ends[0]} to {ends[-1]} UTC" if ends else "one hour or more",
            found=f"{rain.tiles[0].start} to {rain.tiles[-1].end} UTC", remedy="check the times, and their zone",
        )  # fmt: skip
    unknown = np.full(grid.shape, np.nan, np.float32)
    found = [unknown if (field := rain.hour(end)) is None else field for end in ends]
    return xr.DataArray(
        np.stack(found), dims=("time", "y", "x"), coords={"time": np.array(ends, "M8[s]"), **grid.coordinates},
        name="rain_1h",
        attrs={
            **REGISTER["rain_1h"].attributes, "cell_methods": f"time: sum (interval: 1 hour) area: {rain.method}",
            "missing_hours": " ".join(f"{end}Z" for end in absent), "source": Path(path).name,
        },
    )  # fmt: skip


def _instant(at: np.datetime64 | datetime) -> np.datetime64:
    found: np.datetime64 = instants([at], where="hour")[0]  # type: ignore[list-item]
    return found
