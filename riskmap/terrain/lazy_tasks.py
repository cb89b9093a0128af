"""Tasks of Dask for the chunks of an array, those of one kind in one layer of the graph.

Graphs grow with the number of chunks. ``dask.delayed`` would not do: each of its objects brings its own copy of all that
comes before it, so that graphs grow with the square, and what comes before is optimized, renamed and run for each anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from itertools import pairwise
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from riskmap.errors import DataError, MissingExtraError
from riskmap.terrain.elevation import NOTHING, Block

Key = tuple[Any, ...]


def _dask(module: str) -> Any:
    try:
        return import_module(f"dask.{module}")
    except ImportError as error:
        raise MissingExtraError(
            "chunked arrays need Dask", where="riskmap.terrain", remedy="pip install 'riskmap[scale]'"
        ) from error


def chunks_of(array: Any) -> list[list[Block]]:
    """Slices of the chunks, row by row.

    Raises
    ------
    DataError
        Not a plane of known size.
    """
    if array.ndim != 2 or np.isnan(array.shape).any():
        raise DataError(
            "the elevation model is not a plane of heights",
            where="dem",
            expected="two dimensions of known size",
            found=f"{array.shape}",
        )
    rows, columns = ([slice(int(a), int(b)) for a, b in pairwise(_edges(sizes))] for sizes in array.chunks)
    return [[(r, c) for c in columns] for r in rows]


def with_rim(at: Block, shape: tuple[int, int], rim: int) -> tuple[Block, Block]:
    """A window grown by ``rim`` cells as far as the array goes, and where the window lies in it.

    Examples
    --------
    >>> with_rim((slice(0, 4), slice(4, 8)), (8, 8), 1)
    ((slice(0, 5, None), slice(3, 8, None)), (slice(0, 4, None), slice(1, 5, None)))
    """
    rows, columns = (
        slice(max(s.start - rim, 0), min(s.stop + rim, size)) for s, size in zip(at, shape, strict=True)
    )
    down, along = (
        slice(s.start - p.start, s.stop - p.start) for s, p in zip(at, (rows, columns), strict=True)
    )
    return (rows, columns), (down, along)


def _edges(sizes: Sequence[int]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Tasks:
    """One layer, and the graph that it stands on."""

    graph: Any
    name: str

    def __getitem__(self, place: Key) -> Key:
        """The key of a task."""
        return (self.name, *place)


def tasks(
    function: Callable[..., Any], calls: Mapping[Key, Sequence[Any]], *needs: Tasks, name: str | None = None
) -> Tasks:
    """A layer that calls ``function`` for each place; arguments are keys of ``needs``, lists of keys, or values."""
    name = name or _name(function.__name__)
    layer = {(name, *place): (function, *arguments) for place, arguments in calls.items()}
    graphs = _dask("highlevelgraph").HighLevelGraph
    below = graphs.merge(*(need.graph for need in needs))
    dependencies = {**below.dependencies, name: {need.name for need in needs}}
    return Tasks(graphs({**below.layers, name: layer}, dependencies), name)


def _name(kind: str) -> str:
    return f"{kind.strip('_')}-{uuid4().hex}"


def of_array(array: Any) -> Tasks:
    """The chunks of an array of Dask."""
    return Tasks(array.__dask_graph__(), array.name)


def as_array(results: Tasks, chunks: Any, dtype: Any) -> Any:
    """The array whose chunks (row, column) are these results."""
    return _dask("array").Array(results.graph, results.name, chunks, dtype=dtype)


@dataclass(frozen=True, eq=False)
class Cut:
    """An array (y, x) from which windows are cut for tasks: of Dask, in memory, or None.

    Of a chunk that a window holds in part, a task of its own cuts the part, so that no more of it has to travel.
    """

    array: Any
    name: str = field(default_factory=lambda: _name("part"))
    parts: dict[Key, tuple[Any, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, array: Any) -> Cut:
        """``array``, labelled or not."""
        return cls(array.data if hasattr(array, "dims") else array)

    @property
    def lazy(self) -> bool:
        """Whether it is an array of Dask."""
        return hasattr(self.array, "__dask_graph__")

    def window(self, at: Block) -> Any:
        """What to give to a task for a window, which calls ``joined`` on it; an empty mask of no array."""
        if self.array is None:
            return NOTHING
        if not self.lazy:
            return np.ascontiguousarray(self.array[at])
        down, along = (
            _overlaps(_edges(sizes), part) for sizes, part in zip(self.array.chunks, at, strict=True)
        )
        return [[self._piece((r, c), (rows, columns)) for c, columns in along] for r, rows in down]

    def _piece(self, chunk: tuple[int, int], part: Block) -> Key:
        if all(
            p == slice(0, int(sizes[k])) for p, sizes, k in zip(part, self.array.chunks, chunk, strict=True)
        ):
            return (self.array.name, *chunk)
        place = (*chunk, *(edge for p in part for edge in (p.start, p.stop)))
        self.parts[place] = ((self.array.name, *chunk), *part)
        return (self.name, *place)

    def needs(self) -> list[Tasks]:
        """What tasks stand on that were given windows."""
        if not self.lazy:
            return []
        whole = of_array(self.array)
        return [whole, tasks(_part, self.parts, whole, name=self.name)] if self.parts else [whole]


def _part(chunk: Any, rows: slice, columns: slice) -> Any:
    return np.asarray(chunk)[rows, columns].copy()  # not a view: the chunk may go


def in_one(
    function: Callable[..., NDArray[Any]], arrays: Sequence[Any], *rest: Any, like: Any, dtype: Any
) -> Any:
    """An array of Dask whose values one task makes of whole arrays: for what cannot be cut.

    Parameters
    ----------
    function : callable
        Takes each of ``arrays`` whole, then ``rest``.
    arrays : sequence of arrays (y, x), of Dask or not, or None
        None comes as an empty mask.
    like : dask array
        Whose shape and chunks the result has.
    """
    whole = (slice(0, int(like.shape[0])), slice(0, int(like.shape[1])))
    cuts = [Cut.of(array) for array in arrays]
    call = (_whole, function, len(cuts), *(cut.window(whole) for cut in cuts), *rest)
    found = tasks(_call, {(0, 0): call}, *(need for cut in cuts for need in cut.needs()))
    return as_array(found, tuple((n.stop,) for n in whole), dtype).rechunk(like.chunks)


def _call(how: Callable[..., Any], *arguments: Any) -> Any:
    return how(*arguments)


def _whole(function: Callable[..., Any], count: int, *arguments: Any) -> Any:
    return function(*(np.ascontiguousarray(joined(a)) for a in arguments[:count]), *arguments[count:])


def joined(pieces: Any) -> Any:
    """A window of ``Cut`` as one array."""
    if not isinstance(pieces, list):
        return pieces
    return pieces[0][0] if len(pieces) == len(pieces[0]) == 1 else np.block(pieces)


def _overlaps(edges: NDArray[np.int64], wanted: slice) -> list[tuple[int, slice]]:
    """Chunks between ``edges`` that hold part of a range, and which part of each."""
    first = int(np.searchsorted(edges, wanted.start, side="right")) - 1
    last = int(np.searchsorted(edges, wanted.stop, side="left"))
    return [
        (k, slice(int(max(wanted.start - a, 0)), int(min(wanted.stop, b) - a)))
        for k, (a, b) in enumerate(pairwise(edges[first : last + 1]), first)
    ]
