"""A transfer plan in a folder: read from a published run and a registry, written in one piece."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np

from evac.field.leaving import RunLastHours
from evac.field.rules import field_rules
from evac.field.run_dangers import read_dangers
from evac.plan.modelled import Basis
from evac.plan.places import read_places, unplaced
from evac.plan.registered import registered
from evac.plan.replan import Change, Earlier, counted, differences, rows_of, within
from evac.plan.roster import TransferPlan, make_plan
from evac.plan.tables import PlanTotal, Tally, changes_csv, moves_csv, read_moves, totals_csv
from evac.plan.ties import Place
from evac.plan.transfer_rules import transfer_rules
from evac.plan.zone_outlines import read_outlines
from evac.plan.zones import lacking_hazards
from evac.registry import EventStore
from evac.roster_row import has_points
from evac.store.planning import roster_rows
from riskmap.assessment import Assessment
from riskmap.errors import ConfigError, DataError, MissingExtraError, SourceError
from riskmap.io.publish import Staging, publishing
from riskmap.io.published import ASSESSMENT_FILE, read_assessment
from riskmap.scale import DISCLAIMER

MOVES: Final = "moves.csv"
TOTALS: Final = "totals.csv"
CHANGES: Final = "changes.csv"
RECORD: Final = "plan.json"


@dataclass(frozen=True)
class Asked:
    """What a plan is made from.

    Attributes
    ----------
    source : Path
        Folder of a run that ``riskmap`` published.
    prefix : str
        Region: 2, 4, 6, 9 or 12 digits; empty for the whole run.
    at : datetime or None
        For when; None for ``now`` where the run speaks of it, else for when the run was issued.
    previous : Path or None
        Folder of the plan before.
    places, outlines, rules : Path or None
        Table of villages, GeoJSON of zones, transfer rules of one's own.
    datum : str
        Of the table of villages.
    """

    source: Path
    prefix: str = ""
    at: datetime | None = None
    previous: Path | None = None
    places: Path | None = None
    outlines: Path | None = None
    rules: Path | None = None
    datum: str = ""


@dataclass(frozen=True)
class PlanWritten:
    """What was written.

    Attributes
    ----------
    sealed_points : bool
        The list has points of people that could not be read without the key of the emergency.
    """

    folder: Path
    plan: TransferPlan
    totals: tuple[PlanTotal, ...]
    changes: Mapping[Change, tuple[int, int]] | None
    nowhere: tuple[str, ...]
    hours: RunLastHours | str = ""
    sealed_points: bool = False


def write_plan(
    store: EventStore | None, asked: Asked, out: Path, *, now: datetime, assessment: Assessment | None = None
) -> PlanWritten:
    """Make a plan and write it; an earlier plan in the folder is replaced whole.

    Parameters
    ----------
    store : EventStore or None
        The registry; without one every county is modelled, and says so.
    now : datetime
        The clock, timezone-aware.
    assessment : Assessment, optional
        Of the run, where somebody has read it.

    Raises
    ------
    ConfigError
        A region that is none, or a rule file that is wrong.
    DataError
        A table that is wrong.
    SourceError
        Something could not be read, or the folder not written.
    """
    _require_prefix(asked.prefix)
    assessment = assessment or read_assessment(asked.source / ASSESSMENT_FILE)
    places: dict[str, Place] = {}
    if asked.places is not None:
        places = read_places(_lines(asked.places), asked.places.name, datum=asked.datum)
    outlines = (
        read_outlines("".join(_lines(asked.outlines)), asked.outlines.name, assessment)
        if asked.outlines
        else ()
    )
    earlier = within(read_plan(asked.previous), asked.prefix) if asked.previous is not None else {}
    people = registered(roster_rows(store, asked.prefix) if store is not None else ())
    at = asked.at or clock(assessment, now)
    hours = _last_hours(asked.source, assessment, places, at)
    plan = make_plan(
        assessment, people, at=at, outlines=outlines, places=places,
        rules=transfer_rules(asked.rules) if asked.rules else None, earlier=earlier, prefix=asked.prefix,
        last_hours=hours if isinstance(hours, RunLastHours) else None,
    )  # fmt: skip
    labels = store.labels() if store is not None else {}
    done = _write(plan, assessment, asked, earlier, labels, hours, out)
    sealed = store is not None and has_points(store) and store.vault is None
    return replace(done, sealed_points=sealed)


def _last_hours(
    source: Path, assessment: Assessment, places: Mapping[str, Place], at: datetime
) -> RunLastHours | str:
    """The last safe hours of the run; else why nobody knows them, which never stops a plan."""
    try:
        return RunLastHours(read_dangers(source, field_rules(), assessment=assessment), places, at=at)
    except (DataError, SourceError, MissingExtraError) as error:
        return str(error)


def clock(assessment: Assessment, now: datetime) -> datetime:
    """Now where the assessment speaks of it; else, for a replay, when it was issued."""
    first = min(assessment.issued_at, *assessment.valid_at)
    return now if first <= now <= max(assessment.valid_at) else assessment.issued_at


def read_plan(folder: Path) -> dict[str, Earlier]:
    """The rows of a plan that was written.

    Raises
    ------
    DataError
        The file is damaged.
    SourceError
        There is no plan.
    """
    path = folder / MOVES
    return read_moves(_lines(path), str(path))


def _write(
    plan: TransferPlan,
    assessment: Assessment,
    asked: Asked,
    earlier: Mapping[str, Earlier],
    labels: Mapping[str, str],
    hours: RunLastHours | str,
    out: Path,
) -> PlanWritten:
    names = {region.code: region.name for region in assessment.regions}
    tally = Tally()
    nowhere = tuple(unplaced(plan.people, plan.places))
    changes = None
    with publishing(out, replace=True, mark=RECORD) as staging:
        digest = _stream(staging, MOVES, moves_csv(tally.watch(plan)))
        totals = tally.totals()
        _stream(staging, TOTALS, totals_csv(totals, names))
        if asked.previous is not None:
            found = list(differences(earlier, rows_of(plan)))
            changes = counted(found)
            _stream(staging, CHANGES, changes_csv(found))
        record = _record(plan, assessment, asked, totals, changes, labels, digest, len(nowhere))
        record["last_safe_hours"] = _of_hours(plan, hours)
        staging.write(RECORD, json.dumps(record, ensure_ascii=False, indent=1) + "\n")
    return PlanWritten(out, plan, totals, changes, nowhere, hours)


def _of_hours(plan: TransferPlan, hours: RunLastHours | str) -> dict[str, Any]:
    """How many rows the last safe hours moved, how many cannot keep them any more, and what of them is not known."""
    if isinstance(hours, str):
        return {"known": False, "why": hours}
    too_late = int(plan.hours.too_late(plan.at.timestamp()).sum())
    return {
        "known": True,
        "rows_tightened": int((plan.hours.hour >= 0).sum()) - too_late,
        "rows_too_late": too_late,
        "villages_with_unknown_hours": {name: len(found) for name, found in sorted(hours.not_known.items())},
    }


def _stream(staging: Staging, name: str, parts: Iterable[str]) -> str:
    """Write a table as it is made, so that a province does not have to fit into memory twice; its digest."""
    path, held = staging.folder / name, sha256()
    new = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # households and where they are
    with os.fdopen(new, "wb") as file:
        for part in parts:
            data = part.encode()
            held.update(data)
            file.write(data)
        file.flush()
        staging.bring(path, file.fileno())
    return held.hexdigest()


def _record(
    plan: TransferPlan,
    assessment: Assessment,
    asked: Asked,
    totals: Iterable[PlanTotal],
    changes: Mapping[Change, tuple[int, int]] | None,
    labels: Mapping[str, str],
    digest: str,
    nowhere: int,
) -> dict[str, Any]:
    sums: dict[str, dict[str, int]] = {}
    for t in totals:
        row = sums.setdefault(f"{t.step.value}/{t.basis.value}", dict.fromkeys(_SUMMED, 0))
        for name in _SUMMED:
            row[name] += getattr(t, name)
    return {
        "kind": "transfer plan 转移方案",
        "at": plan.at.isoformat(),
        "issued_at": plan.issued_at.isoformat(),
        "region": asked.prefix,
        "label": labels.get("label", ""),
        "event": labels.get("event", ""),
        "disclaimer": list(DISCLAIMER),
        "sums": dict(sorted(sums.items())),
        "counties_modelled": sorted({b.region for b in plan.blocks if b.basis is Basis.MODELLED}),
        "modelled_note": Basis.MODELLED.chinese,
        "hazards_without_data": {h: assessment.lacking.get(h, "示例名录 invented register") for h in sorted(lacking_hazards(assessment))},
        "villages_without_a_point": nowhere,
        "people_with_a_point": int((~np.isnan(plan.people.longitude)).sum()),
        "changes": None if changes is None else {c.value: {"rows": r, "people": p} for c, (r, p) in changes.items()},
        "numbers": {name: {"value": value, "source": plan.rules.numbers.origins[name]} for name, value in plan.rules.numbers.values.items()},
        "files": {MOVES: digest},
    }  # fmt: skip


_SUMMED: Final = ("rows", "people", "away", "weak", "unknown")


def _require_prefix(prefix: str) -> None:
    if len(prefix) not in (0, 2, 4, 6, 9, 12) or (prefix and not (prefix.isascii() and prefix.isdecimal())):
        raise ConfigError(
            "not an administrative code", where="--prefix",
            expected="2 (province), 4 (city), 6 (county), 9 (town) or 12 (village) digits", found=repr(prefix),
            remedy="name the code of the region that plans",
        )  # fmt: skip


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    except (OSError, ValueError) as error:
        raise SourceError(
            f"cannot read ({error})", where=str(path), expected="a text in UTF-8", remedy="check the path"
        ) from error
