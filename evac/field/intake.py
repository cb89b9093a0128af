"""What sensors send, as text: readings of gauges and events of cameras, CSV or JSON; a bad row is named, the others are taken."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from evac.events import microseconds
from evac.field.book import FieldBook
from evac.field.events import Observed, id_of
from riskmap.errors import DataError
from riskmap.io.gauges import parse_readings
from riskmap.observation.gauges import Gauge
from riskmap.scale import Tier

_TIERS: Final[Mapping[str, Tier]] = {
    word: tier for tier in Tier for word in (tier.chinese, tier.english, f"{tier.chinese}色")
}
_EVENT: Final = ("event", "事件")
_NEEDED: Final = (("id", "编号"), ("time", "时间"), _EVENT, ("by", "判读"))


@dataclass(frozen=True)
class Intake:
    """Observations in the order of time, and the rows left out, to be reported."""

    observed: tuple[Observed, ...]
    problems: tuple[DataError, ...]


def read_observations(
    text: str, book: FieldBook, *, where: str, by: str, units: Mapping[str, str] | None = None, zone: tzinfo | None = None
) -> Intake:  # fmt: skip
    """Observations of a text.

    Parameters
    ----------
    text : str
        Readings as ``riskmap.io.gauges.parse_readings`` takes them (id, time, value, units), CSV or JSON; camera events with id, time,
        event, by (who or what says so), and tier where one is claimed: a CSV with a column ``event``, or ``{"events": [...]}``.
    book : FieldBook
        Its registers say which sensors there are.
    where : str
        File, device or service, for messages.
    by : str
        Who sent it.
    units, zone
        As for ``parse_readings``.

    Raises
    ------
    DataError
        Neither CSV nor JSON, or a column is missing.

    Examples
    --------
    >>> read_observations("id,time,event,by\\n", FieldBook(), where="events.csv", by="V").observed
    ()
    """
    events, readings = _split(text, where)
    found: list[Observed] = []
    problems: list[DataError] = []
    if readings:
        gauges: list[Gauge] = list(book.gauges.values())
        table = parse_readings(readings, gauges, where=where, units=units, zone=zone)
        problems += table.problems
        for series in table.readings:
            for at, value in zip(series.times.tolist(), series.values.tolist(), strict=True):
                found.append(reading(series.gauge.gauge_id, at.replace(tzinfo=UTC), value, by=by))
    for n, row in enumerate(events):
        try:
            found.append(_event(row, book, where=f"{where}, event {n + 1}", zone=zone))
        except DataError as error:
            problems.append(error)
    return Intake(tuple(sorted(found, key=lambda o: (o.at, o.source, o.id))), tuple(problems))


def reading(source: str, at: datetime, value: float, *, by: str) -> Observed:
    """A reading of a gauge; the same reading has the same id, however often and by whatever way it comes."""
    return Observed(
        id=id_of("reading", source, microseconds(at), value), at=at, by=by, source=source, value=value
    )


def camera_event(source: str, at: datetime, event: str, *, by: str, tier: Tier | None = None) -> Observed:
    """What somebody or something says that a camera saw."""
    claimed = None if tier is None else int(tier)
    return Observed(
        id=id_of("event", source, microseconds(at), event, claimed, by),
        at=at,
        by=by,
        source=source,
        event=event,
        tier=claimed,
    )


def _split(text: str, where: str) -> tuple[Iterable[Mapping[str, Any]], str]:
    """Rows of camera events, and the text of the readings; either may be empty."""
    start = text.lstrip("\ufeff \r\n\t")
    if start[:1] == "{":
        try:
            document = json.loads(start)
        except (ValueError, RecursionError) as error:
            raise DataError(
                "not JSON", where=where, expected='{"readings": [...], "events": [...]}', found=str(error)[:80], remedy="send it again"
            ) from error  # fmt: skip
        events = document.pop("events", [])
        if not isinstance(events, list) or not all(isinstance(row, dict) for row in events):
            raise DataError(
                "no list of events", where=where, expected="a list of objects", found=type(events).__name__
            )
        return events, json.dumps(document, ensure_ascii=False) if document else ""
    if start[:1] == "[":
        return (), start
    header = [cell.strip().strip('"') for cell in start.partition("\n")[0].split(",")]
    if any(name in header for name in _EVENT):
        return list(_rows(start, where)), ""
    return (), start


def _rows(text: str, where: str) -> Iterator[Mapping[str, Any]]:
    reader = csv.DictReader(text.splitlines())
    for names in _NEEDED:
        if not set(names) & {(head or "").strip() for head in reader.fieldnames or ()}:
            raise DataError(
                "missing column", where=f"{where}, line 1", expected=" or ".join(names), found=", ".join(reader.fieldnames or ()),
                remedy="name the columns in the first line",
            )  # fmt: skip
    for row in reader:
        if any(row.values()):
            yield {(key or "").strip(): value for key, value in row.items()}


def _event(row: Mapping[str, Any], book: FieldBook, *, where: str, zone: tzinfo | None) -> Observed:
    def told(*names: str) -> str:
        return next((str(row[name]).strip() for name in names if row.get(name) not in (None, "")), "")

    missing = [names[0] for names in _NEEDED if not told(*names)]
    source, tier = told("id", "编号"), told("tier", "等级")
    if missing or source not in book.cameras or (tier and tier not in _TIERS):
        raise DataError(
            "not an event of a camera", where=where, expected=f"id of the register, time, event, by; tier one of {', '.join(t.english for t in Tier)}",
            found=f"missing: {', '.join(missing)}" if missing else f"id {source!r}, tier {tier!r}",
            remedy="complete the row; put the camera on the register: evac field sensors --cameras",
        )  # fmt: skip
    try:
        at = datetime.fromisoformat(told("time", "时间").replace("/", "-"))
        at = at.replace(tzinfo=zone) if at.tzinfo is None else at
        if at.tzinfo is None:
            raise ValueError("no offset, and no zone is stated")
    except ValueError as error:
        raise DataError(
            "not an instant", where=f"{where}, time", expected="2021-07-25T12:00:00+08:00", found=f"{told('time', '时间')!r} ({error})",
            remedy="add the offset, or state the zone",
        ) from error  # fmt: skip
    return camera_event(source, at, told(*_EVENT), by=told("by", "判读"), tier=_TIERS[tier] if tier else None)
