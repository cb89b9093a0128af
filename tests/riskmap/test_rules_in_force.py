"""Rules of a scenario, through a whole analysis: the wind as a signal, and hazards that meet."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from shapely.geometry import Point

from riskmap.analysis import analyse
from riskmap.io.inputs import read_inputs
from riskmap.io.scenario_file import read_scenario
from riskmap.ledger import Ledger
from riskmap.outlook import Outlook
from riskmap.products.raster import tier_image
from riskmap.scale import NO_DATA, Tier
from tests.scenarios import write_scenario

RULES = files("riskmap") / "rules"


def outlook_of(folder: Path, extra: str) -> Outlook:
    path = write_scenario(folder, hours=26, terrain=False, extra=extra)
    path.write_text(path.read_text().replace("hindcast = true", "hindcast = false"))
    return analyse(read_inputs(read_scenario(path), Ledger())[0], encode=tier_image)[0]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Outlook:
    return outlook_of(tmp_path_factory.mktemp("plain"), "")


@pytest.fixture(scope="module")
def signal(tmp_path_factory: pytest.TempPathFactory) -> Outlook:
    folder = tmp_path_factory.mktemp("signal")
    text = (
        (RULES / "combination.toml")
        .read_text("utf-8")
        .replace("enabled = false", "enabled = true")
        .replace('"yellow"', '"blue"', 1)
    )
    (folder / "rules").mkdir()
    (folder / "rules" / "combination.toml").write_text(
        text.replace("0.3, 0.3, 0.5, 0.5", "0.5, 0.5, 0.5, 0.5"), "utf-8"
    )
    extra = '\n[rules]\nwind_mode = "signal"\ndir = "rules"\n\n[ensemble]\nmembers = 10\n'
    return outlook_of(folder, extra)


def wind(outlook: Outlook) -> np.ndarray:
    return np.asarray(outlook.assessment.table["tier"].sel(hazard="wind").values)


def test_the_wind_as_a_signal_is_lower_far_ahead_and_unknown_beyond_a_day(
    plain: Outlook, signal: Outlook
) -> None:
    strong, near = wind(plain), wind(signal)
    assert (near[:7] == strong[:7]).all()
    assert (near[13:25] == np.minimum(strong[13:25], Tier.YELLOW)).all()
    assert strong[13:25].max() > Tier.YELLOW
    assert (near[25:] == NO_DATA).all()


def test_hazards_that_meet_raise_their_region_where_the_rule_is_on(plain: Outlook, signal: Outlook) -> None:
    assert plain.assessment.raised is None
    raised = signal.assessment.raised
    assert raised is not None
    tiers = signal.assessment.table["tier"]
    both = (tiers.sel(hazard="wind").values >= Tier.BLUE) & (tiers.sel(hazard="rain").values >= Tier.BLUE)
    assert both.any()
    assert (raised == both).all()


def test_members_give_tiers_by_the_rule_of_the_scenario(signal: Outlook) -> None:
    chances = signal.probability
    assert chances is not None
    tier = chances["region_ensemble_tier"].values
    assert chances["region_ensemble_tier"].attrs["bounds"] == [0.5] * 4
    reached = (chances["region_probability"].values >= 0.5).sum(axis=0)
    assert (tier[tier >= 0] == reached[tier >= 0]).all()
    assert tier.max() >= Tier.BLUE


@pytest.mark.slow
def test_people_on_the_worst_watershed_raise_their_county(tmp_path: Path) -> None:
    def run(extra: str) -> Outlook:
        path = write_scenario(tmp_path, hours=3, extra=extra)
        path.write_text(path.read_text().replace("hindcast = true", "hindcast = false"))
        return analyse(read_inputs(read_scenario(path), Ledger())[0], encode=tier_image)[0]

    (tmp_path / "rules").mkdir()
    rule = (
        (RULES / "flash_flood.toml").read_text("utf-8").replace("[0.45, 0.6", "[0.01, 0.6")
    )  # a small rain is blue
    (tmp_path / "rules" / "flash_flood.toml").write_text(rule, "utf-8")
    own = '\n[rules]\ndir = "rules"\n'
    without = run(own)
    worst = without.onsets["flash_flood"].worst()
    assert worst.max() >= Tier.BLUE
    row, column = np.unravel_index(int(worst.argmax()), worst.shape)
    x, y = 120.0 + (column + 0.5) * 0.1, 31.0 - (row + 0.5) * 0.1
    (tmp_path / "people.csv").write_text("lon,lat,people\n" + f"{x},{y},30\n" * 2, "utf-8")
    found = run(own + '\n[assets]\npeople = "people.csv"\ndatum = "wgs84"\n')
    now, before = (o.assessment.table["tier"].sel(hazard="flash_flood").values for o in (found, without))
    home = [region.geometry.covers(Point(x, y)) for region in found.assessment.regions]
    assert sum(home) == 1
    assert now[:, home].max() >= worst.max()
    assert (now[:, ~np.array(home)] == before[:, ~np.array(home)]).all()
