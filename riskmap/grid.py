"""The grid: a small immutable value that says where cells lie.

North-up and regular in longitude and latitude (WGS-84 / CGCS2000). Row 0 is the northernmost.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from riskmap.errors import ConfigError, CoverageError, DatumError

if TYPE_CHECKING:
    import xarray as xr

EARTH_RADIUS = 6_371_008.8
"""Mean Earth radius R1 [m]; Moritz (2000), GRS80 derived constants."""
GEOGRAPHIC = (4326, 4490)
"""EPSG codes of the systems whose degrees are those of ``Grid``: WGS-84 and CGCS2000. Any other is warped."""


AXES: Final = {"lat": "y", "latitude": "y", "lon": "x", "longitude": "x"}
"""Other names of the two axes that data come with."""


@dataclass(frozen=True)
class Grid:
    """A regular north-up grid of cells.

    Parameters
    ----------
    shape : (int, int)
        Rows, columns.
    transform : Affine
        Cell corner (column, row) -> (longitude, latitude) in degrees, as rasterio has it.
    crs : str
        Always geographic here: ``EPSG:4326`` (WGS-84) or ``EPSG:4490`` (CGCS2000).

    Examples
    --------
    >>> grid = Grid.from_bounds(west=117.5, south=27.0, east=123.5, north=31.5, step=0.02)
    >>> grid.shape
    (225, 300)
    >>> round(float(grid.longitude[0]), 2), round(float(grid.latitude[0]), 2)
    (117.51, 31.49)
    """

    shape: tuple[int, int]
    transform: Affine
    crs: str = "EPSG:4326"

    @classmethod
    def from_bounds(
        cls, *, west: float, south: float, east: float, north: float, step: float, crs: str = "EPSG:4326"
    ) -> Grid:
        """Grid of square cells of ``step`` degrees that fills the bounds (degrees).

        Raises
        ------
        ConfigError
            Bounds in the wrong order, outside the globe, or not a whole number of cells apart.
        """
        if not (-180 <= west < east <= 360 and -90 <= south < north <= 90) or not 0 < step <= 90:
            raise ConfigError(
                "the grid's bounds are not a box on the globe",
                where="grid",
                expected="-180 <= west < east <= 360, -90 <= south < north <= 90, step > 0 (degrees)",
                found=f"west={west}, east={east}, south={south}, north={north}, step={step}",
                remedy="check that longitude and latitude are not swapped",
            )
        columns, rows = (east - west) / step, (north - south) / step
        if abs(columns - round(columns)) > 1e-6 or abs(rows - round(rows)) > 1e-6:
            raise ConfigError(
                "the grid's bounds are not a whole number of cells apart",
                where="grid",
                expected=f"multiples of {step} degrees",
                found=f"{columns:.4f} columns and {rows:.4f} rows",
                remedy="move the bounds or change the step",
            )
        return cls((round(rows), round(columns)), Affine(step, 0.0, west, 0.0, -step, north), crs)

    @classmethod
    def of(cls, data: xr.Dataset | xr.DataArray) -> Grid:
        """Grid that data lie on, by the centres of their cells (degrees).

        Parameters
        ----------
        data : Dataset or DataArray (..., y, x)
            ``y`` from north to south; ``lat``, ``lon`` and the like count, too. Without a ``spatial_ref`` WGS-84 is taken.

        Raises
        ------
        CoverageError
            The axes are missing, shorter than two cells, uneven, or run from south to north.
        DatumError
            The data are projected, or their numbers are no degrees.

        Examples
        --------
        >>> import xarray as xr
        >>> Grid.of(xr.DataArray(np.zeros((3, 4)), coords={"lat": [30.2, 30.1, 30.0], "lon": [121.5, 121.6, 121.7, 121.8]}))
        Grid(3 x 4 cells of 0.1 degrees, 121.45 to 121.85 E, 29.95 to 30.25 N, EPSG:4326)
        """
        named = {AXES.get(str(name), str(name)): data[name] for name in data.dims if name in data.coords}
        north, down = _even(named.get("y"), "y", -1)
        west, across = _even(named.get("x"), "x", 1)
        reference = str(data["spatial_ref"].attrs.get("crs_wkt", "")) if "spatial_ref" in data.coords else ""
        last = north + (named["y"].size - 1) * down
        if reference.startswith(("PROJ", "BOUND")) or not (
            -90 <= last <= north <= 90 and -180 <= west <= 360
        ):
            raise DatumError(
                "the data do not lie on longitude and latitude", where="Grid.of", expected="degrees",
                found=reference[:40] or f"x from {west:g}, y from {north:g}", remedy="warp them to EPSG:4326 first",
            )  # fmt: skip
        corner = Affine(across, 0.0, round(west - across / 2, 9), 0.0, down, round(north - down / 2, 9))
        crs = reference if reference.startswith("EPSG:") else "EPSG:4326"
        return cls((named["y"].size, named["x"].size), corner, crs)

    def __repr__(self) -> str:
        west, south, east, north = (f"{edge:.10g}" for edge in self.bounds)
        rows, columns = self.shape
        step = f"{self.transform.a:.6g}"
        if abs(self.transform.a + self.transform.e) > 1e-9:
            step += f" x {-self.transform.e:.6g}"
        return f"Grid({rows} x {columns} cells of {step} degrees, {west} to {east} E, {south} to {north} N, {self.crs})"

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north [degrees]."""
        rows, columns = self.shape
        west, north = self.transform.c, self.transform.f
        return west, north + rows * self.transform.e, west + columns * self.transform.a, north

    @cached_property
    def latitude(self) -> NDArray[np.float64]:
        """Latitude of the cell centres, north to south [degrees], shape (y,)."""
        return np.asarray(self.transform.f + (np.arange(self.shape[0]) + 0.5) * self.transform.e, np.float64)

    @cached_property
    def longitude(self) -> NDArray[np.float64]:
        """Longitude of the cell centres, west to east [degrees], shape (x,)."""
        return np.asarray(self.transform.c + (np.arange(self.shape[1]) + 0.5) * self.transform.a, np.float64)

    @cached_property
    def cell_area(self) -> NDArray[np.float64]:
        """Area of one cell of each row on the sphere [m2], shape (y,)."""
        edges = np.radians(self.transform.f + np.arange(self.shape[0] + 1) * self.transform.e)
        width = np.radians(self.transform.a)
        return np.asarray(EARTH_RADIUS**2 * width * (np.sin(edges[:-1]) - np.sin(edges[1:])), np.float64)

    @property
    def coordinates(self) -> dict[str, Any]:
        """Coordinates for an xarray object on this grid, CF attributes included."""
        return {
            "y": ("y", self.latitude, {"standard_name": "latitude", "units": "degrees_north", "axis": "Y"}),
            "x": ("x", self.longitude, {"standard_name": "longitude", "units": "degrees_east", "axis": "X"}),
            "spatial_ref": (
                (),
                0,
                {
                    "crs_wkt": self.crs,
                    "grid_mapping_name": "latitude_longitude",
                    "GeoTransform": " ".join(
                        repr(v)
                        for v in (
                            self.transform.c,
                            self.transform.a,
                            0.0,
                            self.transform.f,
                            0.0,
                            self.transform.e,
                        )
                    ),
                },
            ),
        }

    def index_of(self, *, latitude: float, longitude: float) -> tuple[int, int] | None:
        """Row and column of the cell that holds a point, or None outside the grid."""
        column = (longitude - self.transform.c) / self.transform.a
        row = (latitude - self.transform.f) / self.transform.e
        inside = 0 <= row < self.shape[0] and 0 <= column < self.shape[1]
        return (int(row), int(column)) if inside else None


def _even(axis: xr.DataArray | None, name: str, sign: int) -> tuple[float, float]:
    """First value and step [degrees] of an axis that is even and runs the right way."""
    wanted = "even centres of two cells or more, " + ("north to south" if sign < 0 else "west to east")
    if axis is None or axis.size < 2:
        raise CoverageError(
            "an axis is missing or has one cell", where=f"Grid.of, {name}", expected=wanted,
            found="no coordinate" if axis is None else "1 cell", remedy="give the data coordinates y and x in degrees",
        )  # fmt: skip
    values = axis.values.astype(np.float64)
    step = float(values[-1] - values[0]) / (len(values) - 1)
    if not sign * step > 0 or np.abs(np.diff(values) - step).max() > 1e-3 * abs(step):
        raise CoverageError(
            "an axis is uneven or runs the other way", where=f"Grid.of, {name}", expected=wanted,
            found=f"{values[0]:g} to {values[-1]:g}", remedy=f"data.sortby({name!r}, ascending={sign > 0}), or interpolate to even cells",
        )  # fmt: skip
    digits = 6 if axis.dtype == np.float32 else 12  # 0.1 stored as float32 is 0.10000000149
    return round(float(values[0]), digits), round(step, digits)
