"""A drill's folder: read from a published run, written beside it in one piece."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from evac.cockpit.copying import gather_screens, home_of
from evac.cockpit.hours import build_hours
from evac.columns import Column
from evac.counts.head_count import HeadCount
from evac.delivery import Tell
from evac.drill import Drill, run_drill
from evac.forms.of_drill import drill_figures, drill_forms
from evac.grain import grain_of
from evac.model import Person
from evac.plan.transfer_list import Step, Total, totals, transfer_csv, transfer_list
from evac.prints.card import Imprint
from evac.prints.pendants import SHEET, pendant_sheet
from evac.reporting import region_names
from evac.situation.office_records import OfficeRecords
from evac.state import fold
from evac.store.sqlite import SQLiteStore
from riskmap.assessment import Assessment
from riskmap.beside import Begin, begin_here
from riskmap.errors import DataError, MissingExtraError, SourceError
from riskmap.io.durable import whole_file
from riskmap.io.publish import Staging, publishing
from riskmap.io.published import ASSESSMENT_FILE, read_assessment
from riskmap.products.report import with_cockpit

FRONT: Final = "index.html"
FOLDER: Final = "cockpit"
HOURS: Final = "hours.html"
LOOP_PAGE: Final = "../loop/index.html"
"""The exercise's page, as the cockpit beside it links to it."""
_SHIFT: Final = timedelta(hours=6)
"""How long before the hour that is shown the drill's shift took over (D)."""
REGISTRY: Final = "registry.sqlite"
RECORD: Final = "drill.json"
TRANSFERS: Final = "transfer_list.csv"
_EXERCISE: Final = "演练"


@dataclass(frozen=True)
class Published:
    """What was written, and what had to be left out for want of an extra."""

    folder: Path
    drill: Drill
    left_out: tuple[MissingExtraError, ...]


def read_run(source: Path) -> dict[str, Any]:
    """``run.json`` of a published run; empty where there is none.

    Raises
    ------
    DataError
        The file is no JSON object.
    """
    path = source / "run.json"
    if not path.is_file():
        return {}
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise _damaged(path, str(error)) from error
    if not isinstance(record, dict):
        raise _damaged(path, type(record).__name__)
    return record


def _damaged(path: Path, found: str) -> DataError:
    return DataError(
        "the run's record is damaged",
        where=str(path),
        expected="a JSON object",
        found=found,
        remedy="run riskmap again",
    )


def publish_drill(source: Path, *, persons: int, seed: int, tell: Tell | None = None) -> Published:
    """Hold a drill on a published run, and put ``cockpit/`` beside its map; an earlier drill is replaced whole.

    The run's front page, where there is one, gets its link to the cockpit.

    Parameters
    ----------
    source : Path
        Folder of a run that ``riskmap`` published.
    persons, seed, tell
        See ``evac.drill.run_drill``.

    Raises
    ------
    SourceError
        The run cannot be read or the folder not written.
    """
    say = tell or (lambda _step, _share: None)
    say("读取研判 assessment", 0.0)
    assessment = read_assessment(source / ASSESSMENT_FILE)
    run = read_run(source)
    with publishing(source / FOLDER, replace=True, mark=RECORD) as staging:
        store = SQLiteStore(staging.folder / REGISTRY).staged()
        try:
            drill = run_drill(assessment, store, persons=persons, seed=seed, tell=tell)
            store.put_labels({"event": event_words(run)})
        finally:
            store.close()
        left_out = write_cockpit(staging, assessment, drill, run, say)
    link_cockpit(source)
    return Published(source / FOLDER, drill, left_out)


