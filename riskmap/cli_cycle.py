"""Commands on published runs: explain a colour, confirm that a tier may come down, export the reasons."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from riskmap.errors import ConfigError
from riskmap.scale import Tier

Run = Annotated[Path, typer.Argument(help="Folder of a published run, e.g. out/in-fa.")]
Code = Annotated[str, typer.Argument(help="Region code, e.g. 330902 (column region of counties.csv).")]


def confirm(
    run: Run,
    code: Code,
    by: Annotated[str, typer.Option("--by", help="Who confirms: name and post. Stands in later products.")],
    reason: Annotated[str, typer.Option("--reason", help="Why the tier may come down, one sentence.")],
    hazard: Annotated[
        list[str] | None,
        typer.Option(
            "--hazard",
            help="Only this hazard (combined, wind, rain ...); may be given again. All that wait unless given.",
        ),
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", help="Down to this tier (green ... orange); one tier unless given.")
    ] = None,
    _debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Confirm that published tiers at orange or red may come down: recorded for good, counted by the next cycles.

    The program never lowers them by itself. A confirmation lets a tier come down one step at a time, after two cycles in a row
    that compute less, and is void once a cycle computes the published tier again. It is written to confirmations.jsonl
    beside the run's folder.

    Example: riskmap confirm out/in-fa 330902 --by "张三(值班主任)" --reason "台风已远离,实测风力6级"
    """
    from riskmap.confirming import confirmations_for
    from riskmap.io.confirmations import append_confirmations, beside
    from riskmap.io.published import read_assessment
    from riskmap.scale import hazard_words

    said = confirmations_for(
        read_assessment(run), code, by=by, reason=reason, at=datetime.now(UTC), hazards=hazard or (), to=_tier(to)
    )  # fmt: skip
    append_confirmations(beside(run), said)
    for one in said:
        print(  # noqa: T201
            f"{code} {hazard_words(one.hazard)[1]}: {one.from_tier.english} may come down to {one.to_tier.english}"
        )
    print(f"{beside(run)}")  # noqa: T201


def explain(
    code: Annotated[str, typer.Argument(help="Region code, e.g. 330902.")],
    run: Annotated[Path, typer.Argument(help="Folder of a published run.")] = Path("out/in-fa"),
    at: Annotated[
        str | None,
        typer.Option("--at", help="Valid hour, Beijing time: 2021-07-25T12:30. The worst hour unless given."),
    ] = None,
    hazard: Annotated[
        str | None,
        typer.Option("--hazard", help="Hazard (wind, rain ...). The one that drives the tier unless given."),
    ] = None,
    language: Annotated[str, typer.Option("--language", help="zh, en or both.")] = "both",
    _debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Why is my county orange? The whole chain from input to published colour, from the published folder alone.

    Input files with digest and age, the value and its place, the threshold and its source, the share of the area, the worst of
    the hazards, what is held from the cycles before, what the next tier would need, and what is not known.

    Example: riskmap explain 330902 out/in-fa --at 2021-07-25T12:30 --hazard wind
    """
    from riskmap.products.explain import explain as explained

    if language not in ("zh", "en", "both"):
        raise ConfigError(
            "no such language",
            where="--language",
            expected="zh | en | both",
            found=repr(language),
            remedy="name one",
        )
    found = explained(run, code, at=at, hazard=hazard)
    print({"zh": found.chinese, "en": found.english}.get(language, str(found)))  # noqa: T201


def export(
    run: Run,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for the files; made where it is not there.")
    ],
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format", help="netcdf, geopackage or geoparquet; may be given again. All three unless given."
        ),
    ] = None,
    _debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Every tier of a published run with its reason, for GIS and notebooks: NetCDF, GeoPackage, GeoParquet.

    The outlines stand in each file once; rows of hazard, hour and region are joined to them by the column region. Chances by
    the hour are not in a published run: set `products.tables` in the scenario to have them.

    Example: riskmap export out/in-fa --out out/tables --format geopackage
    """
    from riskmap.io.durable import replace_file
    from riskmap.io.published import read_assessment
    from riskmap.io.reasons_files import FORMATS, reasons_files
    from riskmap.reasons import reasons_table

    wanted = formats or list(FORMATS)
    unknown = [name for name in wanted if name not in FORMATS]
    if unknown:
        raise ConfigError(
            "no such format",
            where="--format",
            expected=" | ".join(FORMATS),
            found=unknown[0],
            remedy="name one",
        )
    assessment = read_assessment(run)
    for name, content in reasons_files(assessment, reasons_table(assessment), wanted):
        replace_file(out / name, content)
        print(out / name)  # noqa: T201


def _tier(name: str | None) -> Tier | None:
    if name is None:
        return None
    found = next((t for t in Tier if name in (t.english, t.chinese, str(int(t)))), None)
    if found is None:
        raise ConfigError(
            "no such tier", where="--to", expected=" | ".join(t.english for t in Tier), found=repr(name),
            remedy="name a colour",
        )  # fmt: skip
    return found
