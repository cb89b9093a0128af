"""Whole numbers as ranges: which positions of a log, or counters of a device, have come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spans:
    """A set of whole numbers, as ranges that neither touch nor overlap, in order.

    Attributes
    ----------
    parts : tuple of (int, int)
        First and last of each range, both within.

    Examples
    --------
    >>> came = Spans.of([*range(1, 41), *range(42, 51)])
    >>> str(came), str(came.missing(1, 50)), len(came)
    ('1-40, 42-50', '41', 49)
    """

    parts: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, numbers: Iterable[int]) -> Spans:
        """The set of these numbers."""
        return cls.joined((n, n) for n in numbers)

    @classmethod
    def joined(cls, ranges: Iterable[Sequence[int]]) -> Spans:
        """The union of ranges (first, last) that may overlap; empty ones are left out."""
        parts: list[tuple[int, int]] = []
        for first, last in sorted((r[0], r[1]) for r in ranges if r[0] <= r[1]):
            if parts and first <= parts[-1][1] + 1:
                parts[-1] = (parts[-1][0], max(parts[-1][1], last))
            else:
                parts.append((first, last))
        return cls(tuple(parts))

    def __or__(self, other: Spans) -> Spans:
        return Spans.joined((*self.parts, *other.parts))

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and any(first <= number <= last for first, last in self.parts)

    def __iter__(self) -> Iterator[int]:
        for first, last in self.parts:
            yield from range(first, last + 1)

    def __len__(self) -> int:
        return sum(last - first + 1 for first, last in self.parts)

    def __str__(self) -> str:
        return ", ".join(f"{a}-{b}" if a < b else str(a) for a, b in self.parts)

    @property
    def last(self) -> int:
        """The largest number; 0 of the empty set."""
        return self.parts[-1][1] if self.parts else 0

    def missing(self, first: int, last: int) -> Spans:
        """Numbers from ``first`` to ``last`` that are not in the set."""
        gaps, at = [], first
        for a, b in self.parts:
            gaps.append((at, min(a - 1, last)))
            at = max(at, b + 1)
        gaps.append((at, last))
        return Spans.joined(gaps)

    def reaches(self) -> int:
        """How far the set goes from 1 without a gap.

        Examples
        --------
        >>> Spans(((1, 40), (42, 50))).reaches(), Spans(((2, 3),)).reaches()
        (40, 0)
        """
        return self.parts[0][1] if self.parts and self.parts[0][0] <= 1 else 0