def write_cockpit(
    staging: Staging,
    assessment: Assessment,
    drill: Drill,
    run: Mapping[str, Any],
    say: Tell,
    *,
    office: OfficeRecords | None = None,
    begin: Begin = begin_here,
    sheet: Callable[[], bytes] | None = None,
) -> tuple[MissingExtraError, ...]:
    """Pendants, forms, page and record of a drill whose registry is written; what an extra was missing for.

    Parameters
    ----------
    run : mapping
        ``run.json`` of the published run.
    office : OfficeRecords, optional
        What the office has beside the registry: an exercise's letters and responses; the run alone where None.
    begin : callable
        Begins to print the pendants and to fill the forms, perhaps in another process; they are waited for last.
    sheet : callable, optional
        From ``pendants_begun``, where they were begun before.
    """
    left_out: list[MissingExtraError] = []
    sheet = sheet or pendants_begun(drill.people, assessment, run, begin)
    forms = begin(drill_forms, drill_figures(assessment, drill, event_words(run)))
    say("驾驶舱 cockpit", 0.0)
    with closing(SQLiteStore(staging.folder / REGISTRY)) as store:
        # the folder is staged beside the run that it is of
        records = office or OfficeRecords(run=staging.folder.parent, names=cockpit_names(assessment))
        records.hold(assessment)
        page = _screens(drill, store, records, {LOOP_PAGE: "闭环演练"} if office is not None else {})
    staging.write("index.html", page)
    say("吊牌 pendants", 0.0)
    try:
        if drill.people:
            staging.write("pendants.pdf", sheet())
    except MissingExtraError as error:
        left_out.append(error)
    printed = bool(drill.people) and not left_out
    say("报表 forms", 0.0)
    made, lacking = forms() if drill.people else ({}, [])
    for name, content in made.items():
        staging.write(name, content)
    left_out += [error for error in lacking if str(error) not in map(str, left_out)]
    staging.write(HOURS, build_hours(assessment, drill, run, pendants=printed, forms=tuple(made)))
    staging.write(RECORD, json.dumps(drill.record, ensure_ascii=False, indent=1) + "\n")
    return tuple(left_out)


def pendants_begun(
    people: Sequence[Person], assessment: Assessment, run: Mapping[str, Any], begin: Begin
) -> Callable[[], bytes]:
    """Begin to print the first sheet of pendants; gives what waits for it."""
    return begin(pendant_sheet, sorted(people, key=_place)[:SHEET], _imprint(assessment, run))


def cockpit_names(assessment: Assessment) -> dict[str, str]:
    """Code of every region that a drill's screens name -> its name."""
    return region_names() | {region.code: region.name for region in assessment.regions}


def _screens(drill: Drill, store: SQLiteStore, office: OfficeRecords, links: Mapping[str, str]) -> str:
    """The cockpit as it stood in its gravest hour: at the end everybody is home.

    Of a head-count that with the most people in danger; with letters that with the most people told to move and not in safety yet,
    when there is most to answer.
    """
    hours, progress = drill.progress.hours, drill.progress
    behind = (progress.due - progress.moved - progress.column(Column.RETURNED)).sum(axis=1)
    people = progress.headline if office.documents is None else behind
    worst = max(range(len(hours)), key=lambda n: (int(people[n]), -n))
    home = home_of(store, office)
    since = max(hours[worst] - _SHIFT, hours[0])
    earlier, now = (_count_at(drill, at) for at in (since, hours[worst]))
    before = gather_screens(store, office, home, at=since, replay=True, counted=earlier, down_to="county")
    screens = gather_screens(
        store, office, home, at=hours[worst], replay=True, counted=now, before=before.found
    )
    return screens.page({"../index.html": "风险图", HOURS: "逐时清点", **links})


def _count_at(drill: Drill, at: datetime) -> HeadCount:
    """The head-count of an hour from the log, folded in one go.

    Raises
    ------
    ConflictError
        It does not add up.
    """
    people = {person.code: person for person in drill.people}
    states = fold(event for event in drill.events if event.trusted_at <= at)
    count = HeadCount(Counter(grain_of(people.get(code), state) for code, state in states.items()), at)
    count.require_sums()
    return count


