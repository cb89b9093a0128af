"""Susceptibility of slopes: ratings of slope, relief, wetness, curvature and land cover, added and classed.

The form is that of the landslide hazard evaluation factors of Anbalagan (1992), which rates a slope by adding; the
numbers stand in ``rules/landslide_lookup.toml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.blocks import bands
from riskmap.errors import DataError, UnitsError
from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.hazard.landslide.tables import Factor, LandslideRules
from riskmap.scale import NO_DATA

Array = NDArray[np.float32]

AT_ONCE: Final = 1 << 20
"""Cells rated at a time."""

CLASS_WORDS = (
    ("极低", "very low"),
    ("低", "low"),
    ("中", "moderate"),
    ("高", "high"),
    ("极高", "very high"),
)
"""Susceptibility classes (易发程度) in words."""


def ratings(layer: NDArray[Any], factor: Factor) -> Array:
    """Rating of every cell by one factor; NaN where the layer is unknown, or holds a code that the table lacks.

    Parameters
    ----------
    layer : array
        Values in the factor's unit, or codes.
    factor : Factor

    Examples
    --------
    >>> slope = Factor("slope", "degrees", ratings=(0.5, 0.8, 1.2), bounds=(15.0, 25.0))
    >>> ratings(np.array([3.0, 15.0, 40.0, np.nan]), slope).tolist()
    [0.5, 0.800000011920929, 1.2000000476837158, nan]
    """
    values = np.asarray(layer, np.float64)
    if factor.codes:
        found = np.full(values.shape, np.nan, np.float32)
        for code, rating in zip(factor.codes, factor.ratings, strict=True):
            found[values == code] = rating
        return found
    # searchsorted sends NaN to the last step: taken out again
    step = np.searchsorted(np.asarray(factor.bounds), values, side="right")
    found = np.asarray(factor.ratings, np.float32)[step]
    found[np.isnan(values)] = np.nan
    return found


def susceptibility_index(layers: Mapping[str, NDArray[Any]], rules: LandslideRules) -> Array:
    """Sum of the ratings over the most that the given factors could make, 0 to 1.

    Parameters
    ----------
    layers : mapping
        Factor name -> array, all of one shape: ``slope`` [degrees], needed; ``relief`` [m], ``wetness`` [1],
        ``curvature`` [m-1, positive in hollows], ``land_cover`` [codes] where given.

    Returns
    -------
    float32 array
        NaN where the slope is unknown; another factor that is unknown in a cell is left out there.

    Raises
    ------
    DataError
        No slope, or arrays of different shapes.
    ConfigError
        A layer that the table does not rate.

    References
    ----------
    Anbalagan (1992), Engineering Geology 32, 269 (status M); normalised by us (D).
    """
    if "slope" not in layers:
        raise DataError(
            "no slope", where="susceptibility", expected="slope, and what else is known",
            found=", ".join(layers) or "nothing", remedy="derive the slope from a relief of 100 m cells or finer",
        )  # fmt: skip
    shapes = {np.shape(layer) for layer in layers.values()}
    if len(shapes) > 1:
        raise DataError(
            "layers of different shapes", where="susceptibility", expected="one grid",
            found=", ".join(f"{name} {np.shape(layer)}" for name, layer in layers.items()),
            remedy="bring them on one grid",
        )  # fmt: skip
    factors = {name: rules.factor(name) for name in layers}
    index = np.empty(next(iter(shapes)), np.float32)
    for part in bands(index.shape, AT_ONCE):
        total = np.zeros(index[part].shape, np.float32)
        most = np.zeros_like(total)
        for name, layer in layers.items():
            rated = ratings(np.asarray(layer)[part], factors[name])
            known = ~np.isnan(rated)
            total += np.where(known, rated, np.float32(0.0))
            most += np.where(known, np.float32(factors[name].most), np.float32(0.0))
        with np.errstate(invalid="ignore", divide="ignore"):
            index[part] = total / most
        index[part][np.isnan(np.asarray(layers["slope"])[part])] = np.nan
    return index


def susceptibility_classes(
    index: NDArray[np.floating], slope: NDArray[np.floating], rules: LandslideRules
) -> NDArray[np.int8]:
    """Class of every cell, 0 very low to 4 very high; ``NO_DATA`` where the index is unknown.

    Parameters
    ----------
    index : array
        See ``susceptibility_index``.
    slope : array
        [degrees]; ground flatter than the table says is of class 0.
    """
    found = np.empty(np.shape(index), np.int8)
    for part in bands(found.shape, AT_ONCE):
        # six decimals: a sum of ratings that is a bound in the table must not miss it by the last bit of float32
        exact = np.round(np.asarray(index)[part].astype(np.float64), 6)
        classes = np.searchsorted(np.asarray(rules.class_bounds), exact, side="right").astype(np.int8)
        classes[np.asarray(slope)[part] < rules.flat_below] = 0
        classes[np.isnan(exact)] = NO_DATA
        found[part] = classes
    return found


def largest_cell(grid: Grid) -> float:
    """Longer side of the grid's largest cell [m].

    Examples
    --------
    >>> round(largest_cell(Grid.from_bounds(west=118.0, south=27.0, east=119.0, north=28.0, step=0.02)))
    2224
    """
    north = abs(np.radians(grid.transform.e)) * EARTH_RADIUS
    nearest = float(np.abs(grid.latitude).min())
    east = abs(np.radians(grid.transform.a)) * EARTH_RADIUS * np.cos(np.radians(nearest))
    return float(max(north, east))


def slope_degrees(terrain: xr.Dataset) -> NDArray[Any]:
    """The slope of a relief in degrees, whichever of the two units it declares.

    Parameters
    ----------
    terrain : Dataset (y, x)
        ``slope`` with the attribute ``units``: ``degrees``, or ``m m-1`` (also written ``1``).

    Raises
    ------
    DataError
        No slope.
    UnitsError
        No unit, or another one.

    Examples
    --------
    >>> slope = xr.DataArray([[1.0]], dims=("y", "x"), attrs={"units": "m m-1"})
    >>> round(float(slope_degrees(xr.Dataset({"slope": slope}))[0, 0]), 6)
    45.0
    """
    if "slope" not in terrain:
        raise DataError(
            "no slope", where="slopes", expected="slope, and what else is known",
            found=", ".join(map(str, terrain)) or "nothing", remedy="derive the slope from a relief of 100 m cells or finer",
        )  # fmt: skip
    slope, units = terrain["slope"], str(terrain["slope"].attrs.get("units", ""))
    if units in ("degrees", "degree"):
        return np.asarray(slope.values)
    if units in ("m m-1", "1"):
        return np.asarray(np.degrees(np.arctan(slope.values)))
    raise UnitsError(
        "a slope without its unit" if not units else "a slope in an unknown unit", where="slopes, slope",
        expected="degrees | m m-1", found=repr(units) if units else "none declared",
        remedy='set slope.attrs["units"]',
    )  # fmt: skip


def susceptibility(terrain: xr.Dataset, rules: LandslideRules, *, cell_size: float) -> xr.Dataset:
    """Index and class of every cell of a relief.

    Parameters
    ----------
    terrain : Dataset (y, x)
        ``slope``, whose attribute ``units`` says ``degrees`` or ``m m-1``; ``relief`` [m], ``wetness`` [1],
        ``curvature`` [m-1], ``land_cover`` [codes] where given. ``riskmap.hazard.landslide.layers`` makes them.
    cell_size : float
        Size of the relief's cells [m], before any resampling; see ``largest_cell``.

    Returns
    -------
    Dataset (y, x)
        ``susceptibility_index`` float32 and ``susceptibility_class`` int8. On a relief that is too coarse all is
        unknown, and the attribute ``lacking`` says why: grey, never green.

    Raises
    ------
    DataError
        No layer, or on a fine relief no slope.
    UnitsError
        The slope does not say its unit: 0.5 is half a degree or 27 of them.
    """
    names = [f.name for f in rules.factors if f.name in terrain]
    if not names:
        raise DataError(
            "no layer that the table rates", where="susceptibility",
            expected=", ".join(f.name for f in rules.factors), found=", ".join(map(str, terrain)) or "nothing",
            remedy="derive slope, relief, wetness from the relief",
        )  # fmt: skip
    like = terrain["slope"] if "slope" in terrain else terrain[names[0]]
    coarse = cell_size > rules.max_cell
    attrs = {"cell_size": float(cell_size), "max_cell": rules.max_cell, "factors": ", ".join(names)}
    if coarse:
        attrs["lacking"] = (
            f"地形网格{cell_size:.0f}米,坡面需{rules.max_cell:.0f}米以内,仅评估隐患点与风险防范区 "
            f"(relief of {cell_size:.0f} m cells; slopes need {rules.max_cell:.0f} m or finer: mapped points only)"
        )
        index, classes = np.full(like.shape, np.nan, np.float32), np.full(like.shape, NO_DATA, np.int8)
    else:
        layers = {name: np.asarray(terrain[name].values) for name in names}
        layers["slope"] = slope_degrees(terrain)
        index = susceptibility_index(layers, rules)
        classes = susceptibility_classes(index, layers["slope"], rules)
    return xr.Dataset(
        {
            "susceptibility_index": (
                like.dims,
                index,
                {"units": "1", "long_name": "share of the largest rating"},
            ),
            "susceptibility_class": (
                like.dims,
                classes,
                {"units": "1", "long_name": "0 very low .. 4 very high"},
            ),
        },
        coords=like.coords,
        attrs=attrs,
    )
