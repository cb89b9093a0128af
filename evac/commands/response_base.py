"""What the commands of `evac response` share: options, the desk over a file, colours of a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskmap.errors import ConfigError

if TYPE_CHECKING:
    from evac.response.desk import ResponseDesk
    from evac.response.levels import Level
    from evac.response.standing import Key
    from evac.response.table import ResponseTable

RegionCode = Annotated[
    str,
    typer.Option(
        help="Code of the office: province 2 digits, city 4, county 6, town 9, village 12.",
        show_default=False,
    ),
]
Store = Annotated[
    Path,
    typer.Option(help="The office's log of responses: one file for all events; made at the first start."),
]
Storm = Annotated[str, typer.Option("--event", help="Number of the storm, e.g. 2106.", show_default=False)]
Of = Annotated[str, typer.Option("--of", help="typhoon 防台风, flood 防汛, geology 地质灾害, tide 风暴潮.")]
By = Annotated[str, typer.Option(help="Who decides, by name.", show_default=False)]
Post = Annotated[str, typer.Option(help="Their post, e.g. 省防指指挥.")]
Why = Annotated[str, typer.Option("--reason", help="Why; kept for good.", show_default=False)]
Live = Annotated[
    bool,
    typer.Option("--live/--exercise", help="A real response, or a drill (演练); one must be said.", show_default=False),
]  # fmt: skip
At = Annotated[
    str,
    typer.Option(
        help="When it takes effect, Beijing time: 2021-07-24T12:00. Now if not given; a paper decision is entered later."
    ),
]
LevelWord = Annotated[str, typer.Option("--level", help="Ⅰ, Ⅱ, Ⅲ or Ⅳ (I to IV).", show_default=False)]
Rules = Annotated[
    Path | None, typer.Option(help="The office's own rule table in place of the bundled one (TOML).")
]
Run = Annotated[
    Path | None, typer.Option("--from", help="Folder of a run that `riskmap` published, for the colours.")
]


def instant(text: str) -> datetime:
    """A time as a person writes it, Beijing time; now if empty."""
    from riskmap.outlook import BEIJING

    if not text:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError("not a time", where="--at", expected="2021-07-24T12:00, Beijing time", found=repr(text),
                          remedy="write date, T, hour and minute") from error  # fmt: skip
    return found.replace(tzinfo=BEIJING) if found.tzinfo is None else found


@contextmanager
def desk(store: Path, *, new: bool = False) -> Iterator[ResponseDesk]:
    """The desk over the office's log."""
    from evac.response.desk import ResponseDesk
    from evac.store.body_log import SQLiteBodyLog
    from riskmap.errors import SourceError

    if not new and not store.is_file():
        raise SourceError("no response was ever started here", where=str(store), expected="the log that `evac response start` "
                          "writes", remedy="name it: --store")  # fmt: skip
    log = SQLiteBodyLog(store, "responses")
    try:
        yield ResponseDesk(log)
    finally:
        log.close()


def table_of(rules: Path | None) -> ResponseTable:
    """The rule table named, or the bundled one."""
    from evac.response.table import bundled_table, read_table

    return read_table(rules) if rules else bundled_table()


def in_force(store: Path, key: Key) -> Level:
    """In force now; none where nothing was ever logged."""
    from evac.response.levels import Level

    if not store.is_file():
        return Level.NONE
    with desk(store) as office:
        held = office.responses().get(key)
    return held.level if held else Level.NONE


def tiers(source: Path | None) -> dict[str, dict[str, int]]:
    """Worst tier of the run by county and hazard; -1 where hours without data leave it open."""
    from riskmap.io.published import read_assessment
    from riskmap.scale import NO_DATA

    if source is None:
        raise ConfigError("no risk map was named", where="evac response", expected="--from RUN",
                          remedy="name the folder that `riskmap` published")  # fmt: skip
    assessment = read_assessment(source / "assessment.json")
    tiers = assessment.table["tier"].transpose("hazard", "region", "time").values
    found: dict[str, dict[str, int]] = {region.code: {} for region in assessment.regions}
    for h, hazard in enumerate(assessment.hazards):
        if hazard in assessment.apart:
            continue
        for r, region in enumerate(assessment.regions):
            worst = int(tiers[h, r].max())
            open_ = worst <= 0 and bool((tiers[h, r] == NO_DATA).any())
            found[region.code][hazard] = NO_DATA if open_ else worst
    return found


def level_of(text: str) -> Level:
    """The level that a person wrote."""
    from evac.response.levels import read_level

    return read_level(text, where="--level")


def clock(span: timedelta | None) -> str:
    """Hours and minutes."""
    if span is None:
        return "—"
    minutes = round(span.total_seconds() / 60)
    return f"{'-' if minutes < 0 else ''}{abs(minutes) // 60}:{abs(minutes) % 60:02d}"
