"""Scores of the bundled storms, and of In-Fa by the Chinese centre where its bulletins lie beside the checkout."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from benchmarks.harness import ROOT
from riskmap.cli_verify import bundled_land
from riskmap.errors import ConfigError
from riskmap.io.bundled import bundled
from riskmap.io.regions import read_regions
from riskmap.io.tracks import read_track
from riskmap.region import Region
from riskmap.verify import (
    PUBLISHED_LANDFALLS,
    LandfallScore,
    RadiusScore,
    TrackScore,
    verify_landfall,
    verify_radii,
    verify_track,
)

STORMS = (
    "1509", "1513", "1614", "1616", "1622", "1810", "1812", "1814", "1818", "1909", "1918", "2004", "2106",
)  # fmt: skip
"""International numbers of the storms of the bundled best track of RSMC Tokyo."""

CENTRE = ROOT.parent / "shared" / "data" / "test_only" / "tracks" / "infa2021_cma_hourly.csv"
"""In-Fa as the Chinese centre reported it; its licence is not ours to pass on."""


class Pooled(NamedTuple):
    """One method at one threshold over several storms: counts, and errors [m]."""

    hits: int
    misses: int
    false_alarms: int
    mean_reported: float
    bias: float
    mean_absolute_error: float
    mean_absolute_error_all: float


def tokyo(number: str) -> xr.Dataset:
    """A storm by RSMC Tokyo: 10-min wind, radii of 30 and 50 kt."""
    return read_track(bundled("tracks/jma_bst_zhejiang_2015_2021.txt"), format="jma", storm=number)


def american(number: str) -> xr.Dataset | None:
    """The same storm by JTWC, 1-min wind; None where the bundled file does not have it."""
    ours = tokyo(number)
    identifier = f"{ours.attrs['name']} 20{number[:2]}"
    try:
        return read_track(
            bundled("tracks/ibtracs_zhejiang_usa.csv"), format="ibtracs", storm=identifier, agency="USA"
        )
    except ConfigError:
        return None


@cache
def radii(number: str) -> tuple[RadiusScore, ...]:
    """Scores of all methods for one storm."""
    return verify_radii(tokyo(number))


def centre() -> xr.Dataset:
    """In-Fa by the Chinese centre: 2-min wind, radii of 30, 50 and 64 kt (风圈 of force 7, 10 and 12)."""
    return read_track(CENTRE, format="qweather", storm="2106")


def pooled(scores: Iterable[RadiusScore]) -> Pooled:
    """Means over storms, each quadrant counting once."""
    found = list(scores)

    def mean(name: str, weights: Iterable[int]) -> float:
        pairs = [(w, getattr(s, name)) for w, s in zip(weights, found, strict=True) if w]
        return (
            float(np.average([v for _, v in pairs], weights=[w for w, _ in pairs])) if pairs else float("nan")
        )

    hits, told = [s.hits for s in found], [s.hits + s.misses for s in found]
    return Pooled(
        sum(hits), sum(s.misses for s in found), sum(s.false_alarms for s in found), mean("mean_reported", told),
        mean("bias", hits), mean("mean_absolute_error", hits), mean("mean_absolute_error_all", told),
    )  # fmt: skip


def against(number: str) -> TrackScore | None:
    """Tokyo less JTWC, where there is the other."""
    other = american(number)
    return None if other is None else verify_track(tokyo(number), other)


@cache
def ground() -> tuple[tuple[Region, ...], Any]:
    """Bundled counties, and the land around them."""
    return read_regions(bundled("admin/zhejiang_district_simple.geojson")), bundled_land()


def landfalls(number: str) -> list[tuple[str, LandfallScore]]:
    """Published landfalls of a storm against both best tracks."""
    regions, is_land = ground()
    return [
        (whose, verify_landfall(track, one, regions, is_land=is_land))
        for one in PUBLISHED_LANDFALLS.get(number, ())
        for whose, track in (("Tokyo", tokyo(number)), ("JTWC", american(number)))
        if track is not None
    ]


def centre_landfalls() -> list[tuple[str, LandfallScore]]:
    """The same against the Chinese centre's own bulletins."""
    regions, is_land = ground()
    track = centre()
    return [
        ("Chinese centre", verify_landfall(track, one, regions, is_land=is_land))
        for one in PUBLISHED_LANDFALLS["2106"]
    ]
