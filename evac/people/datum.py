"""What positions of a table refer to, and a position as WGS-84: declared or not taken."""

from __future__ import annotations

from enum import StrEnum

from evac.model import CHINA
from riskmap.io.gcj02 import from_gcj02


class Datum(StrEnum):
    """What positions refer to; without saying so none is taken."""

    WGS84 = "wgs84"
    CGCS2000 = "cgcs2000"
    GCJ02 = "gcj02"


def position_of(
    longitude: float | None, latitude: float | None, datum: Datum | None
) -> tuple[float | None, float | None]:
    """A position as WGS-84, or none.

    Parameters
    ----------
    longitude, latitude : float or None
        As written [degrees].
    datum : Datum or None

    Raises
    ------
    ValueError
        One of the two alone, outside China, or without a datum.
    """
    if longitude is None or latitude is None:
        if longitude is not latitude:
            raise ValueError("经度 or 纬度 alone")
        return None, None
    west, east, south, north = CHINA
    if not (west <= longitude <= east and south <= latitude <= north):
        raise ValueError(f"{longitude}, {latitude} is not in China; 经度 first?")
    if datum is None:
        raise ValueError("positions without a datum: say --datum wgs84, cgcs2000 or gcj02")
    if datum is Datum.GCJ02:
        east_of, north_of = from_gcj02(longitude, latitude)
        return float(east_of), float(north_of)
    return longitude, latitude  # CGCS2000 and WGS-84 differ by centimetres
