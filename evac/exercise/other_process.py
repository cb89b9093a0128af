"""The process beside a large exercise: begun before this one has loaded its own modules, so that both load at once."""

from __future__ import annotations

from contextlib import AbstractContextManager
from importlib import import_module
from typing import Final

from riskmap.beside import Begin, process_beside

MANY: Final = 2_000
"""Persons from which what is printed and reviewed takes longer than a process to begin (D)."""
NEEDED: Final = ("evac.orders.papers", "evac.exercise.review_beside")
"""What is done there: printing, and the review."""


def beside_an_exercise(persons: int) -> AbstractContextManager[Begin]:
    """A process in which a large exercise is printed and reviewed; see ``process_beside``."""
    return process_beside(wanted=persons >= MANY)


def load(*modules: str) -> None:
    """Load modules, for the calls that come after."""
    for name in modules:
        import_module(name)
