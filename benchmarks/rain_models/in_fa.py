"""``python -m benchmarks.rain_models.in_fa``: In-Fa's rain by each model, summed on the Siming mountains and the plain.

22 July 00 UTC to 25 July 22 UTC 2021, the window in which Dingjiafan (Dalan, Yuyao) measured 951 mm. Bundled data only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap import Grid, bundled, read_relief, read_track
from riskmap.averaging import convert
from riskmap.errors import DataError
from riskmap.hazard.profiles import emanuel_rotunno_2011, tao_2025
from riskmap.hazard.rain import fallen, radial_rain
from riskmap.hazard.rain_models import TcrNode, surface_drag, tcr_grid_rate, tcr_table
from riskmap.hazard.rain_models.upslope import DRIFT_LENGTH, EFFICIENCY, SPECIFIC_HUMIDITY, UPSLOPE_FACTOR
from riskmap.hazard.storm.model import DEFAULT, SURFACE_FACTOR, WindModel
from riskmap.hazard.storm.swath import StormHour, storm_hours
from riskmap.hazard.storm.vortex import speed_around, vortices
from riskmap.terrain.relief import half_window, lifting_slope, window_mean
from riskmap.track import complete, interpolate, to_averaging_period

FIRST, LAST = np.datetime64("2021-07-22T01:00", "s"), np.datetime64("2021-07-25T22:00", "s")
"""Ends of the first and the last hour."""

GRID = Grid.from_bounds(west=117.5, south=27.0, east=123.5, north=31.5, step=0.02)
GAUGE, MEASURED = (29.75, 121.07), 951.0
"""Near Dingjiafan [degrees], and its rain [mm] in about these hours."""

PLAIN = (29.75, 30.0, 121.4, 121.75)
"""South, north, west, east of the Ningbo plain."""

WEST = (28.0, 29.5, 118.0, 119.5)
"""The west of the province: inland, 250 km and more from the track."""

STEP, SPAN = 600, 3 * 3600
"""Seconds between instants of the storm, and on either side over which its change is taken."""

Rain = NDArray[np.float64]
Vortex = Callable[[xr.Dataset, int], Callable[[NDArray[np.float64]], NDArray[np.float64]]]


@dataclass(frozen=True, eq=False)
class Ground:
    """What the models know of the ground."""

    altitude: NDArray[np.float32]
    land: NDArray[np.bool_]
    slope: tuple[NDArray[np.float64], NDArray[np.float64]]
    drag: NDArray[np.float64]


@cache
def ground() -> Ground:
    """The bundled relief on the grid of the demo."""
    altitude = read_relief(bundled("relief/zhejiang_srtm30_land_1-48deg.tif"), GRID).values
    land = ~np.isnan(altitude)
    return Ground(altitude, land, lifting_slope(altitude, GRID), surface_drag(land, GRID))


@cache
def track() -> xr.Dataset:
    """The bundled best track of Tokyo, completed, 2-min wind, as the demo has it."""
    raw = read_track(bundled("tracks/jma_bst_zhejiang_2015_2021.txt"), format="jma", storm="2106")
    return to_averaging_period(complete(raw), 120)


def hours() -> NDArray[np.datetime64]:
    """Ends of the hours, UTC."""
    return np.arange(FIRST, LAST + np.timedelta64(1, "s"), np.timedelta64(3600, "s"))


@cache
def _product(model: Literal["rcliper", "ipet"], wind: WindModel = DEFAULT) -> tuple[StormHour, ...]:
    """Wind and rain of every hour as the product computes them."""
    rain, slope = radial_rain(model), ground().slope
    return tuple(storm_hours(track(), GRID, hours(), wind, rain=rain, slope=slope, upslope=UPSLOPE_FACTOR))


def with_upslope(model: Literal["rcliper", "ipet"], wind: WindModel = DEFAULT) -> Rain:
    """A radial rain and the upslope term, in all hours [mm], (y, x)."""
    return np.sum([fallen(hour, GRID) for hour in _product(model, wind)], axis=0, dtype=np.float64)


def level(model: Literal["rcliper", "ipet"]) -> Rain:
    """A radial rain over level ground, in all hours [mm], (y, x)."""
    return np.sum([hour.rain for hour in _product(model)], axis=0, dtype=np.float64)


def _known(at: xr.Dataset, k: int) -> dict[str, float]:
    """Vortex wind (the storm's motion taken off, 1-min), radius and latitude at one instant."""
    motion = float(np.hypot(at["eastward_motion"].values[k], at["northward_motion"].values[k]))
    wind = float(convert(float(at["maximum_wind"].values[k]), period=120, to=60))
    return {
        "maximum_wind": max(wind - motion, 0.5 * wind),
        "radius_of_maximum_wind": float(at["radius_of_maximum_wind"].values[k]),
        "latitude": float(at["latitude"].values[k]),
    }


def emanuel_rotunno(at: xr.Dataset, k: int) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """The vortex of the public ports."""
    return partial(emanuel_rotunno_2011, **_known(at, k))


def tao(at: xr.Dataset, k: int) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """The vortex nearest to that of Lu et al. (2018): an outer wind from the gale radius.

    Tokyo's radius of 30 kt (10-min) is nearly that of 34 kt (1-min). A mean over the quadrants that is too wide for
    the maximum wind is narrowed by a tenth until the profile takes it.
    """
    known, radius = _known(at, k), float(np.nanmean(at["wind_radius"].values[k, 0]))
    while True:
        vortex = partial(tao_2025, **known, gale_radius=radius)
        try:
            vortex(radius)
        except DataError:
            radius *= 0.9
        else:
            return vortex


def own(at: xr.Dataset, k: int) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """The vortex of the product's wind, fitted to Tokyo's radii, the mean over its azimuths: the motion cancels."""
    storm = vortices(track(), at["time"].values[k : k + 1])
    fine = np.concatenate([np.arange(0.0, 120e3, 500.0), np.arange(120e3, 401e3, 2e3)])
    azimuths = np.radians(np.arange(15.0, 360.0, 30.0))
    speed = np.mean(
        [speed_around(storm, 0, np.maximum(fine, 1.0), np.full(fine.shape, a)) for a in azimuths], axis=0
    )
    speed[0] = 0.0
    return partial(np.interp, xp=fine, fp=speed)


def tcr(
    vortex: Vortex, *, specific_humidity: float = SPECIFIC_HUMIDITY, slopes: bool = True, drift: float = 0.0,
    efficiency: float = EFFICIENCY,
) -> Rain:  # fmt: skip
    """TCR's rain in all hours [mm], (y, x); ``drift`` spreads it over a window [m] as the product does."""
    total, flat = np.zeros(GRID.shape), (np.zeros(GRID.shape),) * 2
    slope = ground().slope if slopes else flat
    for hour, wind in zip(hours(), _product("rcliper")):
        u, v = wind.u / np.float32(SURFACE_FACTOR), wind.v / np.float32(SURFACE_FACTOR)
        nodes = _nodes(hour, vortex, specific_humidity)
        total += tcr_grid_rate(nodes, GRID, u, v, slope=slope, drag=ground().drag, efficiency=efficiency)
    return window_mean(total, half_window(GRID, drift)) if drift else total


def _nodes(hour: np.datetime64, vortex: Vortex, humidity: float) -> list[TcrNode]:
    middles = hour - np.timedelta64(3600, "s") + np.arange(STEP // 2, 3600, STEP).astype("timedelta64[s]")
    span = np.timedelta64(SPAN, "s")
    now, early, late = (interpolate(track(), middles + shift) for shift in (0 * span, -span, span))
    nodes = []
    for k in range(len(middles)):
        before, after = vortex(early, k), vortex(late, k)

        def tendency(r, before=before, after=after):  # type: ignore[no-untyped-def]
            return (after(r) - before(r)) / (2.0 * SPAN)

        table = tcr_table(
            vortex(now, k), latitude=float(now["latitude"].values[k]), tendency=tendency,
            radius_of_maximum_wind=float(now["radius_of_maximum_wind"].values[k]),
        )  # fmt: skip
        motion = float(now["eastward_motion"].values[k]), float(now["northward_motion"].values[k])
        place = float(now["latitude"].values[k]), float(now["longitude"].values[k])
        nodes.append(TcrNode(*place, table, humidity, motion=motion))
    return nodes


def summary(total: Rain) -> dict[str, float]:
    """Sums [mm]: at the gauge, largest and mean within 0.1 degree of it, on the plain, largest on land and where."""
    row, column = GRID.index_of(latitude=GAUGE[0], longitude=GAUGE[1]) or (0, 0)
    near = total[row - 5 : row + 6, column - 5 : column + 6]
    lat, lon = np.meshgrid(GRID.latitude, GRID.longitude, indexing="ij")

    def box(south: float, north: float, west: float, east: float) -> NDArray[np.bool_]:
        return ground().land & (lat > south) & (lat < north) & (lon > west) & (lon < east)

    plain = box(*PLAIN) & (ground().altitude < 20.0)
    inland = np.where(ground().land, total, 0.0)
    i, j = np.unravel_index(int(inland.argmax()), inland.shape)
    return {
        "gauge": float(total[row, column]), "near, largest": float(near.max()), "near, mean": float(near.mean()),
        "plain": float(total[plain].mean()), "west": float(total[box(*WEST)].mean()), "ratio": float(near.mean() / total[plain].mean()),
        "land, largest": float(inland[i, j]), "at N": float(lat[i, j]), "at E": float(lon[i, j]),
    }  # fmt: skip


MODELS: dict[str, Callable[[], Rain]] = {
    "R-CLIPER": lambda: level("rcliper"),
    "R-CLIPER + upslope (product)": lambda: with_upslope("rcliper"),
    "R-CLIPER + upslope, radii ignored": lambda: with_upslope("rcliper", WindModel(radii="ignore")),
    "IPET": lambda: level("ipet"),
    "IPET + upslope": lambda: with_upslope("ipet"),
    "TCR, our vortex, level": lambda: tcr(own, slopes=False),
    "TCR, our vortex": lambda: tcr(own),
    "TCR, our vortex, drops drift": lambda: tcr(own, drift=DRIFT_LENGTH),
    "TCR, our vortex, q 0.010": lambda: tcr(own, specific_humidity=0.010),
    "TCR, Tao (2025) vortex": lambda: tcr(tao),
    "TCR, Emanuel-Rotunno (2011) vortex": lambda: tcr(emanuel_rotunno),
    "TCR, ER11, q 0.010, efficiency 0.5": lambda: tcr(
        emanuel_rotunno, specific_humidity=0.010, efficiency=0.5
    ),
}


def main() -> None:
    """Print a table."""
    print(f"measured near {GAUGE}: {MEASURED:g} mm")
    for name, model in MODELS.items():
        found = summary(model())
        print(f"{name:36s}", "  ".join(f"{key} {value:.5g}" for key, value in found.items()), flush=True)


if __name__ == "__main__":
    main()
