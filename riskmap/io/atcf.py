"""Decks of the Automated Tropical Cyclone Forecasting System: b-decks (best track) and a-decks (forecasts).

A line is one technique's fix at one lead time for one wind threshold: 1-min winds in knots, pressure in hPa, radii
in nautical miles, positions in tenths of a degree with N, S, E, W. Lines of one time are merged. Format: "ATCF
Database and Web Documentation, a-deck/b-deck" of the Naval Research Laboratory (status M: read in a public copy of
its field list).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.errors import ConfigError, CoverageError, DataError
from riskmap.io.csv_table import parse_each, read_text
from riskmap.io.fixes import (
    Fix,
    build_track,
    merge_fixes,
    no_radii,
    parse_number,
    parse_pressure,
    parse_radii,
    parse_wind,
)
from riskmap.regressions import KNOT, NAUTICAL_MILE
from riskmap.track import QUADRANTS

PERIOD: Final = 60
"""Averaging period of the decks' winds [s]."""

THRESHOLDS: Final = (34, 50, 64)
"""Winds of the radii [kt]; 35 in old decks is the same as 34, and 100 is not kept."""

LONGEST: Final = 480
"""Longest lead time of a technique [h] (status D: ensembles of the decks go to 384 h)."""

SAME_STORM: Final = timedelta(days=30)
"""Lines of one basin and number so close together are one storm (status D: its number comes back after a year)."""

_NAMELESS: Final = re.compile(
    r"|INVEST|GENESIS\d*|NONAME|UNNAMED|NULL|(ONE|TWO|THREE|FOUR|FIVE|SIX|SEVEN|EIGHT|NINE|TEN|ELEVEN|TWELVE"
    r"|[A-Z]+TEEN|(TWENTY|THIRTY|FORTY)\S*)"
)
"""What stands where a storm has no name: nothing, an invest, a number in words."""


@dataclass(frozen=True)
class _Line:
    """One line: whose, of when, for when."""

    storm: str
    technique: str
    based_at: datetime
    lead_hours: int
    name: str
    threshold: str
    fix: Fix


def read_atcf(
    path: str | Path, *, storm: str | None = None, technique: str = "BEST", issued_at: datetime | None = None
) -> xr.Dataset:
    """A storm out of an a- or b-deck.

    Parameters
    ----------
    path : path
        ``bwp092021.dat`` or ``awp092021.dat``, plain or gzip.
    storm : str, optional
        ``WP092021`` or a name; needed where the file holds several.
    technique : str
        ``BEST`` (b-deck), or the forecaster of an a-deck, e.g. ``JTWC``. Of an a-deck the analysed part is the
        technique's own analyses, ``CARQ`` where it has none.
    issued_at : datetime, optional
        Nothing later is analysed, and the forecast is the last one based by then; the last one of the file by
        default.

    Returns
    -------
    Dataset (time)
        A track (see ``riskmap.track``), 1-min wind, radii of 34, 50 and 64 kt, ``forecast`` flagged.

    Raises
    ------
    ConfigError
        No such storm or technique.
    CoverageError
        Nothing by the issue time.
    DataError, UnitsError
        A line is wrong, lines of one time contradict, or the forecast is older than the analysis.
    SourceError
        The file cannot be read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "bwp092021.dat")
    ...     _ = file.write_text(
    ...         "WP, 09, 2021072400,   , BEST,   0, 246N, 1271E,  65,  974, TY,   0,    ,    0,    0,    0,    0,\\n"
    ...         "WP, 09, 2021072406,   , BEST,   0, 252N, 1263E,  70,  967, TY,   0,    ,    0,    0,    0,    0,\\n")
    ...     track = read_atcf(file)
    >>> track.attrs["averaging_period"], track["maximum_wind"].values.round(1).tolist()  # s, m s-1
    (60, [33.4, 36.0])
    """
    where = str(path)
    content = read_text(path)
    numbered = [(n, text) for n, text in enumerate(content.splitlines(), start=1) if text.strip()]
    _require_whole(content, numbered, where)
    read = parse_each(numbered, lambda line: _line(line[1], line[0], where), file=where)
    lines = _of_storm(read, storm, where)
    wanted = technique.strip().upper()
    if wanted not in {x.technique for x in lines}:
        raise ConfigError(
            "no such technique in the deck", where=where,
            expected="one of " + ", ".join(sorted({x.technique for x in lines})), found=repr(technique),
            remedy='set technique = "BEST" for a b-deck; in a scenario [track] agency',
        )  # fmt: skip
    by_then = [x for x in lines if issued_at is None or x.based_at <= issued_at]
    analysed = _analysed(by_then, wanted)
    own = [x.based_at for x in by_then if x.technique == wanted]
    if not analysed or not own:
        raise CoverageError(
            "nothing of this technique by the issue time", where=where, expected=f"lines up to {issued_at}",
            found=f"the first of {lines[0].based_at}", remedy="choose a later issue time",
        )  # fmt: skip
    base = max(own)
    ahead = [x.fix for x in by_then if x.technique == wanted and x.based_at == base and x.lead_hours > 0]
    names = [x.name for x in lines if not _NAMELESS.fullmatch(x.name)]
    repeats = _repeats([x for x in by_then if x.technique in (wanted, "CARQ")])
    return build_track(
        # the lines of one time, one for each threshold, are no repeats
        [*merge_fixes(analysed, where=where), *merge_fixes(ahead, where=where)],
        averaging_period=PERIOD,
        wind_threshold=[k * KNOT for k in THRESHOLDS],
        attributes={
            "name": names[-1] if names else "",
            "number": lines[0].storm,
            "agency": "US agency (JTWC)" if wanted in ("BEST", "JTWC") else wanted,
            "source": Path(path).name,
        }
        | ({"repeated_rows": "; ".join(repeats)} if repeats else {}),
        where=where,
        judge_way=True,
    )


