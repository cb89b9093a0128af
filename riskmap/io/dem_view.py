"""The cells of an elevation model in its file: which way up they lie, how wide they are, how their numbers become metres."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr
from affine import Affine
from numpy.typing import NDArray

from riskmap.errors import CoverageError, GeometryError, MissingExtraError
from riskmap.io.dem_checks import (
    Sea,
    cut_off,
    is_mark,
    level_water,
    mend_spikes,
    patches,
    require_heights,
    require_numbers,
    require_unwrapped,
    sea_of,
    spikes_of,
    undeclared_marks,
)
from riskmap.io.dem_place import sides_of
from riskmap.io.rasters import LOWEST_LAND, _open, _read
from riskmap.schema import describe

Heights = NDArray[np.float32]
Window = tuple[tuple[int, int], tuple[int, int]]

NAMED: Final = 5
"""Places that a finding names."""


class DemView:
    """A window of a file as heights in metres, row 0 northernmost, column 0 westernmost.

    Parameters
    ----------
    path : Path
    source : rasterio dataset
        The open file.
    nodata : float, optional
        Mark for no data, in place of the file's own.
    unit : (float, str)
        Metres in a unit, and where that is known from.
    window : ((int, int), (int, int)), optional
    findings : list of str
        Grows by what was found.
    """

    def __init__(
        self, path: Path, source: Any, nodata: float | None, unit: tuple[float, str], window: Window | None,
        findings: list[str],
    ) -> None:  # fmt: skip
        t = source.transform
        if t.b or t.d:
            raise GeometryError(
                "the elevation model is rotated", where=str(path), expected="rows along one axis, columns along the other",
                found=f"transform {tuple(t)[:6]}", remedy="warp it to a north-up grid, for example with gdalwarp",
            )  # fmt: skip
        self.path, self.nodata, self.unit = path, source.nodata if nodata is None else nodata, unit
        self.size: tuple[int, int] = (source.height, source.width)
        self.factor = float(source.scales[0]) * unit[0]
        self.offset = float(source.offsets[0]) * unit[0]
        require_numbers(source.dtypes[0], self.factor, str(path))
        if source.count > 1:
            findings.append(f"{source.count} bands: heights are read from the first")
        self.down, self.left = t.e > 0, t.a < 0
        if self.down:
            findings.append("rows from south to north: turned over")
        if self.left:
            findings.append("columns from east to west: turned over")
        west, north = (
            t.c + (t.a * self.size[1] if self.left else 0),
            t.f + (t.e * self.size[0] if self.down else 0),
        )
        rows, columns = window or ((0, self.size[0]), (0, self.size[1]))
        if not (0 <= rows[0] < rows[1] <= self.size[0] and 0 <= columns[0] < columns[1] <= self.size[1]):
            raise CoverageError(
                "the window is not within the file", where=str(path), expected=f"rows 0 to {self.size[0]}, columns 0 to {self.size[1]}",
                found=f"rows {rows}, columns {columns}", remedy="give a window within it",
            )  # fmt: skip
        self.first, self.shape = (rows[0], columns[0]), (rows[1] - rows[0], columns[1] - columns[0])
        dx, dy = abs(t.a), abs(t.e)
        self.transform = Affine(dx, 0.0, west + columns[0] * dx, 0.0, -dy, north - rows[0] * dy)
        self.crs = source.crs
        self._sides(findings)

    def _sides(self, findings: list[str]) -> None:
        """Coordinates of the cells, and their sides [m]."""
        t = self.transform
        self.y = t.f + (np.arange(self.shape[0]) + 0.5) * t.e
        self.x = t.c + (np.arange(self.shape[1]) + 0.5) * t.a
        self.width, self.height = sides_of(self.crs, t, self.shape, findings, where=str(self.path))
        if not np.isclose(t.a, -t.e, rtol=1e-6):
            findings.append(
                f"cells are not square: {t.a:g} across, {-t.e:g} along the columns; their true sides are used"
            )

    def raw(self, source: Any, top: int, bottom: int, left: int, right: int) -> NDArray[Any]:
        """Numbers of the file in rows and columns of the view, as they stand there."""
        top, bottom = top + self.first[0], bottom + self.first[0]
        left, right = left + self.first[1], right + self.first[1]
        rows = (self.size[0] - bottom, self.size[0] - top) if self.down else (top, bottom)
        columns = (self.size[1] - right, self.size[1] - left) if self.left else (left, right)
        band: NDArray[Any] = np.ma.getdata(_read(source, self.path, window=(rows, columns)))
        return band[:: -1 if self.down else 1, :: -1 if self.left else 1]

    def heights(self, raw: NDArray[Any], marks: list[float]) -> Heights:
        """Heights [m], NaN where the numbers are marks for no data."""
        out = raw.astype(np.float32)
        for mark in [*marks, *([] if self.nodata is None or np.isnan(self.nodata) else [self.nodata])]:
            out[is_mark(raw, mark)] = np.nan
        if self.factor != 1.0 or self.offset != 0.0:
            out *= np.float32(self.factor)
            out += np.float32(self.offset)
        out[np.isinf(out)] = np.nan
        return out

    def marks(self, raw: NDArray[Any], where: str) -> list[float]:
        """Marks for no data in the file's numbers that are not declared; numbers that wrapped around are refused."""
        highest = (describe("surface_altitude").valid_range[1] - self.offset) / self.factor
        marks = undeclared_marks(raw, self.nodata, highest, where=where)
        require_unwrapped(raw, [*marks, *([] if self.nodata is None else [self.nodata])], where)
        return marks

    def read(self, source: Any, findings: list[str]) -> Heights:
        """The whole view [m]."""
        raw = self.raw(source, 0, self.shape[0], 0, self.shape[1])
        marks = self.marks(raw, str(self.path))
        findings += [
            f"{int(is_mark(raw, m).sum())} cells of {m:g}, not declared as no data: taken as such"
            for m in marks
        ]
        endless = int(np.isinf(raw).sum()) if raw.dtype.kind == "f" else 0
        if endless:
            findings.append(f"{endless} infinite cells: taken as no data")
        full = cut_off(raw, self.nodata)
        if full:
            findings.append(
                f"{full[0]} cells of {full[1]:g}, the largest number that the file can hold: higher ground is cut off there"
            )
        heights = self.heights(raw, marks)
        require_heights(heights, str(self.path))
        return heights

    def sea(self, heights: Heights, kind: Sea, findings: list[str]) -> NDArray[np.bool_]:
        """What is sea; ground below all land that is none becomes no data, in place, unless nothing is said of the sea."""
        water = sea_of(heights, kind)
        abyss = (heights < LOWEST_LAND) & ~water
        if abyss.any():
            findings.append(
                f"{int(abyss.sum())} cells below {LOWEST_LAND:g} m, lower than all land, {_places(abyss)}: "
                + ("left as they are" if kind == "none" else "taken as no data; sea='low' reads a sea bed")
                + "; cells beside them may be blends of a mark with the ground"
            )
            if kind != "none":
                heights[abyss] = np.nan
                water = sea_of(heights, kind)
        return water

    def look(
        self, heights: Heights, water: NDArray[np.bool_], sea: Sea, findings: list[str], *, mend: bool
    ) -> None:
        """Spikes, and voids of the land; spikes are mended in place where that is asked for."""
        spikes = spikes_of(heights, min(self.height, float(self.width.min())))
        if spikes.any():
            done = "the median of the cells around was put in place" if mend else "left as they are"
            findings.append(f"{int(spikes.sum())} cells are spikes or pits, {_places(spikes)}: {done}")
            if mend:
                mend_spikes(heights, spikes)
        voids = np.isnan(heights) & ~water
        if voids.any():
            labels, count = patches(voids)
            size = int(np.bincount(labels[voids])[1:].max())
            findings.append(
                f"{count} voids in the land, {int(voids.sum())} cells, the largest {size}, {_places(voids)}: no data there"
            )
        level = level_water(heights) if sea == "nodata" else 0
        if level:
            findings.append(
                f"{level} cells of exactly 0 m up to the border look like the sea: one flat as ground; sea='low' takes them for it"
            )
        if water.any():
            findings.append(f"{int(water.sum())} cells are sea: " + {
                "nodata": "no data up to the border", "low": "at or below 0 m up to the border"}[sea])  # fmt: skip
            holes = int((water & np.isnan(heights)).sum()) if sea == "low" else 0
            if holes:
                findings.append(f"{holes} cells of it have no data: voids at the sea")

    def lazy(self, chunks: tuple[int, int]) -> Any:
        """The view as a Dask array [m], whose blocks open the file themselves."""
        try:
            import dask.array
        except ImportError as error:
            raise MissingExtraError(
                "chunks need Dask", where="chunks", remedy="pip install 'riskmap[scale]'"
            ) from error
        array: Any = dask.array  # its functions have no types
        return array.from_array(
            _Blocks(self), chunks=chunks, name=False, asarray=False, meta=np.empty((0, 0), np.float32)
        )

    def dataset(self, heights: Any, water: Any, findings: list[str]) -> xr.Dataset:
        """Heights and sea with their coordinates; ``water`` None where it was not looked for."""
        geographic = self.crs.is_geographic
        units = ("degrees_north", "degrees_east") if geographic else (self.crs.linear_units,) * 2
        names = (
            ("latitude", "longitude")
            if geographic
            else ("projection_y_coordinate", "projection_x_coordinate")
        )
        t = self.transform
        geo = " ".join(repr(float(v)) for v in (t.c, t.a, 0.0, t.f, 0.0, t.e))
        coords = {
            "y": ("y", self.y, {"standard_name": names[0], "units": units[0], "axis": "Y"}),
            "x": ("x", self.x, {"standard_name": names[1], "units": units[1], "axis": "X"}),
            "spatial_ref": ((), 0, {"crs_wkt": self.crs.to_wkt(), "GeoTransform": geo}),
        }
        entry = describe("surface_altitude")
        variables = {
            "surface_altitude": (("y", "x"), heights, {**entry.attributes, "grid_mapping": "spatial_ref"}),
            "cell_width": ("y", self.width, {"units": "m", "long_name": "width of the cells of a row"}),
        }
        if water is not None:
            variables["sea"] = (("y", "x"), water, {"long_name": "sea"})
        return xr.Dataset(
            variables, coords,
            {"cell_height": self.height, "vertical_units": self.unit[1], "findings": "\n".join(findings)},
        )  # fmt: skip


class _Blocks:
    """What Dask asks of an array: a shape, a type, and slices of it."""

    def __init__(self, view: DemView) -> None:
        self.view, self.shape, self.dtype, self.ndim = view, view.shape, np.dtype(np.float32), 2

    def __getitem__(self, at: tuple[slice, slice]) -> Heights:
        (top, bottom, _), (left, right, _) = (s.indices(n) for s, n in zip(at, self.shape, strict=True))
        with _open(self.view.path) as source:
            raw = self.view.raw(source, top, bottom, left, right)
        where = f"{self.view.path}, rows from {top}, columns from {left}"
        heights = self.view.heights(raw, self.view.marks(raw, where))
        require_heights(heights, where, empty=True)
        return heights


def _places(mask: NDArray[np.bool_]) -> str:
    """The first few cells of a mask."""
    found = np.argwhere(mask)
    some = ", ".join(f"({row}, {column})" for row, column in found[:NAMED])
    return f"at (row, column) {some}" + (" ..." if len(found) > NAMED else "")
