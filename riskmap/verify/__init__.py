"""How good it was: modelled radii against bulletins, one track against another, landfalls against reports."""

from __future__ import annotations

from riskmap.verify.landfalls import (
    PUBLISHED_LANDFALLS,
    Landfall,
    LandfallScore,
    ReportedLandfall,
    find_landfalls,
    landfall_of_track,
    published_landfalls,
    verify_landfall,
)
from riskmap.verify.positions import Differences, TrackScore, verify_track
from riskmap.verify.radii import FITTED, METHODS, RadiusScore, verify_radii

__all__ = [
    "FITTED",
    "METHODS",
    "PUBLISHED_LANDFALLS",
    "Differences",
    "Landfall",
    "LandfallScore",
    "RadiusScore",
    "ReportedLandfall",
    "TrackScore",
    "find_landfalls",
    "landfall_of_track",
    "published_landfalls",
    "verify_landfall",
    "verify_radii",
    "verify_track",
]
