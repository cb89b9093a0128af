"""Why is my county orange? The whole chain from input to published colour, from a published folder alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

from riskmap.assessment import Assessment
from riskmap.errors import DataError
from riskmap.io.published import read_assessment
from riskmap.io.published_tables import read_record, rows_of
from riskmap.outlook import BEIJING, beijing
from riskmap.products.explain_lines import Case, chain
from riskmap.scale import NOT_APPLICABLE, Tier, hazard_words
from riskmap.standing import COMBINED


@dataclass(frozen=True)
class Explanation:
    """The chain in two languages, line by line.

    Attributes
    ----------
    lines : tuple of (Chinese, English)
        From input to published colour, then what the next tier would need, and what is unknown.
    """

    lines: tuple[tuple[str, str], ...]

    @property
    def chinese(self) -> str:
        """The Chinese text."""
        return "\n".join(line for line, _ in self.lines)

    @property
    def english(self) -> str:
        """The English text."""
        return "\n".join(line for _, line in self.lines)

    def __str__(self) -> str:
        return f"{self.chinese}\n\n{self.english}\n"


def explain(
    run: str | Path, code: str, *, at: datetime | str | None = None, hazard: str | None = None
) -> Explanation:
    """The chain from input to cell value, threshold, area share, tier and published colour of one region.

    Parameters
    ----------
    run : path
        Folder that ``riskmap run`` published; nothing is computed again.
    code : str
        Region code, e.g. ``330902``.
    at : datetime or str, optional
        Valid hour; Beijing time where it has no offset (``2021-07-25T12:30``). The hour of the window in which it lies
        counts. The region's worst hour unless given.
    hazard : str, optional
        Hazard id; the one that drives the combined tier unless given.

    Returns
    -------
    Explanation

    Raises
    ------
    SourceError
        The folder or a file in it cannot be read.
    DataError
        No such region or hazard, a hazard that was not assessed or cannot occur there, or an hour outside the window.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> import riskmap as rm
    >>> hours = np.datetime64("2021-07-25T00", "ns") + np.arange(6) * np.timedelta64(1, "h")
    >>> grid = rm.Grid.from_bounds(west=122, south=29.8, east=122.6, north=30.2, step=0.1)
    >>> rain = xr.DataArray(40.0, {"time": hours, **grid.coordinates}, ("time", "y", "x"), attrs={"units": "mm"})
    >>> found = rm.assess(rm.rain_sums(rain))
    >>> from tempfile import TemporaryDirectory
    >>> from riskmap.products.table import assessment_json
    >>> with TemporaryDirectory() as folder:  # in earnest that of a run, e.g. out/in-fa
    ...     _ = Path(folder, "assessment.json").write_text(assessment_json(found), encoding="utf-8")
    ...     chain = explain(folder, "330903")
    >>> print(chain.english)
    330903 普陀区 (舟山市), 2021-07-25 10:00 Beijing time
    ...
    2. Value: 3 h rain 120 mm; largest in the county 120
    3. Threshold: met 100 mm (red); blue/yellow/orange/red — / — / 50 / 100 mm; source [S: read in a published source] ...
    4. From cells to county: 61.0% of the area is at the tier, 5% is asked (domain rule: 5 % for wind and rain [D]) -> at least red
    ...
    """
    folder = Path(run)
    assessment = read_assessment(folder)
    record = read_record(folder)
    _require_region(assessment, code)
    hour = _hour(assessment, code, at, hazard)
    chosen = _hazard(assessment, code, hour, hazard)
    case = Case(
        assessment,
        record,
        code,
        hour,
        chosen,
        risk=next(iter(rows_of(folder, "risk.csv", code)), {}),
        chances=rows_of(folder, "probability.csv", code),
    )
    return Explanation(tuple(chain(case)))


def _require_region(assessment: Assessment, code: str) -> None:
    codes = {region.code: region for region in assessment.regions}
    if code in codes:
        return
    named = [
        f"{r.code} {r.name}"
        for r in assessment.regions
        if code and code in (r.name, r.name[:-1], r.city_code)
    ]
    near = named or [f"{c} {codes[c].name}" for c in get_close_matches(code, codes, n=3)]
    raise DataError(
        "no such region in the run", where="region code", expected=f"one of its {len(codes)} county codes",
        found=repr(code), remedy=f"did you mean {', '.join(near[:12])}?" if near else "see the column region of counties.csv",
    )  # fmt: skip


def _instant(at: datetime | str) -> datetime:
    try:
        found = at if isinstance(at, datetime) else datetime.fromisoformat(at.strip())
    except ValueError:
        raise DataError(
            "not an instant", where="--at", expected="e.g. 2021-07-25T12:30 (Beijing time) or with an offset", found=repr(at),
            remedy="write date and hour",
        ) from None  # fmt: skip
    return found if found.tzinfo is not None else found.replace(tzinfo=BEIJING)


def _hour(assessment: Assessment, code: str, at: datetime | str | None, hazard: str | None) -> int:
    valid = assessment.valid_at
    if at is None:
        return _worst_hour(assessment, code, hazard)
    when = _instant(at)
    if not valid[0] <= when <= valid[-1]:
        raise DataError(
            "the hour lies outside the window", where="--at", expected=f"{beijing(valid[0])} to {beijing(valid[-1])} Beijing time",
            found=beijing(when), remedy="name an hour of the window, or another run",
        )  # fmt: skip
    return max(n for n, t in enumerate(valid) if t <= when)


def _worst_hour(assessment: Assessment, code: str, hazard: str | None) -> int:
    if hazard is not None and hazard != COMBINED and hazard in assessment.hazards:
        found = {reason.hazard: at for reason, at in assessment.worst_reasons(code)}
        if hazard in found:
            return assessment.valid_at.index(found[hazard])
        row = [r.code for r in assessment.regions].index(code)
        return int(assessment.table["tier"].values[assessment.hazards.index(hazard), :, row].argmax())
    worst = assessment.worst(code)
    if worst.driver is not None and worst.tier is not None and worst.tier > Tier.GREEN:
        # among hours of the same tier the one furthest past its bound
        for reason, at in assessment.worst_reasons(code):
            hour = assessment.valid_at.index(at)
            if assessment.at(code, hour).tier == worst.tier and reason.tier == worst.driver.tier:
                return hour
    return assessment.valid_at.index(worst.valid_at)


def _hazard(assessment: Assessment, code: str, hour: int, hazard: str | None) -> str | None:
    """The hazard to explain; None where no hazard is known at that hour."""
    if hazard in (None, COMBINED):
        driver = assessment.at(code, hour).driver
        return None if driver is None else driver.hazard
    if hazard not in assessment.hazards:
        lacking = assessment.lacking.get(str(hazard))
        raise DataError(
            "the hazard was not assessed" if lacking else "no such hazard", where="--hazard",
            expected=" | ".join(assessment.hazards), found=f"{hazard!r}" + (f", which lacks: {lacking}" if lacking else ""),
            remedy="give the input that it lacks and run again" if lacking else "name one of these, or none for the driving one",
        )  # fmt: skip
    row = [r.code for r in assessment.regions].index(code)
    if int(assessment.table["tier"].values[assessment.hazards.index(hazard), hour, row]) == NOT_APPLICABLE:
        raise DataError(
            "the hazard cannot occur there", where=f"region {code}, --hazard", expected="a hazard that applies to the region",
            found=f"{hazard} ({hazard_words(hazard)[1]})", remedy="leave --hazard out for the one that drives the tier",
        )  # fmt: skip
    return hazard