def publish_transfers(source: Path) -> tuple[Path, dict[Step, Total]]:
    """Write the transfer list by asset beside a published run; an earlier one is replaced.

    Returns
    -------
    path, totals
        The file, and assets and people of each step.

    Raises
    ------
    SourceError
        The run cannot be read or the file not written.
    """
    assessment = read_assessment(source / ASSESSMENT_FILE)
    rows = transfer_list(assessment)
    names = {region.code: region.name for region in assessment.regions}
    path = source / TRANSFERS
    write_whole(path, transfer_csv(rows, names).encode())
    return path, totals(rows)


def link_cockpit(source: Path, *, loop: bool = False) -> None:
    """Let the front page of a run lead to its drill; a run without one stays as it is.

    Parameters
    ----------
    loop : bool
        Whether ``loop/`` of an exercise stands beside it.

    Raises
    ------
    SourceError
        The page cannot be read or written.
    """
    path = source / FRONT
    if not path.is_file():
        return
    try:
        page = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise SourceError(
            f"cannot read ({error})", where=str(path), remedy="run riskmap again, then the drill"
        ) from error
    linked = with_cockpit(page, loop=loop)
    if linked != page:
        write_whole(path, linked.encode())


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under its name in one step, so that nobody ever reads half of it.

    Raises
    ------
    SourceError
        It cannot be written; what was there before is left.
    """
    try:
        with whole_file(path) as file:
            file.write(content)
    except OSError as error:
        raise SourceError(
            f"cannot write ({error.strerror})",
            where=str(path),
            remedy="free the disk, or choose a folder that can be written",
        ) from error


def print_pendants(source: Path, first: int, last: int) -> bytes:
    """A sheet of pendants ``first`` to ``last``, counted from 1 in the order of county, village and household.

    Raises
    ------
    SourceError
        No drill was published there.
    DataError
        The range holds nobody.
    MissingExtraError
        The typesetter is not installed.
    """
    store = open_registry(source)
    try:
        everybody = sorted(store.people(), key=_place)
    finally:
        store.close()
    chosen = everybody[first - 1 : last]
    if first < 1 or not chosen:
        raise DataError(
            "nobody in this range",
            where="--range",
            expected=f"numbers from 1 to {len(everybody)}",
            found=f"{first}-{last}",
            remedy="choose a range such as 201-400",
        )
    return _sheet(read_assessment(source / ASSESSMENT_FILE), chosen, read_run(source), first=first)


def _place(person: Person) -> tuple[str, str, str, str]:
    return (person.county, person.village, person.household, person.code)


def open_registry(source: Path) -> SQLiteStore:
    """The registry of a published drill, for reading.

    Raises
    ------
    SourceError
        No drill was published there.
    """
    path = source / FOLDER / REGISTRY
    if not path.is_file():
        raise SourceError(
            "no drill was published here",
            where=str(path),
            expected="the registry that a drill writes",
            remedy=f"run: evac drill --from {source}",
        )
    return SQLiteStore(path, read_only=True)


def _sheet(
    assessment: Assessment, people: Sequence[Person], run: Mapping[str, Any], *, first: int = 1
) -> bytes:
    return pendant_sheet(sorted(people, key=_place), _imprint(assessment, run), first=first)


def _imprint(assessment: Assessment, run: Mapping[str, Any]) -> Imprint:
    names = {region.code: region.name for region in assessment.regions}
    return Imprint(event_words(run), assessment.issued_at, names)


def event_words(run: Mapping[str, Any]) -> str:
    """The storm in words, from ``run.json``.

    Examples
    --------
    >>> event_words({"event": {"number": "2106", "chinese": "烟花", "name": "In-Fa"}})
    '2106 烟花 In-Fa(演练)'
    """
    event = run.get("event")
    if isinstance(event, Mapping):
        event = " ".join(str(event[key]) for key in ("number", "chinese", "name") if event.get(key))
    return f"{event or '台风'}({_EXERCISE})"
