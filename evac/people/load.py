"""A list put into the registry: read whole first, then written in parts, each of which is whole; the same list again adds nobody."""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Final, NamedTuple

from evac.codes import code_of_bytes
from evac.events import Mode, Registered
from evac.model import Category, Destination, Person, Stay, Vulnerability
from evac.people.again import POINT, Listed, Seen, words_of
from evac.people.cells import Setting
from evac.people.clerk import Clerk
from evac.people.corrections import correct
from evac.people.entry import Entry, understand
from evac.people.report import Finding, Report, Weight
from evac.people.row_point import Point, Villages, undeclared, village_of
from evac.people.sheet import Columns, Sheet, find_columns, people_rows
from evac.registry import EventStore, Registry
from evac.roster_row import keep_points
from evac.vault import Vault
from riskmap.errors import DataError, SourceError

_PART: Final = 2_000
"""Rows written in one transaction."""
_UNDER_WAY: Final = "people.import"
"""Label of an import that has not ended."""


class _Row(NamedTuple):
    sheet: str
    number: int
    warned: bool
    entry: Entry


class _Pile:
    """Entries of a list, packed in memory: names are written nowhere before they are sealed."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._open: list[_Row] = []
        self.homes: set[str] = set()
        self.villages = Villages()

    def add(self, row: _Row) -> None:
        village = village_of(row.entry.village, row.entry.village_name)
        self.villages.add(village, Point(row.entry.longitude, row.entry.latitude))
        if row.entry.kin:
            self.homes.add(row.entry.household)
        self._open.append(row)
        if len(self._open) == _PART:
            self._close()

    def _close(self) -> None:
        self._parts.append(zlib.compress(json.dumps(self._open, ensure_ascii=False).encode(), 1))
        self._open = []

    def parts(self) -> Iterator[list[_Row]]:
        if self._open:
            self._close()
        for part in self._parts:
            yield [
                _Row(sheet, number, warned, _entry(values))
                for sheet, number, warned, values in json.loads(zlib.decompress(part))
            ]


def _entry(values: Sequence[object]) -> Entry:
    entry = Entry(*values)  # type: ignore[arg-type]  # what was packed a moment ago
    return entry._replace(
        category=Category(entry.category),
        stay=Stay(entry.stay),
        vulnerability=tuple(Vulnerability(v) for v in entry.vulnerability),
    )


def import_people(
    registry: Registry,
    sheets: Iterable[Sheet],
    source: str,
    *,
    setting: Setting,
    clerk: Clerk,
    all_or_nothing: bool = False,
    trial: bool = False,
    synthetic: bool = False,
    update: Vault | None = None,
    rng: random.Random | None = None,
) -> Report:
    """Put the people of a list on the registry, and say of every row what became of it.

    The whole list is read and judged before anything is written. Good rows are then written in parts of 2,000, each
    with its codes and events or not at all; after a crash the same import goes on where it ended.

    Parameters
    ----------
    registry : Registry
        Its store holds the emergency's vault.
    sheets : iterable of Sheet
        From ``evac.people.list_file``; those without headings of people are passed over with a note.
    source : str
        The list's name, for the report.
    all_or_nothing, trial, synthetic : bool
        Write nothing where any row is refused; read and report alone; invented people, of a drill.
    update : Vault, optional
        Correct the entries of people who are on the list already where their row says otherwise; without it the report
        tells the difference, since the entry may have been corrected by somebody who knew better.
    rng : random.Random, optional
        Source of the codes; None takes the system's randomness.

    Returns
    -------
    Report
        ``imported + repeated + refused`` are all rows with a person in them.

    Raises
    ------
    DataError
        No sheet has headings of people, or a sheet breaks off; nothing was written.
    SourceError
        The store could not be written; what was written before is whole.

    Examples
    --------
    >>> import io
    >>> from datetime import UTC, date, datetime
    >>> from evac import MemoryStore
    >>> from evac.people.list_file import read_sheets
    >>> rows = "姓名,户号,村代码,村,类别\\n张三,1,330902001001,东园,危房\\n甲、乙,2,330902001001,东园,山洪\\n".encode()
    >>> at, vault = datetime(2021, 7, 24, 4, 30, tzinfo=UTC), Vault(bytes(32))
    >>> setting, sheets = Setting(vault.pseudonym, date(2021, 7, 24)), read_sheets(io.BytesIO(rows), "村.csv")
    >>> clerk, registry = Clerk("李四", "村委会", "D1", at), Registry(MemoryStore(vault))
    >>> report = import_people(registry, sheets, "村.csv", setting=setting, clerk=clerk)
    >>> report.imported, report.refused, [(found.row, found.what, found.do) for found in report.findings]
    (1, 1, [(3, '一格里有几个人', '一人一行')])
    """
    report = Report(source)
    pile = _read(sheets, report, setting)
    if trial or (all_or_nothing and report.refused):
        report.written = False
        rows = [row for part in _placed(pile, report) for row in part]
        report.warned, report.imported = sum(row.warned for row in rows), len(rows)
        if not trial:
            report.totals["可以入册而未写入的行"] = report.imported
        return report
    codes = _Codes(registry.store, rng)
    listed = Listed(registry.store, setting.pseudonym)
    for part in _placed(pile, report):
        before = report.imported
        fresh, again = _parted(registry.store, listed, part, pile.homes, report, clerk)
        people = _write(registry, fresh, report, clerk, codes, synthetic=synthetic)
        listed.take(person.code for person in people)
        report.repeated += len(part) - (report.imported - before)
        _compare(registry, listed, again, report, clerk, vault=update)
    codes.finish()
    return report


def _placed(pile: _Pile, report: Report) -> Iterator[list[_Row]]:
    """The parts of a list; points that are nowhere near the village's others are taken away, and told."""
    for part in pile.parts():
        rows = []
        for row in part:
            entry = row.entry
            village = village_of(entry.village, entry.village_name)
            if away := pile.villages.far(village, Point(entry.longitude, entry.latitude)):
                what = f"离本村其他人 {away / 1000:.0f} 公里,没有采用坐标"
                report.add([Finding(row.sheet, row.number, "", Weight.WARNING, what, "核对坐标和村名")])
                row = row._replace(warned=True, entry=entry._replace(longitude=None, latitude=None))
            report.totals["有坐标"] += row.entry.longitude is not None
            rows.append(row)
        yield rows


