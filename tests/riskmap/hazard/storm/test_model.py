"""How wind is modelled: the choices, and the laws of asymmetry and inflow."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.errors import ConfigError
from riskmap.hazard.profiles import PROFILES
from riskmap.hazard.storm.model import (
    DEFAULT,
    LIN_CHAVAS_TURN,
    Asymmetry,
    Inflow,
    Profile,
    WindModel,
    inflow_angle,
    motion_share,
)
from riskmap.io.inputs import read_inputs
from riskmap.io.scenario_file import read_scenario
from riskmap.ledger import Ledger
from tests.scenarios import write_scenario

LAWS = settings(deadline=None, max_examples=60)
CORE = 40e3
RADII = np.array([0.0, 10e3, 40e3, 44e3, 48e3, 80e3, 500e3])


@pytest.mark.parametrize("name", ["profile", "radii", "asymmetry", "inflow"])
def test_an_unknown_name_is_refused_with_the_choices(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        WindModel(**{name: "rankine"})  # type: ignore[arg-type]
    assert caught.value.where == f"[wind] {name}"
    assert "'rankine'" in str(caught.value)
    assert getattr(DEFAULT, name) in str(caught.value)


def test_every_choice_is_taken() -> None:
    for profile in get_args(Profile):
        assert WindModel(profile=profile).profile in PROFILES
    for scheme in get_args(Asymmetry):
        assert WindModel(asymmetry=scheme).asymmetry == scheme
    for scheme in get_args(Inflow):
        assert WindModel(inflow=scheme).inflow == scheme


def test_a_scenario_chooses_the_wind(tmp_path: Path) -> None:
    lines = '\n[wind]\nprofile = "willoughby_2006"\nradii = "ignore"\nasymmetry = "miyazaki_1961"\ninflow = "none"\n'
    scenario = read_scenario(write_scenario(tmp_path, terrain=False, extra=lines))
    wanted = WindModel("willoughby_2006", "ignore", "miyazaki_1961", "none")
    assert {read.wind for read in read_inputs(scenario, Ledger())} == {wanted}


def test_a_scenario_that_says_nothing_has_the_default(tmp_path: Path) -> None:
    scenario = read_scenario(write_scenario(tmp_path, terrain=False))
    assert WindModel(**vars(scenario.wind)) == DEFAULT


@pytest.mark.parametrize("key", ["profile", "radii", "asymmetry", "inflow", "shape"])
def test_a_scenario_with_an_unknown_wind_is_refused_by_line(tmp_path: Path, key: str) -> None:
    path = write_scenario(tmp_path, terrain=False, extra=f'\n[wind]\n{key} = "rankine"\n')
    line = path.read_text(encoding="utf-8").splitlines().index(f'{key} = "rankine"') + 1
    with pytest.raises(ConfigError, match=rf"line {line}\b"):
        read_scenario(path)


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        ("mouton_nordbeck_1999", [1.0, 1.0, 1.0, 1 / 1.1, 1 / 1.2, 0.5, 0.08]),
        ("jelesnianski_1966", [0.0, 4 / 17, 0.5, 1.1 / 2.21, 1.2 / 2.44, 0.4, 12.5 / 157.25]),
        ("miyazaki_1961", np.exp(-np.pi * np.array([0.0, 0.02, 0.08, 0.088, 0.096, 0.16, 1.0])).tolist()),
        ("lin_chavas_2012", [0.55] * 7),
        ("none", [0.0] * 7),
    ],
)
def test_shares_of_the_motion_by_hand(scheme: Asymmetry, expected: list[float]) -> None:
    found = motion_share(RADII, radius_of_maximum_wind=CORE, scheme=scheme)
    assert found.tolist() == pytest.approx(expected)


@LAWS
@given(r=st.floats(0.0, 2e6), core=st.floats(5e3, 2e5), scheme=st.sampled_from(get_args(Asymmetry)))
def test_no_share_is_negative_or_more_than_the_whole(r: float, core: float, scheme: Asymmetry) -> None:
    share = float(motion_share(r, radius_of_maximum_wind=core, scheme=scheme))
    assert 0.0 <= share <= 1.0
    beyond = float(motion_share(r + core + 1e3, radius_of_maximum_wind=core, scheme=scheme))
    assert beyond <= float(motion_share(max(r, core), radius_of_maximum_wind=core, scheme=scheme)) + 1e-12


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        ("bretschneider_1972", [10.0, 12.5, 20.0, 22.5, 25.0, 25.0, 25.0]),
        ("mcconochie_2004", [0.0, 2.5, 10.0, 17.5, 25.0, 25.0, 25.0]),
        ("none", [0.0] * 7),
    ],
)
def test_angles_of_the_inflow_by_hand(scheme: Inflow, expected: list[float]) -> None:
    found = np.degrees(inflow_angle(RADII, radius_of_maximum_wind=CORE, scheme=scheme))
    assert found.tolist() == pytest.approx(expected)


@pytest.mark.parametrize("scheme", get_args(Inflow))
def test_the_inflow_has_no_jump_and_turns_in(scheme: Inflow) -> None:
    angles = inflow_angle(np.arange(0.0, 200e3, 10.0), radius_of_maximum_wind=CORE, scheme=scheme)
    assert np.abs(np.diff(angles)).max() < np.radians(0.02)
    assert (np.diff(angles) >= -1e-12).all()
    assert (angles >= 0.0).all()


@pytest.mark.parametrize("scheme", [*get_args(Asymmetry), *get_args(Inflow)])
def test_arrays_of_any_shape_and_a_radius_each_are_taken(scheme: Any) -> None:
    function: Any = motion_share if scheme in get_args(Asymmetry) else inflow_angle
    grid, cores = np.linspace(0.0, 300e3, 12).reshape(3, 4), np.array([[20e3], [40e3], [60e3]])
    found = function(grid, radius_of_maximum_wind=cores, scheme=scheme)
    for i, j in np.ndindex(3, 4):
        one = function(float(grid[i, j]), radius_of_maximum_wind=float(cores[i, 0]), scheme=scheme)
        assert found[i, j] == pytest.approx(float(one))


def test_the_motion_of_lin_and_chavas_turns_twenty_degrees() -> None:
    assert np.degrees(LIN_CHAVAS_TURN) == pytest.approx(20.0)
