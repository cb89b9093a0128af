"""Bundled data and rules: every file is accounted for, every number has a source and a status."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.tree import PACKAGES, ROOT, tracked_files

DATA = ROOT / "data"
DIGEST = re.compile(r"^\| `([^`]+)` \| `([0-9a-f]{64})` \|$", re.MULTILINE)
CREDIT = re.compile(r"^\| `([^`]+)` \| [^|]+ \| [^|]+ \| [^|]+ \|$", re.MULTILINE)


def bundled_files() -> dict[str, Path]:
    """Every data file but the README, by its name below ``data/``."""
    return {
        str(path.relative_to("data")): ROOT / path
        for path in tracked_files()
        if path.parts[0] == "data" and path.name != "README.md"
    }


def test_the_readme_has_the_digest_of_every_file() -> None:
    listed = dict(DIGEST.findall((DATA / "README.md").read_text(encoding="utf-8")))
    found = {
        name: sha256(path.read_bytes()).hexdigest()
        for name, path in bundled_files().items()
        if not name.startswith("scenarios/")  # our own text, not data
    }
    assert listed == found


def test_the_readme_names_source_and_licence_of_every_file() -> None:
    listed = CREDIT.findall((DATA / "README.md").read_text(encoding="utf-8"))
    assert sorted(listed) == sorted(bundled_files())


def test_the_data_stays_small() -> None:
    assert sum(path.stat().st_size for path in bundled_files().values()) <= 10_000_000


def rule_files() -> list[Path]:
    """TOML files that ship inside the packages: thresholds, measures, assumptions."""
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.toml"))


def sourceless(table: Mapping[str, Any], where: str = "", *, covered: bool = False) -> Iterator[str]:
    """Numbers of a TOML table that have neither a source and status of their own nor in a table around them."""
    covered = covered or {"source", "status"} <= set(table)
    for key, value in table.items():
        here = f"{where}.{key}" if where else key
        numbers = value if isinstance(value, list) else [value]
        if isinstance(value, Mapping):
            yield from sourceless(value, here, covered=covered)
        elif any(isinstance(entry, Mapping) for entry in numbers):
            for n, entry in enumerate(numbers, 1):
                yield from sourceless(entry, f"{here}[{n}]", covered=covered)
        elif any(isinstance(entry, int | float) for entry in numbers):
            own = {f"{key}_source", f"{key}_status"} <= set(table)
            if not covered and not own:
                yield here


@pytest.mark.parametrize("path", rule_files(), ids=lambda path: path.name)
def test_every_number_of_a_rule_has_source_and_status(path: Path) -> None:
    assert list(sourceless(tomllib.loads(path.read_text(encoding="utf-8")))) == []


def statuses(table: Mapping[str, Any]) -> Iterator[str]:
    """Every status in a TOML table, at any depth."""
    for key, value in table.items():
        if key == "status" or key.endswith("_status"):
            yield value
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, Mapping):
                yield from statuses(inner)


@pytest.mark.parametrize("path", rule_files(), ids=lambda path: path.name)
def test_every_status_is_one_of_three(path: Path) -> None:
    found = set(statuses(tomllib.loads(path.read_text(encoding="utf-8"))))
    assert found
    assert found <= {"S", "M", "D"}


def test_there_are_rules_to_look_at() -> None:
    assert {"wind.toml", "rain.toml", "flash_flood.toml", "storm_tide.toml"} <= {p.name for p in rule_files()}


def test_a_number_without_a_source_is_found() -> None:
    bare = {"share": 0.05, "metric": [{"thresholds": [1.0], "source": "x", "status": "S"}, {"hours": 3}]}
    assert list(sourceless(bare)) == ["share", "metric[2].hours"]
