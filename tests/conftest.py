"""Fixtures that many tests share."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

# The same examples on every machine, so that a red run is about the change; `make explore` draws new ones.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

REPOSITORY = Path(__file__).resolve().parents[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with the most slow tests first, so that no worker is left alone with one at the end."""
    long = Counter(item.path for item in items if _is_long(item))
    items.sort(key=lambda item: -long[item.path])


def _is_long(item: pytest.Item) -> bool:
    return any(item.get_closest_marker(name) for name in ("slow", "browser"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real data that may be tested with but not shipped; skips where it is absent."""
    folder = REPOSITORY.parent / "shared" / "data" / "test_only"
    if not folder.is_dir():
        pytest.skip("the test-only data is not on this machine")
    return folder


@pytest.fixture
def interpreted(monkeypatch: pytest.MonkeyPatch) -> Callable[[ModuleType], ModuleType]:
    """Replace every compiled function of a kernel module by its Python source, inner calls included."""

    def strip(module: ModuleType) -> ModuleType:
        for name, value in list(vars(module).items()):
            if hasattr(value, "py_func"):
                monkeypatch.setattr(module, name, value.py_func)
        return module

    return strip
