"""The numbers that turn a slope into a grade, as frozen values; ``riskmap.io.landslide_table`` reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from riskmap.errors import ConfigError

CLASSES = 5
"""Susceptibility classes, very low to very high."""


@dataclass(frozen=True)
class Factor:
    """One factor of susceptibility: steps of a quantity, or codes of a map, with a rating each.

    Attributes
    ----------
    bounds : tuple of float
        Lower bounds of all steps but the first [``units``]; empty where ``codes`` are given.
    codes : tuple of int
        Codes of a map, one a rating.
    ratings : tuple of float
        The larger the worse.
    """

    name: str
    units: str
    ratings: tuple[float, ...]
    bounds: tuple[float, ...] = ()
    codes: tuple[int, ...] = ()
    source: str = ""
    status: str = "D"

    def __post_init__(self) -> None:
        steps = len(self.codes) if self.codes else len(self.bounds) + 1
        rising = all(a < b for a, b in pairwise(self.bounds))
        if steps != len(self.ratings) or not rising or len(set(self.codes)) != len(self.codes):
            raise ConfigError(
                "the steps of a factor do not fit its ratings", where=f"susceptibility factor {self.name}",
                expected="rising bounds and one rating more, or one rating a code, each code once",
                found=f"{len(self.bounds)} bounds, {len(self.codes)} codes, {len(self.ratings)} ratings",
                remedy="mend the table",
            )  # fmt: skip

    @property
    def most(self) -> float:
        """The largest rating."""
        return max(self.ratings)


@dataclass(frozen=True, eq=False)
class LandslideRules:
    """Everything that ``rules/landslide_lookup.toml`` says.

    Attributes
    ----------
    factors : tuple of Factor
    class_bounds : tuple of 4 floats
        Lower bounds of low, moderate, high, very high: shares of the largest sum of ratings.
    flat_below : float
        Gentler ground is of class 0 [degrees].
    rain_bounds, rain_day_bounds, soil_water_bounds : tuple of float
        Steps of the 24 h rain [mm], the rain days before [1] and the soil-water index [mm].
    table : int array (rain class, wetness class, susceptibility class)
        Grade 1 to 5.
    least_rain_day : float
        Rain that makes a day a rain day [mm].
    zone_fractions : tuple of 4 floats
        Parts of a zone's own threshold at which it is blue to red.
    zone_class : int
        Susceptibility class of a mapped zone without a threshold of its own.
    release_hours, wet_rate : float
        How long after rain of ``wet_rate`` [mm in an hour] a tier stays at yellow or above [h].
    max_cell : float
        Coarsest relief that has slopes [m].
    sources : tuple of (section, source, status)
    """

    factors: tuple[Factor, ...]
    class_bounds: tuple[float, ...]
    flat_below: float
    rain_bounds: tuple[float, ...]
    rain_day_bounds: tuple[float, ...]
    soil_water_bounds: tuple[float, ...]
    table: NDArray[np.float32]
    least_rain_day: float
    zone_fractions: tuple[float, ...]
    zone_class: int
    release_hours: float
    wet_rate: float
    max_cell: float
    sources: tuple[tuple[str, str, str], ...] = ()

    def __post_init__(self) -> None:
        for problem in self._problems():
            raise ConfigError(
                problem[0], where=f"landslide rules, {problem[1]}", expected=problem[2], found=problem[3],
                remedy="mend the table",
            )  # fmt: skip

    def _problems(self) -> Iterator[tuple[str, str, str, str]]:
        for name, bounds, length in (
            ("class_bounds", self.class_bounds, CLASSES - 1), ("rain_bounds", self.rain_bounds, None),
            ("rain_day_bounds", self.rain_day_bounds, None), ("soil_water_bounds", self.soil_water_bounds, None),
            ("zone_fractions", self.zone_fractions, 4),
        ):  # fmt: skip
            rising = all(a < b for a, b in pairwise(bounds))
            if not rising or not bounds or (length is not None and len(bounds) != length):
                yield "bounds that do not rise", name, f"{length or 'some'} rising numbers", str(bounds)
        if len(self.rain_day_bounds) != len(self.soil_water_bounds):
            yield (
                "the two signs of wet ground differ in steps", "soil_water_bounds",
                f"{len(self.rain_day_bounds)} steps, as the rain days have", str(len(self.soil_water_bounds)),
            )  # fmt: skip
        shape = (len(self.rain_bounds) + 1, len(self.rain_day_bounds) + 1, CLASSES)
        if self.table.shape != shape:
            yield "the table has another shape", "table", str(shape), str(self.table.shape)
        elif not np.isin(self.table, (1, 2, 3, 4, 5)).all():
            yield "a grade that is none", "table", "1 to 5", str(np.unique(self.table).tolist())
        elif any((np.diff(self.table, axis=axis) < 0).any() for axis in range(3)):
            yield (
                "more rain, wetter ground or a worse slope lowers the grade",
                "table",
                "no falling entry",
                "one",
            )
        if not 0 <= self.zone_class < CLASSES:
            yield "a class that is none", "zone_class", "0 to 4", str(self.zone_class)

    def factor(self, name: str) -> Factor:
        """The factor of that name.

        Raises
        ------
        ConfigError
            There is none.
        """
        for factor in self.factors:
            if factor.name == name:
                return factor
        raise ConfigError(
            "unknown factor of susceptibility", where="landslide rules",
            expected=" | ".join(f.name for f in self.factors), found=repr(name), remedy="rename the layer",
        )  # fmt: skip