def _require_whole(content: str, numbered: list[tuple[int, str]], where: str) -> None:
    """Refuse a deck whose last line is shorter than the one before and does not end."""
    if len(numbered) < 2 or content.endswith(("\n", "\r")):
        return
    (_, before), (number, last) = numbered[-2:]
    if last.count(",") < before.count(","):
        raise DataError(
            "the last line is not all there", where=f"{where}, line {number}",
            expected=f"{before.count(',') + 1} cells, as in the line before, or the end of the line",
            found=f"{last.count(',') + 1}", remedy="fetch the file again",
        )  # fmt: skip


def _repeats(lines: list[_Line]) -> list[str]:
    """Lines that say again what an earlier one said of the same time, lead and threshold."""
    first: dict[tuple[object, ...], _Line] = {}
    found = []
    for line in lines:
        key = (line.technique, line.based_at, line.lead_hours, line.threshold)
        if key in first:
            found.append(f"{line.fix.row} repeats {first[key].fix.row}")
        first.setdefault(key, line)
    return found


def _of_storm(lines: list[_Line], storm: str | None, where: str) -> list[_Line]:
    lines = _over_new_year(lines)
    names: dict[str, set[str]] = {}
    for line in lines:
        names.setdefault(line.storm, set()).add(line.name)
    wanted = (storm or "").strip().upper()
    chosen = [k for k, called in names.items() if not wanted or wanted == k or wanted in called]
    if len(chosen) != 1:
        raise ConfigError(
            "several storms fit" if chosen else "no such storm in the file", where=f"{where}, storm",
            expected="one of " + ", ".join(names), found=repr(storm), remedy="give the number, e.g. WP092021",
        )  # fmt: skip
    return [line for line in lines if line.storm == chosen[0]]


def _over_new_year(lines: list[_Line]) -> list[_Line]:
    """One number for a storm that lives on into January: the year in which it began."""
    latest: dict[str, _Line] = {}
    found = []
    for line in lines:
        before = latest.get(line.storm[:-4])
        if before is not None and abs(line.based_at - before.based_at) < SAME_STORM:
            line = replace(line, storm=before.storm)
        latest[line.storm[:-4]] = line
        found.append(line)
    return found


def _analysed(lines: list[_Line], technique: str) -> list[Fix]:
    """Analyses of the technique in the order of the file; of CARQ at base times where it has none."""
    own = [x for x in lines if x.technique == technique and x.lead_hours == 0]
    times = {x.based_at for x in own}
    others = [x for x in lines if x.technique == "CARQ" and x.lead_hours == 0 and x.based_at not in times]
    if not others:
        return [x.fix for x in own]
    return [x.fix for x in sorted([*own, *others], key=lambda x: x.based_at)]


