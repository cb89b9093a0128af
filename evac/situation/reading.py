"""A situation read back from its JSON: what an earlier shift, or a schedule, wrote."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from evac.situation.document import SITUATION_FORMAT, SITUATION_VERSION, Situation
from riskmap.errors import DataError


def from_json(text: str, *, where: str = "situation") -> Situation:
    """The inverse of ``to_json``.

    Raises
    ------
    DataError
        Not a situation, of another version, or damaged; names the field.
    """
    try:
        content = json.loads(text)
    except ValueError as error:
        raise _wrong(where, str(error)) from error
    if not isinstance(content, Mapping) or content.get("format") != SITUATION_FORMAT:
        raise _wrong(where, "another kind of file")
    if content.get("version") != SITUATION_VERSION:
        raise _wrong(where, f"version {content.get('version')!r}")
    try:
        found: Situation = _built(Situation, content, where)
    except (TypeError, ValueError, KeyError) as error:
        raise _wrong(where, f"{type(error).__name__}: {error}") from error
    return found


def _wrong(where: str, found: str) -> DataError:
    return DataError(
        "not a situation that can be read", where=where,
        expected=f"JSON of {SITUATION_FORMAT}, version {SITUATION_VERSION}, as `evac situation show --json` writes it",
        found=found, remedy="name another file, or make it again",
    )  # fmt: skip


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)


def _built(kind: Any, value: Any, where: str) -> Any:  # JSON goes in, typed values come out
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        if value is None and NoneType in inner:
            return None
        # int before float: a whole number stays one
        others = [one for one in inner if one is not NoneType]
        for one in others:
            if one in (int, str, float) and type(value) is one:
                return value
        return _built(others[-1] if isinstance(value, float) else others[0], value, where)
    if origin is tuple:
        if not isinstance(value, list):
            raise TypeError(f"{where}: expected a list, found {type(value).__name__}")
        if len(inner) == 2 and inner[1] is Ellipsis:
            return tuple(_built(inner[0], one, f"{where}[{n}]") for n, one in enumerate(value))
        return tuple(_built(one, given, where) for one, given in zip(inner, value, strict=True))
    if origin is not None and issubclass(origin, Mapping):
        return {str(key): _built(inner[1], one, f"{where}.{key}") for key, one in value.items()}
    if is_dataclass(kind):
        hints = _hints(kind)  # type: ignore[arg-type]  # a class, not an instance
        names = [one.name for one in fields(kind)]
        if not isinstance(value, Mapping) or set(value) != set(names):
            raise TypeError(f"{where}: expected the fields {', '.join(names)}")
        return kind(**{name: _built(hints[name], value[name], f"{where}.{name}") for name in names})  # type: ignore[operator]
    return _plain(kind, value, where)


def _plain(kind: Any, value: Any, where: str) -> Any:
    if kind is datetime:
        return datetime.fromisoformat(value)
    if kind is timedelta:
        return timedelta(seconds=value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not kind:
        raise TypeError(f"{where}: expected {kind.__name__}, found {type(value).__name__}")
    return value
