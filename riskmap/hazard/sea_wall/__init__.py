"""Sea walls (海塘): run-up and overtopping by EurOtop, and what each section of a table meets."""

from riskmap.hazard.sea_wall.inflows import (
    BreachRule,
    WallInflows,
    breach_start,
    places_behind,
    section_inflow,
    wall_inflows,
)
from riskmap.hazard.sea_wall.overtopping import (
    berm_factor,
    breaker_parameter,
    oblique_factor,
    overflow,
    overtopping_slope,
    overtopping_wall,
    run_up,
)
from riskmap.hazard.sea_wall.sections import Breach, assess_sections, grade_sections, reason_words
from riskmap.hazard.sea_wall.storm import storm_sections

__all__ = [
    "Breach",
    "BreachRule",
    "WallInflows",
    "assess_sections",
    "berm_factor",
    "breach_start",
    "breaker_parameter",
    "grade_sections",
    "oblique_factor",
    "overflow",
    "overtopping_slope",
    "overtopping_wall",
    "places_behind",
    "reason_words",
    "run_up",
    "section_inflow",
    "storm_sections",
    "wall_inflows",
]
