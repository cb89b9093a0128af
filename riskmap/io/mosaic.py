"""Tiles of one raster as a single virtual one, so that whoever reads a file reads all of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

import numpy as np

from riskmap.errors import ConfigError, GeometryError
from riskmap.io.rasters import _open

TYPES: Final = {
    "uint8": "Byte", "int8": "Int8", "uint16": "UInt16", "int16": "Int16", "uint32": "UInt32", "int32": "Int32",
    "float32": "Float32", "float64": "Float64",
}  # fmt: skip
"""Type of numpy -> its name in a VRT."""


def write_mosaic(tiles: Sequence[Path], folder: Path) -> Path:
    """A VRT over tiles of one grid: one system, one cell, one type, one mark for no data.

    Parameters
    ----------
    tiles : sequence of Path
    folder : Path
        Where the VRT is written.

    Returns
    -------
    Path
        Named after the first tile and the number of the others.

    Raises
    ------
    SourceError, DatumError
        A tile cannot be read, or declares no coordinate system.
    GeometryError
        A tile of another grid; named with what differs.
    ConfigError
        No tiles.
    """
    if not tiles:
        raise ConfigError(
            "a list without tiles", where="key terrain.dem", expected="one file or more", found="none",
            remedy="name them, or leave the key out",
        )  # fmt: skip
    parts = [_tile(path) for path in tiles]
    first = parts[0]
    for part in parts[1:]:
        _require_alike(first, part)
    dx, dy = first["step"]
    west, north = min(p["corner"][0] for p in parts), max(p["corner"][1] for p in parts)
    offsets = [(round((p["corner"][0] - west) / dx), round((p["corner"][1] - north) / dy)) for p in parts]
    width = max(x + p["size"][0] for (x, _), p in zip(offsets, parts, strict=True))
    height = max(y + p["size"][1] for (_, y), p in zip(offsets, parts, strict=True))
    mark = _between(first)
    masked = "" if first["nodata"] is None else f"<NODATA>{mark!r}</NODATA>"
    unit = f"<UnitType>{escape(first['unit'])}</UnitType>" if first["unit"] else ""
    sources = "".join(
        f'<ComplexSource><SourceFilename relativeToVRT="0">{escape(str(p["path"].resolve()))}</SourceFilename>'
        f'<SourceBand>1</SourceBand><SrcRect xOff="0" yOff="0" xSize="{p["size"][0]}" ySize="{p["size"][1]}"/>'
        f'<DstRect xOff="{x}" yOff="{y}" xSize="{p["size"][0]}" ySize="{p["size"][1]}"/>{masked}'
        "</ComplexSource>"
        for (x, y), p in zip(offsets, parts, strict=True)
    )
    target = folder / (tiles[0].stem + (f"+{len(tiles) - 1}" if len(tiles) > 1 else "") + ".vrt")
    target.write_text(
        f'<VRTDataset rasterXSize="{width}" rasterYSize="{height}"><SRS>{escape(first["crs"].to_wkt())}</SRS>'
        f"<GeoTransform>{west!r}, {dx!r}, 0.0, {north!r}, 0.0, {dy!r}</GeoTransform>"
        f'<VRTRasterBand dataType="{TYPES[first["type"]]}" band="1"><NoDataValue>{mark!r}</NoDataValue>{unit}'
        f"<Offset>{first['scale'][1]!r}</Offset><Scale>{first['scale'][0]!r}</Scale>{sources}"
        "</VRTRasterBand></VRTDataset>",
        encoding="utf-8",
    )
    return target


def _tile(path: Path) -> dict[str, Any]:
    with _open(path) as source:
        t = source.transform
        if t.b or t.d or t.a <= 0 or t.e >= 0:
            raise GeometryError(
                "a tile that is not north-up", where=str(path), expected="rows from north to south", found=str(t)[:60],
                remedy="turn it with gdalwarp, or give a mosaic of your own",
            )  # fmt: skip
        return {
            "path": path, "crs": source.crs, "step": (float(t.a), float(t.e)), "corner": (float(t.c), float(t.f)),
            "size": (source.width, source.height), "type": source.dtypes[0], "nodata": source.nodata,
            "unit": source.units[0] or "", "scale": (float(source.scales[0]), float(source.offsets[0])),
        }  # fmt: skip


def _between(tile: dict[str, Any]) -> float:
    """The mark of cells that no tile has: the tiles' own, else one that their type has and no ground."""
    if tile["nodata"] is not None:
        return float(tile["nodata"])
    kind = np.dtype(tile["type"])
    if kind.kind == "f":
        return math.nan
    info = np.iinfo(kind)
    return float(info.max if kind.kind == "u" else info.min)


def _require_alike(first: dict[str, Any], part: dict[str, Any]) -> None:
    """Refuse a tile that does not lie on the first one's grid."""
    dx, dy = first["step"]
    shift = [(part["corner"][n] - first["corner"][n]) / step for n, step in enumerate((dx, dy))]
    apart = [
        name
        for name, same in (
            ("coordinate system", part["crs"] == first["crs"]),
            ("cell", all(abs(a / b - 1.0) < 1e-6 for a, b in zip(part["step"], first["step"], strict=True))),
            ("place of its cells", all(abs(s - round(s)) < 0.01 for s in shift)),
            ("type", part["type"] == first["type"]),
            ("mark for no data", _same(part["nodata"], first["nodata"])),
            ("vertical unit", (part["unit"], part["scale"]) == (first["unit"], first["scale"])),
        )
        if not same
    ]
    if apart:
        raise GeometryError(
            "a tile of another grid", where=str(part["path"]), expected=f"that of {first['path'].name}",
            found=f"another {', another '.join(apart)}", remedy="bring the tiles onto one grid with gdalwarp",
        )  # fmt: skip


def _same(a: float | None, b: float | None) -> bool:
    return a == b or (a is not None and b is not None and math.isnan(a) and math.isnan(b))
