"""A print run in batches: some megabytes a file, on every core, taken up again where it stopped."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.resources import files
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from evac.crockford import short_code
from evac.model import Person
from evac.prints.card import Imprint, village_words
from evac.prints.households import HALVES_A_PAGE, halves, household_sheet
from evac.prints.kinds import Kind
from evac.prints.pendants import PENDANTS_A_PAGE, WRISTBANDS_A_PAGE, pendant_sheet, wristband_sheet
from evac.private_files import append_private, private_folder, read_private, write_private
from riskmap.errors import DataError
from riskmap.products.typeset import without_glyph

A_BATCH: Final = 1000
"""People in a file: a hundred pages of pendants, 0.8 MB."""

INDEX: Final = "printed.jsonl"
"""One line a file that is whole: its people, its pages, and digests of what went in and came out."""

_BATCHES_A_PROCESS: Final = 4
"""The typesetter keeps what it has set, 130 to 250 MB a batch, so that a process is changed for a new one."""

Tell = Callable[[int], None]


@dataclass(frozen=True)
class Batch:
    """One file: people of one county in the order of village and household, households whole.

    Attributes
    ----------
    number : int
        Of the file within its county, from 1.
    first : int
        Running number of its first person within the county.
    """

    kind: Kind
    county: str
    number: int
    first: int
    people: tuple[Person, ...]
    imprint: Imprint
    stem: str = ""

    @property
    def name(self) -> str:
        """File name."""
        return f"{self.county}-{self.stem or self.kind.value}-{self.number:04d}.pdf"

    @property
    def pages(self) -> int:
        """A4 pages."""
        if self.kind is Kind.HOUSEHOLDS:
            return -(-halves(self.people) // HALVES_A_PAGE)
        return -(-len(self.people) // (PENDANTS_A_PAGE if self.kind is Kind.PENDANTS else WRISTBANDS_A_PAGE))

    def marked(self) -> list[str]:
        """Short codes of people of whom a character cannot be set."""
        told = {
            person.code: "".join(
                (
                    person.name,
                    village_words(person),
                    person.helper or "",
                    person.transport,
                    person.destination.place,
                )
            )
            for person in self.people
        }
        lacking = set(without_glyph("".join(told.values())))
        return (
            [short_code(code) for code, text in told.items() if lacking.intersection(text)] if lacking else []
        )

    def digest(self) -> str:
        """Of everything that goes into the file: another list, storm or template is another digest."""
        held = hashlib.sha256(_template(self.kind))
        held.update(repr((self.kind.value, self.first, self.imprint.event, self.imprint.contact)).encode())
        held.update(self.imprint.created_at.isoformat().encode())
        for person in self.people:
            shelter = self.imprint.shelters.get(person.destination.place, "")
            held.update(repr((person, self.imprint.counties.get(person.county), shelter)).encode())
        return held.hexdigest()


@dataclass(frozen=True)
class Printed:
    """What a print run did.

    Attributes
    ----------
    files, pages, people : int
        Of the whole run, those that were there already among them.
    kept : int
        Files of an earlier run that were still right.
    marked : tuple of str
        Short codes of people of whom a character stands as 〓, since no font here has it; the pendant is good all the same.
    stale : tuple of str
        Files of an earlier run that are not part of this one: somebody is on them who is no longer on the list, or the
        list has grown shorter.
    unsigned : tuple of str
        Who is on no file, since nobody has signed their code: first character and short code.
    """

    files: int
    pages: int
    people: int
    kept: int
    stale: tuple[str, ...]
    marked: tuple[str, ...] = ()
    unsigned: tuple[str, ...] = ()


def place(person: Person) -> tuple[str, str, str, str]:
    """Order of printing: county, village, household, code."""
    return (person.county, person.village, person.household, person.code)


def cut(
    kind: Kind, people: Sequence[Person], imprint: Imprint, *, size: int = A_BATCH, stem: str = ""
) -> Iterator[Batch]:
    """Batches of people; a household is never cut in two.

    Parameters
    ----------
    people : sequence of Person
        In any order.
    size : int
        People in a batch, unless a single household is larger.
    stem : str
        Word in the file names; that of the kind where empty.

    Examples
    --------
    >>> list(cut(Kind.PENDANTS, [], Imprint("", __import__("datetime").datetime.min)))
    []
    """
    for county, residents in groupby(sorted(people, key=place), key=lambda person: person.county):
        number, first = 1, 1
        held: list[Person] = []
        for _, members in groupby(residents, key=lambda person: (person.village, person.household)):
            home = list(members)
            if held and len(held) + len(home) > size:
                yield Batch(kind, county, number, first, tuple(held), imprint, stem)
                number, first, held = number + 1, first + len(held), []
            held += home
        if held:
            yield Batch(kind, county, number, first, tuple(held), imprint, stem)


def typeset_batch(batch: Batch) -> bytes:
    """The PDF of a batch.

    Raises
    ------
    DataError
        Somebody's code is not signed.
    MissingExtraError
        The typesetter is not installed.
    """
    sheet = {
        Kind.PENDANTS: pendant_sheet,
        Kind.WRISTBANDS: wristband_sheet,
        Kind.HOUSEHOLDS: household_sheet,
    }[batch.kind]
    return sheet(batch.people, batch.imprint, first=batch.first)


def print_batches(
    batches: Iterable[Batch], out: Path, *, workers: int | None = None, tell: Tell | None = None
) -> Printed:
    """Print batches into a folder, each file whole or not at all; files that are right already are left as they are.

    Parameters
    ----------
    batches : iterable of Batch
        Taken as they are needed, so that two million people need not be in memory at once.
    workers : int, optional
        Processes; as many as cores where None. With 1 this process does it all.
    tell : callable, optional
        Hears the number of people printed so far.

    Raises
    ------
    SourceError
        The disk is full or the folder not writable. What is whole stays, and the same call goes on from there.
    """
    private_folder(out)
    known = _read_index(out)
    count = workers or os.cpu_count() or 1
    done: dict[str, Batch] = {}
    marked: list[str] = []
    kept = people = 0

    def told(batch: Batch) -> None:
        nonlocal people
        if batch.name in done:
            raise DataError(
                "two batches of one name", where=batch.name, expected="each county's people in one piece",
                remedy="give all people of a county at once",
            )  # fmt: skip
        people += len(batch.people)
        done[batch.name] = batch
        marked.extend(batch.marked())
        if tell is not None:
            tell(people)

    with ExitStack() as stack:
        waiting: list[tuple[Batch, str, Future[bytes]]] = []
        pool = stack.enter_context(_pool(count)) if count > 1 else None
        for batch in batches:
            digest = batch.digest()
            if _right(known.get(batch.name), digest, out / batch.name):
                kept += 1
                told(batch)
            elif pool is None:
                _keep(out, batch, digest, typeset_batch(batch))
                told(batch)
            else:
                waiting.append((batch, digest, pool.submit(typeset_batch, batch)))
                while len(waiting) > 2 * count:
                    told(_finish(out, *waiting.pop(0)))
        for late in waiting:
            told(_finish(out, *late))
    mine = {(batch.stem or batch.kind.value, batch.county) for batch in done.values()}
    stale = tuple(
        sorted(
            name for name, row in known.items()
            if name not in done and (row["kind"], row["county"]) in mine and (out / name).is_file()
        )
    )  # fmt: skip
    return Printed(len(done), sum(batch.pages for batch in done.values()), people, kept, stale, tuple(marked))


def _pool(workers: int) -> ProcessPoolExecutor:
    # not forked: the typesetter's threads do not live through a fork
    return ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), max_tasks_per_child=_BATCHES_A_PROCESS
    )


def _finish(out: Path, batch: Batch, digest: str, future: Future[bytes]) -> Batch:
    _keep(out, batch, digest, future.result())
    return batch


def _keep(out: Path, batch: Batch, digest: str, content: bytes) -> None:
    """The file first, then its line: a line without its file is never written."""
    write_private(out / batch.name, content)
    row = {
        "file": batch.name,
        "kind": batch.stem or batch.kind.value,
        "county": batch.county,
        "first": batch.first,
        "people": len(batch.people),
        "pages": batch.pages,
        "bytes": len(content),
        "inputs": digest,
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    append_private(out / INDEX, json.dumps(row))


def _read_index(out: Path) -> dict[str, dict[str, Any]]:
    """The newest line of each file; a line that a crash cut short counts for nothing."""
    if not (out / INDEX).is_file():
        return {}
    rows: dict[str, dict[str, Any]] = {}
    for line in read_private(out / INDEX).decode("utf-8", "replace").splitlines():
        try:
            row = json.loads(line)
            rows[row["file"]] = {key: row[key] for key in ("kind", "county", "inputs", "bytes")}
        except (ValueError, KeyError, TypeError):
            continue
    return rows


def _right(row: dict[str, Any] | None, digest: str, path: Path) -> bool:
    return (
        row is not None and row["inputs"] == digest and path.is_file() and path.stat().st_size == row["bytes"]
    )


def _template(kind: Kind) -> bytes:
    return (files("evac") / "templates" / f"{kind.value}.typ").read_bytes()
