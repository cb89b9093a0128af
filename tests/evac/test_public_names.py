"""The public names of ``evac``: each loads from its home, none is hidden by a module, and type checkers see them all."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import evac
from evac import _HOMES
from riskmap.retired import RETIRED


def names_that_type_checkers_see() -> dict[str, str]:
    """Public name -> home, from the stub beside the package."""
    tree = ast.parse(Path(evac.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    return {
        alias.asname: node.module.removeprefix("evac.")
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
        if alias.asname == alias.name  # else a stub does not hand it on
    }


def test_type_checkers_see_what_is_loaded() -> None:
    assert names_that_type_checkers_see() == _HOMES


@pytest.mark.parametrize("name", sorted(_HOMES))
def test_each_name_loads_from_its_home(name: str) -> None:
    value = getattr(evac, name)
    # a name that is only passed on would send a reader, and its traceback, to the wrong room
    if hasattr(value, "__name__"):
        assert (value.__module__, value.__name__) == (f"evac.{_HOMES[name]}", name)


def test_no_public_name_hides_a_module() -> None:
    modules = {path.stem for path in Path(evac.__file__).parent.iterdir()}
    assert not modules & set(_HOMES)


def test_a_retired_name_works_and_says_its_successor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RETIRED["evac"], "count_heads", ("head_count", "0.4"))
    with pytest.warns(
        DeprecationWarning, match=r"evac.count_heads is now evac.head_count; the old name goes with 0.4"
    ):
        assert evac.count_heads is evac.head_count
