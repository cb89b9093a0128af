"""Filling block by block: what a block says of itself, how blocks are joined, and the levels back to the cells.

The pattern is that of Barnes (2016), Computers & Geosciences 96, 56: two passes over the blocks in any order, one
small problem between them. Within a block a forest of lowest passes (Cordonnier et al. 2019, Earth Surface Dynamics
7, 549) stands in the place of a queue of cells.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from riskmap.errors import DataError
from riskmap.terrain.elevation import NOTHING, PIECE, blocks_of, each, elevation, flat, part

TILE: Final = 256
"""Side of the tiles within a block [cells]: heights, targets and labels stay in the second cache."""

MOST_SIDE: Final = 510
"""Largest side of a tile [cells]: at most a quarter of its cells are pits, and their number must fit 16 bits."""

BLOCK: Final = 1024
"""Side of the blocks that threads work on [cells]."""


@dataclass(frozen=True, eq=False)
class Survey:
    """What one block says of itself; small beside its cells but for ``labels``.

    ``labels`` uint16 (y, x) is each cell's basin within its tile, ``first`` the tiles' first nodes; ``up`` and
    ``height`` (node) lead from basins that do not touch the block's rim to one that does. ``anchors`` are the nodes of
    the rim, the first is outside; ``rim`` and ``rim_height`` are the rim's cells (north, south, west, east) by place
    among the anchors, ``one``, ``other``, ``passes`` the tree between them.
    """

    shape: tuple[int, int]
    side: int
    labels: NDArray[np.uint16]
    first: NDArray[np.int32]
    up: NDArray[np.int32]
    height: NDArray[Any]
    anchors: NDArray[np.int32]
    rim: NDArray[np.int32]
    rim_height: NDArray[Any]
    one: NDArray[np.int32]
    other: NDArray[np.int32]
    passes: NDArray[Any]
    infinite: int

    def edge(self, side: int) -> tuple[NDArray[np.int32], NDArray[Any]]:
        """Anchors and heights along the north (0), south (1), west (2) or east (3) side."""
        rows, columns = self.shape
        begin = (0, columns, 2 * columns, 2 * columns + rows)[side]
        part = slice(begin, begin + (columns if side < 2 else rows))
        return self.rim[part], self.rim_height[part]


def survey(
    z: NDArray[Any],
    ends: tuple[bool, bool, bool, bool],
    *,
    keep: NDArray[np.bool_] = NOTHING,
    walls: NDArray[np.bool_] = NOTHING,
    side: int = TILE,
) -> Survey:
    """First pass over one block.

    Parameters
    ----------
    z : float (y, x)
        NaN is outside.
    ends : four bool
        Whether the north, south, west, east side is the whole array's.
    keep, walls : bool (y, x), optional
        Cells that are outside as well, cells that no water crosses.
    side : int
        Of a tile [cells].
    """
    from riskmap._kernels import fill
    from riskmap._kernels import fill_blocks as kernel

    if not 1 <= side <= MOST_SIDE:
        raise DataError("side of the tiles", where="side", expected=f"1 to {MOST_SIDE}", found=f"{side}")
    rows, columns = z.shape
    labels = np.empty(z.shape, np.uint16)
    first = np.empty(-(-rows // side) * -(-columns // side) + 1, np.int32)
    nothing = np.empty(0, z.dtype)
    up, height, one, other, passes, infinite = fill.survey_tiles(
        z, keep, walls, np.array(ends), side, labels, first, nothing
    )
    nodes, trees = up.size, one.size
    seams = 3 * ((rows - 1) // side * columns + (columns - 1) // side * rows)
    one, other, passes = (np.concatenate([x, np.empty(seams, x.dtype)]) for x in (one, other, passes))
    count = trees + kernel.seam_passes(
        z, keep, walls, labels, first, side, one[trees:], other[trees:], passes[trees:]
    )
    rim, rim_height = np.empty(2 * (rows + columns), np.int32), np.empty(2 * (rows + columns), z.dtype)
    fixed = kernel.read_rim(z, keep, walls, labels, first, side, nodes, rim, rim_height)
    group, start, hang = (np.empty(nodes, np.int32) for _ in range(3))
    hang_height = np.empty(nodes, z.dtype)
    count = fill.reduce_passes(one, other, passes, count, nodes, fixed, group, start, hang, hang_height)
    kernel.adopt(up, height, hang, hang_height)
    anchors = np.flatnonzero(fixed).astype(np.int32)
    one, other, passes = one[:count].copy(), other[:count].copy(), passes[:count].copy()
    kernel.renumber(anchors, rim, one, other, group)
    return Survey(
        (rows, columns), side, labels, first, up, height, anchors, rim, rim_height, one, other, passes, infinite
    )  # fmt: skip


def join(surveys: Sequence[Sequence[Survey]]) -> list[list[NDArray[Any]]]:
    """Level of each block's anchors, from the surveys of all blocks (row by row)."""
    from riskmap._kernels import fill
    from riskmap._kernels import fill_blocks as kernel

    bad = sum(s.infinite for row in surveys for s in row)
    if bad:
        raise DataError(
            "infinite heights in the elevation model",
            where="dem",
            expected="finite heights, NaN without data",
            found=f"{bad} infinite cells",
            remedy="declare them as no data",
        )
    offsets, nodes = _offsets(surveys)
    parts = list(_links(surveys, offsets))
    one, other = (np.concatenate([p[n] for p in parts]) for n in (0, 1))
    passes = np.concatenate([p[2] for p in parts])
    fixed = np.zeros(nodes, np.bool_)
    fixed[0] = True
    group, start, up = (np.empty(nodes, np.int32) for _ in range(3))
    height, level = np.empty(nodes, passes.dtype), np.full(nodes, -np.inf, passes.dtype)
    fill.join_groups(one, other, passes, one.size, nodes, group, fixed, start, up, height)
    kernel.settle(up, height, fixed, level)
    return [
        [np.append(level[:1], level[o + 1 : o + s.anchors.size]) for s, o in zip(row, starts, strict=True)]
        for row, starts in zip(surveys, offsets, strict=True)
    ]


