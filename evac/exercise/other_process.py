"""The process beside a large exercise: begun before this one has loaded its own modules, so that both load at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Final

from riskmap.beside import Begin, process_beside, shared

MANY: Final = 2_000
"""Persons from which what is printed and reviewed takes longer than a process to begin (D)."""
NEEDED: Final = (
    "evac.orders.papers", "evac.exercise.clearing", "evac.exercise.review_beside", "evac.forms.of_drill", "evac.prints.pendants",
)  # fmt: skip
"""What is done there: printing, a county's clearance, the review, forms and pendants."""


@contextmanager
def beside_an_exercise(persons: int) -> Iterator[Begin]:
    """A process that shares what a large exercise prints, verifies and reviews; see ``riskmap.beside.shared``."""
    with process_beside(wanted=persons >= MANY) as begin, shared(begin) as begin_either:
        yield begin_either


def load(*modules: str) -> None:
    """Load modules, for the calls that come after."""
    for name in modules:
        import_module(name)
