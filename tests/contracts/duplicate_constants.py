"""The same constant in two places: run by ``make check``, exits non-zero when it finds one.

Three kinds: a number with four or more significant digits that stands in more than one module, a module-level
constant that is defined with the same name and value in more than one, and one that has the same name there and
almost the same value (a knot of 0.514444 and of 1852 / 3600). A number with that many digits was looked
up or measured; written twice, one of the two will be mended some day and the other not.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations
from math import isclose
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # run as a script

from tests.contracts.tree import module_files, parsed

SIGNIFICANT = 4

ALLOWED_NUMBERS: dict[str, str] = {
    "1024": "bytes in a kilobyte",
}
"""Number as written -> why it may stand twice: definitions of units, and nothing else."""

ALLOWED_NAMES: dict[str, str] = {}
"""Name -> why it may be defined twice."""


def significant_digits(number: float) -> int:
    """Digits that carry information: 1025.0 has four, 3.6e6 two.

    Examples
    --------
    >>> [significant_digits(x) for x in (0.514444, 1025.0, 3.6e6, 400, 0)]
    [6, 4, 2, 1, 0]
    """
    return len("".join(map(str, Decimal(repr(number)).as_tuple().digits)).strip("0"))


def numbers(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Numbers with enough digits, as written, and their lines; those of docstrings are text and do not count."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, int | float)
            and not isinstance(node.value, bool)
            and significant_digits(node.value) >= SIGNIFICANT
        ):
            yield f"{Decimal(repr(node.value)).normalize():f}", node.lineno


def constants(tree: ast.Module) -> Iterator[tuple[str, str, int]]:
    """Module-level constants in capitals: name, value as source, line."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, value = node.targets[0], node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            target, value = node.target, node.value
        else:
            continue
        if isinstance(target, ast.Name) and target.id.lstrip("_").isupper():
            yield target.id, ast.unparse(value), node.lineno


def duplicates(trees: dict[str, ast.Module]) -> list[str]:
    """One line for each constant that stands in more than one module."""
    seen_numbers: dict[str, dict[str, int]] = defaultdict(dict)
    seen_names: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    seen_values: dict[str, dict[str, float]] = defaultdict(dict)
    for path, tree in trees.items():
        for number, line in numbers(tree):
            seen_numbers[number].setdefault(path, line)
        for name, value, line in constants(tree):
            seen_names[name, value].setdefault(path, line)
            if (size := arithmetic(value)) is not None:
                seen_values[name][f"{path}:{line}"] = size
    found = [
        f"the number {number} stands in {_places(places)}"
        for number, places in seen_numbers.items()
        if len(places) > 1 and number not in ALLOWED_NUMBERS
    ]
    found += [
        f"the constant {name} = {value[:60]} is defined in {_places(places)}"
        for (name, value), places in seen_names.items()
        if len(places) > 1 and name not in ALLOWED_NAMES
    ]
    found += [
        f"the constant {name} is {sizes[a]:.9g} in {a} and {sizes[b]:.9g} in {b}"
        for name, sizes in seen_values.items()
        for a, b in combinations(sorted(sizes), 2)
        if name not in ALLOWED_NAMES and sizes[a] != sizes[b] and isclose(sizes[a], sizes[b], rel_tol=0.01)
    ]
    return sorted(found)


def arithmetic(source: str) -> float | None:
    """Value of an expression of numbers alone, else None.

    Examples
    --------
    >>> arithmetic("1852.0 / 3600.0"), arithmetic("2 * RADIUS"), arithmetic("'text'")
    (0.5144444444444445, None, None)
    """
    parts = (ast.Expression, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop, ast.Constant)
    tree = ast.parse(source, mode="eval")
    if not all(isinstance(node, parts) for node in ast.walk(tree)):
        return None
    value = eval(compile(tree, "constant", "eval"), {"__builtins__": {}})
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _places(places: dict[str, int]) -> str:
    return ", ".join(f"{path}:{line}" for path, line in sorted(places.items()))


def main() -> int:
    """Print every duplicate; 1 if there is one."""
    found = duplicates({str(path): parsed(path) for path in module_files()})
    for line in found:
        print(f"{line}; define it once and import it")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
