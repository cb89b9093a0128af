"""The 2-D solver inside an analysis: hours of rain, sea and rivers in, classes of every hour and the window's maxima out."""

from __future__ import annotations

import hashlib
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from riskmap.analysis.coast import Coast
from riskmap.analysis.flood_bed import SolverBed
from riskmap.analysis.flood_plan import FloodPlan
from riskmap.analysis.flood_rain import FloodRain
from riskmap.analysis.flood_sea import below_the_sea, sea_levels, spill_inflows, walls_on
from riskmap.hazard.inundation import (
    Flow,
    Inflow,
    Ledger,
    Rain,
    Wall,
    Watch,
    make_ground,
    place_inflows,
    run,
)
from riskmap.hazard.inundation.watch import ARRIVAL_DEPTH
from riskmap.terrain.flow_direction import geographic_sides

MILLIMETRE_AN_HOUR: Final = 1e-3 / 3600
"""[m s-1]."""

CELLS_A_CHECKPOINT: Final = 4_000_000
"""A checkpoint is written each hour, and every hour more for so many cells more (status D)."""


@dataclass(frozen=True, eq=False)
class Solved:
    """What a run came to, on the solver's cells, flat where not said otherwise.

    Attributes
    ----------
    classes : tuple of bytes
        Class of the worst moment of each valid hour, uint8, packed.
    maxima : mapping
        Fields of ``Watch`` (y, x).
    unknown : bool array (y, x)
        Ground whose dryness is unknown.
    ledger : Ledger
    beyond : float
        Share of the flooded cells where the scheme came to its limit.
    notes : tuple of str
        What was left out or stood in, one line each.
    """

    classes: tuple[bytes, ...]
    maxima: dict[str, NDArray[Any]]
    unknown: NDArray[np.bool_]
    ledger: Ledger
    beyond: float
    notes: tuple[str, ...]

    def hours(self) -> Iterator[NDArray[np.float32]]:
        """Class 0 to 6 of every cell, hour by hour, NaN where unknown, flat."""
        hidden = self.unknown.reshape(-1)
        for packed in self.classes:
            found = unpack(packed).astype(np.float32)
            found[hidden & (found == 0.0)] = np.nan
            yield found


def pack(classes: NDArray[np.uint8]) -> bytes:
    """Classes as bytes; dry ground takes nearly none.

    Examples
    --------
    >>> unpack(pack(np.array([[0, 3]], np.uint8))).tolist()
    [0, 3]
    """
    return zlib.compress(np.ascontiguousarray(classes, np.uint8).tobytes(), 1)


def unpack(packed: bytes) -> NDArray[np.uint8]:
    """The classes again, flat."""
    return np.frombuffer(zlib.decompress(packed), np.uint8)


def gather(total: dict[str, NDArray[Any]], hour: dict[str, NDArray[Any]]) -> None:
    """Raise the maxima and times of a run by those of one more hour, in place; (y, x) each, as ``Watch.fields`` has them."""
    if not total:
        total |= hour
        return
    deeper = hour["maximum_depth"] > total["maximum_depth"]
    total["peak_time"][deeper] = hour["peak_time"][deeper]
    first = np.isnan(total["arrival_time"])
    total["arrival_time"][first] = hour["arrival_time"][first]
    total["duration"] += hour["duration"]
    for name in ("maximum_depth", "maximum_speed", "maximum_depth_speed", "hazard_class", "beyond_scheme"):
        np.maximum(total[name], hour[name], out=total[name])


