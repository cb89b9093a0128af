"""The drill's numbers, from ``drill.toml``: each with unit, source and status."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from riskmap.errors import ConfigError

_FILE = Path(__file__).with_name("drill.toml")


@dataclass(frozen=True)
class Assumptions:
    """Named numbers of the drill.

    Examples
    --------
    >>> load_assumptions().share("printed_share")
    0.94
    """

    values: Mapping[str, Any]
    origins: Mapping[str, str]

    def share(self, name: str) -> float:
        """One number."""
        return float(self.values[name])

    def whole(self, name: str) -> int:
        """One whole number."""
        return int(self.values[name])

    def span(self, name: str) -> tuple[float, float]:
        """Lower and upper bound."""
        low, high = self.values[name]
        return float(low), float(high)

    def weights(self, name: str) -> dict[str, float]:
        """Relative weights by name."""
        return {key: float(weight) for key, weight in self.values[name].items()}

    def listed(self, name: str) -> tuple[Any, ...]:
        """A list."""
        return tuple(self.values[name])


@cache
def load_assumptions(path: Path = _FILE) -> Assumptions:
    """Read the file of assumptions.

    Raises
    ------
    ConfigError
        An entry lacks value, unit, source or status.
    """
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    wanted = {"value", "unit", "source", "status"}
    for name, entry in raw.items():
        if set(entry) != wanted or entry["status"] not in ("S", "M", "D"):
            raise ConfigError(
                "an assumption is not whole",
                where=f"{path}, [{name}]",
                expected="value, unit, source, and status S, M or D",
                found=", ".join(entry),
            )
    return Assumptions(
        MappingProxyType({name: entry["value"] for name, entry in raw.items()}),
        MappingProxyType({name: f"{e['source']} ({e['status']})" for name, e in raw.items()}),
    )
