"""Rule files: the bundled ones, and a bureau's own in their place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from riskmap.errors import ConfigError
from riskmap.io.toml_file import read_toml
from riskmap.rules import HazardRule, parse_rule

HAZARDS = (
    "wind", "rain", "flash_flood", "landslide", "inundation", "storm_tide", "sea_wall", "waves", "reservoir", "river_stage",
)  # fmt: skip
"""Hazards whose rules are bundled, in the order of the products."""


def read_rules(overrides: str | Path | Sequence[str | Path] = ()) -> dict[str, HazardRule]:
    """All rules by hazard id, a user's file replacing the bundled one of the same id.

    Raises
    ------
    SourceError
        A file cannot be read.
    ConfigError
        A rule is wrong; names file, key and line. A rule without source and status does not load.

    Examples
    --------
    >>> read_rules()["wind"].metrics[0].thresholds
    (10.8, 17.2, 24.5, 32.7)
    """
    folder = files("riskmap") / "rules"
    rules = {name: _read(Path(str(folder / f"{name}.toml"))) for name in HAZARDS}
    for path in [overrides] if isinstance(overrides, str | Path) else overrides:
        rule = _read(Path(path))
        if rule.id not in rules:
            raise ConfigError(
                "a rule for an unknown hazard", where=f"{path}, key id", expected=" | ".join(rules),
                found=repr(rule.id), remedy="set id to the hazard that the file replaces",
            )  # fmt: skip
        rules[rule.id] = rule
    return rules


def _read(path: Path) -> HazardRule:
    content, text = read_toml(path)
    try:
        return parse_rule(content, where=str(path))
    except ConfigError as problem:
        line = (
            _line_naming(text, problem.found) if problem.found and "unknown key" in problem.message else None
        )
        if line:
            problem.where = f"{problem.where}, line {line}"
        raise


def _line_naming(text: str, key: str) -> int | None:
    """First line that sets a key, in whatever section."""
    pattern = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=|\s*\[+\s*{re.escape(key)}\b")
    return next((n for n, line in enumerate(text.splitlines(), 1) if pattern.match(line)), None)
