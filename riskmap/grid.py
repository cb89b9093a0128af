"""The grid: a small immutable value that says where cells lie.

North-up and regular in longitude and latitude (WGS-84 / CGCS2000). Row 0 is the northernmost.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from riskmap.errors import ConfigError

EARTH_RADIUS = 6_371_008.8
"""Mean Earth radius R1 [m]; Moritz (2000), GRS80 derived constants."""


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
