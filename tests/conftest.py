"""Fixtures that many tests share."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import settings

# The same examples on every machine, so that a red run is about the change; `make explore` draws new ones.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

REPOSITORY = Path(__file__).resolve().parents[1]


def _settle() -> None:
    """A call of Python: at the next one coverage's tracer takes its fast place again."""


def _untraced(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function without coverage's tracer, which would follow its every line and keep none."""

    @wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        tracer = sys.gettrace()
        sys.settrace(None)
        try:
            return function(*arguments, **named)
        finally:
            sys.settrace(tracer)
            _settle()

    return call


if sys.gettrace() is not None:
    from _pytest.assertion import rewrite
    from numba.core.dispatcher import Dispatcher

    Dispatcher.compile = _untraced(Dispatcher.compile)
    rewrite.rewrite_asserts = _untraced(rewrite.rewrite_asserts)


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
