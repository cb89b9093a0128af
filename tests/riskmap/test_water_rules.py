"""Rules of slopes, reservoirs, rivers and inundation: they load, and say what the domain's table says."""

from __future__ import annotations

import numpy as np
import pytest

from riskmap.hazard.landslide.grades import tiers_of_grades
from riskmap.io.rule_files import read_rules
from riskmap.severity import grade

RULES = read_rules()


@pytest.mark.parametrize("hazard", ["landslide", "reservoir", "river_stage", "inundation"])
def test_each_number_has_its_source_and_status(hazard: str) -> None:
    rule = RULES[hazard]
    assert rule.id == hazard
    assert all(m.source and m.status in "SMD" for m in rule.metrics)


def test_a_grade_is_graded_as_it_is_named() -> None:
    (metric,) = [m for m in RULES["landslide"].metrics if m.variable == "landslide_grade"]
    grades = np.array([1.0, 2.0, 3.0, 4.0, 5.0, np.nan])
    tiers = [
        max((t for t in range(1, 5) if g >= (metric.thresholds[t - 1] or 0)), default=0) for g in grades[:5]
    ]
    assert tiers == tiers_of_grades(grades)[:5].tolist()


def test_classes_of_water_take_their_colours() -> None:
    classes = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, np.nan], np.float32)
    assert grade({"inundation_class": classes}, RULES["inundation"]).tiers().tolist() == [
        0,
        1,
        2,
        3,
        4,
        4,
        4,
        -1,
    ]


@pytest.mark.parametrize("hazard", ["reservoir", "river_stage"])
def test_stations_have_levels_of_their_own(hazard: str) -> None:
    assert all(len(m.station_levels) == 4 for m in RULES[hazard].metrics)
