"""Names that have a successor: they work until a named version, and say so."""

from __future__ import annotations

import warnings
from typing import Final

RETIRED: Final[dict[str, dict[str, tuple[str, str]]]] = {"riskmap": {}, "evac": {}}
"""Package -> old name -> (its successor, the version that drops the old one); docs/reference/stability.md says how long that is."""


def successor(package: str, name: str) -> str:
    """The name that stands in the place of a retired one, told with a ``DeprecationWarning`` at the caller's line.

    Raises
    ------
    AttributeError
        The package never had that name, or has it no longer.

    Examples
    --------
    >>> successor("riskmap", "wind_feild")
    Traceback (most recent call last):
    AttributeError: module 'riskmap' has no attribute 'wind_feild'
    """
    if name not in RETIRED[package]:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    instead, until = RETIRED[package][name]
    warnings.warn(
        f"{package}.{name} is now {package}.{instead}; the old name goes with {until}",
        DeprecationWarning,
        stacklevel=3,
    )
    return instead
