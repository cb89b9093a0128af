"""Deadlines and rungs of the closed loop, from ``rules.toml`` or a bureau's own file: each with source and status."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

from riskmap.errors import ConfigError
from riskmap.rules import STATUSES
from riskmap.scale import Tier

_TIERS = (Tier.RED, Tier.ORANGE, Tier.YELLOW, Tier.BLUE)


@dataclass(frozen=True, slots=True)
class Rung:
    """One step after a deadline.

    Attributes
    ----------
    id, chinese : str
    up : int
        Levels above the office that is late: who is told; 0 tells the office itself.
    """

    id: str
    chinese: str
    up: int


@dataclass(frozen=True)
class LoopRules:
    """What the loop goes by.

    Attributes
    ----------
    send, close : mapping
        Tier -> time from the signature to being sent, and from sending to 销号.
    most_extensions : int
    answer_only : frozenset of str
        Ids of document types that ask for no work.
    repeats : int
        How often the last rung is repeated for an office that never answers.
    shortfall_share, shortfall_people, shortfall_least, shortfall_least_share
        See ``short``.
    first_wait, longest_wait : timedelta
        Between attempts to deliver.
    lease, silent : timedelta
        How long a worker holds a row, and after how long without a sign of life it is named.
    clock_tolerance : timedelta
    rungs : tuple of Rung
        The first is the reminder.
    """

    send: Mapping[Tier, timedelta]
    close: Mapping[Tier, timedelta]
    most_extensions: int
    answer_only: frozenset[str]
    repeats: int
    shortfall_share: float
    shortfall_people: int
    shortfall_least: int
    shortfall_least_share: float
    first_wait: timedelta
    longest_wait: timedelta
    lease: timedelta
    silent: timedelta
    clock_tolerance: timedelta
    rungs: tuple[Rung, ...]

    def wait(self, attempts: int) -> timedelta:
        """How long after so many attempts that failed the next one comes.

        Examples
        --------
        >>> [bundled_rules().wait(n).total_seconds() for n in (1, 2, 3, 20)]
        [30.0, 60.0, 120.0, 1800.0]
        """
        doubled: int = 2 ** min(max(attempts - 1, 0), 20)
        return min(self.first_wait * doubled, self.longest_wait)

    def short(self, to_move: int, moved: int) -> bool:
        """Whether so many who have not moved are too many: more than a share of them, or than so many people, whichever is less.

        A household may still be persuaded where few are to move: ``shortfall_least`` people, and no more than a share of all.

        Examples
        --------
        >>> rules = bundled_rules()
        >>> rules.short(1000, 990), rules.short(1000, 980), rules.short(20, 17), rules.short(20, 16), rules.short(3, 2)
        (False, True, False, True, True)
        """
        household = min(self.shortfall_least, self.shortfall_least_share * to_move)
        return to_move - moved > min(max(self.shortfall_share * to_move, household), self.shortfall_people)


@cache
def bundled_rules() -> LoopRules:
    """The rules that come with the library.

    Examples
    --------
    >>> [rung.chinese for rung in bundled_rules().rungs]
    ['催办', '电话提醒', '督办单', '视频抽查', '派工作组', '通报']
    """
    return parse_rules(
        (files("evac") / "orders" / "rules.toml").read_text(encoding="utf-8"), where="rules.toml"
    )


def parse_rules(text: str, *, where: str) -> LoopRules:
    """Check a TOML text and freeze it.

    Raises
    ------
    ConfigError
        Not TOML, a section missing, a number that is none or not positive, no source or status; names the key.

    Examples
    --------
    >>> parse_rules("", where="own.toml")
    Traceback (most recent call last):
    riskmap.errors.ConfigError: own.toml: the section [send] is missing; ...
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _wrong("is not TOML", where, "a rule file", str(error)) from error
    parts = (
        "send",
        "close",
        "extensions",
        "answer_only",
        "catching_up",
        "shortfall",
        "delivery",
        "worker",
        "clock",
    )
    for name in (*parts, "rung"):
        if name not in content:
            raise _wrong(f"the section [{name}] is missing", where, ", ".join(parts), ", ".join(content))
    for name in parts:
        _certificate(content[name], f"{where}, [{name}]")
    rungs = tuple(_rung(entry, f"{where}, [[rung]] number {n}") for n, entry in enumerate(content["rung"], 1))
    ids = [rung.id for rung in rungs]
    if not rungs or rungs[0].up != 0 or len(set(ids)) != len(ids):
        raise _wrong("the rungs do not make a ladder", where, "the first tells the office itself (up = 0); each id once", str(ids))  # fmt: skip
    if any(later.up < earlier.up for earlier, later in pairwise(rungs)):
        raise _wrong("a rung goes down again", where, "`up` never less than before", str([r.up for r in rungs]))  # fmt: skip
    return LoopRules(
        send=_times(content["send"], "minutes", f"{where}, [send]"),
        close=_times(content["close"], "hours", f"{where}, [close]"),
        most_extensions=int(_number(content["extensions"], "most", where)),
        answer_only=frozenset(map(str, content["answer_only"].get("types", ()))),
        repeats=int(_number(content["catching_up"], "repeats", where)),
        shortfall_share=_number(content["shortfall"], "share", where),
        shortfall_people=int(_number(content["shortfall"], "people", where)),
        shortfall_least=int(_number({"least": 1} | content["shortfall"], "least", where)),
        shortfall_least_share=_number({"least_share": 1e-9} | content["shortfall"], "least_share", where),
        first_wait=_seconds(content["delivery"], "first_seconds", where),
        longest_wait=_seconds(content["delivery"], "most_seconds", where),
        lease=_seconds(content["worker"], "lease_seconds", where),
        silent=_seconds(content["worker"], "silent_seconds", where),
        clock_tolerance=_seconds(content["clock"], "tolerance_seconds", where),
        rungs=rungs,
    )


def _rung(entry: Mapping[str, Any], where: str) -> Rung:
    _certificate(entry, where)
    up = entry.get("up")
    if not isinstance(up, int) or isinstance(up, bool) or up < 0 or not str(entry.get("id", "")).strip():
        raise _wrong("not a rung", where, "id, chinese, and `up` from 0", repr(dict(entry)))
    return Rung(str(entry["id"]), str(entry.get("chinese", entry["id"])), up)


def _certificate(entry: Mapping[str, Any], where: str) -> None:
    if not str(entry.get("source", "")).strip() or entry.get("status") not in STATUSES:
        raise _wrong(
            "a rule without its source or status", where, f"source, and status one of {', '.join(STATUSES)}",
            repr(entry.get("status")),
        )  # fmt: skip


def _times(entry: Mapping[str, Any], unit: str, where: str) -> dict[Tier, timedelta]:
    return {tier: timedelta(**{unit: _number(entry, tier.english, where)}) for tier in _TIERS}


def _seconds(entry: Mapping[str, Any], key: str, where: str) -> timedelta:
    return timedelta(seconds=_number(entry, key, where))


def _number(entry: Mapping[str, Any], key: str, where: str) -> float:
    value = entry.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool) or value <= 0:
        raise _wrong(f"{key} is not a positive number", where, "a number above 0", repr(value))
    return float(value)


def _wrong(message: str, where: str, expected: str, found: str) -> ConfigError:
    return ConfigError(
        message, where=where, expected=expected, found=found, remedy="mend it after evac/orders/rules.toml"
    )
