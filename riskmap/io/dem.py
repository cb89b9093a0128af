"""Elevation models in: any raster that GDAL reads becomes heights in metres, with the sea and the cells' sides."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import xarray as xr

from riskmap.errors import ConfigError
from riskmap.io.dem_checks import Sea, metres_per, require_sea
from riskmap.io.dem_view import DemView, Window
from riskmap.io.rasters import _open
from riskmap.memory import memory_available

BYTES_A_CELL: Final = 26
"""Memory [bytes] of a cell while a file is read: raw and converted heights, patches, spikes and their neighbours."""


def read_dem(
    path: str | Path,
    *,
    vertical_units: str | None = None,
    nodata: float | None = None,
    sea: Sea = "nodata",
    mend: bool = True,
    window: Window | None = None,
    chunks: tuple[int, int] | None = None,
    memory: int | None = None,
) -> xr.Dataset:
    """Heights of the ground from a GeoTIFF, COG, hgt, VRT or any other raster, on the raster's own cells.

    Parameters
    ----------
    path : path
    vertical_units : str, optional
        Unit of the heights, such as ``"m"`` or ``"ft"``. Without it the unit that the file declares, else metres; the
        attribute ``vertical_units`` says which of them it was.
    nodata : float, optional
        Mark for no data, in place of the file's own.
    sea : {"nodata", "low", "none"}
        What is sea: cells without data that hang together with the border, cells at or below 0 m that do, or none.
    mend : bool
        Spikes and pits of one cell, or of up to two by two, become the median of the cells around; otherwise they are
        counted alone.
    window : ((int, int), (int, int)), optional
        First row and last + 1, first column and last + 1, rows counted from the north.
    chunks : (int, int), optional
        Rows and columns of a Dask array whose blocks are read when they are needed. Sea and spikes are then left
        alone, since they cannot be told from a part: ``sea`` must be ``"none"``.
    memory : int, optional
        Memory [bytes] that may be used; what is free by default.

    Returns
    -------
    Dataset (y, x)
        ``surface_altitude`` [m] float32, NaN where there is none; ``sea`` bool; ``cell_width`` (y) [m]. Row 0 is the
        northernmost. Attributes: ``cell_height`` [m], ``vertical_units``, ``findings``: what was wrong and what was
        done about it, one line each.

    Raises
    ------
    SourceError
        The file cannot be read.
    DatumError
        It declares no coordinate system, or one that is not on the Earth.
    GeometryError
        It is rotated or sheared, or its coordinates cannot be of the declared system.
    DataError, UnitsError
        Heights that wrapped around, that are outside of all ground, or whose unit is unknown; no height at all.
    CoverageError
        A window outside the file.
    ConfigError
        It does not fit into memory; the message names chunks that do.

    Examples
    --------
    >>> from riskmap import bundled
    >>> valley = read_dem(bundled("dem/made_valley.tif"))
    >>> round(float(valley["surface_altitude"].max())), valley.attrs["cell_height"], valley.attrs["vertical_units"]
    (593, 90.0, 'm (declared)')
    >>> valley.attrs["findings"]
    '2629 cells are sea: no data up to the border'
    """
    require_sea(sea)
    path = Path(path)
    with _open(path) as source:
        findings: list[str] = []
        view = DemView(path, source, nodata, _unit(source, vertical_units, findings), window, findings)
        if chunks is None:
            _require_memory(path, view.shape, memory)
            heights = view.read(source, findings)
            water = view.sea(heights, sea, findings)
            view.look(heights, water, sea, findings, mend=mend)
            return view.dataset(heights, water, findings)
    if sea != "none":
        raise ConfigError(
            "the sea cannot be told from a part of the file", where="sea", expected="'none' with chunks",
            found=repr(sea), remedy="read the file whole, or mask the sea beforehand",
        )  # fmt: skip
    return view.dataset(view.lazy(chunks), None, findings)


def _unit(source: Any, wanted: str | None, findings: list[str]) -> tuple[float, str]:
    """Metres in a unit of the heights, and where that is known from."""
    declared = source.units[0] if source.units and source.units[0] else None
    if wanted is not None:
        if declared is not None and metres_per(declared) != metres_per(wanted):
            findings.append(f"the file declares heights in {declared}; read in {wanted} as asked for")
        return metres_per(wanted), f"{wanted} (given)"
    if declared is not None:
        if metres_per(declared) != 1.0:
            findings.append(f"heights in {declared}: converted to metres")
        return metres_per(declared), f"{declared} (declared)"
    findings.append("the file declares no vertical unit: metres are assumed")
    return 1.0, "m (assumed)"


def _require_memory(path: Path, shape: tuple[int, int], memory: int | None) -> None:
    need, free = dem_memory(shape), memory_available() if memory is None else memory
    if need > free:
        side = max(1, int((free / 4 / BYTES_A_CELL) ** 0.5)) // 256 * 256 or 256
        raise ConfigError(
            "the elevation model does not fit into memory", where=str(path), expected=f"at most {free / 1e9:.2f} GB",
            found=f"{need / 1e9:.2f} GB for {shape[0]} x {shape[1]} cells",
            remedy=f"read it with chunks=({side}, {side}), or a window of it",
        )  # fmt: skip


def dem_memory(shape: tuple[int, int]) -> int:
    """Memory [bytes] that reading an elevation model of a shape takes at its peak.

    Examples
    --------
    >>> dem_memory((18_000, 16_200)) / 1e9
    7.5816
    """
    return int(shape[0]) * int(shape[1]) * BYTES_A_CELL
