"""Mapped slopes through a whole analysis: their own rain decides, they raise their county, an example does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from shapely.geometry import Point

from riskmap.analysis import Inputs, analyse
from riskmap.hazard.landslide.zones import HazardZone
from riskmap.io.inputs import read_inputs
from riskmap.io.landslide_table import read_landslide_rules
from riskmap.io.scenario_file import read_scenario
from riskmap.ledger import Ledger
from riskmap.outlook import Outlook, TierImage
from riskmap.scale import NO_DATA, NOT_APPLICABLE, Tier
from tests.scenarios import write_scenario

WET, DRY, OFF = "330902", "330903", "330921"


def zone(name: str, region: str, longitude: float, latitude: float, threshold: float | None) -> HazardZone:
    return HazardZone(
        name, name, "hazard_point", Point(longitude, latitude), region, 3, 9, threshold=threshold
    )


ZONES = (
    zone("a", WET, 122.10, 30.02, 5.0),
    zone("b", WET, 122.10, 30.02, 2500.0),
    zone("c", DRY, 122.30, 29.95, 2500.0),
    zone("off", OFF, 140.0, 30.0, 50.0),
)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    folder = tmp_path_factory.mktemp("watched")
    base = read_inputs(read_scenario(write_scenario(folder)), Ledger())[1]
    return replace(base, zones=ZONES, slope_rules=read_landslide_rules())


def run(inputs: Inputs) -> Outlook:
    return analyse(inputs, encode=lambda tiers, grid: TierImage(b"", grid.bounds))[0]


@pytest.fixture(scope="module")
def outlook(inputs: Inputs) -> Outlook:
    return run(inputs)


def row(outlook: Outlook, code: str) -> np.ndarray:
    found = outlook.assessment
    place = [r.code for r in found.regions].index(code)
    return found.table["tier"].values[found.hazards.index("landslide"), :, place]


def test_a_slope_at_its_own_threshold_raises_its_county_and_is_named(outlook: Outlook) -> None:
    found = outlook.assessment
    assert row(outlook, WET).max() == Tier.RED
    hour = int(np.argmax(row(outlook, WET)))
    reason = next(r for r in found.at(WET, hour).reasons if r.hazard == "landslide")
    assert reason.asset is not None
    assert reason.asset.asset_id == "a"
    assert reason.metric.variable == "hazard_zone_rain"
    assert reason.value >= 5.0
    assert (row(outlook, DRY) == Tier.GREEN).all()


def test_a_slope_off_the_grid_is_grey_and_counties_without_one_have_no_such_tier(outlook: Outlook) -> None:
    assert (row(outlook, OFF) == NO_DATA).all()
    assert (row(outlook, "330881") == NOT_APPLICABLE).all()
    grey = next(a for a in outlook.assessment.assets if a.asset_id == "off")
    assert grey.tier is None


def test_an_invented_register_changes_no_tier_of_the_map(inputs: Inputs, outlook: Outlook) -> None:
    example = run(replace(inputs, examples=frozenset({"landslide"}))).assessment
    plain = run(replace(inputs, zones=())).assessment
    np.testing.assert_array_equal(example.combined, plain.combined)
    assert example.apart == {"landslide"}
    assert example.assets == tuple(replace(a, example=True) for a in outlook.assessment.assets)
    assert (outlook.assessment.combined != plain.combined).any()
