"""A draft as JSON and back: what was printed is what is signed, word for word."""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from riskmap.errors import DataError
from riskmap.products.letter_fields import Letter, canonical_json
from riskmap.scale import Tier

FORMAT: Final = "riskmap-draft"
VERSION: Final = 1


def draft_json(letter: Letter) -> str:
    """The draft with its map, as one JSON text; ``fields`` is exactly what the digest is taken of.

    Parameters
    ----------
    letter : Letter
        See ``riskmap.products.letter.draft_letter``.
    """
    head = {"format": FORMAT, "version": VERSION, "digest": letter.digest, "map_svg": letter.map_svg}
    if letter.map_picture:
        head["map_picture"] = letter.map_picture
    told = json.dumps(head, ensure_ascii=False, separators=(",", ":"))
    return f'{told[:-1]},"fields":{canonical_json(letter)}}}\n'


def parse_draft(text: str, *, where: str = "draft") -> Letter:
    """The draft of a JSON text.

    Raises
    ------
    DataError
        No draft, of another version, with a field missing or of the wrong type, or changed after it was drafted: its
        digest is not that of its fields.
    """
    try:
        content = json.loads(text)
        if content["format"] != FORMAT or content["version"] != VERSION:
            raise _damaged(where, f"{content['format']!r}, version {content['version']!r}")
        head = {"map_svg": content["map_svg"], "map_picture": content.get("map_picture", "")}
        letter: Letter = _record(Letter, {**content["fields"], **head})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, DataError):
            raise
        raise _damaged(where, f"{type(error).__name__}: {error}") from error
    if letter.digest != content.get("digest"):
        raise DataError(
            "the draft was changed after it was made", where=where, expected=f"digest {content.get('digest')}",
            found=f"fields of digest {letter.digest}", remedy="draft it again; what people read must be what is signed",
        )  # fmt: skip
    return letter


def _record(kind: Any, content: Any) -> Any:
    """A frozen record of its plain fields; those with a default may be missing, none may be unknown."""
    hints = _hints(kind)
    known = fields(kind)
    if not isinstance(content, Mapping):
        raise TypeError(f"{kind.__name__} is no mapping")
    needed = {f.name for f in known if f.default is MISSING and f.default_factory is MISSING}
    odd = sorted((needed - set(content)) | (set(content) - {f.name for f in known}))
    if odd:
        raise TypeError(f"{kind.__name__}: missing or unknown {', '.join(odd)}")
    return kind(**{name: _value(hints[name], value, name) for name, value in content.items()})


@cache
def _hints(kind: Any) -> dict[str, Any]:
    """Types of a record's fields: read once, since a letter has fifty records."""
    return get_type_hints(kind)


def _value(hint: Any, value: Any, name: str) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        options = get_args(hint)
        if value is None and type(None) in options:
            return None
        (hint,) = (option for option in options if option is not type(None))
        return _value(hint, value, name)
    if origin is tuple:
        inner = get_args(hint)
        if not isinstance(value, list):
            raise TypeError(f"{name} is no list")
        if inner[-1] is Ellipsis:
            return tuple(_value(inner[0], entry, name) for entry in value)
        return tuple(_value(kind, entry, name) for kind, entry in zip(inner, value, strict=True))
    if origin is Literal:
        if value not in get_args(hint):
            raise TypeError(f"{name} is none of {', '.join(get_args(hint))}")
        return value
    if is_dataclass(hint):
        return _record(hint, value)
    return _plain(hint, value, name)


def _plain(hint: Any, value: Any, name: str) -> Any:
    if hint is datetime:
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is None:
            raise TypeError(f"{name} has no time zone")
        return instant
    if issubclass(hint, Enum):
        return Tier(value)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not hint:
        raise TypeError(f"{name} is no {hint.__name__}")
    return value


def _damaged(where: str, found: str) -> DataError:
    return DataError(
        "is no draft", where=where, expected=f"JSON of format {FORMAT!r}, version {VERSION}", found=found,
        remedy="take the file as the run published it",
    )  # fmt: skip