def _line(text: str, number: int, where: str) -> _Line:
    at = f"{where}, line {number}"
    cells = [cell.strip() for cell in text.split(",")]
    if len(cells) < 9 or not re.fullmatch(r"[0-9]{10}", cells[2]):
        raise DataError(
            "not a line of an ATCF deck", where=at, expected="BASIN, CY, YYYYMMDDHH, MIN, TECH, TAU, LAT, LON, VMAX",
            found=repr(text[:60]), remedy="check the file and the track's format",
        )  # fmt: skip
    try:
        based_at = datetime.strptime(cells[2], "%Y%m%d%H").replace(tzinfo=UTC)
    except ValueError as error:
        raise DataError(
            "not a time",
            where=at,
            expected="YYYYMMDDHH (UTC)",
            found=repr(cells[2]),
            remedy="correct the line",
        ) from error
    technique = cells[4].upper()
    if technique == "BEST" and cells[3]:
        if not re.fullmatch("[0-5]?[0-9]", cells[3]):
            raise DataError(
                "not a minute", where=f"{at}, MIN", expected="0 to 59, or nothing", found=repr(cells[3]),
                remedy="correct the line",
            )  # fmt: skip
        based_at += timedelta(minutes=int(cells[3]))
    lead = parse_number(cells[5] or 0, where=f"{at}, TAU")
    if not abs(lead) <= LONGEST:
        raise DataError(
            "not a lead time", where=f"{at}, TAU", expected=f"-{LONGEST} to {LONGEST} hours", found=repr(cells[5]),
            remedy="correct the line",
        )  # fmt: skip

    def cell(k: int) -> str:
        return cells[k] if k < len(cells) else ""

    wind = parse_wind(cell(8), where=at, unit=KNOT)
    pressure, radius = cell(9), parse_number(cell(19), where=f"{at}, MRD") * NAUTICAL_MILE
    fix = Fix(
        row=f"line {number}",
        time=based_at + timedelta(hours=lead),
        latitude=_degrees(cell(6), "NS", f"{at}, LAT"),
        longitude=_degrees(cell(7), "EW", f"{at}, LON"),
        pressure=parse_pressure(None if pressure.strip("0") == "" else pressure, where=at),
        wind=wind if wind > 0 else math.nan,
        radius_of_maximum_wind=radius if radius > 0 else math.nan,
        radii=_radii(cell, at),
        forecast=lead > 0,
    )
    return _Line(f"{cells[0].upper()}{cells[1]}{cells[2][:4]}", technique, based_at, int(lead), cell(27).upper(), cell(11), fix)  # fmt: skip


def _degrees(text: str, sides: str, at: str) -> float:
    matched = re.fullmatch(rf"([0-9]{{1,4}})\s*([{sides}])", text.upper())
    if not matched:
        raise DataError(
            "not a position", where=at, expected=f"tenths of a degree with {' or '.join(sides)}, e.g. 246{sides[0]}",
            found=repr(text), remedy="correct the line",
        )  # fmt: skip
    return int(matched[1]) / 10 * (1 if matched[2] == sides[0] else -1)


def _radii(cell: Callable[[int], str], at: str) -> NDArray[np.float64]:
    """Radii of the line's threshold, from the quadrant that its code names first, clockwise."""
    radii = no_radii()
    knots, code = parse_number(cell(11), where=f"{at}, RAD"), cell(12).upper()
    threshold = 34 if knots == 35 else knots
    if threshold not in THRESHOLDS or not code:
        return radii
    values = [cell(k) for k in range(13, 17)]
    if code == "AAA":
        values = [values[0]] * 4
    elif code[:2] in QUADRANTS and code[2:] == "Q":
        first = QUADRANTS.index(code[:2])
        values = values[4 - first :] + values[: 4 - first]
    else:
        raise DataError(
            "unknown code of wind radii", where=f"{at}, WINDCODE", expected="AAA, NEQ, SEQ, SWQ or NWQ",
            found=repr(code), remedy="correct the line",
        )  # fmt: skip
    radii[THRESHOLDS.index(int(threshold))] = parse_radii(values, unit=NAUTICAL_MILE, where=at)
    return radii
