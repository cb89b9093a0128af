"""The public names: what stands in `__all__`, what mypy sees and what the modules hold are the same."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import riskmap
from riskmap import _HOMES
from riskmap.retired import RETIRED


def names_that_mypy_sees() -> dict[str, str]:
    """Public name -> home, from the imports under TYPE_CHECKING."""
    tree = ast.parse(Path(riskmap.__file__).read_text(encoding="utf-8"))
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    return {
        alias.name: node.module.removeprefix("riskmap.")
        for node in guarded.body
        if isinstance(node, ast.ImportFrom) and node.module and node.module != "riskmap"
        for alias in node.names
    }


def test_mypy_sees_what_is_loaded() -> None:
    assert names_that_mypy_sees() == _HOMES


@pytest.mark.parametrize("name", riskmap.__all__)
def test_each_name_loads_from_its_home(name: str) -> None:
    value = getattr(riskmap, name)
    # a name that is only passed on would send a reader, and its traceback, to the wrong room
    assert value.__module__ == f"riskmap.{_HOMES[name]}"
    assert value.__name__ == name


def test_dir_lists_every_name() -> None:
    assert set(riskmap.__all__) <= set(dir(riskmap))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'wind_feild'"):
        riskmap.wind_feild  # noqa: B018


def test_no_public_name_hides_a_module() -> None:
    modules = {p.stem for p in Path(riskmap.__file__).parent.iterdir()}
    assert not modules & set(riskmap.__all__)


def test_hazards_are_reached_through_their_package() -> None:
    assert riskmap.hazard.wind.wind_field is riskmap.wind_field
    hazards = Path(riskmap.hazard.__file__).parent
    # what hazards are made of stands beside them, and is nobody's first call
    inside = {"profiles", "radii", "rain_models"}
    modules = {p.stem for p in hazards.iterdir() if not p.name.startswith("_")}
    assert set(riskmap.hazard.MODULES) == modules - inside
    assert [getattr(riskmap.hazard, name).__name__ for name in riskmap.hazard.MODULES] == [
        f"riskmap.hazard.{name}" for name in riskmap.hazard.MODULES
    ]


def test_an_unknown_hazard_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'tsunami'"):
        riskmap.hazard.tsunami  # noqa: B018


def test_a_retired_name_works_and_says_its_successor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RETIRED["riskmap"], "draw_map", ("build_map", "0.4"))
    with pytest.warns(
        DeprecationWarning, match=r"riskmap.draw_map is now riskmap.build_map; .* goes with 0.4"
    ) as said:
        assert riskmap.draw_map is riskmap.build_map
    assert said[0].filename == __file__  # the line that has to change
