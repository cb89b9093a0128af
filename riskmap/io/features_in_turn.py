"""Features of a GeoJSON collection one after the other: a file of a whole province never lies in memory as Python's lists."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final, NoReturn

_AHEAD: Final = 1 << 20
"""Bytes that are read together (D)."""
_BLANKS: Final = re.compile(r"[ \t\n\r]*")


class NotInTurnError(Exception):
    """A file that cannot be read in turn, for whatever reason: ``riskmap.io.json_file.read_json`` reads it whole or says what is wrong."""


def features_in_turn(path: str | Path) -> Iterator[Any]:
    """The features of a collection in UTF-8, as ``json.loads`` gives each of them.

    Parameters
    ----------
    path : path
        A GeoJSON FeatureCollection. Its other members are read and let go.

    Raises
    ------
    NotInTurnError
        Perhaps behind the last good feature: it cannot be read, is packed or in another encoding, no JSON, has NaN or Infinity, or
        has not just one array of features. What came before means nothing then.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "zones.geojson")
    ...     _ = path.write_text('{"type": "FeatureCollection", "features": [{"id": 1}, {"id": 2}]}', encoding="utf-8")
    ...     [feature["id"] for feature in features_in_turn(path)]
    [1, 2]
    """
    try:
        with Path(path).open("rb") as file:
            yield from _features(_Text(file))
    except (OSError, UnicodeDecodeError, RecursionError) as error:
        raise NotInTurnError from error


def _features(text: _Text) -> Iterator[Any]:
    text.sign("{")
    seen = False
    following = ","
    while following == ",":
        name = text.value()
        text.sign(":")
        if name != "features":
            text.value()
        elif seen:
            raise NotInTurnError  # the last of two would count
        else:
            seen = True
            yield from text.elements()
        if not isinstance(name, str):
            raise NotInTurnError
        following = text.sign(",}")
    if not seen or not text.over():
        raise NotInTurnError


class _Text:
    """A text of which only what is looked at lies in memory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._decoder = file, codecs.getincrementaldecoder("utf-8-sig")()
        self._scan = json.JSONDecoder(parse_constant=_refuse).raw_decode
        self._text, self._at, self._ended = "", 0, False

    def value(self) -> Any:
        """The next value."""
        self._skip()
        while True:
            try:
                found, end = self._scan(self._text, self._at)
            except ValueError:  # wrong, or cut off where the text ends so far
                end = len(self._text)
            if end < len(self._text):  # a number may go on behind what was read
                self._at = end
                return found
            self._more()

    def sign(self, wanted: str) -> str:
        """The next sign, one of those that are wanted."""
        self._skip()
        found = self._text[self._at]
        if found not in wanted:
            raise NotInTurnError
        self._at += 1
        return found

    def elements(self) -> Iterator[Any]:
        """Those of the array that comes next."""
        self.sign("[")
        self._skip()
        if self._text[self._at] == "]":
            self._at += 1
            return
        following = ","
        while following == ",":
            yield self.value()
            following = self.sign(",]")

    def over(self) -> bool:
        """Whether nothing but blanks comes any more."""
        try:
            self._skip()
        except NotInTurnError:
            return True
        return False

    def _skip(self) -> None:
        """Go to the next sign; there must be one."""
        while True:
            found = _BLANKS.match(self._text, self._at)
            assert found is not None  # no blank is a match too
            self._at = found.end()
            if self._at < len(self._text):
                return
            self._more()

    def _more(self) -> None:
        """Read on, twice as much each time that it was not enough; what was taken is let go."""
        if self._ended:
            raise NotInTurnError
        rest = self._text[self._at :]
        data = self._file.read(max(_AHEAD, 2 * len(rest)))
        self._ended = not data
        self._text, self._at = rest + self._decoder.decode(data, final=self._ended), 0


def _refuse(_word: str) -> NoReturn:
    raise NotInTurnError
