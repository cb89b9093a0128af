"""The solver's outcome in the words and fields that products show."""

from __future__ import annotations

import numpy as np

from riskmap.analysis.flood_bed import SolverBed
from riskmap.analysis.flood_solver import Solved
from riskmap.asset import instant
from riskmap.errors import RiskmapError
from riskmap.hazard.inundation import InstabilityError
from riskmap.hazard.inundation.watch import ARRIVAL_DEPTH
from riskmap.outlook import Flood, beijing


def solver_note(found: Solved, cell: float, model: float) -> tuple[str, str]:
    """What the solver is, its cells [m], and how much of the flooded ground was at the scheme's limit."""
    chinese = f"二维局部惯性模型,{cell:.0f}米网格({model:.0f}米高程)"
    english = f"2-D local inertial solver on cells of {cell:.0f} m (model of {model:.0f} m)"
    if found.beyond > 0.0:
        chinese += f";受淹格{found.beyond:.0%}曾达弗劳德数上限,流速与到达时间在该处不可靠"
        english += f"; {found.beyond:.0%} of the flooded cells came to Froude number 1, the scheme's limit: speed and arrival are not sure there"
    error = f"{abs(found.ledger.error):.0e}"
    return f"{chinese};水量误差{error}", f"{english}; volume error {error}"


def flood_of(found: Solved, bed: SolverBed, note: tuple[str, str], run_in: int) -> Flood:
    """Fields of the whole run, hours counted from the issue time; NaN at sea and where dry is unknown."""
    maxima = found.maxima
    arrived = maxima["maximum_depth"] >= ARRIVAL_DEPTH
    hidden = bed.sea | (found.unknown & ~arrived)
    fields = {
        "maximum_depth": maxima["maximum_depth"],
        "maximum_speed": maxima["maximum_speed"],
        "hazard_class": np.where(arrived, maxima["hazard_class"], 0),
        "arrival_time": maxima["arrival_time"] / 3600.0 - run_in,
        "duration": maxima["duration"] / 3600.0,
        "beyond_scheme": maxima["beyond_scheme"],
    }
    values = {
        name: np.where(hidden, np.nan, field).astype(np.float32).reshape(-1) for name, field in fields.items()
    }
    return Flood(bed.grid, bed.units.label, values, note)


def stopped(problem: RiskmapError, bed: SolverBed, issued: np.datetime64, run_in: int) -> tuple[str, str]:
    """Why there is no map of the water: the place and the time where the solver broke, or what it lacks."""
    if not isinstance(problem, InstabilityError):
        return "淹没计算缺输入,见运行报告", "the inundation could not be computed, see the report"
    latitude, longitude = bed.grid.latitude[problem.row], bed.grid.longitude[problem.column]
    at = beijing(instant(issued + np.timedelta64(round(problem.time - run_in * 3600.0), "s")))
    place = f"{longitude:.4f}E {latitude:.4f}N"
    return f"淹没计算失稳:{place},{at}", f"the inundation run went unstable at {place}, {at} Beijing time"
