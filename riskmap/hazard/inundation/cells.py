"""Forcing on a ground: records made into the lists that the kernels run through each step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskmap._kernels import inundation_cells as cells
from riskmap.errors import DataError
from riskmap.hazard.inundation.forcing import Channels, Drain, Inflow, Level, OpenEdge, Wall
from riskmap.hazard.inundation.ground import PAD, Ground

Places = NDArray[np.int64]
Numbers = NDArray[np.float64]


def _places(ground: Ground, found: Sequence[tuple[int, int]], where: str) -> Places:
    return np.array([ground.place(i, j, where=where) for i, j in found], np.int64)


def _areas(ground: Ground, places: Places) -> Numbers:
    return np.asarray(ground.area[places // ground.width])


@dataclass(frozen=True, eq=False)
class Inflows:
    """Inflows of a run, cell by cell."""

    records: tuple[Inflow, ...]
    places: tuple[Places, ...]
    areas: tuple[Numbers, ...]

    @classmethod
    def on(cls, ground: Ground, records: Sequence[Inflow]) -> Inflows:
        """Find the cells of records on a ground."""
        places = tuple(_places(ground, record.cells, record.where) for record in records)
        return cls(tuple(records), places, tuple(_areas(ground, p) for p in places))

    def pour(self, time: float, step: float, h: NDArray[np.float32], rest: NDArray[np.float32]) -> float:
        """Let in the mean flow of a step [s]; returns the volume [m3]."""
        total = 0.0
        for record, places, areas in zip(self.records, self.places, self.areas, strict=True):
            now = mean_flow(record.times, record.discharge, time, step)
            if now > 0.0:
                share = np.full(len(places), now / len(places))
                total += cells.pour(places, areas, share, step, h, rest)
        return total


def mean_flow(times: Sequence[float], discharge: Sequence[float], time: float, step: float) -> float:
    """Mean of a hydrograph over a step, exact where it bends or ends within it, so that its whole volume comes in.

    Parameters
    ----------
    times : sequence of float
        Rising [s].
    discharge : sequence of float
        [m3 s-1], linear between the times, nothing outside them.
    time, step : float
        Start and length of the step [s].

    Examples
    --------
    >>> mean_flow([0.0, 10.0, 20.0], [0.0, 4.0, 0.0], 5.0, 10.0), mean_flow([0.0, 10.0], [4.0, 4.0], 8.0, 8.0)
    (3.0, 1.0)
    """
    at, end = np.asarray(times, np.float64), time + step
    bends = at[(at > time) & (at < end)]
    if not bends.size:
        return float(np.interp(time + 0.5 * step, at, discharge, left=0.0, right=0.0))
    knots = np.clip(np.concatenate([[time], bends, [end]]), at[0], at[-1])
    return float(np.trapezoid(np.interp(knots, at, discharge), knots)) / step


@dataclass(frozen=True, eq=False)
class Levels:
    """Held levels of a run, cell by cell."""

    records: tuple[Level, ...]
    places: Places
    areas: Numbers
    beds: Numbers
    record_of: Places
    datum: float

    @classmethod
    def on(cls, ground: Ground, records: Sequence[Level]) -> Levels:
        """Find the cells of records on a ground."""
        parts = [_places(ground, record.cells, record.where) for record in records]
        places = np.concatenate([np.empty(0, np.int64), *parts])
        if len(np.unique(places)) < len(places):
            raise DataError("a cell is held at two levels", where="levels", expected="each cell once")
        record_of = np.repeat(np.arange(len(parts)), [len(p) for p in parts]).astype(np.int64)
        beds = ground.bed[places].astype(np.float64)
        return cls(tuple(records), places, _areas(ground, places), beds, record_of, ground.datum)

    def at(self, time: float) -> Numbers:
        """Level [m above the ground's datum] of each cell at a time [s]."""
        now = [float(np.interp(time, r.times, r.level)) - self.datum for r in self.records]
        return np.asarray(now, np.float64)[self.record_of] if now else np.empty(0)

    def hold(self, time: float, h: NDArray[np.float32], rest: NDArray[np.float32]) -> tuple[float, float]:
        """Set the cells to their level; returns the volumes [m3] that came in and left."""
        if not self.records:
            return 0.0, 0.0
        came, left = cells.hold(self.places, self.areas, self.beds, self.at(time), h, rest)
        return float(came), float(left)


@dataclass(frozen=True, eq=False)
class Edges:
    """Open edges and drains of a run, cell by cell."""

    places: Places
    areas: Numbers
    widths: Numbers
    slopes: Numbers
    manning: Numbers
    drains: Places
    targets: Places
    drain_areas: Numbers
    target_areas: Numbers
    capacity: Numbers

    @classmethod
    def on(cls, ground: Ground, edges: Sequence[OpenEdge], drains: Sequence[Drain]) -> Edges:
        """Find the cells of records on a ground."""
        places, widths, slopes = [np.empty(0, np.int64)], [np.empty(0)], [np.empty(0)]
        for edge in edges:
            found = _places(ground, edge.cells, edge.where)
            rows = found // ground.width - PAD
            places.append(found)
            widths.append(ground.dy[rows] if edge.across == "x" else ground.dx[rows])
            slopes.append(np.full(len(found), edge.slope))
        at = np.concatenate(places)
        n = ground.manning[at] if ground.manning.size > 1 else np.full(len(at), ground.manning[0])
        if (n <= 0).any():
            raise DataError(
                "an open edge needs a roughness", where="open edge", expected="Manning's n above 0"
            )
        taken = _places(ground, [d.cell for d in drains], "drain")
        out = [-1 if d.to is None else ground.place(*d.to, where=f"{d.where}, to") for d in drains]
        targets = np.array(out, np.int64)
        return cls(
            at, _areas(ground, at), np.concatenate(widths), np.concatenate(slopes), n.astype(np.float64),
            taken, targets, _areas(ground, taken), _areas(ground, np.maximum(targets, 0)),
            np.array([d.capacity for d in drains], np.float64),
        )  # fmt: skip

    @property
    def touched(self) -> Places:
        """Cells that a drain takes from or lets out into; -1 for away."""
        return np.concatenate([self.drains, self.targets])

    def release(self, step: float, h: NDArray[np.float32], rest: NDArray[np.float32]) -> float:
        """Let water out; returns the volume [m3]."""
        out = 0.0
        if len(self.places):
            out += cells.release(
                self.places, self.areas, self.widths, self.slopes, self.manning, step, h, rest
            )
        if len(self.drains):
            out += cells.drain(
                self.drains, self.targets, self.drain_areas, self.target_areas, self.capacity, step, h, rest
            )
        return float(out)


WallList = tuple[NDArray[np.int64], NDArray[np.uint64], Numbers]


@dataclass(frozen=True, eq=False)
class Walls:
    """Walls of a run: for each direction the faces, row by row, and their crests as they stand."""

    records: tuple[Wall, ...]
    lists: tuple[WallList, WallList]
    record_of: tuple[Places, Places]
    intact: tuple[Numbers, Numbers]
    datum: float

    @classmethod
    def on(cls, ground: Ground, records: Sequence[Wall]) -> Walls:
        """Find the faces of records on a ground.

        Raises
        ------
        CoverageError
            A face off the grid.
        """
        rows = ground.shape[0] + 2 * PAD
        lists, owners, intact = [], [], []
        for side in ("east", "south"):
            found: list[tuple[int, float, int]] = []
            for k, wall in enumerate(records):
                crests = np.broadcast_to(np.asarray(wall.crest, np.float64), (len(wall.faces),))
                for (i, j, name), crest in zip(wall.faces, crests, strict=True):
                    if name == side:
                        found.append((ground.place(i, j, where=f"{wall.where}, face"), float(crest), k))
            found.sort()
            places = np.array([p for p, _, _ in found], np.int64)
            start = np.searchsorted(places // ground.width, np.arange(rows + 1)).astype(np.int64)
            crests = np.array([c - ground.datum for _, c, _ in found], np.float64)
            lists.append((start, places.astype(np.uint64), crests.copy()))
            intact.append(crests)
            owners.append(np.array([k for _, _, k in found], np.int64))
        return cls(
            tuple(records), (lists[0], lists[1]), (owners[0], owners[1]), (intact[0], intact[1]), ground.datum
        )

    def stand(self, time: float) -> None:
        """Set the crests to how they stand at a time [s]."""
        for k, wall in enumerate(self.records):
            breach = wall.breach
            if breach is None or time < breach.at:
                continue
            fallen = 1.0 if breach.duration <= 0.0 else min(1.0, (time - breach.at) / breach.duration)
            for (_, _, crests), owner, whole in zip(self.lists, self.record_of, self.intact, strict=True):
                mine = owner == k
                end = np.minimum(breach.crest - self.datum, whole[mine])
                crests[mine] = whole[mine] + fallen * (end - whole[mine])


@dataclass(frozen=True, eq=False)
class ChannelNet:
    """Narrow channels of a run: their cells, and the links between cells that touch."""

    places: Places
    areas: Numbers
    floor: Numbers
    capacity: Numbers
    bed: Numbers
    width: Numbers
    ends: Places
    distance: Numbers
    manning: Numbers
    roughness: Numbers
    outlet: Numbers

    @classmethod
    def on(cls, ground: Ground, record: Channels) -> ChannelNet:
        """Lay channels out: links to the east and south, and across a corner where no third cell joins the two.

        Raises
        ------
        DataError
            A channel wider than its cell, or an outlet where there is none.
        """
        width = np.where(ground.known, np.nan_to_num(np.asarray(record.width, np.float64)), 0.0)
        if width.shape != ground.shape:
            raise DataError(
                "wrong shape", where=record.where, expected=str(ground.shape), found=str(width.shape)
            )
        rows, columns = np.nonzero(width > 0)
        wide = width[rows, columns]
        if (wide > np.minimum(ground.dx, ground.dy)[rows]).any():
            raise DataError(
                "a channel wider than its cell", where=record.where, expected=f"at most {ground.finest:g} m",
                found=f"{wide.max():g} m", remedy="burn wide rivers into the ground instead",
            )  # fmt: skip
        number = np.full(ground.shape, -1, np.int64)
        number[rows, columns] = np.arange(len(rows))
        ends, distance = _links(number, ground)
        length = np.sqrt(ground.dx * ground.dy)[rows]
        deep = np.asarray(record.depth, np.float64)[rows, columns]
        places = np.asarray((rows + PAD) * ground.width + columns + PAD, np.int64)
        outlet = np.full(len(rows), np.nan)
        for (i, j), slope in record.outlets.items():
            if not (0 <= i < ground.shape[0] and 0 <= j < ground.shape[1]) or number[i, j] < 0 or slope <= 0:
                raise DataError(
                    "not an outlet", where=record.where, expected="a cell with a channel and a slope above 0",
                    found=f"row {i}, column {j}, slope {slope}",
                )  # fmt: skip
            outlet[number[i, j]] = slope
        return cls(
            places, _areas(ground, places), wide * length, wide * length * deep,
            ground.bed[places].astype(np.float64) - deep, wide, ends, distance,
            np.full(len(ends), record.manning), np.full(len(rows), record.manning), outlet,
        )  # fmt: skip

    @property
    def deepest(self) -> float:
        """Greatest bank height [m]."""
        return float((self.capacity / self.floor).max(initial=0.0))


def _links(number: Places, ground: Ground) -> tuple[Places, Numbers]:
    """Pairs of channel cells that touch, and the distance [m] between them."""
    found: list[tuple[int, int, float]] = []
    for i, j in zip(*np.nonzero(number >= 0), strict=True):
        dx, dy = float(ground.dx[i]), float(ground.dy[i])
        for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
            a, b = int(i) + down, int(j) + right
            if a >= number.shape[0] or not 0 <= b < number.shape[1] or number[a, b] < 0:
                continue
            if down and right and (number[i, b] >= 0 or number[a, j] >= 0):
                continue
            found.append((int(number[i, j]), int(number[a, b]), float(np.hypot(right * dx, down * dy))))
    ends = np.array([(a, b) for a, b, _ in found], np.int64).reshape(-1, 2)
    return ends, np.array([d for _, _, d in found], np.float64)