def _offsets(surveys: Sequence[Sequence[Survey]]) -> tuple[list[list[int]], int]:
    """What is added to a block's anchors, but to the first, and the number of nodes in all."""
    offsets: list[list[int]] = []
    nodes = 0
    for row in surveys:
        offsets.append([])
        for s in row:
            offsets[-1].append(nodes)
            nodes += s.anchors.size - 1
    return offsets, nodes + 1


def _links(surveys: Sequence[Sequence[Survey]], offsets: list[list[int]]) -> Any:
    """Trees of the blocks, and passes between neighbouring cells of different blocks."""

    def shifted(nodes: NDArray[np.int32], offset: int) -> NDArray[np.int32]:
        return np.where(nodes > 0, nodes + np.int32(offset), np.int32(0))

    def edge(r: int, c: int, side: int) -> tuple[NDArray[np.int32], NDArray[Any]]:
        nodes, height = surveys[r][c].edge(side)
        return shifted(nodes, offsets[r][c]), height

    for r, row in enumerate(surveys):
        for c, s in enumerate(row):
            yield shifted(s.one, offsets[r][c]), shifted(s.other, offsets[r][c]), s.passes
            if c + 1 < len(row):
                yield from _across(edge(r, c, 3), edge(r, c + 1, 2))
            if r + 1 < len(surveys):
                yield from _across(edge(r, c, 1), edge(r + 1, c, 0))
                for side, at, back in ((c + 1, -1, 0), (c - 1, 0, -1)):
                    if 0 <= side < len(row):
                        (a, x), (b, y) = edge(r, c, 1), edge(r + 1, side, 0)
                        yield a[[at]], b[[back]], np.maximum(x[[at]], y[[back]])


def _across(near: tuple[NDArray[np.int32], NDArray[Any]], far: tuple[NDArray[np.int32], NDArray[Any]]) -> Any:
    """The three steps from each cell of an edge to the facing one."""
    (a, x), (b, y) = near, far
    n = a.size
    for s, t in ((slice(n), slice(n)), (slice(n - 1), slice(1, n)), (slice(1, n), slice(n - 1))):
        differ = a[s] != b[t]
        yield a[s][differ], b[t][differ], np.maximum(x[s], y[t])[differ]


def finish(z: NDArray[Any], found: Survey, anchor_levels: NDArray[Any], out: NDArray[Any]) -> None:
    """Second pass over one block: write the filled heights into ``out`` (y, x)."""
    from riskmap._kernels import fill_blocks as kernel

    known = np.zeros(found.up.size, np.bool_)
    level = np.empty(found.up.size, z.dtype)
    known[found.anchors], level[found.anchors] = True, anchor_levels
    kernel.settle(found.up, found.height, known, level)
    kernel.raise_rows(z, found.labels, found.first, found.side, level + z.dtype.type(0), 0, z.shape[0], out)


