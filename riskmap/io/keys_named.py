"""Errors of readers know the file; whoever reads them also wants the key of the scenario that named it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from riskmap.errors import RiskmapError
from riskmap.io.catalogue import file_keys
from riskmap.scenario import Scenario


@contextmanager
def keys_named(scenario: Scenario) -> Iterator[None]:
    """Give an error about a file of the scenario its key too, and let it go on.

    Parameters
    ----------
    scenario : Scenario

    Raises
    ------
    RiskmapError
        What the block raised, with the key at the end of ``where``.
    """
    try:
        yield
    except RiskmapError as problem:
        name_key(problem, scenario)
        raise


def name_key(problem: RiskmapError, scenario: Scenario) -> None:
    """Add the key of the file that an error is about; one that names a key, or no file of the scenario, stays as it is."""
    for one in problem.each:
        where = one.where or ""
        if not where or "key " in where:
            continue
        held = [
            (str(path), key) for key in file_keys() for path in paths_of(scenario, key) if str(path) in where
        ]
        if held:
            one.where = f"{where}, key {max(held)[1]}"


def paths_of(scenario: Scenario, key: str) -> list[Path]:
    """Every file that a key of the scenario names.

    Parameters
    ----------
    scenario : Scenario
    key : str
        One of ``riskmap.io.catalogue.file_keys``.
    """
    section, _, name = key.partition(".")
    return _paths(getattr(getattr(scenario, section), name, None))


def files_of_lists(scenario: Scenario, key: str) -> list[Path]:
    """Every file of each table of ``map.layers`` or ``regions.more``, also that of its residents."""
    section, _, name = key.partition(".")
    tables = getattr(getattr(scenario, section), name)
    return [value for table in tables for value in vars(table).values() if isinstance(value, Path)]


def _paths(value: Any) -> list[Path]:
    if isinstance(value, Path):
        return [value]
    if isinstance(value, tuple):
        return [path for part in value for path in _paths(part)]
    return _paths(getattr(value, "file", None)) if value is not None and not isinstance(value, str) else []
