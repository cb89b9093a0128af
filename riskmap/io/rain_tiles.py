"""From fields of rain to intervals: each with its start and end, none overlapping, none guessed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

import numpy as np

from riskmap.errors import DataError, Faults
from riskmap.io.rain_declared import RainDeclared, meant, resolved_kind, resolved_units
from riskmap.io.rain_fields import Field, unsaid_of
from riskmap.io.rain_times import SECOND, usual_step

HOUR: Final = 3600 * SECOND


@dataclass(frozen=True)
class Tile:
    """Rain between two instants: ``factor`` times a field, less an earlier one where totals grow since a start."""

    start: np.datetime64
    end: np.datetime64
    field: Field
    less: Field | None
    factor: float

    @property
    def where(self) -> str:
        """Name for errors."""
        return self.field.where


def tiled(found: Sequence[Field], says: RainDeclared) -> list[Tile]:
    """Intervals of all fields, in order.

    Raises
    ------
    DataError
        What a field means is unknown or contradictory; a time twice; fields that overlap.
    UnitsError
        No unit, an unknown one, or two that differ.
    """
    faults = Faults()
    faults.add(*unsaid_of(found, says))
    faults.tell()
    bounded = [field for field in found if field.bounds is not None]
    if bounded and len(bounded) < len(found):
        raise DataError(
            "some fields tell their interval and some do not", where=found[0].where, expected="all or none",
            found=f"{len(bounded)} of {len(found)}", remedy="read them apart",
        )  # fmt: skip
    tiles = sorted(
        _of_bounds(bounded, says) if bounded else _of_stamps(found, says),
        key=lambda tile: (tile.start, tile.end),
    )
    for one, other in pairwise(tiles):
        if other.start < one.end:
            raise DataError(
                "fields of rain that overlap", where=other.where, expected=f"from {one.end} UTC on",
                found=f"{other.start} to {other.end} UTC", remedy="give each hour once: one forecast, no running sums",
            )  # fmt: skip
    if not tiles:
        raise DataError(
            "a total since the start, once", where=found[0].where, expected="two fields or more", found="1",
            remedy="give the field before it",
        )  # fmt: skip
    return tiles


def _meaning(field: Field, says: RainDeclared) -> tuple[float, str]:
    factor, is_rate = resolved_units(field.units, says.units, where=field.where)
    methods = field.methods if is_rate else meant(field.methods, field.bounds is not None)
    return factor, resolved_kind(methods, is_rate, says.kind, where=field.where)


def _require_once(found: Sequence[Field]) -> None:
    keys = [field.bounds or field.at for field in found]
    for n, key in enumerate(keys):
        if n and key == keys[n - 1]:
            raise DataError(
                "a time that stands twice", where=found[n].where, expected="each time once", found=f"also {found[n - 1].where}",
                remedy="leave one out",
            )  # fmt: skip


def _of_bounds(found: Sequence[Field], says: RainDeclared) -> Iterator[Tile]:
    """Fields with intervals; those with one start and growing ends are totals since it."""
    ordered = sorted(found, key=lambda field: field.bounds or (field.at, field.at))
    _require_once(ordered)
    _require_declared(ordered, says)
    for start, group in groupby(ordered, key=lambda field: field.bounds[0] if field.bounds else field.at):
        before: Field | None = None
        since = start
        for field in group:
            factor, kind = _meaning(field, says)
            end = field.bounds[1] if field.bounds else field.at
            if kind == "rate":
                if before is not None:
                    raise DataError(
                        "mean rates that overlap", where=field.where, expected="one mean an interval",
                        found=f"two since {start} UTC", remedy="give amounts, or means of single intervals",
                    )  # fmt: skip
                yield Tile(start, end, field, None, factor * float((end - start) / HOUR))
            else:
                yield Tile(since, end, field, before, factor)
            before, since = field, end


def _require_declared(found: Sequence[Field], says: RainDeclared) -> None:
    """What the user says of intervals must be what their bounds say."""
    starts = {field.bounds[0] for field in found if field.bounds}
    growing = len(starts) < len(found)
    lengths = {field.bounds[1] - field.bounds[0] for field in found if field.bounds}
    said = None if says.interval_hours is None else SECOND * round(3600 * says.interval_hours)
    if (said is not None and lengths != {said}) or (growing, says.kind) in (
        (False, "since_start"),
        (True, "amount"),
    ):
        raise DataError(
            "the bounds of the times say another thing than their user", where=found[0].where,
            expected=f"kind {says.kind}, interval {says.interval_hours} h",
            found=f"{'growing' if growing else 'separate'} intervals of "
            f"{', '.join(f'{length / HOUR:g}' for length in sorted(lengths))} h",
            remedy="declare neither, or correct the file",
        )  # fmt: skip


def _of_stamps(found: Sequence[Field], says: RainDeclared) -> Iterator[Tile]:
    """Fields with a time each."""
    ordered = sorted(found, key=lambda field: field.at)
    _require_once(ordered)
    meanings = [_meaning(field, says) for field in ordered]
    if meanings[0][1] == "since_start":
        for (one, other), (factor, _) in zip(pairwise(ordered), meanings[1:]):
            yield Tile(one.at, other.at, other, one, factor)
        return
    step = usual_step([field.at for field in ordered], says.interval_hours, where=ordered[0].where)
    assert says.stamp is not None  # said, or refused by ``unsaid_of``: it is never guessed
    back = {"start": 0 * SECOND, "middle": step // 2, "end": step}[says.stamp]
    for field, (factor, kind) in zip(ordered, meanings):
        start = field.at - back
        yield Tile(start, start + step, field, None, factor * (float(step / HOUR) if kind == "rate" else 1.0))
