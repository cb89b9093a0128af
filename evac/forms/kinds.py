"""A kind of rows: where its rows come from and what may be asked of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from evac.forms.figures import Cell, Figures
from evac.forms.look import Look

Ask: TypeAlias = Callable[[Any, Look], Cell]


@dataclass(frozen=True)
class Kind:
    """A kind of rows.

    Attributes
    ----------
    rows : callable
        Figures and the section's place (a code or a shelter's id) -> rows, in order.
    asks : mapping
        What may be asked of a row.
    people : callable
        Row -> persons in it, so that a list can be held against the counts.
    """

    rows: Callable[[Figures, str], Sequence[Any]]
    asks: Mapping[str, Ask]
    people: Callable[[Any], int] = lambda _row: 1
