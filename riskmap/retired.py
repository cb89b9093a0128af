"""Names that have a successor: they work until a named version, and say so."""

from __future__ import annotations

import warnings
from collections.abc import Mapping


def successor(package: str, name: str, retired: Mapping[str, tuple[str, str]]) -> str:
    """The name that stands in the place of a retired one, told with a ``DeprecationWarning``.

    Parameters
    ----------
    retired : mapping
        Old name -> (its successor, the version that drops the old one).

    Examples
    --------
    >>> with warnings.catch_warnings(record=True) as said:
    ...     warnings.simplefilter("always")
    ...     successor("riskmap", "draw_map", {"draw_map": ("build_map", "0.4")})
    'build_map'
    >>> print(said[0].message)
    riskmap.draw_map is now riskmap.build_map; the old name goes with 0.4
    """
    instead, until = retired[name]
    warnings.warn(
        f"{package}.{name} is now {package}.{instead}; the old name goes with {until}",
        DeprecationWarning,
        stacklevel=3,
    )
    return instead
