"""The register of variables: what each name means, in which unit it stands and which values make sense.

SI inside; conversion happens at the border only (``riskmap.io``). ``require`` is the one gate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from riskmap.errors import DataError, UnitsError

if TYPE_CHECKING:  # rules are read where no grid is
    import xarray as xr
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Variable:
    """One entry of the register.

    Attributes
    ----------
    name : str
        Name in Datasets.
    standard_name : str or None
        Name in the CF standard name table; None where CF has none.
    units : str
        The only unit allowed inside the library.
    dtype : str
        Storage type.
    valid_range : (float, float)
        Values outside cannot be this quantity in this unit.
    meaning : str
        One clause for people.
    """

    name: str
    standard_name: str | None
    units: str
    dtype: str
    valid_range: tuple[float, float]
    meaning: str

    @property
    def attributes(self) -> dict[str, Any]:
        """CF attributes for an xarray variable."""
        found: dict[str, Any] = {"units": self.units, "long_name": self.meaning}
        if self.standard_name:
            found["standard_name"] = self.standard_name
        return found


def _register(*entries: Variable) -> MappingProxyType[str, Variable]:
    return MappingProxyType({entry.name: entry for entry in entries})


_RAIN: Final = tuple(
    Variable(f"rain_{h}h", "lwe_thickness_of_precipitation_amount", "mm", "float32", (0, most),
             f"rain of the {h} h that end now")
    for h, most in ((1, 600), (3, 1000), (6, 1500), (12, 2000), (24, 3000))
)  # fmt: skip

REGISTER: Final = _register(
    # a track
    Variable("latitude", "latitude", "degrees_north", "float64", (-90, 90), "latitude, WGS-84"),
    Variable("longitude", "longitude", "degrees_east", "float64", (-180, 360), "longitude, WGS-84"),
    Variable("central_pressure", "air_pressure_at_mean_sea_level", "Pa", "float64", (85_000, 105_000),
             "pressure at the storm's centre"),
    Variable("environmental_pressure", "air_pressure_at_mean_sea_level", "Pa", "float64", (95_000, 105_000),
             "pressure around the storm"),
    Variable("maximum_wind", "tropical_cyclone_maximum_sustained_wind_speed", "m s-1", "float64", (0, 110),
             "maximum sustained wind, averaging period in the track's attributes"),
    Variable("radius_of_maximum_wind", "tropical_cyclone_radius_of_maximum_wind_speed", "m", "float64",
             (1_000, 500_000), "distance from the centre to the maximum wind"),
    Variable("wind_radius", None, "m", "float64", (0, 2_000_000), "radius of a wind force in a quadrant"),
    Variable("eastward_motion", None, "m s-1", "float64", (-60, 60), "motion of the centre to the east"),
    Variable("northward_motion", None, "m s-1", "float64", (-60, 60), "motion of the centre to the north"),
    # the air
    Variable("wind_speed", "wind_speed", "m s-1", "float32", (0, 120), "mean wind at 10 m"),
    Variable("wind_speed_of_gust", "wind_speed_of_gust", "m s-1", "float32", (0, 160), "3 s gust at 10 m"),
    Variable("eastward_wind", "eastward_wind", "m s-1", "float32", (-120, 120), "wind towards the east"),
    Variable("northward_wind", "northward_wind", "m s-1", "float32", (-120, 120), "wind towards the north"),
    Variable("air_pressure_at_mean_sea_level", "air_pressure_at_mean_sea_level", "Pa", "float32",
             (85_000, 108_000), "pressure at mean sea level"),
    # water
    Variable("rainfall_rate", "rainfall_rate", "mm h-1", "float32", (0, 500), "rain rate"),
    *_RAIN,
    Variable("surface_altitude", "surface_altitude", "m", "float32", (-12_000, 9_000),
             "height above mean sea level, sea bed negative"),
    Variable("storm_surge", "storm_surge_height", "m", "float32", (-10, 20), "surge above the tide"),
    Variable("astronomical_tide", "tidal_sea_surface_height_above_mean_sea_level", "m", "float32", (-12, 12),
             "tide without weather"),
    Variable("high_water", None, "m", "float32", (-15, 30), "tide and surge together"),
    Variable("significant_wave_height", "sea_surface_wave_significant_height", "m", "float32", (0, 30),
             "significant wave height"),
    Variable("overtopping_share", None, "1", "float64", (0, 1e9), "mean overtopping over the section's allowed one"),
    Variable("crest_exceedance", None, "m", "float64", (-40, 40), "tide, surge and R2% over the crest"),
    Variable("above_design_tide", None, "m", "float64", (-40, 40), "still water above the design tide"),
    Variable("above_crest", None, "m", "float64", (-40, 40), "still water above the crest or the lowest opening"),
    Variable("breached", None, "1", "float64", (0, 1), "1 where a breach is seen or assumed"),
    Variable("reservoir_level", None, "m", "float64", (-20, 6_000), "level of a reservoir or pond, own datum"),
    Variable("river_stage", None, "m", "float64", (-20, 6_000), "level of a river at a station, own datum"),
    # ground
    Variable("flash_flood_ratio", None, "1", "float32", (0, 1e4), "rain over the rain that brings bankfull"),
    Variable("flash_flood_ratio_guidance", None, "1", "float32", (0, 1e4), "the same by guidance from soil and rain"),
    Variable("flash_flood_ratio_surveyed", None, "1", "float32", (0, 1e4), "the same with a surveyed bankfull"),
    Variable("flash_flood_ratio_own", None, "1", "float32", (0, 1e4), "rain over the watershed's own threshold"),
    Variable("inundation_class", None, "1", "float32", (0, 6), "hazard class H1 to H6 of depth and velocity"),
    Variable("landslide_grade", None, "1", "float32", (1, 5), "grade of the geo-hazard weather warning"),
    Variable("hazard_zone_rain", None, "mm", "float64", (0, 3000), "rain at a mapped slope, in its own window"),
    # shares and people
    Variable("area_share", "area_fraction", "1", "float64", (0, 1), "share of a region's area"),
    Variable("covered", "area_fraction", "1", "float64", (0, 1), "share of a region's area with data"),
    Variable("people", None, "1", "float64", (0, 2e9), "residents concerned"),
)  # fmt: skip
"""Name -> entry. CF names as in the CF standard name table, version 85 (status M: remembered)."""

_HINTS: Final = MappingProxyType(
    {
        "hPa": "multiply by 100 (1 hPa = 100 Pa)",
        "mb": "multiply by 100 (1 mb = 100 Pa)",
        "kt": "multiply by 0.514444 (1 kt = 0.514444 m s-1)",
        "knots": "multiply by 0.514444 (1 kt = 0.514444 m s-1)",
        "km h-1": "divide by 3.6",
        "km": "multiply by 1000",
        "nmile": "multiply by 1852",
        "cm": "divide by 100 (for metres)",
        "m/s": "write the unit as 'm s-1'",
        "mm/h": "write the unit as 'mm h-1'",
    }
)


def describe(name: str) -> Variable:
    """The register's entry of a variable.

    Raises
    ------
    DataError
        The register has no such name.

    Examples
    --------
    >>> describe("central_pressure").units
    'Pa'
    """
    if name not in REGISTER:
        raise DataError(
            "unknown variable",
            where=f"variable {name}",
            expected="a name of the register: " + ", ".join(sorted(REGISTER)),
            remedy="rename the variable",
        )
    return REGISTER[name]


def require(ds: xr.Dataset, *names: str, where: str = "dataset", rows: Sequence[int] | None = None) -> None:
    """Check that variables are there, in the register's units and within its range. NaN means unknown.

    Parameters
    ----------
    ds : Dataset
        Any dims.
    names : str
        Variables to check.
    where : str
        How messages name the Dataset.
    rows : sequence of int, optional
        Line numbers in the file along the first dim, for messages.

    Raises
    ------
    DataError
        A variable is missing or not numeric, or has values that the quantity cannot have.
    UnitsError
        Its ``units`` attribute is missing or another than the register's.

    Examples
    --------
    >>> import xarray as xr
    >>> ds = xr.Dataset({"central_pressure": ("time", [955.0], {"units": "hPa"})})
    >>> require(ds, "central_pressure")
    Traceback (most recent call last):
    riskmap.errors.UnitsError: dataset, central_pressure: wrong units; expected 'Pa'; found 'hPa'. To mend it: multiply by 100 (1 hPa = 100 Pa).
    """
    for name in names:
        entry = describe(name)
        if name not in ds:
            raise DataError(
                "missing variable",
                where=f"{where}, {name}",
                expected=f"{entry.meaning} [{entry.units}]",
                found=", ".join(str(n) for n in ds.variables) or "nothing",
                remedy="add the variable or rename the one that holds it",
            )
        units = ds[name].attrs.get("units")
        if units != entry.units:
            raise UnitsError(
                "wrong units" if units is not None else "no units",
                where=f"{where}, {name}",
                expected=repr(entry.units),
                found=repr(units),
                remedy=_HINTS.get(str(units), f"convert to {entry.units} and set attrs['units']"),
            )
        require_range(ds[name].values, name, where=where, rows=rows)


def require_range(
    values: Any, name: str, *, where: str = "dataset", rows: Sequence[int] | None = None
) -> None:
    """Check that numbers can be the named quantity in the register's unit; NaN means unknown.

    Raises
    ------
    DataError
        Not numbers, or infinite.
    UnitsError
        Outside the valid range, as after a forgotten conversion.

    Examples
    --------
    >>> require_range([955.0], "central_pressure")
    Traceback (most recent call last):
    riskmap.errors.UnitsError: dataset, central_pressure: value out of range; expected 85000 to 105000 Pa; found 955.0 at index 0. To mend it: the values look like hPa: multiply by 100.
    """
    entry = describe(name)
    numbers = np.asarray(values)
    if numbers.dtype.kind not in "fiu":
        raise DataError(
            "not numbers", where=f"{where}, {name}", expected=entry.dtype, found=str(numbers.dtype),
            remedy="convert the values to numbers, with NaN where unknown",
        )  # fmt: skip
    low, high = entry.valid_range
    wrong = np.flatnonzero((numbers < low) | (numbers > high) | np.isinf(numbers))
    if wrong.size == 0:
        return
    value = float(numbers.ravel()[wrong[0]])
    at = f"index {wrong[0]}"
    if rows is not None:
        at = f"line {rows[np.unravel_index(wrong[0], numbers.shape)[0]]}"
    raise UnitsError(
        "value out of range",
        where=f"{where}, {name}",
        expected=f"{low:g} to {high:g} {entry.units}",
        found=f"{value} at {at}",
        remedy=_guess(value, entry),
    )


def _guess(value: float, entry: Variable) -> str:
    """What the unit probably is."""
    low, high = entry.valid_range
    if entry.units == "Pa" and low <= value * 100 <= high:
        return "the values look like hPa: multiply by 100"
    if entry.units == "m" and low > 0 and low <= value * 1000 <= high:
        return "the values look like km: multiply by 1000"
    if entry.units == "m s-1" and value > high:
        return "the values look like km h-1 or knots: divide by 3.6 or multiply by 0.514444"
    if value in (-9, -99, -999, -9999, -1):
        return "the value looks like a mark for missing data: set NaN"
    return f"check the unit ({entry.units}) and the value"


def as_it_is(
    dims: str | tuple[str, ...], values: NDArray[Any], attrs: Mapping[str, str] | None = None
) -> xr.Variable:
    """A plain array as a variable; otherwise xarray asks Dask whether it is one of its own, and has to load it for that.

    Examples
    --------
    >>> as_it_is("region", np.array(["330902"])).shape
    (1,)
    """
    import xarray as xr

    return xr.Variable(dims, values, attrs, fastpath=True)