class _Codes:
    """Codes that are random and, until an import has ended, the same again for a row: after a crash no row has two.

    The randomness is a label of the registry for as long as an import is under way, and gone afterwards.
    """

    def __init__(self, store: EventStore, rng: random.Random | None) -> None:
        self._store = store
        kept = store.labels().get(_UNDER_WAY, "")
        self._salt = bytes.fromhex(kept) if kept else (rng or random.SystemRandom()).randbytes(32)
        if not kept:
            store.put_labels({_UNDER_WAY: self._salt.hex()})

    def of(self, row_id: str, attempt: int) -> str:
        """The code of a row; another one at a further attempt."""
        told = f"{attempt} {row_id}".encode()
        return code_of_bytes(blake2b(told, key=self._salt, digest_size=16).digest())

    def finish(self) -> None:
        """Forget the randomness: every row has its event."""
        self._store.put_labels({_UNDER_WAY: ""})


def _read(sheets: Iterable[Sheet], report: Report, setting: Setting) -> _Pile:
    pile = _Pile()
    seen = Seen()
    missing: list[DataError] = []
    count = 0
    for sheet in sheets:
        report.add(sheet.findings)
        try:
            columns, findings = find_columns(sheet)
        except DataError as error:
            missing.append(error)
            continue
        count += 1
        report.add(findings)
        report.add(_lacking(sheet.name, columns, setting))
        sizes = _Sizes(sheet.name)
        for number, cells in people_rows(sheet, columns):
            found = understand(sheet.name, number, cells, setting)
            report.totals += found.totals
            if number in sheet.hidden and (found.entry is not None or found.refused):
                report.add(
                    [Finding(sheet.name, number, "", Weight.NOTE, "隐藏的行,照样读取", "不该入册的请删去")]
                )
            if found.entry is None:
                report.refused += found.refused
                report.add(found.findings)
                continue
            sizes.add(number, found.entry.household, cells["count"].text if "count" in cells else "")
            _sift(number, found.entry, found.findings, sheet.name, seen, pile, report)
        report.add(sizes.findings())
    if not count and missing:
        raise missing[0]
    report.add(
        Finding(e.where or "", 0, "", Weight.NOTE, "没有找到列名,未读取这张表", "是名单的话请补列名")
        for e in missing
    )
    return pile


