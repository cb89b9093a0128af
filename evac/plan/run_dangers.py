"""What a published run and zones that somebody drew say against shelters: read once, held against as many as are asked about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from evac.plan.outlines import Outlines, read_outline_file
from evac.plan.safety import Danger, Judged, judge_shelters, unsafe_hazards
from evac.plan.transfer_rules import transfer_rules
from evac.plan.zones import lacking_hazards, zones_of

if TYPE_CHECKING:
    from evac.model import Shelter
    from riskmap.assessment import Assessment
    from riskmap.region import Region

ZONES: Final = "zones.geojson"
"""Outlines of a run's dangerous cells, beside its assessment."""


@dataclass(frozen=True)
class KnownDangers:
    """Where it is dangerous, as far as anybody knows.

    Attributes
    ----------
    dangers : tuple of Danger
        Assets and regions of a run.
    not_assessed : frozenset of str
        Hazards of which nothing is known.
    regions : tuple of Region
        Outlines of the land; none without a run.
    issued_at, until : datetime or None
        When the run was issued, and the last instant that it speaks of; None without a run.
    outlines : Outlines
        Drawn zones and those of the run, as far as they close shelters or make them doubtful.
    """

    dangers: tuple[Danger, ...] = ()
    not_assessed: frozenset[str] = frozenset()
    regions: tuple[Region, ...] = ()
    issued_at: datetime | None = None
    until: datetime | None = None
    outlines: Outlines = field(default_factory=lambda: Outlines.of(()))

    def speaks_of(self, now: datetime) -> bool:
        """Whether an instant lies within the run's time; zones that somebody drew hold until they are taken away."""
        return (self.issued_at is None or self.issued_at <= now) and (self.until is None or now <= self.until)

    def judge(self, shelters: Sequence[Shelter], *, strict: bool = False) -> Judged:
        """Some shelters held against it; see ``judge_shelters``."""
        return judge_shelters(
            shelters, self.dangers, outlines=self.outlines, not_assessed=self.not_assessed, regions=self.regions, strict=strict
        )  # fmt: skip


def known_dangers(
    run: Path | None = None, zones: Sequence[Path] = (), *, assessment: Assessment | None = None
) -> KnownDangers:
    """What is known of a run, of drawn zones, of both, or of neither.

    Parameters
    ----------
    run : Path, optional
        Folder of a published run.
    zones : sequence of Path
        GeoJSON with the properties hazard and tier.
    assessment : Assessment, optional
        Of the run, where somebody has read it.

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
    from riskmap.io.published import ASSESSMENT_FILE, read_assessment

    unsafe = unsafe_hazards()
    found = [read_outline_file(path) for path in zones]
    drawn = {hazard for outlines in found for hazard in outlines.hazards}
    if run is None:
        return KnownDangers(not_assessed=unsafe - drawn, outlines=Outlines.joined(found).that_matter(unsafe))
    assessment = assessment or read_assessment(run / ASSESSMENT_FILE)
    mapped: set[str] = set()
    if (run / ZONES).is_file():
        found.append(read_outline_file(run / ZONES))
        mapped = set(found[-1].hazards)
    # where the run draws a hazard's cells, its counties say nothing more of where in them it strikes
    dangers = tuple(
        zone
        for zone in zones_of(assessment, transfer_rules())
        if zone.named or zone.tier is None or zone.hazard not in mapped
    )
    unknown = unsafe & (lacking_hazards(assessment) | (unsafe - set(assessment.hazards)))
    return KnownDangers(
        dangers, frozenset(unknown - drawn), tuple(assessment.regions), assessment.issued_at,
        max(assessment.valid_at, default=assessment.issued_at), Outlines.joined(found).that_matter(unsafe),
    )  # fmt: skip
