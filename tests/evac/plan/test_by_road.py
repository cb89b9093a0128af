"""Shelters by road: a river without a bridge makes the near one far."""

from __future__ import annotations

import numpy as np

from evac.model import Shelter
from evac.plan.allocation import allocate
from evac.plan.by_road import by_road
from evac.plan.homes import Home
from evac.plan.road_build import Way, build_network
from tests.evac.plan.crowds import SETTING, people_of


def test_the_way_is_that_of_the_road() -> None:
    here = Way(np.array([[120.0, 30.0], [120.03, 30.0]]), "primary")
    across = Way(np.array([[120.0, 30.004], [120.03, 30.004]]), "primary")  # no bridge
    network = build_network([here, across], source="test")
    near = Shelter("near", "对岸", "330902", 9, longitude=120.0, latitude=30.0041)
    far = Shelter("far", "本岸", "330902", 9, longitude=120.02, latitude=30.0)
    homes = [Home("A", 3, 120.0, 30.0)]
    assert people_of(allocate(homes, [near, far], setting=SETTING)) == {"A": [("near", 3)]}
    plan = allocate(homes, [near, far], setting=SETTING, travel=by_road(network))
    assert people_of(plan) == {"A": [("far", 3)]}
    assert abs(plan.cost - 3 * 1926) <= 3 * 2
