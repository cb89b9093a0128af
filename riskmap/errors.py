"""The error tree.

::

    RiskmapError
    ├── DataError(ValueError)      an input breaks the data contract
    │   ├── UnitsError             a quantity is in another unit than the register asks for
    │   ├── CoverageError          inputs do not overlap in space or time
    │   ├── GeometryError          a polygon is invalid
    │   └── DatumError             coordinates or heights in an undeclared or wrong datum
    ├── ConfigError(ValueError)    a scenario or rule file is wrong (names key and line)
    ├── SourceError(OSError)       a file or service could not be read or written (names the path)
    │   ├── MissingInputError      a cycle has an input that it cannot do without, neither now nor from before
    │   └── BusyError              another process is at work there
    ├── InstabilityError          (in ``riskmap.hazard.inundation.guard``) a flow went unstable; carries its last good state
    ├── MissingExtraError          a product needs an optional dependency that is not installed
    └── EvacError                  (in ``evac.errors``)

A message says where, what was expected, what was found and what to do.
"""

from __future__ import annotations

import re
from typing import Final

EXIT_INTERNAL = 70
"""Exit code of a fault of our own."""

MOST_TOLD: Final = 20
"""Faults of one file of data that are told one by one; a column in a wrong unit is wrong in every row, the rest are counted."""


class RiskmapError(Exception):
    """Base of every error raised on purpose.

    Parameters
    ----------
    message : str
        What is wrong, in one clause.
    where : str, optional
        File, key, line, or argument.
    expected, found, remedy : str, optional
        What the contract asks for, what was there instead, what to do about it.

    Examples
    --------
    >>> print(RiskmapError("unknown unit", where="tracks.csv, column WIND",
    ...                    expected="kt or m s-1", found="'bft'", remedy="convert the column"))
    tracks.csv, column WIND: unknown unit; expected kt or m s-1; found 'bft'. To mend it: convert the column.
    """

    exit_code = 2
    others: tuple[RiskmapError, ...] = ()
    """Further faults of the same file, see ``Faults``; each has a paragraph of its own."""

    def __init__(
        self,
        message: str,
        *,
        where: str | None = None,
        expected: str | None = None,
        found: str | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.expected = expected
        self.found = found
        self.remedy = remedy

    def __str__(self) -> str:
        return "\n".join(one.paragraph for one in self.each)

    @property
    def each(self) -> tuple[RiskmapError, ...]:
        """This one, and those that are told with it."""
        return (self, *self.others)

    @property
    def paragraph(self) -> str:
        """This one alone, in words."""
        text = f"{self.where}: {self.message}" if self.where else self.message
        if self.expected:
            text += f"; expected {self.expected}"
        if self.found:
            text += f"; found {self.found}"
        text = text.rstrip(".") + "."
        if self.remedy:
            text += f" To mend it: {self.remedy}" + ("" if self.remedy.endswith(("?", ".")) else ".")
        return text


class DataError(RiskmapError, ValueError):
    """An input breaks the data contract."""


class UnitsError(DataError):
    """A quantity is in another unit than the register of variables asks for."""


class CoverageError(DataError):
    """Inputs do not overlap in space or time."""


class GeometryError(DataError):
    """A region's polygon is invalid."""


class DatumError(DataError):
    """Coordinates or heights stand in an undeclared or wrong datum."""


class ConfigError(RiskmapError, ValueError):
    """A scenario or rule file is wrong."""


class TooLargeError(ConfigError):
    """What was asked for does not fit into the memory that is free now."""


class SourceError(RiskmapError, OSError):
    """A file could not be read or written."""

    exit_code = 3


class MissingInputError(SourceError):
    """A required input of a cycle is not there, and nothing good was kept from before."""


class BusyError(SourceError):
    """Another process is at work in the same place."""

    exit_code = 75


class MissingExtraError(RiskmapError, ImportError):
    """A product needs an optional dependency that is not installed."""


class Faults:
    """Faults that do not depend on one another, gathered so that a user mends all of them in one go.

    A single one is raised as it is; of several the first, which carries the ``others`` and says them too.

    Examples
    --------
    >>> faults = Faults()
    >>> for name in ("a.csv", "b.csv"):
    ...     with faults:
    ...         raise SourceError("not there", where=name, remedy="give it")
    >>> try:
    ...     faults.tell()
    ... except SourceError as both:
    ...     print(both)
    a.csv: not there. To mend it: give it.
    b.csv: not there. To mend it: give it.
    """

    def __init__(self) -> None:
        self.found: list[RiskmapError] = []

    def __enter__(self) -> Faults:
        return self

    def __exit__(self, _kind: object, problem: BaseException | None, _trace: object) -> bool:
        """Keep what the block raised of our own, and go on behind it."""
        if isinstance(problem, RiskmapError):
            self.add(problem)
        return isinstance(problem, RiskmapError)

    def add(self, *problems: RiskmapError) -> None:
        """Keep errors that nobody raised."""
        for problem in problems:
            self.found += problem.each
            problem.others = ()

    def tell(self, *, by_line: bool = False, file: str | None = None) -> None:
        """Raise what was gathered, in that order or in that of the file's lines; nothing where nothing is wrong.

        Parameters
        ----------
        by_line : bool
            In the order of the lines that they name.
        file : str, optional
            The one file of data that all are about: ``MOST_TOLD`` of them are told, the others counted.

        Raises
        ------
        RiskmapError
            Of the kind of the first.
        """
        found = sorted(self.found, key=_line) if by_line else self.found
        if file is not None and len(found) > MOST_TOLD:
            more = DataError(
                f"and {len(found) - MOST_TOLD} more like these",
                where=file,
                remedy="mend what is named, then look again",
            )
            found = [*found[:MOST_TOLD], more]
        if found:
            found[0].others = tuple(found[1:])
            raise found[0]


def _line(problem: RiskmapError) -> float:
    """Line that an error names; what stands nowhere comes last."""
    found = re.search(r", line (\d+)", problem.where or "")
    return float(found[1]) if found else float("inf")
