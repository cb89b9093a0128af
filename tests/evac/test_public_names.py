"""The public names of ``evac``: each loads from its home, and none is hidden by a module."""

from __future__ import annotations

from pathlib import Path

import pytest

import evac
from evac import _HOMES


@pytest.mark.parametrize("name", sorted(_HOMES))
def test_each_name_loads_from_its_home(name: str) -> None:
    value = getattr(evac, name)
    # a name that is only passed on would send a reader, and its traceback, to the wrong room
    if hasattr(value, "__name__"):
        assert (value.__module__, value.__name__) == (f"evac.{_HOMES[name]}", name)


def test_no_public_name_hides_a_module() -> None:
    modules = {path.stem for path in Path(evac.__file__).parent.iterdir()}
    assert not modules & set(_HOMES)
