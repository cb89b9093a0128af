"""What others may see: masked names, and no small counts on shared maps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SMALLEST_SHOWN: Final = 10
"""Counts of 1 to 9 persons are not shown on shared maps (domain rule, status D)."""


def mask_name(name: str) -> str:
    """First character, then stars; a name of one character becomes a star.

    Examples
    --------
    >>> mask_name("张三丰"), mask_name("王"), mask_name("")
    ('张**', '*', '*')
    """
    return name[0] + "*" * (len(name) - 1) if len(name) > 1 else "*"


def suppress(counts: Mapping[str, int], *, smallest: int = SMALLEST_SHOWN) -> dict[str, int | None]:
    """Counts for a shared map whose total is published beside it; None = not shown.

    Counts from 1 to ``smallest`` - 1 are hidden. Where the total would still give a hidden one away (only one is
    hidden, or the hidden ones sum to less than ``smallest``), the next smallest counts are hidden as well.

    Parameters
    ----------
    counts : mapping
        Region -> persons.
    smallest : int
        Smallest count that is shown [persons].

    References
    ----------
    Complementary cell suppression in its simple form for one margin; Hundepool et al. (2012), Statistical Disclosure
    Control, ch. 4.

    Examples
    --------
    >>> suppress({"a": 3, "b": 40, "c": 12, "d": 0})
    {'a': None, 'b': 40, 'c': None, 'd': 0}
    """
    hidden = {region for region, n in counts.items() if 0 < n < smallest}
    rest = sorted((n, region) for region, n in counts.items() if n >= smallest)
    while hidden and rest and (len(hidden) < 2 or sum(counts[r] for r in hidden) < smallest):
        hidden.add(rest.pop(0)[1])
    return {region: None if region in hidden else n for region, n in counts.items()}
