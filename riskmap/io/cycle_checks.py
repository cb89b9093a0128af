"""What the values of a configuration of cycles must be beyond their kind: each looked at wherever it is sound in itself."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from riskmap.errors import ConfigError
from riskmap.io.service import is_address
from riskmap.io.toml_errors import Keys

LONGEST_KEPT: Final = 100_000

LONGEST_LAYER: Final = 12
"""Hours ahead beyond which a nowcast is none (status D)."""

LONGEST_GATHERED: Final = 72
"""Hours of deliveries that are gathered at most: 24 that thresholds look back on, and those since a soil state (status D)."""


def wrong_cycle(
    values: Mapping[Keys, Any], lines: Mapping[Keys, int], where: str, *, reads: Sequence[str]
) -> Iterator[ConfigError]:
    """Every pace, number of runs and input that no cycle can go by.

    Parameters
    ----------
    values : mapping
        By key, see ``riskmap.io.toml_errors.sound_values``; one that is wrong in itself is not among them.
    lines : mapping
        Of ``riskmap.io.toml_file.key_lines``.
    where : str
        The configuration.
    reads : sequence of str
        Sections of the scenario that the flash-flood layer reads.
    """

    def refuse(message: str, keys: Keys, expected: str, remedy: str) -> ConfigError:
        line = lines.get(keys) or lines.get(keys[:-1])
        words = ".".join(str(key) for key in keys if not isinstance(key, int))
        at = f"{where}, {f'line {line}, ' if line else ''}key {words}"
        return ConfigError(message, where=at, expected=expected, found=repr(values[keys]), remedy=remedy)

    for name in ("cycle", "flash"):
        pace, kept = values.get((name, "every_minutes")), values.get((name, "keep"))
        if pace is not None and (pace < 1 or 1440 % pace):
            yield refuse("the pace does not divide a day", (name, "every_minutes"), "10, 60, 180 ... minutes", "name one that does")  # fmt: skip
        if kept is not None and not 2 <= kept <= LONGEST_KEPT:
            yield refuse("too few or too many runs kept", (name, "keep"), f"2 to {LONGEST_KEPT}", "keep two at least: the last good one stays")  # fmt: skip
    ahead = values.get(("flash", "hours"))
    if ahead is not None and not 0 <= ahead <= LONGEST_LAYER:
        yield refuse("a layer that looks too far ahead", ("flash", "hours"), f"0 to {LONGEST_LAYER} hours", "the full cycle looks further")  # fmt: skip
    for table in (("input",), ("flash", "input")):
        seen: set[str] = set()
        count = len(table) + 1
        for entry in dict.fromkeys(
            keys[:count] for keys in values if keys[: count - 1] == table and len(keys) > count
        ):
            own = {str(keys[-1]): value for keys, value in values.items() if keys[:count] == entry}
            key = own.get("key")
            if key is not None and not all(part for part in (key.partition(".")[0], key.partition(".")[2])):
                yield refuse("not a key of a scenario", (*entry, "key"), "section.key, e.g. track.file", "name section and key")  # fmt: skip
            elif key is not None and key in seen:
                yield refuse("two inputs for one key", (*entry, "key"), "each key once", "leave one of them out")  # fmt: skip
            elif key is not None and table[0] == "flash" and key.partition(".")[0] not in reads:
                yield refuse("not read by the flash-flood layer", (*entry, "key"), f"a key of {', '.join(reads)}", "leave it to [[input]]")  # fmt: skip
            seen.add(str(key))
            for name, message, expected, remedy in _wrong_input(own):
                yield refuse(message, (*entry, name), expected, remedy)


def _wrong_input(own: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Key, what is wrong with it, what was expected, and the remedy, of one input."""
    age, hours, stamp = own.get("max_age_hours"), own.get("gather_hours", 0.0), own.get("stamp")
    address = "watch" in own and is_address(own["watch"])
    if age is not None and age <= 0:
        yield "max_age_hours", "an age that all data have", "hours above 0", "say how old the data may be"
    if not 0 <= hours <= LONGEST_GATHERED or (hours and address):
        yield (
            "gather_hours", "deliveries that cannot be gathered", f"a folder, and 0 to {LONGEST_GATHERED} hours",
            "leave it out: the newest alone",
        )  # fmt: skip
    if stamp is not None and address:
        yield (
            "stamp", "an address has no names that tell a time", "a folder, or no stamp",
            "leave stamp out; for replays let the answers be saved into a folder and watch that",
        )  # fmt: skip
    elif stamp is not None and not _reads(stamp):
        yield (
            "stamp",
            "a stamp that tells no time",
            "e.g. track_%Y%m%d%H%M.csv",
            "name year, month, day and hour",
        )


def _reads(stamp: str) -> bool:
    """Whether a pattern gives back the hour that was written with it."""
    try:
        hour = datetime(2000, 7, 24, 8)  # noqa: DTZ001 - read back without a zone
        return datetime.strptime(hour.strftime(stamp), stamp) == hour and set(stamp) <= set(string.printable)  # noqa: DTZ007
    except ValueError:
        return False