def _lacking(sheet: str, columns: Columns, setting: Setting) -> Iterator[Finding]:
    """What no row of a sheet can say."""
    if "category" not in columns.places and setting.category is None:
        what, do = "没有类别列,都按「其他」入册", "加一列类别,或用 --category"
        yield Finding(sheet, 0, "", Weight.WARNING, what, do)
    if undeclared(columns, setting):
        what, do = "有坐标而没有说明坐标系,坐标都没有采用", "加一列坐标系,或用 --datum"
        yield Finding(sheet, 0, "", Weight.WARNING, what, do)


def _sift(
    number: int,
    entry: Entry,
    findings: list[Finding],
    sheet: str,
    seen: Seen,
    pile: _Pile,
    report: Report,
) -> None:
    """Put an entry on the pile unless an earlier row was the same person."""
    earlier = seen.earlier(number, entry)
    if earlier is not None and earlier.same:
        report.repeated += 1
        report.add([Finding(sheet, number, "", Weight.REPEATED, f"与第 {earlier.row} 行是同一人", "")])
        if earlier.village != entry.village:
            what, do = f"村与第 {earlier.row} 行不同,按第 {earlier.row} 行入册", "核对现住何处"
            report.add([Finding(sheet, number, "", Weight.WARNING, what, do)])
        return
    if earlier is not None:
        what = f"与第 {earlier.row} 行看上去相同,按两人入册"
        findings.append(Finding(sheet, number, "", Weight.WARNING, what, "是同一人请合并"))
        entry = seen.told_apart(entry)
    if entry.identity and (other := seen.numbers.setdefault(entry.identity, number)) != number:
        what = f"与第 {other} 行证件号相同而姓名不同,按两人入册"
        findings.append(Finding(sheet, number, "", Weight.WARNING, what, "核对证件;是同一人请合并"))
    report.add(findings)
    pile.add(_Row(sheet, number, any(f.weight is Weight.WARNING for f in findings), entry))


class _Sizes:
    """Households whose list says more people than it has rows: somebody would not be counted."""

    def __init__(self, sheet: str) -> None:
        self._sheet = sheet
        self._homes: dict[str, tuple[int, int, int]] = {}

    def add(self, row: int, household: str, told: str) -> None:
        claimed = int(told) if told.isdecimal() and len(told) <= 2 else 0
        first, most, rows = self._homes.get(household, (row, 0, 0))
        self._homes[household] = (first, max(most, claimed), rows + 1)

    def findings(self) -> Iterator[Finding]:
        for first, most, rows in self._homes.values():
            if most > rows:
                what = f"这一户写明 {most} 人,名单里只有 {rows} 人"
                yield Finding(self._sheet, first, "", Weight.WARNING, what, "其余的人请补行")


def _parted(
    store: EventStore, listed: Listed, part: list[_Row], homes: Collection[str], report: Report, clerk: Clerk
) -> tuple[list[_Row], list[_Row]]:
    """The rows of a part that are new, and those about people who are there."""
    ids = {row.entry.key: _event_id(row.entry.key, clerk) for row in part}
    # twins of registries that were filled before traits were told apart
    older = {
        row.entry.key: _event_id(f"{row.entry.kin}#{row.entry.key.partition('#')[2]}", clerk)
        for row in part
        if row.entry.kin and "#" in row.entry.key
    }
    stored = store.known([*ids.values(), *older.values()])
    known = {key for key, event_id in ids.items() if event_id in stored or older.get(key) in stored}
    loose = [row.entry for row in part if row.entry.kin]
    there, alike = listed.place(loose, known, homes) if loose else (known, set())
    fresh = [row for row in part if row.entry.key not in there]
    for row in fresh:
        if row.entry.key in alike:
            what = "与在册的一人姓名、村、年龄相同而性别、渔船、类别或联系人不同,按两人入册"
            report.add([Finding(row.sheet, row.number, "", Weight.WARNING, what, "是同一人请合并")])
    fresh = [row._replace(warned=row.warned or row.entry.key in alike) for row in fresh]
    return fresh, [row for row in part if row.entry.key in there]


