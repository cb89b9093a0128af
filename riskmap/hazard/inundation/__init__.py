"""Inundation: where water goes, how deep, how fast and when.

``simulate_inundation`` is for maps; ``Flow`` and ``run`` are the solver on plain arrays; ``quick_depth`` is for minutes.
"""

from riskmap.hazard.inundation.flow import Flow, Scheme
from riskmap.hazard.inundation.forcing import (
    Breach,
    Channels,
    Drain,
    Inflow,
    Level,
    OpenEdge,
    Wall,
    shore_cells,
)
from riskmap.hazard.inundation.ground import Ground, make_ground
from riskmap.hazard.inundation.guard import InstabilityError, memory_need
from riskmap.hazard.inundation.hydrographs import Hydrograph, place_inflows
from riskmap.hazard.inundation.ledger import Ledger
from riskmap.hazard.inundation.rating import RatingCurves, quick_depth, rating_curves
from riskmap.hazard.inundation.run import Progress, Rain, Result, run
from riskmap.hazard.inundation.simulate import cell_sizes, ground_of, label, simulate_inundation
from riskmap.hazard.inundation.watch import Watch, hazard_class

__all__ = [
    "Breach", "Channels", "Drain", "Flow", "Ground", "Hydrograph", "Inflow", "InstabilityError", "Ledger", "Level", "OpenEdge",
    "Progress", "Rain", "RatingCurves", "Result", "Scheme", "Wall", "Watch", "cell_sizes", "ground_of", "hazard_class",
    "label", "make_ground", "memory_need", "place_inflows", "quick_depth", "rating_curves", "run", "shore_cells",
    "simulate_inundation",
]  # fmt: skip
