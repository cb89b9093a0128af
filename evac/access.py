"""Who read what, when and why: an append-only, chained log of reads, with no name and no code in it.

It outlives the people it speaks of (processing records are kept for three years, PIPL Art. 56), so a person stands in it as a
digest of the random code alone: who has the code finds the reads of it, who has only the log finds nobody.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol

from evac.codes import bytes_of_code
from evac.events import instant_of, microseconds
from evac.log import Head, Sealed, seal_bodies
from riskmap.errors import DataError

SHORTEST_REASON: Final = 4
"""Characters [D]: 「查找失联」 is a reason, 「看」 is none."""
_LONGEST_REASON: Final = 200
_LONG_NUMBER: Final = re.compile(r"\d(?:[\s-]?[\dXx]){6,}")


class Act(StrEnum):
    """What was done; ``chinese`` is the word of the log.

    Examples
    --------
    >>> Act.BREAK_GLASS.chinese
    '越权紧急查看'
    """

    VIEW = "view"
    BREAK_GLASS = "break_glass"
    PRINT = "print"
    EXPORT = "export"
    DESTROY = "destroy"

    @property
    def chinese(self) -> str:
        """The word of the log."""
        return _ACT_WORDS[self]


_ACT_WORDS: Final = MappingProxyType(
    {
        Act.VIEW: "查看", Act.BREAK_GLASS: "越权紧急查看", Act.PRINT: "打印", Act.EXPORT: "导出", Act.DESTROY: "销毁",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One read.

    Attributes
    ----------
    who, role, scope : str
        Account or device, its role, and the administrative code that the role is bound to.
    what : str
        Digest of the person's code (``subject``), or the name of a table, a sheet or a file.
    people : int
        How many were read.
    why : str
        The reason as given; see ``require_reason``.
    """

    at: datetime
    who: str
    role: str
    scope: str
    act: Act
    what: str
    people: int = 1
    why: str = ""


def subject(code: str) -> str:
    """What stands for a person in the log: 32 hexadecimal digits, a digest of the random code.

    Raises
    ------
    UnknownCodeError
        Not a code.

    Examples
    --------
    >>> subject("7" * 26) == subject("7" * 26) != subject("6" * 26), len(subject("7" * 26))
    (True, 32)
    """
    return hashlib.blake2b(bytes_of_code(code), digest_size=16, person=b"evac access").hexdigest()


def require_reason(why: str, *, names: Iterable[str] = ()) -> str:
    """The reason, stripped, if it is one and tells nobody's name or number.

    Parameters
    ----------
    names : iterable of str
        Names, phones and the like of whom the read is about; none of them may stand in the reason.

    Raises
    ------
    DataError
        Too short, too long, or with a name or a long number in it.
    """
    given = " ".join(why.split())
    if not SHORTEST_REASON <= len(given) <= _LONGEST_REASON:
        raise DataError(
            "no reason", where="reason", expected=f"{SHORTEST_REASON} to {_LONGEST_REASON} characters",
            found=f"{len(given)} characters", remedy="say what the name is needed for, such as 失联核查 or a case number",
        )  # fmt: skip
    if _LONG_NUMBER.search(given) or any(len(name) > 1 and name in given for name in names):
        raise DataError(
            "the reason names somebody", where="reason", expected="why, without names and numbers of people",
            found="a name, or a number as long as a phone's", remedy="the log outlives the list: leave the person out of it",
        )  # fmt: skip
    return given


def canonical(access: Access) -> bytes:
    """The one byte form of a record: compact JSON, sorted, the instant as microseconds since 1970 UTC."""
    return json.dumps(
        asdict(access) | {"at": microseconds(access.at)},
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    ).encode()


def parse(body: bytes) -> Access:
    """The record of its bytes.

    Raises
    ------
    DataError
        Not a record.

    Examples
    --------
    >>> from datetime import UTC
    >>> a = Access(at=datetime(2021, 7, 25, tzinfo=UTC), who="甲", role="clerk", scope="330902", act=Act.PRINT, what="名单")
    >>> parse(canonical(a)) == a
    True
    """
    try:
        record = json.loads(body)
        return Access(**record | {"at": instant_of(record["at"]), "act": Act(record["act"])})
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise DataError(
            "not a record of access", where="access log", expected="the JSON that evac.access.canonical writes",
            found=f"{type(error).__name__}: {error}", remedy="check the log with `evac access check`",
        ) from error  # fmt: skip


class AccessLog(Protocol):
    """Where reads are written down; one test runs over every one: memory, SQLite, PostgreSQL."""

    def append(self, records: Sequence[Access]) -> Head:
        """Store records in one durable transaction, and return the end of the chain."""
        ...

    def entries(self, after: int = 0) -> Iterator[Sealed]:
        """The chained log after a number; ``parse(entry.body)`` is the record."""
        ...

    def head(self) -> Head:
        """End of the chain."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


def chained(head: Head, records: Sequence[Access]) -> Iterator[Sealed]:
    """Records appended to a chain, each received when it was made."""
    for record in records:
        for entry in seal_bodies(head, [canonical(record)], received_at=record.at):
            yield entry
            head = Head(entry.sequence, entry.link)


class MemoryAccessLog:
    """An ``AccessLog`` that ends with the process."""

    def __init__(self) -> None:
        self._log: list[Sealed] = []

    def append(self, records: Sequence[Access]) -> Head:
        """See ``AccessLog.append``."""
        self._log += list(chained(self.head(), records))
        return self.head()

    def entries(self, after: int = 0) -> Iterator[Sealed]:
        """See ``AccessLog.entries``."""
        return iter(self._log[after:])

    def head(self) -> Head:
        """See ``AccessLog.head``."""
        return Head(self._log[-1].sequence, self._log[-1].link) if self._log else Head()

    def close(self) -> None:
        """See ``AccessLog.close``."""