def _write(
    registry: Registry, fresh: Sequence[_Row], report: Report, clerk: Clerk, codes: _Codes, *, synthetic: bool
) -> list[Person]:
    """Write new rows, and give their people."""
    if not fresh:
        return []
    ids = {row.entry.key: _event_id(row.entry.key, clerk) for row in fresh}
    entries = [row.entry for row in fresh]
    people: list[Person] = []
    for attempt in range(2):
        people = [person_of(e, codes.of(ids[e.key], attempt), synthetic=synthetic) for e in entries]
        try:
            keep_points(registry.store, people)
            registry.store.put_people(people)
            break
        except SourceError:  # two short codes alike: once more with others, then it is the disk
            if attempt:
                raise
    events = [
        clerk.write(
            Registered, person.code, event_id=ids[entry.key], mode=Mode.BATCH, county=person.county,
            category=person.category.value,
        )
        for entry, person in zip(entries, people, strict=True)
    ]  # fmt: skip
    registry.check_ins(events, received_at=clerk.now)
    report.imported += len(fresh)
    report.warned += sum(row.warned for row in fresh)
    return people


def _compare(
    registry: Registry, listed: Listed, rows: Sequence[_Row], report: Report, clerk: Clerk, *, vault: Vault | None
) -> None:  # fmt: skip
    """Say what rows that were there say otherwise, and correct the entries if there is a vault to seal with."""
    by_number = dict(enumerate(rows))
    for n, person, said in listed.differences((n, row.entry) for n, row in by_number.items()):
        row = by_number[n]
        # who was corrected to another village is not sent back by an old list, nor by a slip
        if said.pop("village", ""):
            what, do = "与在册不同:村;没有更正", "核对现住何处;搬了家的用 evac people correct 更正"
            report.add([Finding(row.sheet, row.number, "", Weight.WARNING, what, do)])
        if not said:
            continue
        told = words_of(list(said))
        if vault is None:
            do = "名单是新的:加 --update 再导入;在册是新的:不必处理"
            report.add([Finding(row.sheet, row.number, "", Weight.REPEATED, f"与在册不同:{told}", do)])
            continue
        point = {name: said.pop(name) for name in POINT if name in said}
        if point:  # no event: where somebody lives travels with none (ADR 0047)
            moved = [replace(person, **point)]
            keep_points(registry.store, moved)
            registry.store.put_people(moved)
        if said:
            correct(registry, person.code, said, clerk=clerk, vault=vault)
        report.updated += 1
        report.add([Finding(row.sheet, row.number, "", Weight.REPEATED, f"已按名单更正:{told}")])


def _event_id(key: str, clerk: Clerk) -> str:
    """The id of a row's registration: of the row's keyed digest and the office, so that the row is known again."""
    return blake2b(f"{clerk.office}|{key}".encode(), digest_size=16, person=b"people.import").hexdigest()


def person_of(entry: Entry, code: str, *, synthetic: bool = False) -> Person:
    """The person of an entry, with a code that was minted for them."""
    return Person(
        code=code, name=entry.name, household=entry.household, county=entry.county, village=entry.village,
        village_name=entry.village_name, category=entry.category, destination=Destination(entry.stay, entry.place),
        vulnerability=entry.vulnerability, helper=entry.helper or None, synthetic=synthetic, phone=entry.phone,
        identity=entry.identity, sex=entry.sex, birth_year=entry.birth_year, transport=entry.transport,
        vessel=entry.vessel, longitude=entry.longitude, latitude=entry.latitude,
    )  # fmt: skip
