"""`riskmap bulletins`: forecasts of a past storm, one file an issue time, for replays of scheduled cycles."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from riskmap.errors import ConfigError

STAMP = "track_%Y%m%d%H%M.geojson"


def bulletins(
    track: Annotated[Path, typer.Argument(help="Best track of the storm.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for the files; made where it is not there.")
    ],
    storm: Annotated[str, typer.Option("--storm", help="Its number, e.g. 2106.")],
    start: Annotated[str, typer.Option("--from", help="First issue time with its offset.")],
    end: Annotated[str, typer.Option("--to", help="Last issue time with its offset.")],
    kind: Annotated[
        str, typer.Option("--format", help="jma, ibtracs, cma ...; see `riskmap verify track`.")
    ] = "jma",
    every: Annotated[
        int, typer.Option("--every", min=1, help="Minutes from one issue time to the next.")
    ] = 60,
    hours: Annotated[int, typer.Option("--hours", min=1, help="Length of each forecast.")] = 72,
    seed: Annotated[int, typer.Option("--seed", help="Of the forecast errors.")] = 0,
    persistence: Annotated[
        bool,
        typer.Option(
            "--persistence",
            help="Hold motion and strength instead: nothing observed later is used at all, and products say 外推预报.",
        ),
    ] = False,
    _debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Forecasts of a past storm as a service would have delivered them: each holds nothing observed after its time.

    What follows the issue time is the best track displaced by published error statistics: every product made from it says 模拟预报. With
    --persistence it is the motion and strength of the last hours, held: the truth has no part in it.
    Names end in the issue time in Beijing: let the cycle's input have stamp = "track_%Y%m%d%H%M.geojson".

    Example: riskmap bulletins data/tracks/jma_bst_zhejiang_2015_2021.txt --storm 2106 --from 2021-07-22T00:00+08:00
    --to 2021-07-28T00:00+08:00 --out incoming
    """
    import numpy as np

    from riskmap.io.durable import replace_file
    from riskmap.io.track_geojson import track_geojson
    from riskmap.io.tracks import FORMATS, read_track
    from riskmap.issued import AVERAGING_PERIOD, as_issued
    from riskmap.outlook import BEIJING
    from riskmap.persistence import persist
    from riskmap.track import to_averaging_period

    first, last = _instant(start, "--from"), _instant(end, "--to")
    if last < first:
        raise ConfigError(
            "a span that ends before it begins", where="--from, --to", expected="--to not before --from",
            found=f"{start} to {end}", remedy="exchange them",
        )  # fmt: skip
    if kind not in FORMATS:
        raise ConfigError(
            "unknown track format", where="--format", expected=" | ".join(FORMATS), found=repr(kind), remedy="name one of them",
        )  # fmt: skip
    raw = read_track(track, format=kind, storm=storm)
    written, at = 0, first
    while at <= last:
        if persistence:
            known = to_averaging_period(persist(raw, issued_at=at, hours=hours), AVERAGING_PERIOD)
        else:
            rng = np.random.default_rng([seed, int(at.timestamp())])
            known = as_issued(raw, issued_at=at, hours=hours, rng=rng)
        replace_file(out / at.astimezone(BEIJING).strftime(STAMP), track_geojson(known))
        written, at = written + 1, at + timedelta(minutes=every)
    print(f"{written} forecasts in {out}")  # noqa: T201


def _instant(text: str, option: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ConfigError(
            "not an instant with its offset", where=option, expected="e.g. 2021-07-24T08:00+08:00", found=repr(text),
            remedy="write it so",
        )  # fmt: skip
    return found
