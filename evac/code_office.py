"""What an office does with the codes of a whole registry: print them, sign them anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from evac.access import Access, AccessLog, Act, require_reason
from evac.crockford import grouped, short_code
from evac.errors import UnknownCodeError
from evac.keys import Signer
from evac.model import Person, State
from evac.prints.batches import Batch, Printed, Tell, cut, print_batches
from evac.prints.card import Imprint
from evac.prints.households import LONGEST_CONTACT
from evac.prints.kinds import Kind
from evac.privacy import mask_name
from evac.registry import EventStore
from evac.ticket import PREFIX, Ticket, sign, ticket_of
from riskmap.errors import DataError

_AT_ONCE: Final = 20_000
_COUNTY_DIGITS: Final = 6


@dataclass(frozen=True)
class Asked:
    """Who prints, and why: it stands in the access log before the first sheet is made."""

    by: str
    why: str
    at: datetime


def on_list(store: EventStore, counties: Sequence[str] = ()) -> Counter[str]:
    """People by county who are on the list, of the counties asked for.

    Raises
    ------
    DataError
        Nobody of a county is on the list.
    """
    # by the village's code, as the list is asked for it
    count = Counter(person.village[:_COUNTY_DIGITS] for person in store.people())
    for county in counties:
        if not count[county]:
            raise DataError(
                "nobody of this county is on the list",
                where=f"county {county}",
                expected=", ".join(sorted(key for key, n in count.items() if n)[:20])
                or "a list with people on it",
                remedy="check the code, or import the list first",
            )
    return Counter({key: n for key, n in count.items() if not counties or key in counties})


def print_registry(
    store: EventStore,
    out: Path,
    *,
    kind: Kind,
    count: Counter[str],
    asked: Asked,
    access: AccessLog,
    event: str,
    contact: str = "",
    names: dict[str, str] | None = None,
    workers: int | None = None,
    tell: Tell | None = None,
) -> Printed:
    """Print the codes of counties in batches, and write down first that this was done.

    Parameters
    ----------
    count : Counter
        From ``on_list``: the counties that are printed.
    event : str
        The storm in words, on every piece.
    names : dict, optional
        County code -> name.

    Returns
    -------
    Printed
        With who was left out, since nobody has signed their code yet, as of people added at a door.

    Raises
    ------
    DataError
        Nobody's code is signed; no reason was given.
    SourceError
        The disk is full or the folder not writable; what is whole stays.
    """
    why = require_reason(asked.why)
    if len(contact) > LONGEST_CONTACT:
        raise DataError(
            "the telephone line is too long for its place", where="--contact", expected=f"{LONGEST_CONTACT} characters",
            found=str(len(contact)), remedy="leave words out: a number must never be cut",
        )  # fmt: skip
    if not asked.by.strip():
        raise DataError(
            "nobody named", where="--by", expected="who prints", remedy="name yourself: it stands in the log"
        )
    access.append(
        [
            Access(at=asked.at, who=asked.by, role="printer", scope=county, act=Act.PRINT, what=kind.value, people=n, why=why)
            for county, n in sorted(count.items())
        ]
    )  # fmt: skip
    shelters = {shelter.shelter_id: shelter.name for shelter in store.shelters()}
    unsigned: list[str] = []
    batches = _batches(store, kind, count, event, contact, names or {}, shelters, unsigned)
    done = print_batches(batches, out, workers=workers, tell=tell)
    if unsigned and not done.people:
        raise DataError(
            "no signed code", where=f"all {len(unsigned):,} people", expected="signed codes",
            remedy="sign the roster: evac keys reissue --keys FOLDER --registry FILE --vault FILE --event EVENT",
        )  # fmt: skip
    return replace(done, unsigned=tuple(unsigned))


def _batches(
    store: EventStore,
    kind: Kind,
    count: Counter[str],
    event: str,
    contact: str,
    names: dict[str, str],
    shelters: dict[str, str],
    unsigned: list[str],
) -> Iterator[Batch]:
    for county in sorted(count):
        # a second entry of the same person gets no second code
        gone = {code for code, standing in store.everybody(county) if standing.state.state is State.MERGED}
        people = [person for person in store.people(county) if person.code not in gone]
        if not any(person.name for person in people):
            raise DataError(
                "every name is sealed", where=f"county {county}", expected="the key of the emergency",
                remedy="name it: --vault FILE",
            )  # fmt: skip
        unsigned += [f"{mask_name(p.name)} {grouped(short_code(p.code))}" for p in people if not p.signed]
        people = [person for person in people if person.signed]
        if not people:
            continue
        # the file says when its codes begin, not when it was printed: printing again gives the same bytes
        begins = min(ticket_of(person.signed).valid_from for person in people)
        yield from cut(kind, people, Imprint(event, begins, names, shelters, contact))


def print_blanks(
    store: EventStore,
    out: Path,
    *,
    county: str,
    key: Signer,
    begins: datetime,
    hours: int,
    event: str,
    drill: bool = False,
    workers: int | None = None,
    tell: Tell | None = None,
) -> Printed:
    """Print the blank pendants that a county has in stock, with room to write a name; nobody is named on them.

    Parameters
    ----------
    key : Signer
        The key in force.
    begins : datetime
        From when they are valid; the same instant again gives the same bytes.
    hours : int
        How long they are valid [h].

    Raises
    ------
    DataError
        The county has none in stock.
    SourceError
        The disk is full or the folder not writable.
    """
    from evac.people.door import blank_people, blanks

    codes = sorted(blanks(store, county).values())
    if not codes:
        raise DataError(
            "no blank pendants in stock", where=f"county {county}", remedy="mint some: evac people blanks"
        )
    people = [_signed_anew(person, key, begins, hours, drill=drill) for person in blank_people(codes, county)]
    return print_batches(
        cut(Kind.PENDANTS, people, Imprint(event, begins), stem="blanks"), out, workers=workers, tell=tell
    )


def reissue(store: EventStore, key: Signer, *, begins: datetime, hours: int, tell: Tell | None = None) -> int:
    """Sign the code of everybody on the list anew; the codes themselves stay, so that old pendants are still found.

    Parameters
    ----------
    key : Signer
        The key in force.
    begins : datetime
        From when the new ones are valid; for after a theft, not before it.
    hours : int
        How long they are valid [h].

    Returns
    -------
    int
        People.
    """
    done = 0
    # a county at a time: no more than one is in memory, and none is read while it is written
    for county in sorted(on_list(store)):
        held = [_signed_anew(person, key, begins, hours) for person in store.people(county)]
        for first in range(0, len(held), _AT_ONCE):
            store.put_people(held[first : first + _AT_ONCE])
            done += len(held[first : first + _AT_ONCE])
            if tell is not None:
                tell(done)
    return done


def _signed_anew(person: Person, key: Signer, begins: datetime, hours: int, *, drill: bool = False) -> Person:
    drill = drill or person.synthetic or (bool(person.signed) and ticket_of(person.signed).drill)
    return replace(person, signed=sign(Ticket(person.code, person.county, begins, hours, drill), key))


def code_of(text: str, store: EventStore | None = None) -> str:
    """The 26 characters of a code that was typed or scanned: whole, as a QR code's text, or short with a registry.

    Raises
    ------
    UnknownCodeError
        It is none of these, or nobody on the list has it.
    """
    from evac.base45 import base45_decode
    from evac.crockford import CODE_LENGTH, bytes_of_code, code_of_bytes, parse_short_code

    plain = text.strip()
    if plain.startswith(PREFIX):
        try:
            return ticket_of(base45_decode(plain[len(PREFIX) :])).code
        except ValueError:
            pass  # DataError is one too: falls through to the short code, which says what is wrong
    if len(plain) == CODE_LENGTH:
        return code_of_bytes(bytes_of_code(plain.upper()))
    short = parse_short_code(plain)
    person = store.person(short) if store is not None else None
    if person is None:
        raise UnknownCodeError(
            "a short code says nothing without its list", where=f"code {short}",
            remedy="name the registry: --registry FILE" if store is None else "nobody on this list has it; check the letters",
        )  # fmt: skip
    return person.code


def is_exercise(store: EventStore) -> bool:
    """Whether everybody on the list is invented."""
    return all(person.synthetic for person in store.people())
