"""Every screen of a region, gathered one after another, and written as a folder that opens without a network."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from evac.cockpit.frozen import build_copy
from evac.counts.head_count import HeadCount
from evac.counts.roll import read_roll
from evac.grain import CITY_DIGITS, COUNTY_DIGITS, PROVINCE_DIGITS, Grain
from evac.registry import EventStore
from evac.situation.document import LEVELS, Row, Situation, to_json
from evac.situation.gather import gather
from evac.situation.handover import with_handover
from evac.situation.office_records import OfficeRecords
from evac.situation.outlines import outlines
from riskmap.errors import DataError, RiskmapError
from riskmap.io.publish import publishing

PAGE: Final = "index.html"
RECORD: Final = "cockpit.json"
"""What marks a folder as such a copy: it may be replaced by a newer one."""


@dataclass(frozen=True)
class Screens:
    """Screens and their drawings.

    Attributes
    ----------
    home : str
        Code of the first.
    found : mapping
        Code -> situation.
    drawn : mapping
        Code -> ``evac.situation.outlines.outlines``.
    """

    home: str
    found: Mapping[str, Situation]
    drawn: Mapping[str, Mapping[str, Any]]

    def page(self, links: Mapping[str, str] | None = None) -> str:
        """The page that holds them all; see ``evac.cockpit.frozen.build_copy``."""
        texts = {code: to_json(one) for code, one in self.found.items()}
        return build_copy(texts, self.drawn, home=self.home, links=links)


def home_of(store: EventStore | None, office: OfficeRecords) -> str:
    """The region that everything here lies in: of the run's regions, else of the shelters.

    Raises
    ------
    DataError
        Neither a run nor a shelter says where this is.
    """
    run = office.assessment()
    codes = (
        [region.code for region in run.regions]
        if run
        else [shelter.county for shelter in (store.shelters() if store else ())]
    )
    for digits in (COUNTY_DIGITS, CITY_DIGITS, PROVINCE_DIGITS):
        if len(found := {code[:digits] for code in codes}) == 1:
            return found.pop()
    raise DataError(
        "which region?", where="cockpit", expected="a province, city or county that everything lies in",
        found=f"{len(codes)} places" if codes else "neither a run nor a shelter", remedy="name it: --region 33",
    )  # fmt: skip


def gather_screens(
    store: EventStore | None,
    office: OfficeRecords,
    home: str,
    *,
    at: datetime,
    replay: bool = False,
    counted: HeadCount | None = None,
    before: Mapping[str, Situation] | None = None,
    down_to: str = "shelter",
    tell: Callable[[int, int], None] | None = None,
) -> Screens:
    """Gather a region's screen and all below it.

    Parameters
    ----------
    home : str
        Code of the region.
    at, replay, counted
        See ``evac.situation.gather.gather``; a past instant is counted once for all screens where it was not.
    before : mapping, optional
        Code -> screen as the shift took over: those screens get their hand-over sheet.
    down_to : str
        Last of ``evac.situation.document.LEVELS`` that gets screens; towns where nothing is known get none.
    tell : callable, optional
        Called with the screens done and those that wait.

    Examples
    --------
    >>> from datetime import UTC
    >>> from evac import MemoryStore
    >>> from evac.model import Shelter
    >>> store = MemoryStore()
    >>> store.put_shelters([Shelter("S1", "岑港小学", "330902", 120)])
    >>> screens = gather_screens(store, OfficeRecords(), "330902", at=datetime(2021, 7, 24, 4, 30, tzinfo=UTC))
    >>> {code: one.place.level for code, one in screens.found.items()}
    {'330902': 'county', 'S1': 'shelter'}
    """
    if replay and counted is None and store is not None:
        counted = read_roll(store, home, at=at).count
    part = _parts(counted)
    deepest = LEVELS.index(down_to)
    found: dict[str, Situation] = {}
    waiting = [home]
    while waiting:
        code = waiting.pop()
        # a copy asks for no news: its revision would be another on every machine
        gathered = gather(store, code, office=office, at=at, replay=replay, counted=part(code))
        if before is not None and code in before:
            gathered = with_handover(before[code], gathered)
        one = found[code] = replace(gathered, revision="")
        below = [c for c, level in _below(one) if LEVELS.index(level) <= deepest]
        waiting += [c for c in dict.fromkeys(below) if c not in found and c not in waiting]
        if tell:
            tell(len(found), len(waiting))
    return Screens(home, found, _drawn(office, found))


def _parts(counted: HeadCount | None) -> Callable[[str], HeadCount | None]:
    """A head-count cut by county once, so that a town's screen does not walk through the province."""
    if counted is None:
        return lambda _code: None
    counties: dict[str, dict[Grain, int]] = {}
    for grain, n in counted.grains.items():
        counties.setdefault(grain.region[:COUNTY_DIGITS], {})[grain] = n
    cut = {county: HeadCount(grains, counted.at, counted.fine) for county, grains in counties.items()}
    nobody = HeadCount({}, counted.at, counted.fine)

    def part(code: str) -> HeadCount | None:
        inside = code.isdecimal() and len(code) >= COUNTY_DIGITS
        return cut.get(code[:COUNTY_DIGITS], nobody) if inside else counted

    return part


def _below(one: Situation) -> Iterator[tuple[str, str]]:
    for row in one.rows:
        if one.place.level == "province":
            yield row.code[:CITY_DIGITS], "city"
        if row.open_below and (row.level != "town" or _known(row)):
            yield row.code, row.level
    if one.place.level in ("county", "town"):
        for shelter in one.shelters.rows if one.shelters else ():
            yield shelter.id, "shelter"


def _known(row: Row) -> bool:
    return any((row.due, row.moved, row.letters, row.sheltered, row.capacity, row.villages))


def _drawn(office: OfficeRecords, found: Mapping[str, Situation]) -> dict[str, Mapping[str, Any]]:
    try:
        run = office.assessment()
    except RiskmapError:
        return {}  # every screen's sources say so
    if run is None:
        return {}
    # a town's map would be its county's: tiles say more
    regions = [code for code, one in found.items() if one.place.level in LEVELS[:3] and code[:1].isdecimal()]
    return {code: shapes for code in regions if (shapes := outlines(run, code))["regions"]}


def write_copy(
    target: Path, screens: Screens, *, replacing: bool = False, links: Mapping[str, str] | None = None
) -> Path:
    """Write the folder, whole or not at all.

    Parameters
    ----------
    target : Path
        Folder to make.
    replacing : bool
        Swap an earlier copy.

    Raises
    ------
    ConfigError
        The folder is there.
    SourceError
        It cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import UTC
    >>> from evac import MemoryStore
    >>> screens = gather_screens(MemoryStore(), OfficeRecords(), "330902", at=datetime(2021, 7, 24, 4, 30, tzinfo=UTC))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = write_copy(Path(folder) / "copy", screens)
    ...     sorted(path.name for path in page.parent.iterdir())
    ['cockpit.json', 'index.html']
    """
    first = screens.found[screens.home]
    record = {
        "format": "evac-cockpit",
        "at": first.at.isoformat(),
        "home": screens.home,
        "name": first.place.name,
        "exercise": first.exercise,
        "screens": sorted(screens.found),
    }
    with publishing(target, replace=replacing, mark=RECORD) as staging:
        page = staging.write(PAGE, screens.page(links))
        staging.write(RECORD, json.dumps(record, ensure_ascii=False, indent=1) + "\n")
    return target / page.name
