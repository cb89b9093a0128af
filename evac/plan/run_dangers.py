"""What a published run and zones that somebody drew say against shelters: read once, held against as many as are asked about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from evac.plan.outlines import read_outlines
from evac.plan.safety import Danger, Judged, judge_shelters, unsafe_hazards
from evac.plan.transfer_rules import transfer_rules
from evac.plan.zones import lacking_hazards, zones_of

if TYPE_CHECKING:
    from evac.model import Shelter
    from riskmap.region import Region

ZONES: Final = "zones.geojson"
"""Outlines of a run's dangerous cells, beside its assessment."""


@dataclass(frozen=True)
class KnownDangers:
    """Where it is dangerous, as far as anybody knows.

    Attributes
    ----------
    dangers : tuple of Danger
    not_assessed : frozenset of str
        Hazards of which nothing is known.
    regions : tuple of Region
        Outlines of the land; none without a run.
    issued_at, until : datetime or None
        When the run was issued, and the last instant that it speaks of; None without a run.
    """

    dangers: tuple[Danger, ...] = ()
    not_assessed: frozenset[str] = frozenset()
    regions: tuple[Region, ...] = ()
    issued_at: datetime | None = None
    until: datetime | None = None

    def speaks_of(self, now: datetime) -> bool:
        """Whether an instant lies within the run's time; zones that somebody drew hold until they are taken away."""
        return (self.issued_at is None or self.issued_at <= now) and (self.until is None or now <= self.until)

    def judge(self, shelters: Sequence[Shelter], *, strict: bool = False) -> Judged:
        """Some shelters held against it; see ``judge_shelters``."""
        return judge_shelters(
            shelters, self.dangers, not_assessed=self.not_assessed, regions=self.regions, strict=strict
        )


def known_dangers(run: Path | None = None, zones: Sequence[Path] = ()) -> KnownDangers:
    """What is known of a run, of drawn zones, of both, or of neither.

    Parameters
    ----------
    run : Path, optional
        Folder of a published run.
    zones : sequence of Path
        GeoJSON with the properties hazard and tier.

    Raises
    ------
    DataError
        A file that is wrong.
    SourceError
        A file cannot be read.

    Examples
    --------
    >>> sorted(known_dangers().not_assessed)[:2]
    ['flash_flood', 'inundation']
    """
    from riskmap.io.json_file import read_json
    from riskmap.io.published import ASSESSMENT_FILE, read_assessment

    dangers: list[Danger] = []
    drawn: set[str] = set()
    for path in zones:
        outlines = read_outlines(read_json(path), where=str(path))
        dangers += outlines
        drawn |= {outline.hazard for outline in outlines}
    if run is None:
        return KnownDangers(tuple(dangers), unsafe_hazards() - drawn)
    assessment = read_assessment(run / ASSESSMENT_FILE)
    mapped: set[str] = set()
    if (run / ZONES).is_file():
        outlines = read_outlines(read_json(run / ZONES), where=str(run / ZONES))
        dangers += outlines
        mapped = {outline.hazard for outline in outlines}
    # where the run draws a hazard's cells, its counties say nothing more of where in them it strikes
    dangers += [
        zone
        for zone in zones_of(assessment, transfer_rules())
        if zone.named or zone.tier is None or zone.hazard not in mapped
    ]
    unknown = unsafe_hazards() & (lacking_hazards(assessment) | (unsafe_hazards() - set(assessment.hazards)))
    return KnownDangers(
        tuple(dangers), frozenset(unknown - drawn), tuple(assessment.regions),
        assessment.issued_at, max(assessment.valid_at, default=assessment.issued_at),
    )  # fmt: skip
