"""Dangers of the newest published run, read again when a newer one is published."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from evac.field.danger import GULLY, GUST, RunDangers, Safety, Spot, Values, Verdict
from evac.field.rules import FieldRules
from riskmap.assessment import Assessment
from riskmap.errors import RiskmapError
from riskmap.io.grids import NOWHERE
from riskmap.io.published import ASSESSMENT_FILE, read_assessment

FIELDS: Final = "fields"


def read_dangers(source: Path, rules: FieldRules, *, assessment: Assessment | None = None) -> RunDangers:
    """The dangers of a run's folder.

    Parameters
    ----------
    assessment : Assessment, optional
        Of the run, where somebody has read it.

    Raises
    ------
    SourceError, DataError
        It cannot be read; or a field of it cannot.
    MissingExtraError
        rasterio is not installed.
    """
    from riskmap.io.rasters import read_field

    assessment = assessment or read_assessment(source / ASSESSMENT_FILE)
    fields: dict[str, Values] = {}
    for name in (f"peak_{GUST}", *(f"tier_{hazard}" for hazard in (GULLY, *rules.water))):
        path = source / FIELDS / f"{name}.tif"
        if path.is_file() and name not in fields:
            fields[name] = read_field(path, nodata=NOWHERE) if name.startswith("tier_") else read_field(path)
    return RunDangers(assessment, rules, fields)


class NewestRun:
    """Dangers of a folder in which newer runs replace older ones.

    Parameters
    ----------
    source : Path
        Folder of a published run.
    rules : FieldRules

    Raises
    ------
    SourceError, DataError
        The run cannot be read at the start. Later, nothing is known while it cannot be.
    """

    def __init__(self, source: Path, rules: FieldRules) -> None:
        self._source, self._rules = source, rules
        self._stamp = self._stamped()
        self._held: RunDangers | None = read_dangers(source, rules)
        self.fault = ""

    def _stamped(self) -> tuple[int, int]:
        try:
            found = (self._source / ASSESSMENT_FILE).stat()
        except OSError:
            return (0, 0)
        return (found.st_mtime_ns, found.st_size)

    def look(self) -> bool:
        """Read the run again where it was replaced; whether it was."""
        stamp = self._stamped()
        if stamp == self._stamp and self._held is not None:
            return False
        try:
            self._held, self.fault = read_dangers(self._source, self._rules), ""
        except RiskmapError as error:  # half replaced, or away: unknown, never the old one without a word
            self._held, self.fault = None, str(error)
        self._stamp = stamp
        return True

    def during(self, spot: Spot, first: datetime, last: datetime) -> Verdict:
        """See ``Dangers.during``; a newer run is read first."""
        self.look()
        if self._held is None:
            return Verdict(Safety.UNKNOWN, f"研判成果读不出 the run cannot be read: {self.fault}"[:200])
        return self._held.during(spot, first, last)
