"""Pickles of our own values, read-only mappings included: for another process, or for the next start of a run."""

from __future__ import annotations

import copyreg
import io
import pickle
from types import MappingProxyType
from typing import Any


def _read_only(content: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(content)  # a name that a pickle can look up: the type itself has none


class _Pickler(pickle.Pickler):
    dispatch_table = copyreg.dispatch_table.copy()
    dispatch_table[MappingProxyType] = lambda view: (_read_only, (dict(view),))


def dumped(value: Any) -> bytes:
    """A value as a pickle, which ``pickle.loads`` reads.

    Raises
    ------
    PicklingError, TypeError, AttributeError
        It holds what no pickle can hold.

    Examples
    --------
    >>> pickle.loads(dumped(MappingProxyType({"wind": 1})))
    mappingproxy({'wind': 1})
    """
    buffer = io.BytesIO()
    dump(value, buffer)
    return buffer.getvalue()


def dump(value: Any, file: Any) -> None:
    """As ``dumped``, into a file: arrays go there as they lie, without a copy of them all."""
    _Pickler(file, protocol=5).dump(value)
