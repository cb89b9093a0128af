"""Reading a name outside one's role: a reason, written down before anything is shown."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from evac.access import Access, AccessLog, Act, require_reason, subject
from evac.errors import UnknownCodeError
from evac.model import Person
from evac.privacy.masking import seen_from


class Roster(Protocol):
    """What has people: any ``EventStore``."""

    def person(self, code_or_short: str) -> Person | None:
        """The person of a code."""
        ...


def reveal(
    roster: Roster,
    log: AccessLog,
    codes: Collection[str],
    *,
    who: str,
    role: str,
    scope: str,
    why: str,
    at: datetime,
) -> list[Person]:
    """People with their names, whoever asks; each read is in the log, on the disk, before it is answered.

    Parameters
    ----------
    roster : EventStore
        Opened with the event's key.
    log : AccessLog
        Where the reads are written down.
    codes : collection of str
        Codes or short codes.
    who, role, scope : str
        Who asks, in which role, bound to which administrative code.
    why : str
        The reason; no name and no number of a person in it.
    at : datetime
        Now.

    Returns
    -------
    list of Person
        Of the codes that are on the roster, in their order.

    Raises
    ------
    DataError
        No reason, or one that names somebody: nothing is shown.
    UnknownCodeError
        None of the codes is on the roster; the try is in the log.
    SourceError
        The log could not be written: nothing is shown.

    Examples
    --------
    >>> from datetime import UTC
    >>> from evac import MemoryStore
    >>> from evac.access import MemoryAccessLog, parse
    >>> from evac.model import Category, Destination, Stay
    >>> one = Person("7" + "C" * 25, "张三", "1", "330902", "330902001001", "东园", Category.OTHER,
    ...              Destination(Stay.SHELTER, "S1"))
    >>> store, log, at = MemoryStore(), MemoryAccessLog(), datetime(2021, 7, 24, 4, 30, tzinfo=UTC)
    >>> store.put_people([one])
    >>> [p.name for p in reveal(store, log, [one.code], who="李四", role="liaison", scope="330902", why="失联核查", at=at)]
    ['张三']
    >>> [(read.who, read.act.chinese, read.why) for read in (parse(entry.body) for entry in log.entries())]
    [('李四', '越权紧急查看', '失联核查')]
    """
    asked = list(dict.fromkeys(codes))
    people = [person for code in asked if (person := roster.person(code)) is not None]
    told = [text for p in people for text in (p.name, p.helper or "", getattr(p, "phone", ""))]
    reason = require_reason(why, names=told)
    log.append(
        [
            Access(
                at=at,
                who=who,
                role=role,
                scope=scope,
                act=_act(person, scope),
                what=subject(person.code),
                why=reason,
            )
            for person in people
        ]
        or [
            Access(
                at=at,
                who=who,
                role=role,
                scope=scope,
                act=Act.BREAK_GLASS,
                what="unknown",
                people=0,
                why=reason,
            )
        ]
    )
    if not people:
        raise UnknownCodeError(
            "not on this roster", where="code", expected="a code of this event", found=f"{len(asked)} other(s)",
            remedy="read the short code again from the pendant",
        )  # fmt: skip
    return people


def _act(person: Person, scope: str) -> Act:
    return Act.VIEW if seen_from(person, scope) == person else Act.BREAK_GLASS
