"""A person's word on published tiers: what may be confirmed, and the record of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from riskmap.assessment import Assessment
from riskmap.errors import ConfigError, DataError
from riskmap.scale import Tier
from riskmap.standing import Confirmation, Held, Standing


def confirmations_for(
    assessment: Assessment, code: str, *, by: str, reason: str, at: datetime, hazards: Sequence[str] = (),
    to: Tier | None = None,
) -> tuple[Confirmation, ...]:  # fmt: skip
    """The confirmations that a person gives on a published run, checked and not yet recorded.

    Parameters
    ----------
    assessment : Assessment
        Of the published run that the person looked at.
    code : str
        Region code.
    by, reason : str
        Who, and why: a name and a sentence.
    at : datetime
        Now, timezone-aware.
    hazards : sequence of str
        ``combined`` or hazard ids; where empty, all of the region at orange or red that compute lower now.
    to : Tier, optional
        Down to this tier, still one at a time; one tier down unless given.

    Raises
    ------
    ConfigError
        No name, no reason, or an instant without offset.
    DataError
        No such region or hazard; nothing waits for a confirmation; ``to`` is not below what is published, or below what
        is computed now.
    """
    for name, words in (("--by", by), ("--reason", reason)):
        if not words.strip():
            raise ConfigError(
                "a confirmation without its person or reason", where=name, expected="who confirms, and why",
                found=repr(words), remedy="give both: they stand in every later product",
            )  # fmt: skip
    if at.tzinfo is None:
        raise ConfigError(
            "an instant without its offset", where="at", expected="a timezone-aware datetime", found=at.isoformat(),
            remedy="add tzinfo",
        )  # fmt: skip
    region, standing = assessment.region(code), assessment.standing
    if standing is None:
        raise DataError(
            "the run keeps no published tiers", where="assessment.json", expected="a run of this release",
            found="an assessment without its standing", remedy="run riskmap again",
        )  # fmt: skip
    chosen = _chosen(standing, code, hazards)
    if not chosen:
        raise DataError(
            "nothing waits for a confirmation", where=f"region {code} {region.name}",
            expected="a tier at orange or red that computes lower now", found="none",
            remedy="see the columns published and computed of counties.csv",
        )  # fmt: skip
    return tuple(
        Confirmation(
            standing.event, standing.issued_at, code, hazard, Tier(entry.published), _target(entry, to, code, hazard),
            by.strip(), reason.strip(), at,
        )
        for hazard, entry in chosen.items()
    )  # fmt: skip


def _waits(entry: Held) -> bool:
    return entry.published >= Tier.ORANGE and Tier.GREEN <= entry.computed < entry.published


def _chosen(standing: Standing, code: str, hazards: Sequence[str]) -> dict[str, Held]:
    mine = {hazard: entry for (hazard, c), entry in standing.entries.items() if c == code}
    if not hazards:
        return {hazard: entry for hazard, entry in mine.items() if _waits(entry)}
    for hazard in hazards:
        if hazard not in mine:
            raise DataError(
                "no such hazard here", where=f"region {code}, --hazard", expected=" | ".join(sorted(mine)),
                found=repr(hazard), remedy="see the column hazard of counties.csv",
            )  # fmt: skip
        if not _waits(mine[hazard]):
            raise DataError(
                "nothing waits for a confirmation", where=f"region {code}, {hazard}",
                expected="a tier at orange or red that computes lower now",
                found=f"published {mine[hazard].published}, computed {mine[hazard].computed} (-1 = no data)",
                remedy="what is as high as published, or unknown, does not come down",
            )  # fmt: skip
    return {hazard: mine[hazard] for hazard in hazards}


def _target(entry: Held, to: Tier | None, code: str, hazard: str) -> Tier:
    if to is None:
        return Tier(entry.published - 1)
    if not entry.computed <= to < entry.published:
        raise DataError(
            "that tier cannot be confirmed", where=f"region {code}, {hazard}, --to",
            expected=f"{Tier(entry.computed).english} (computed now) up to {Tier(entry.published - 1).english}",
            found=to.english, remedy="confirm no lower than what is computed",
        )  # fmt: skip
    return to