def summary(found: Survey) -> Survey:
    """What ``join`` needs of a survey, without what grows with the block's cells."""
    return replace(
        found,
        labels=np.empty((0, 0), np.uint16),
        first=np.empty(0, np.int32),
        up=np.empty(0, np.int32),
        height=np.empty(0, found.height.dtype),
    )


def fill_blocks(
    z: NDArray[Any],
    *,
    keep: NDArray[np.bool_] = NOTHING,
    walls: NDArray[np.bool_] = NOTHING,
    block: int = BLOCK,
    side: int = TILE,
    workers: int | None = None,
) -> NDArray[Any]:
    """Fill an array in memory, its blocks in threads.

    Parameters
    ----------
    z : float32 or float64 (y, x), C order; NaN is outside
    keep, walls : bool (y, x), optional
        See ``riskmap.terrain.depressions.fill_depressions``.
    block, side : int
        Of blocks and tiles [cells]; they change the time, never the result.

    Returns
    -------
    Array like ``z``.
    """
    blocks = blocks_of(z.shape, block)
    order, across = list(flat(blocks)), len(blocks[0])
    found: list[Survey | None] = [None] * len(order)

    def first_pass(k: int) -> None:
        at, (r, c) = order[k], divmod(k, across)
        ends = (r == 0, r == len(blocks) - 1, c == 0, c == across - 1)
        found[k] = survey(z[at], ends, keep=part(keep, at), walls=part(walls, at), side=side)

    each(first_pass, len(order), workers)
    surveys = [s for s in found if s is not None]
    levels = list(flat(join([surveys[k : k + across] for k in range(0, len(order), across)])))
    out = np.empty_like(z)

    def second_pass(k: int) -> None:
        finish(z[order[k]], surveys[k], levels[k], out[order[k]])

    each(second_pass, len(order), workers)
    return out


def fill_pieces(
    read: Callable[[slice, slice], Any],
    write: Callable[[slice, slice, NDArray[Any]], None],
    shape: tuple[int, int],
    *,
    block: int = PIECE,
    workers: int | None = None,
) -> None:
    """Fill an elevation model that does not fit into memory, piece by piece: it is read twice and written once.

    Memory is that of a piece for each thread (about 15 bytes a cell) and of the pieces' rims (about 60 bytes for each
    cell along them), however large the whole is. Each piece is surveyed twice, which costs half as much time again.

    Parameters
    ----------
    read : callable (rows, columns) -> array (y, x) [m]
        A part of the model, NaN without data; the same each time it is asked for.
    write : callable (rows, columns, array)
        Takes the filled part. Neither is called by two threads at once.
    shape : (int, int)
        Of the whole.
    block, workers : int
        Side of the pieces [cells], and threads; they never change the result.

    Examples
    --------
    >>> whole = np.array([[5., 5, 5, 5], [5, 1, 4, 3], [5, 5, 5, 5]])
    >>> out = np.zeros(whole.shape)
    >>> def read(rows, columns): return whole[rows, columns]
    >>> def write(rows, columns, part): out[rows, columns] = part
    >>> fill_pieces(read, write, whole.shape, block=2)
    >>> out[1]
    array([5., 4., 4., 3.])
    """
    blocks, one_at_a_time = blocks_of(shape, block), Lock()
    order, across = list(flat(blocks)), len(blocks[0])
    found: list[Any] = [None] * len(order)

    def surveyed(k: int) -> tuple[NDArray[Any], Survey]:
        r, c = divmod(k, across)
        with one_at_a_time:
            z = elevation(read(*order[k]))
        if z.shape != (wanted := tuple(part.stop - part.start for part in order[k])):
            raise DataError("a piece of another size", where="read", expected=f"{wanted}", found=f"{z.shape}")
        return z, survey(z, (r == 0, r == len(blocks) - 1, c == 0, c == across - 1))

    def first_pass(k: int) -> None:
        found[k] = summary(surveyed(k)[1])

    each(first_pass, len(order), workers)
    levels = list(flat(join([found[k : k + across] for k in range(0, len(order), across)])))

    def second_pass(k: int) -> None:
        z, again = surveyed(k)
        out = np.empty_like(z)
        finish(z, again, levels[k], out)
        with one_at_a_time:
            rows, columns = order[k]
            write(rows, columns, out)

    each(second_pass, len(order), workers)