class FloodRun:
    """One run of the solver for one analysis.

    Parameters
    ----------
    bed : SolverBed
    plan : FloodPlan
    rain : FloodRain
        Gathered over every hour of rain.
    coast : Coast
    start : datetime64
        Issue time, UTC.
    hours : int
        Valid hours after the issue time.
    """

    def __init__(
        self, bed: SolverBed, plan: FloodPlan, rain: FloodRain, coast: Coast, start: np.datetime64, hours: int
    ) -> None:
        self.bed, self.plan, self.rain, self.hours = bed, plan, rain, hours
        self.begin = start - np.timedelta64(plan.run_in * 3600, "s")
        self.levels, self.sea_known = sea_levels(bed, coast, known=plan.sea_known, run_in=plan.run_in)
        spills = coast.spills if plan.walls is not None else {}
        self.walls: list[Wall] = []
        notes = []
        if plan.walls is not None:
            self.walls, left = walls_on(bed.grid, plan.walls, datum=plan.datum, spilling=set(spills))
            if left and bed.shore:
                notes.append(
                    f"{len(left)} sea-wall sections ({', '.join(left[:5])}{' ...' if len(left) > 5 else ''}) stand for nothing in "
                    "the inundation: off its grid, or above another datum than the ground"
                )
        if not self.sea_known:
            notes.append(
                "the tide is not known in the datum of the elevation model: low ground by the sea is without data unless "
                "rain or rivers flood it"
            )
        self.notes = tuple(notes)
        self.inflows = self._inflows(coast)

    def _inflows(self, coast: Coast) -> list[Inflow]:
        """Rivers at their streams, and what comes over sea walls."""
        from riskmap.asset import instant

        start = instant(self.begin)
        found: list[Inflow] = []
        for one, cell in zip(self.plan.hydrographs, self.bed.inlets, strict=True):
            if cell is None:
                found += place_inflows([one], self.bed.grid, start=start)  # names what is wrong
                continue
            seconds = [(t - start).total_seconds() for t in one.times]
            found.append(Inflow([cell], seconds, one.discharge, where=f"hydrograph {one.name}"))
        return found + spill_inflows(self.bed, coast.spills, self.plan.walls, start)

    def key(self) -> str:
        """Digest of all that the run depends on: a checkpoint of another key is not of this run."""
        told = hashlib.sha256()
        plan = self.plan
        for array in (self.bed.altitude, plan.manning, plan.curve_number, *self.rain.hours):
            told.update(np.ascontiguousarray(array).tobytes())
        records: tuple[Any, ...] = (
            str(self.begin), self.hours, plan.infiltration, plan.wetness, plan.conductivity, plan.suction, plan.run_in,
            self.bed.edges, self.levels, self.walls, self.inflows, plan.drains,
        )  # fmt: skip
        with np.printoptions(threshold=sys.maxsize, floatmode="unique"):  # whole series, every bit
            told.update(repr(records).encode())
        return told.hexdigest()

    def flow(self) -> Flow:
        """The solver at the start of the run: dry ground, the sea at its level."""
        grid = self.bed.grid
        dx, dy = geographic_sides(grid.latitude, (grid.transform.a, -grid.transform.e))
        ground = make_ground(self.bed.altitude, dx=dx, dy=dy, manning=self.plan.manning)
        return Flow(
            ground, inflows=self.inflows, levels=self.levels, edges=self.bed.edges, drains=self.plan.drains,
            walls=self.walls,
        )  # fmt: skip

    def solve(self, kind: str, tell: Callable[[float], None] | None = None) -> Solved:
        """Run from the start or from the last checkpoint to the end.

        Parameters
        ----------
        kind : str
            Names the checkpoint.
        tell : callable, optional
            Takes the part done, 0 to 1.

        Raises
        ------
        InstabilityError
            Names the place and the time.
        DataError
            Rain that is not known over the ground, or an input that cannot be.
        """
        first = len(self.rain.hours) - self.hours - self.plan.run_in
        flow, key = self.flow(), self.key()
        total: dict[str, NDArray[Any]] = {}
        classes, done = self._resumed(kind, key, flow, total)
        every = 1 + self.bed.altitude.size // CELLS_A_CHECKPOINT
        for n, fallen in enumerate(self.rain.excess(self.plan, first)):
            if n < done:
                continue
            rate = np.where(flow.ground.known, fallen, np.float32(0.0)) * MILLIMETRE_AN_HOUR
            hourly = Watch(flow)
            wet = Rain((flow.time,), lambda _k, rate=rate: rate)  # type: ignore[misc]
            run(flow, (n + 1) * 3600.0, rain=wet, watch=hourly)
            fields = hourly.fields(flow)
            gather(total, fields)
            if n >= self.plan.run_in - 1:
                classes.append(pack(self._class(fields)))
            if self.plan.save is not None and (
                (n + 1) % every == 0 or n == self.hours + self.plan.run_in - 1
            ):
                self.plan.save(kind, self._state(key, n + 1, flow, total, classes))
            if tell is not None:
                tell((n + 1) / (self.hours + self.plan.run_in))
        return self._solved(flow, total, classes)

    def _solved(self, flow: Flow, maxima: dict[str, NDArray[Any]], classes: list[bytes]) -> Solved:
        """What the run came to: where dry is unknown, and how often the scheme was at its limit."""
        unknown = ~flow.ground.known & ~self.bed.sea | self.bed.doubt
        if not self.sea_known:
            unknown |= below_the_sea(self.bed)
        arrived = maxima["maximum_depth"] >= ARRIVAL_DEPTH
        arrived[tuple(np.array(self.bed.shore, np.int64).reshape(-1, 2).T)] = False
        beyond = float((maxima["beyond_scheme"].astype(bool) & arrived).sum()) / max(int(arrived.sum()), 1)
        return Solved(tuple(classes), maxima, unknown & ~self.bed.sea, flow.audit(), beyond, self.notes)

    def _class(self, fields: dict[str, NDArray[Any]]) -> NDArray[np.uint8]:
        """Class of an hour's worst moment; 0 where shallower than the arrival depth, and at sea."""
        out = np.where(fields["maximum_depth"] >= ARRIVAL_DEPTH, fields["hazard_class"], 0).astype(np.uint8)
        out[self.bed.sea] = 0
        return out

    def _state(
        self, key: str, done: int, flow: Flow, total: dict[str, NDArray[Any]], classes: list[bytes]
    ) -> dict[str, Any]:
        packed = {f"class_{n}": np.frombuffer(one, np.uint8) for n, one in enumerate(classes)}
        kept = {f"total_{name}": field for name, field in total.items()}
        return {**flow.state(), **kept, **packed, "key": key, "done": done}

    def _resumed(
        self, kind: str, key: str, flow: Flow, total: dict[str, NDArray[Any]]
    ) -> tuple[list[bytes], int]:
        """Classes and number of the hours that an earlier run of the same key had done."""
        state = self.plan.load(kind)
        if state is None or str(state.get("key")) != key:
            return [], 0
        flow.resume(state)
        total |= {name: np.asarray(state[f"total_{name}"]) for name in Watch.NAMES}
        done = int(state["done"])
        count = max(0, done - self.plan.run_in + 1)
        return [np.asarray(state[f"class_{n}"], np.uint8).tobytes() for n in range(count)], done
