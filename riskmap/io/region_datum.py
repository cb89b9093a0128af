"""Whether outlines lie where they say: against a reference, and converted from GCJ-02 on request only."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from riskmap.errors import DatumError
from riskmap.io.bundled import bundled
from riskmap.io.gcj02 import from_gcj02, measure_offset
from riskmap.io.region_files import read_features

BUNDLED = "admin/zhejiang_district_simple.geojson"


def reference_outlines(reference: str | Path | None) -> dict[str, Any]:
    """Outlines known to be WGS-84, by code: the bundled counties, or a user's own."""
    return _bundled() if reference is None else _outlines(Path(reference))


@cache
def _bundled() -> dict[str, Any]:
    return _outlines(bundled(BUNDLED))


def _outlines(path: Path) -> dict[str, Any]:
    features = [feature for feature in read_features(path) if feature.broken is None]
    return {str(f.properties.get("adcode") or f.where): f.shape for f in features}


def in_wgs84(
    shapes: list[Any], datum: str, reference: str | Path | None, where: str
) -> tuple[list[Any], bool]:
    """The outlines in WGS-84, once it is sure that they lie as declared; and whether any border told so.

    Raises
    ------
    DatumError
        They lie like GCJ-02, or are shifted otherwise; or are declared GCJ-02 and are not.
    """
    import shapely

    if not shapes:
        return shapes, True
    known = Path(reference) if reference else bundled(BUNDLED)
    offset = measure_offset(shapes, list(reference_outlines(reference).values()))
    declared = datum == "gcj02"
    if (
        offset is not None
        and (offset.looks_like_gcj02 or offset.real)
        and not (declared and offset.looks_like_gcj02)
    ):
        found = (
            f"an offset of {offset.east:+.4f} degrees east, {offset.north:+.4f} north against {known.name}"
        )
        if offset.looks_like_gcj02:
            raise DatumError(
                "the outlines look like GCJ-02, not WGS-84", where=where,
                expected="WGS-84 or CGCS2000", found=found, remedy='set datum = "gcj02" under [regions] to have them converted',
            )  # fmt: skip
        raise DatumError(
            "the outlines are shifted", where=where, expected="GCJ-02" if declared else "WGS-84 or CGCS2000",
            found=found, remedy="find out their datum and convert them to WGS-84 (BD-09: about +0.011, +0.003)",
        )  # fmt: skip
    if not declared:
        return shapes, offset is not None
    if offset is not None and not offset.looks_like_gcj02 and offset.gain > 0.95:
        raise DatumError(
            "the outlines are declared GCJ-02 but lie like WGS-84", where=where, expected="the offset of GCJ-02",
            found=f"{offset.east:+.4f} degrees east, {offset.north:+.4f} north against {known.name}",
            remedy='set datum = "wgs84"',
        )  # fmt: skip
    moved = shapely.transform(
        np.asarray(shapes, object), lambda points: np.column_stack(from_gcj02(points[:, 0], points[:, 1]))
    )
    return list(moved), offset is not None
