"""Secrets of channels: from the environment or a private file, never in a configuration, a message or a log."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from riskmap.errors import ConfigError
from riskmap.rules.place import Place

_SHORTEST = 6
"""Shorter secrets are not struck out of texts: every "1234" of a telephone number would go with them."""


class Secret:
    """A text that shows itself to nobody who prints it.

    Examples
    --------
    >>> Secret("SEC1234567"), f"{Secret('SEC1234567')}", Secret("SEC1234567").reveal()
    (Secret(***), '***', 'SEC1234567')
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself; for the wire alone."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"


def read_secret(told: object, place: Place, environment: Mapping[str, str] = os.environ) -> Secret:
    """The secret that ``env:NAME`` or ``file:PATH`` stands for.

    Parameters
    ----------
    told : object
        What the configuration says.
    environment : mapping
        Of the process.

    Raises
    ------
    ConfigError
        A secret written into the configuration itself, a variable that is not set, a file that is missing, empty, or
        readable by others than its owner.

    Examples
    --------
    >>> read_secret("env:ROBOT", Place("channels.toml"), {"ROBOT": "SEC1234567"}).reveal()
    'SEC1234567'
    """
    kind, colon, name = str(told).partition(":")
    if not isinstance(told, str) or not colon or kind not in ("env", "file") or not name:
        raise ConfigError(
            "a secret is not written here", where=str(place), expected='"env:NAME" or "file:PATH"', found="something else",
            remedy="put it into an environment variable, or into a file of mode 0600, and name that",
        )  # fmt: skip
    if kind == "env":
        found = environment.get(name, "")
        if not found.strip():
            raise ConfigError("the secret's variable is not set", where=str(place), expected=f"a value in {name}",
                              found="nothing", remedy=f"export {name}=... for the worker's user")  # fmt: skip
        return Secret(found.strip())
    return Secret(_from_file(Path(name), place))


def _from_file(path: Path, place: Place) -> str:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if os.name == "posix" and mode & 0o077:
            raise ConfigError("others can read the secret's file", where=str(place), expected=f"mode 0600 of {path}",
                              found=f"{mode:04o}", remedy=f"chmod 600 {path}")  # fmt: skip
        found = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ConfigError("the secret's file cannot be read", where=str(place), expected=f"a readable file {path}",
                          found=str(reason), remedy="check the path and the worker's user") from error  # fmt: skip
    if not found:
        raise ConfigError("the secret's file is empty", where=str(place), expected=f"the secret in {path}",
                          found="nothing", remedy="write it there")  # fmt: skip
    return found


def struck_out(text: str, secrets: Iterable[Secret]) -> str:
    """A text with every secret replaced by ``***``, as it is and as an address writes it; for details and logs.

    Examples
    --------
    >>> struck_out("POST /send?token=a%2Fb%2Fc%2Fd failed", [Secret("a/b/c/d")])
    'POST /send?token=*** failed'
    """
    from urllib.parse import quote, quote_plus

    for secret in secrets:
        own = secret.reveal()
        if len(own) >= _SHORTEST:
            for form in {own, quote(own, safe=""), quote_plus(own)}:
                text = text.replace(form, "***")
    return text
