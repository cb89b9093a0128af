"""Which files a hazard was made from, with digest and age: the first lines of an explanation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from riskmap.doubt import READ_BY
from riskmap.outlook import BEIJING
from riskmap.scale import hazard_words

Line = tuple[str, str]
"""(Chinese, English)."""

STILL: Final = frozenset({"terrain", "regions", "assets"})
"""Sections whose files do not change with the hour."""


def input_lines(record: Mapping[str, Any], hazard: str, issued_at: datetime) -> Iterator[Line]:
    """The files that a hazard and the regions were read from.

    Parameters
    ----------
    record : mapping
        ``run.json``; empty where it could not be read.
    hazard : str
    issued_at : datetime
        Of the run, timezone-aware.
    """
    if not record:
        yield (
            "1. 输入:run.json 读不到,输入文件不明",
            "1. Input: run.json cannot be read, so the files are not known",
        )
        return
    until = record.get("observed_until")
    words = hazard_words(hazard)
    yield (
        f"1. 输入({words[0]}):实况至 {until or '不明'}",
        f"1. Input ({words[1]}): observed until {until or 'not known'}",
    )
    wanted: Mapping[str, tuple[str, ...] | None] = {"regions": None, **READ_BY.get(hazard, {})}
    for entry in record.get("inputs", ()):
        section, key = str(entry.get("section", "")), str(entry.get("key", ""))
        keys = wanted.get(section, ())
        if keys is not None and key not in keys:
            continue
        digest, file = str(entry.get("sha256", ""))[:12], entry.get("file", "")
        age = _age(section, until, issued_at)
        yield (
            f"   [{section}] {key}: {file},sha256 {digest or '—'}…{age[0]}",
            f"   [{section}] {key}: {file}, sha256 {digest or '-'}...{age[1]}",
        )


def _age(section: str, until: str | None, issued_at: datetime) -> Line:
    """Hours from the last fix of the track to the issue time; files of the land have no such age."""
    if section in STILL:
        return ",静态资料", ", reference data"
    if section != "track" or not until:
        return ",文件未注明时刻", ", its time is not stated"
    last = datetime.fromisoformat(until).replace(tzinfo=BEIJING)
    hours = (issued_at - last).total_seconds() / 3600
    return f",起报时已 {hours:.1f} 小时", f", {hours:.1f} h old at the issue time"
