"""Public functions have types, a docstring, and the unit of every quantity they take."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from doctest import DocTestParser
from importlib import import_module
from inspect import isfunction
from pathlib import Path

import pytest

from riskmap.schema import REGISTER
from tests.contracts.tree import ROOT, module_files, module_name, parsed

Function = ast.FunctionDef | ast.AsyncFunctionDef

QUANTITIES = {name for name, entry in REGISTER.items() if entry.units != "1"} | {
    "speed", "pressure", "radius", "depth", "altitude", "distance", "area", "slope", "translation_speed",
    "pressure_deficit", "pressure_tendency", "radius_km", "maximum_wind_knots", "eastward", "northward",
}  # fmt: skip
"""Parameter names that stand for a quantity with a unit: the register of variables, and the field's own words."""

UNIT = re.compile(
    r"\[[^\]]*\b(?:m|m2|m s-1|mm|km|kt|s|h|min|Pa|hPa|degrees?|rad|m m-1|kg m-3|metric\.units)\b[^\]]*\]|degrees"
)


def public_functions() -> Iterator[tuple[str, Function, ast.ClassDef | None, ast.Module]]:
    """Public functions of public modules and public methods of their public classes."""
    for path in module_files():
        name = module_name(path)
        if any(part.startswith("_") for part in name.split(".")):
            continue
        tree = parsed(path)
        for node in tree.body:
            if isinstance(node, Function) and not node.name.startswith("_"):
                yield f"{path}::{node.name}", node, None, tree
            elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                for inner in node.body:
                    if isinstance(inner, Function) and not inner.name.startswith("_"):
                        yield f"{path}::{node.name}.{inner.name}", inner, node, tree


def _arguments(node: Function) -> list[ast.arg]:
    a = node.args
    rest = [x for x in (a.vararg, a.kwarg) if x is not None]
    return [x for x in (*a.posonlyargs, *a.args, *a.kwonlyargs, *rest) if x.arg not in {"self", "cls"}]


def _overload(node: Function) -> bool:
    return any(getattr(d, "id", getattr(d, "attr", "")) == "overload" for d in node.decorator_list)


def _protocol(owner: ast.ClassDef | None) -> bool:
    return owner is not None and any(getattr(b, "id", "") == "Protocol" for b in owner.bases)


@pytest.mark.slow
def test_there_are_functions_to_look_at() -> None:
    assert len(list(public_functions())) > 50


def test_each_has_types() -> None:
    bare = [
        where
        for where, node, _, _ in public_functions()
        if node.returns is None or any(a.annotation is None for a in _arguments(node))
    ]
    assert bare == []


def test_each_has_a_docstring() -> None:
    silent = [
        where
        for where, node, owner, _ in public_functions()
        if not ast.get_docstring(node) and not _overload(node) and not _protocol(owner)
    ]
    assert silent == []


WITHOUT_EXAMPLE = {
    "evac.publish_exercise": "it holds a whole exercise on a published run, half a minute; its example is `evac drill`, run in tests/evac",
}


def exported_functions() -> Iterator[tuple[str, str]]:
    """Names of both packages that are functions, with their docstrings."""
    for package in map(import_module, ("riskmap", "evac")):
        for name in package.__all__:
            if isfunction(found := getattr(package, name)):
                yield f"{package.__name__}.{name}", found.__doc__ or ""


def test_each_exported_function_has_an_example_that_is_run() -> None:
    found = dict(exported_functions())
    assert len(found) > 100
    parser = DocTestParser()
    bare = {
        name for name, words in found.items()
        if not any(example.want for example in parser.get_examples(words, name))
    }  # fmt: skip
    assert bare == set(WITHOUT_EXAMPLE)


def test_no_example_is_skipped() -> None:
    """Of any function: what stands in a docstring as an example is run, see ``--doctest-modules`` in pyproject.toml."""
    skipped = [
        str(path)
        for path in module_files()
        if "doctest: +" + "SKIP" in (ROOT / path).read_text(encoding="utf-8")
    ]
    assert skipped == []


def test_each_quantity_has_its_unit() -> None:
    """In the function's docstring, or in that of its class or module where all of them share it."""
    unitless = []
    for where, node, owner, tree in public_functions():
        taken = [a.arg for a in _arguments(node) if a.arg in QUANTITIES]
        words = "\n".join(filter(None, (ast.get_docstring(x) for x in (node, owner, tree) if x is not None)))
        if taken and not UNIT.search(words):
            unitless.append(f"{where} takes {', '.join(taken)}")
    assert unitless == []


def test_each_module_says_what_it_is() -> None:
    silent = [str(p) for p in module_files() if not ast.get_docstring(parsed(p)) and parsed(p).body]
    assert silent == []


@pytest.mark.parametrize(
    ("text", "found"), [("speed [m s-1]", True), ("speed [fast]", False), ("in m", False)]
)
def test_the_unit_pattern(text: str, found: bool) -> None:
    assert bool(UNIT.search(text)) is found


def kernel_files() -> list[Path]:
    """Files of the kernels."""
    return [p for p in module_files() if p.parent == Path("riskmap/_kernels") and p.name != "__init__.py"]


def test_each_kernel_file_has_a_test_file_that_imports_it() -> None:
    untested = []
    for path in kernel_files():
        test = ROOT / "tests" / "riskmap" / "_kernels" / f"test_{path.name}"
        if not test.is_file() or f"{module_name(path)}" not in test.read_text(encoding="utf-8").replace(
            " import ", "."
        ):
            untested.append(str(path))
    assert kernel_files() != []
    assert untested == []
