"""No small counts on a shared map: suppression where one total is published beside the counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SMALLEST_SHOWN: Final = 10
"""Counts of 1 to 9 persons are not shown on shared maps (domain rule, status D)."""


def suppress(counts: Mapping[str, int], *, smallest: int = SMALLEST_SHOWN) -> dict[str, int | None]:
    """Counts for a shared map whose total is published beside it; None = not shown.

    Counts from 1 to ``smallest`` - 1 are hidden; 0 is shown, so a hidden count is known to be 1 or more. Where the total
    would still tell that a hidden count is small (it could not be as large as ``smallest``, every other hidden one
    being 1), the next smallest counts are hidden as well.

    Parameters
    ----------
    counts : mapping
        Region -> persons.
    smallest : int
        Smallest count that is shown [persons].

    References
    ----------
    Complementary cell suppression in its simple form for one margin; Hundepool et al. (2012), Statistical Disclosure
    Control, ch. 4. Two margins: ``evac.privacy.protect``.

    Examples
    --------
    >>> suppress({"a": 3, "b": 40, "c": 12, "d": 0})
    {'a': None, 'b': 40, 'c': None, 'd': 0}
    """
    hidden = {region for region, n in counts.items() if 0 < n < smallest}
    rest = sorted((n, region) for region, n in counts.items() if n >= smallest)
    while hidden and rest and sum(counts[r] for r in hidden) - len(hidden) + 1 < smallest:
        hidden.add(rest.pop(0)[1])
    return {region: None if region in hidden else n for region, n in counts.items()}
