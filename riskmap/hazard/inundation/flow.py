"""The solver: a state of water on a ground, and its step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskmap._kernels import inundation as kernel
from riskmap._kernels import inundation_cells as cells
from riskmap.blocks import threads
from riskmap.errors import ConfigError, DataError
from riskmap.hazard.inundation.cells import ChannelNet, Edges, Inflows, Levels, Walls
from riskmap.hazard.inundation.forcing import Channels, Drain, Inflow, Level, OpenEdge, Wall
from riskmap.hazard.inundation.ground import PAD, Ground, depths_on, told
from riskmap.hazard.inundation.guard import InstabilityError
from riskmap.hazard.inundation.ledger import Ledger
from riskmap.hazard.inundation.tiles import Tiles, share_tiles

FREE_FALL: Final = 9.81
"""Acceleration of gravity [m s-2], rounded as in the published test cases."""

Field = NDArray[np.float32]


@dataclass(frozen=True)
class Scheme:
    """Numbers of the scheme.

    Attributes
    ----------
    courant : float
        Step over dx / sqrt(g h_max): 0.7 in Bates et al. (2010) [M], and no more than 1 / sqrt 2 in two dimensions.
    theta : float
        Weight of a flow against its neighbours', 1 is Bates et al. (2010); de Almeida et al. (2012) advise 0.7 to 0.9 [M].
    froude : float
        Flows are held to this Froude number: above 1 the scheme lacks the advection that such a flow lives on [D].
    dry : float
        Depth [m] up to which water does not flow [D].
    weir : float
        Coefficient of flow over walls, 1 for a broad crest without losses.
    longest, shortest : float
        Bounds of a step [s]; ``longest`` is a third of a second for each metre of the finest cell by default [D]. A step
        below ``shortest`` stops the run.
    deepest : float
        Depth [m] that no water has: beyond it the run stops [D].
    tile : (int, int)
        Rows and columns of a tile that sleeps while it is dry.
    span : int
        Columns that are computed at once where tiles beside each other are awake.
    """

    courant: float = 0.7
    theta: float = 0.8
    froude: float = 1.0
    dry: float = 1e-5
    weir: float = 1.0
    longest: float | None = None
    shortest: float = 1e-3
    deepest: float = 500.0
    tile: tuple[int, int] = (32, 32)
    span: int = 1024

    def __post_init__(self) -> None:
        good = 0 < self.courant <= 1 and 0.5 <= self.theta <= 1 and self.froude > 0 and self.dry > 0
        if not (good and min(self.tile) >= 1 and self.span >= self.tile[1]):
            raise ConfigError(
                "not a scheme", where="scheme",
                expected="0 < courant <= 1, 0.5 <= theta <= 1, froude > 0, dry > 0, span >= the tile's columns",
                found=str(self),
            )  # fmt: skip


DEFAULT: Final = Scheme()


class Flow:
    """Water on a ground: ``step`` advances it, ``depth`` shows it, ``ledger`` accounts for it.

    Parameters
    ----------
    ground : Ground
    depth : float or float (y, x)
        Water at the start [m].
    infiltration : float or float (y, x), optional
        What the ground takes at most [m s-1].
    inflows, levels, edges, drains, walls : sequence of records
        See ``forcing``.
    channels : Channels, optional
    scheme : Scheme
    workers : int, optional
        Threads; the result does not depend on it.

    Examples
    --------
    Two reservoirs, one opened to the other:

    >>> import numpy as np
    >>> from riskmap.hazard.inundation import Flow, make_ground
    >>> flow = Flow(make_ground(np.zeros((1, 100)), dx=10.0, dy=10.0, manning=0.03), depth=[np.arange(100) < 50])
    >>> while flow.time < 7200:
    ...     taken = flow.step(most=7200 - flow.time)
    >>> float(flow.depth.mean().round(6)), bool(flow.depth.std() < 0.01)
    (0.5, True)
    """

    def __init__(
        self,
        ground: Ground,
        *,
        depth: ArrayLike = 0.0,
        infiltration: ArrayLike | None = None,
        inflows: Sequence[Inflow] = (),
        levels: Sequence[Level] = (),
        edges: Sequence[OpenEdge] = (),
        drains: Sequence[Drain] = (),
        walls: Sequence[Wall] = (),
        channels: Channels | None = None,
        scheme: Scheme = DEFAULT,
        workers: int | None = None,
    ) -> None:
        self.ground, self.scheme, self.workers = ground, scheme, workers or threads()
        self.time, self.steps = 0.0, 0
        size = ground.size
        deep = depths_on(depth, ground, "depth")
        deep = np.where(
            deep > 0.0, np.maximum(deep + ground.trim, 0.0), 0.0
        )  # the level stays, the bed was rounded
        start = ground.field(deep)
        self._now = (start, np.zeros(size, np.float32), np.zeros(size, np.float32))
        self._next = (start.copy(), np.zeros(size, np.float32), np.zeros(size, np.float32))
        self._rest = ground.field(ground.inner(start).astype(np.float64) - deep)
        self._inflows, self._levels = Inflows.on(ground, inflows), Levels.on(ground, levels)
        self._edges, self._walls = Edges.on(ground, edges, drains), Walls.on(ground, walls)
        self._net = ChannelNet.on(ground, channels) if channels is not None else None
        links, ends = (0, 0) if self._net is None else (len(self._net.ends), len(self._net.places))
        self._channel_flow, self._channel_volume = np.zeros(links), np.zeros(ends)
        self._soaks = infiltration is not None
        self._capacity = (
            ground.field(depths_on(infiltration, ground, "infiltration"))
            if self._soaks
            else np.zeros(1, np.float32)
        )
        self._soaked = np.zeros(size if self._soaks else 1)
        channels_at = np.empty(0, np.int64) if self._net is None else self._net.places
        self._tiles = Tiles(
            ground,
            scheme.tile,
            # levels are rounded to single precision: from half of it on a depth may pass for more than ``dry``
            dry=0.0 if self._soaks else 0.5 * scheme.dry,
            touched=[*self._inflows.places, self._levels.places, self._edges.touched, channels_at],
        )
        self._tiles.look(start)
        self.set_rain(0.0)
        self.ledger = Ledger()
        self.ledger.start = self.ledger.stored = self.volume()

    def set_rain(self, rate: ArrayLike) -> None:
        """Set the rain from now on.

        Parameters
        ----------
        rate : float or float (y, x)
            [m s-1]; not negative, not NaN where there is ground.

        Raises
        ------
        DataError
            Negative rain, or a gap.
        """
        field = np.asarray(rate, np.float64)
        inside = field if field.ndim == 0 else field[self.ground.known]
        if field.shape not in ((), self.ground.shape) or not (
            np.isfinite(inside).all() and (inside >= 0).all()
        ):
            raise DataError(
                "not a rain rate", where=f"rain, from {self.time:g} s on",
                expected=f"0 or more on every cell with ground, one number or {self.ground.shape}",
                found=f"shape {field.shape}, {told(inside)}",
                remedy="say what the gaps are: dry, or filled from elsewhere",
            )  # fmt: skip
        even = field.ndim == 0 and bool(self.ground.known.all())
        self._rain = (
            np.full(1, field, np.float32)
            if even
            else self.ground.field(np.broadcast_to(field, self.ground.shape))
        )
        self._rainy = bool((inside > 0).any())
        areas = self.ground.area[PAD:-PAD]
        if even:
            self._area = float(areas.sum()) * self.ground.shape[1]
            self._tiles.always[:] = self._rainy
            return
        inner = self.ground.inner(self._rain)
        self._rain_total = float((inner.sum(axis=1, dtype=np.float64) * areas).sum())
        self._tiles.keep_awake(inner > 0)

    @property
    def deepest(self) -> float:
        """Greatest depth [m] on the tiles that are awake."""
        return self._tiles.deepest

    @property
    def depth(self) -> NDArray[np.float64]:
        """Depth [m] (y, x); NaN without ground."""
        deep = self.ground.inner(self._now[0]).astype(np.float64) - self.ground.inner(self._rest)
        return np.where(self.ground.known, deep, np.nan)

    @property
    def flows(self) -> tuple[Field, Field]:
        """Flow [m2 s-1] over the east and the south side of each cell, (y, x) each: views."""
        return self.ground.inner(self._now[1]), self.ground.inner(self._now[2])

    @property
    def soaked(self) -> NDArray[np.float64]:
        """Depth [m] (y, x) that went into the ground."""
        if not self._soaks:
            return np.zeros(self.ground.shape)
        return np.asarray(self.ground.inner(self._soaked), np.float64)

    @property
    def channel_volume(self) -> NDArray[np.float64]:
        """Water [m3] in narrow channels, (y, x)."""
        out = np.zeros(self.ground.size)
        if self._net is not None:
            out[self._net.places] = self._channel_volume
        return np.asarray(self.ground.inner(out), np.float64)

    @property
    def awake(self) -> float:
        """Share of the tiles that were computed in the last step."""
        return float((self._tiles.awake > 0).mean())

    def arrays(self) -> tuple[Field, Field, Field]:
        """Depth [m] and flows [m2 s-1] over east and south sides, padded and flat, as the kernels have them."""
        return self._now

    def tiles_awake(self) -> NDArray[np.int64]:
        """First and last + 1 row and column, in the padded grid, of the tiles of the last step."""
        return np.asarray(self._tiles.table[self._tiles.awake > 0])

    def longest_step(self) -> float:
        """The step [s] that the deepest water allows."""
        deep = self.deepest + (self._net.deepest if self._net is not None else 0.0)
        most = self.ground.finest / 3.0 if self.scheme.longest is None else self.scheme.longest
        if deep > 0.0:
            most = min(most, self.scheme.courant * self.ground.finest / sqrt(FREE_FALL * deep))
        return most

    def step(self, most: float = np.inf) -> float:
        """Advance by one step, of at most so many seconds; returns its length [s].

        Raises
        ------
        InstabilityError
            Water that cannot be, or a step that becomes nothing.
        """
        longest = self.longest_step()
        if longest < self.scheme.shortest:
            self._stop("the step became nothing", f"{longest:.2g} s", f"at least {self.scheme.shortest:g} s")
        step = float(np.float32(min(longest, most)))
        self._walls.stand(self.time)
        numbers = np.array(
            [step, FREE_FALL, self.scheme.theta, self.scheme.froude * sqrt(FREE_FALL), self.scheme.dry,
             self.scheme.weir * sqrt(2.0 * FREE_FALL)]
        )  # fmt: skip
        # before the flows, so that an edge shows the depth that it lets go
        self.ledger.outflow += self._edges.release(step, self._now[0], self._rest)
        self._sweep(numbers)
        self._now, self._next = self._next, self._now
        rain = float(np.float32(step) * self._rain[0]) if self._rain.size == 1 else 0.0
        self.ledger.rain += rain * self._area if self._rain.size == 1 else self._rain_total * step
        self._cells(step)
        self.time += step
        self.steps += 1
        if not self.deepest <= self.scheme.deepest:
            self._stop("water that cannot be", "", f"0 to {self.scheme.deepest:g} m")
        return step

    def _sweep(self, numbers: NDArray[np.float64]) -> None:
        """Every tile that is awake, in threads."""
        width, tiles = np.uint64(self.ground.width), self._tiles
        count = tiles.choose(self._now, self._next)
        ground = (self.ground.bed, self.ground.manning, self.ground.manning.size == 1)
        sources = (self._rain, self._capacity, self._soaked, self._rainy, self._soaks)
        across, down = self._walls.lists
        longest = min(self.scheme.span, self.ground.shape[1])

        def block(first: int, last: int) -> None:
            kernel.step_tiles(
                tiles.table, tiles.chosen, first, last, longest, width, ground, self._now, self.ground.table, numbers,
                tiles.dry, across, down, sources, self._rest, self._next, tiles.news,
            )  # fmt: skip

        share_tiles(block, count, self.workers)

    def _cells(self, step: float) -> None:
        """What happens in single cells, after the grid."""
        h, rest, ledger = self._now[0], self._rest, self.ledger
        ledger.inflow += self._inflows.pour(self.time, step, h, rest)
        if self._net is not None:
            net = self._net
            held = np.full(len(net.places), np.nan)
            levels = self._levels.at(self.time + step)
            for place, level in zip(self._levels.places, levels, strict=True):
                held[net.places == place] = level
            came, left = cells.channel_step(
                net.places, net.areas, net.floor, net.capacity, net.bed, net.width, net.ends, net.distance, net.manning,
                net.roughness, net.outlet, held, step, FREE_FALL, self.scheme.froude * sqrt(FREE_FALL), h, rest,
                self._channel_volume, self._channel_flow, np.empty(len(net.places)),
            )  # fmt: skip
            ledger.boundary_in += came
            ledger.outflow += left
        came, left = self._levels.hold(self.time + step, h, rest)
        ledger.boundary_in += came
        ledger.boundary_out += left
        self._tiles.wake(h)

    def _stop(self, message: str, found: str, expected: str) -> None:
        bits = np.where(self.ground.known, self.ground.inner(self._now[0].view(np.uint32)), 0)
        row, column = (int(v) for v in np.unravel_index(int(np.argmax(bits)), bits.shape))
        deep = float(self.ground.inner(self._now[0])[row, column])
        raise InstabilityError(
            message, row=row, column=column, time=self.time, expected=expected, found=f"{found} depth {deep:g} m".strip()
        )  # fmt: skip

    def volume(self) -> float:
        """Water [m3] on the grid and in channels."""
        (rows, columns), width = self.ground.shape, self.ground.width
        span = np.array([PAD, PAD + columns])
        on = cells.stored(PAD, PAD + rows, span, width, self.ground.area, self._now[0], self._rest)
        return float(on) + float(self._channel_volume.sum())

    def audit(self) -> Ledger:
        """The ledger with what is stored now."""
        self.ledger.stored = self.volume()
        if self._soaks:
            depth = np.asarray(self.ground.inner(self._soaked)).sum(axis=1)
            self.ledger.soaked = float((depth * self.ground.area[PAD:-PAD]).sum())
        return self.ledger

    def state(self) -> dict[str, Any]:
        """Everything that a resumed run needs, as arrays and numbers: a copy."""
        names = ("depth", "flow_east", "flow_south")
        arrays = {name: a.copy() for name, a in zip(names, self._now, strict=True)}
        return {
            **arrays, "rest": self._rest.copy(), "soaked": self._soaked.copy(), "time": self.time, "steps": self.steps,
            "channel_volume": self._channel_volume.copy(), "channel_flow": self._channel_flow.copy(), "ground": self.ground.fingerprint,
            **{f"ledger_{k}": v for k, v in self.ledger.as_dict().items() if k != "error"},
        }  # fmt: skip

    def resume(self, state: dict[str, Any]) -> None:
        """Go back to a state of a run on the same ground: what follows has the same bits.

        Raises
        ------
        DataError
            A state of another ground.
        """
        pairs: list[tuple[str, NDArray[Any]]] = [*zip(("depth", "flow_east", "flow_south"), self._now, strict=True), ("rest", self._rest),
                 ("soaked", self._soaked), ("channel_volume", self._channel_volume), ("channel_flow", self._channel_flow)]  # fmt: skip
        for name, mine in pairs:
            found = np.asarray(state.get(name))
            if found.shape != mine.shape:
                raise DataError(
                    "a state of another ground", where=f"state, {name}", expected=str(mine.shape),
                    found=str(found.shape), remedy="resume with the grid, channels and soil of that run",
                )  # fmt: skip
            mine[...] = found
        if state.get("ground", mark := self.ground.fingerprint) != mark:
            raise DataError(
                "a state of another ground", where="state, ground", expected=f"{mark:08x}", found=f"{state['ground']:08x}",
                remedy="resume with the heights, cells and roughness of that run",
            )  # fmt: skip
        for mine, other in zip(self._now, self._next, strict=True):
            other[...] = mine
        self.time, self.steps = float(state["time"]), int(state["steps"])
        for name in ("start", "rain", "inflow", "boundary_in", "outflow", "boundary_out", "soaked", "stored"):
            setattr(self.ledger, name, float(state[f"ledger_{name}"]))
        self._tiles.look(self._now[0])
