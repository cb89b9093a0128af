"""Files of at most 400 lines, functions of at most 60: a nudge that a reasoned exception may lift."""

from __future__ import annotations

import ast

import pytest

from tests.contracts.tree import ROOT, module_files, parsed, tracked_files

MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 60

LONG_FILES: dict[str, str] = {
    "notebooks/flood.py": "a notebook is read from top to bottom: eight steps on one relief, each of which needs the ones before",
}
"""Path -> why it is better whole."""

LONG_FUNCTIONS: dict[str, str] = {
    "evac/store/migrations/versions/v3_registry.py::upgrade": "the tables of one version, frozen: a list",
}
"""``path::function`` -> why it is better whole."""


def _body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring: words that explain are not what makes it long."""
    first = node.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    words = (first.end_lineno or first.lineno) - first.lineno + 1 if documented else 0
    return (node.end_lineno or node.lineno) - node.lineno + 1 - words


def long_files() -> dict[str, int]:
    """Files over the limit and their lines, tests and notebooks among them."""
    lengths = {
        path.as_posix(): len((ROOT / path).read_text(encoding="utf-8").splitlines())
        for path in tracked_files()
        if path.suffix == ".py" and "vendor" not in path.parts
    }
    return {path: n for path, n in lengths.items() if n > MOST_LINES_OF_A_FILE}


def long_functions() -> dict[str, int]:
    """Functions over the limit and their lines, docstring not counted."""
    return {
        f"{path}::{node.name}": _body_lines(node)
        for path in module_files()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and _body_lines(node) > MOST_LINES_OF_A_FUNCTION
    }


def test_no_file_has_outgrown_its_room() -> None:
    assert {path: n for path, n in long_files().items() if path not in LONG_FILES} == {}


@pytest.mark.slow
def test_no_function_has_outgrown_a_screen() -> None:
    assert {name: n for name, n in long_functions().items() if name not in LONG_FUNCTIONS} == {}


@pytest.mark.slow
def test_every_exception_is_still_needed() -> None:
    assert set(LONG_FILES) <= set(long_files())
    assert set(LONG_FUNCTIONS) <= set(long_functions())
