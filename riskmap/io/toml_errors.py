"""What is wrong in a TOML file, said with key, line, and the key that was perhaps meant."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

from riskmap.errors import ConfigError
from riskmap.io.toml_file import key_lines

if TYPE_CHECKING:
    from pydantic import ValidationError


def explain_values(
    problem: ValidationError, kind: type, path: Path, text: str, *, example: str
) -> ConfigError:
    """The error that helps most among those of a validation.

    Parameters
    ----------
    problem : ValidationError
    kind : type
        Dataclass that was asked for.
    path, text
        Of the file.
    example : str
        A file that shows all keys.
    """
    # a misspelt key is also a missing one: the spelling is what helps
    errors = sorted(problem.errors(), key=lambda error: error["type"] != "unexpected_keyword_argument")
    return _explain(errors[0], kind, path, text, example)


def _explain(error: Any, kind: type, path: Path, text: str, example: str) -> ConfigError:
    keys = [str(part) for part in error["loc"]]
    lines, at = key_lines(text), tuple(int(key) if key.isdigit() else key for key in keys)
    line = next((lines[at[:end]] for end in range(len(at), 0, -1) if at[:end] in lines), None)
    where = f"{path}, {'line ' + str(line) + ', ' if line else ''}key {'.'.join(keys)}"
    if error["type"] == "unexpected_keyword_argument":
        known = _known_keys(keys[:-1], kind)
        near = get_close_matches(keys[-1], known, n=1)
        return ConfigError(
            "unknown key", where=where, expected=" | ".join(known), found=keys[-1],
            remedy=f"did you mean {near[0]!r}?" if near else "remove it",
        )  # fmt: skip
    if error["type"] in ("missing", "missing_argument"):
        return ConfigError(
            "a key is missing", where=where, expected=f"{keys[-1]} = ...", found="nothing",
            remedy=f"add it; {example} shows a whole one",
        )  # fmt: skip
    return ConfigError(
        "a value is not what it must be", where=where, expected=str(error["msg"]),
        found=repr(error.get("input")), remedy="mend the value",
    )  # fmt: skip


def _known_keys(section: list[str], kind: Any) -> list[str]:
    for name in section:
        kind = get_type_hints(kind).get(name, kind)
        kind = next((k for k in getattr(kind, "__args__", ()) if is_dataclass(k)), kind)
    return [f.name for f in fields(kind)] if is_dataclass(kind) else []
