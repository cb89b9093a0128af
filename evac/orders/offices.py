"""Who stands above whom: offices with their codes, so that what is not answered below is told above (村 乡 县 市 省)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from riskmap.errors import DataError

LEVELS: Final = {2: "province", 4: "city", 6: "county", 9: "town", 12: "village"}
"""Digits of a code -> its level."""

CASCADE: Final = ("province", "city", "county", "town", "village")
COLUMNS: Final = ("name", "code", "superior", "person", "phone")
"""Header of the list; ``superior``, ``person`` and ``phone`` may be left out or empty."""


@dataclass(frozen=True, slots=True)
class Office:
    """One office that letters go to.

    Attributes
    ----------
    name : str
        As it is addressed.
    code : str
        Administrative code, 2 to 12 digits.
    superior : str
        Name of the office above where the code does not tell: custom units (新城, 高新区); else empty.
    person, phone : str
        Who is responsible.
    """

    name: str
    code: str
    superior: str = ""
    person: str = ""
    phone: str = ""

    @property
    def level(self) -> str:
        """``province`` to ``village``; empty for a custom unit."""
        return LEVELS.get(len(self.code), "")


class Ladder:
    """Offices by name, each with those above it; nobody stands above himself.

    Parameters
    ----------
    offices : iterable of Office
        May be empty: then only the issuer of a document is known to stand above.

    Raises
    ------
    DataError
        A name twice, a code that is none, a superior that is not on the list, or a circle; names it.

    Examples
    --------
    >>> ladder = Ladder([Office("丙村", "330902101001"), Office("甲县防指", "330902"), Office("乙镇", "330902101")])
    >>> ladder.above("丙村"), ladder.above("乙镇"), ladder.above("谁")
    (('乙镇', '甲县防指'), ('甲县防指',), ())
    """

    def __init__(self, offices: Iterable[Office] = ()) -> None:
        self.offices: dict[str, Office] = {}
        for office in offices:
            if office.name in self.offices or not office.name.strip():
                raise _wrong(
                    "an office without a name of its own", office.name, "each name once", repr(office.name)
                )
            if not office.code.isascii() or not office.code.isdigit() or not 2 <= len(office.code) <= 12:
                raise _wrong("not an office's code", office.name, "2 to 12 digits", repr(office.code))
            self.offices[office.name] = office
        self._by_code: dict[str, str] = {}
        for office in self.offices.values():
            if office.superior and office.superior not in self.offices:
                raise _wrong(
                    "its superior is not on the list",
                    office.name,
                    "the name of an office",
                    repr(office.superior),
                )
            self._by_code.setdefault(office.code, office.name)
        self._above = {name: self._walk(name) for name in self.offices}

    def _next(self, office: Office) -> str:
        if office.superior:
            return office.superior
        digits = (n for n in sorted(LEVELS, reverse=True) if n < len(office.code))
        return next((self._by_code[office.code[:n]] for n in digits if office.code[:n] in self._by_code), "")

    def _walk(self, name: str) -> tuple[str, ...]:
        path = [name]
        while following := self._next(self.offices[path[-1]]):
            if following in path:
                raise _wrong(
                    "offices stand above each other in a circle",
                    name,
                    "a way up that ends",
                    " → ".join([*path, following]),
                )
            path.append(following)
        return tuple(path[1:])

    def above(self, name: str) -> tuple[str, ...]:
        """Offices above one, the nearest first; empty for the topmost and for one that is not on the list."""
        return self._above.get(name, ())

    def level(self, name: str) -> str:
        """Level of an office; empty where it is not known."""
        office = self.offices.get(name)
        return office.level if office else ""

    def require(self, name: str) -> None:
        """Whether a letter may be sent there.

        Raises
        ------
        DataError
            There is a list and the office is not on it.
        """
        if self.offices and name not in self.offices:
            near = get_close_matches(name, list(self.offices), n=1, cutoff=0.5)
            raise DataError(
                "no such office", where="receiver", expected="a name of the list of offices", found=repr(name),
                remedy=f"did you mean {near[0]!r}?" if near else "add it to the list, with its code",
            )  # fmt: skip


def read_offices(text: str, *, where: str) -> Ladder:
    """The offices of a CSV text with the columns ``COLUMNS``.

    Raises
    ------
    DataError
        A column is missing, or as ``Ladder`` says; names the line.
    """
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    missing = [name for name in COLUMNS[:2] if name not in (rows.fieldnames or ())]
    if missing:
        raise DataError(
            f"the column {missing[0]!r} is missing", where=where, expected=", ".join(COLUMNS),
            found=", ".join(rows.fieldnames or ()) or "nothing", remedy="name the columns in the first line",
        )  # fmt: skip
    found = []
    for row in rows:
        cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
        if any(cells.values()):
            found.append(Office(**cells))
    try:
        return Ladder(found)
    except DataError as error:
        raise DataError(
            error.message,
            where=f"{where}, {error.where}",
            expected=error.expected,
            found=error.found,
            remedy=error.remedy,
        ) from error


def _wrong(message: str, name: str, expected: str, found: str) -> DataError:
    return DataError(
        message, where=f"office {name!r}", expected=expected, found=found, remedy="mend the list of offices"
    )
