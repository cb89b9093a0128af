"""JSON files of services, with messages that name the file and the place in it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from riskmap.errors import DataError
from riskmap.io.csv_table import read_text


def read_json(path: str | Path) -> Any:
    """Content of a JSON file; the call that a JSONP answer wraps around it is taken off.

    Raises
    ------
    SourceError
        See ``read_text``.
    DataError
        Not JSON, or NaN or Infinity in it, which JSON does not have; names the line.
    """
    text = read_text(path).strip()
    wrapped = re.fullmatch(r"[\w$.]+\s*\((.*)\)\s*;?", text, flags=re.DOTALL)

    def refuse(word: str) -> float:
        raise DataError(
            "not a number", where=str(path), expected="numbers, or null where unknown", found=word,
            remedy="write null",
        )  # fmt: skip

    try:
        return json.loads(wrapped[1] if wrapped else text, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise DataError(
            "not JSON", where=f"{path}, line {error.lineno}", expected="JSON", found=error.msg,
            remedy="fetch the file again",
        ) from error  # fmt: skip
    except (RecursionError, ValueError) as error:  # brackets without end, a number of thousands of digits
        if isinstance(error, DataError):
            raise
        raise DataError(
            "no JSON that can be read", where=str(path), expected="the answer of a service",
            found=str(error)[:80], remedy="fetch the file again",
        ) from error  # fmt: skip


def as_object(value: Any, *, where: str) -> dict[str, Any]:
    """A JSON object.

    Raises
    ------
    DataError
        Something else.
    """
    if not isinstance(value, dict):
        raise DataError(
            "not a JSON object", where=where, expected="{...}", found=repr(value)[:60],
            remedy="check the file and the track's format",
        )  # fmt: skip
    return value


def as_list(value: Any, *, where: str) -> list[Any]:
    """A JSON array; empty where there is null or nothing.

    Raises
    ------
    DataError
        Something else.
    """
    if value is None or value == "":
        return []
    if not isinstance(value, list):
        raise DataError(
            "not a JSON array", where=where, expected="[...]", found=repr(value)[:60],
            remedy="check the file and the track's format",
        )  # fmt: skip
    return value
