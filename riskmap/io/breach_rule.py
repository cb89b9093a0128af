"""When an overrun sea wall is taken for breached: the bundled rule, or a bureau's own."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from riskmap.errors import ConfigError
from riskmap.hazard.sea_wall.inflows import BreachRule
from riskmap.io.toml_file import read_toml
from riskmap.rules import STATUSES

_KEYS: Final = {
    "overflow": {"head": "head", "hours": "head_hours"},
    "overtopping": {"discharge": "discharge", "hours": "discharge_hours"},
    "opening": {"width": "width", "depth_share": "depth_share"},
}
"""Section -> key -> field of ``BreachRule``."""


def read_breach_rule(path: Path | None = None) -> BreachRule:
    """Read the rule.

    Parameters
    ----------
    path : Path, optional
        TOML of the form of ``rules/sea_wall_breach.toml``; the bundled one by default.

    Raises
    ------
    SourceError
        The file cannot be read.
    ConfigError
        A key is missing or unknown, a number is none, a section has no source or status.

    Examples
    --------
    >>> read_breach_rule().depth_share
    0.6
    """
    at = path or Path(str(files("riskmap") / "rules" / "sea_wall_breach.toml"))
    content, _ = read_toml(at)
    _same(set(content), set(_KEYS), str(at))
    found: dict[str, float] = {}
    for name, keys in _KEYS.items():
        section, where = content[name], f"{at}, [{name}]"
        _same(set(section), {*keys, "source", "status"}, where)
        if section["status"] not in STATUSES or not str(section["source"]).strip():
            raise ConfigError(
                "numbers without a source and status", where=where, expected="source, and status S, M or D",
                found=f"{section['source']!r}, {section['status']!r}", remedy="say where they come from",
            )  # fmt: skip
        found |= {field: _number(section[key], f"{where} {key}") for key, field in keys.items()}
    return BreachRule(**found)


def _same(given: set[str], needed: set[str], where: str) -> None:
    if given != needed:
        raise ConfigError(
            "a key is missing or unknown", where=where, expected=", ".join(sorted(needed)),
            found=", ".join(sorted(given)) or "nothing", remedy="see the bundled file",
        )  # fmt: skip


def _number(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigError("not a number", where=where, expected="a number", found=repr(value))
    return float(value)
