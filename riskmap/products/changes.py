"""What changed since the last cycle: regions up, down, without data now, known again, and new reasons."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from riskmap.assessment import Assessment
from riskmap.outlook import BEIJING
from riskmap.products.held import tier_words
from riskmap.products.table import cell
from riskmap.region import Region
from riskmap.scale import NO_DATA, Tier, hazard_words
from riskmap.standing import COMBINED, Held

CHANGE_COLUMNS: Final = (
    "region", "name", "city", "hazard", "hazard_name", "change", "change_name", "before", "before_name", "now",
    "now_name", "computed_before", "computed_now", "driver_before", "driver_now", "issued_before", "issued_now",
)  # fmt: skip
"""Header of ``changes.csv``."""

KINDS: Final = {
    "up": ("升级", "up"),
    "down": ("降级", "down"),
    "no_data": ("转为无数据", "no data now"),
    "known": ("恢复有数据", "known again"),
    "new": ("新增", "new in this cycle"),
    "gone": ("本期缺失", "missing from this cycle"),
    "reason": ("理由变化", "another reason"),
}
"""Kind of a change -> (Chinese, English), in the order of the table."""


@dataclass(frozen=True)
class Change:
    """One published tier that is not what it was, or a combined tier with another driver.

    Attributes
    ----------
    kind : str
        Key of ``KINDS``.
    before, now : Held or None
        Entries of the two cycles.
    drivers : (str, str)
        Hazard that drove the combined tier then and now; empty for single hazards or where unknown.
    """

    region: Region
    hazard: str
    kind: str
    before: Held | None
    now: Held | None
    drivers: tuple[str, str] = ("", "")


def changes(assessment: Assessment) -> tuple[Change, ...]:
    """Every change of a published tier against the cycle before, the worst first; empty where there was none.

    Parameters
    ----------
    assessment : Assessment
        With its ``standing``, see ``riskmap.succession.succeed``.
    """
    order = list(KINDS)
    return tuple(
        sorted(
            _changes(assessment),
            key=lambda c: (
                order.index(c.kind),
                -(c.now.published if c.now else NO_DATA),
                c.hazard != COMBINED,
                c.region.code,
                c.hazard,
            ),
        )
    )


def _changes(assessment: Assessment) -> Iterator[Change]:
    standing, earlier = assessment.standing, assessment.earlier
    if standing is None or standing.before is None:
        return
    then = standing.before.entries
    regions = {region.code: (n, region) for n, region in enumerate(assessment.regions)}
    for key in sorted({*standing.entries, *then}):
        hazard, code = key
        if code not in regions:
            continue
        row, region = regions[code]
        now, before = standing.entries.get(key), then.get(key)
        drivers = ("", "")
        if hazard == COMBINED and earlier is not None:
            driver = assessment.worst(code).driver
            drivers = earlier.driver[row], "" if driver is None else driver.hazard
        kind = _kind(before, now, drivers)
        if kind:
            yield Change(region, hazard, kind, before, now, drivers)


def _kind(before: Held | None, now: Held | None, drivers: tuple[str, str]) -> str:
    if now is None or before is None:
        return (
            ""
            if max(x.published if x else NO_DATA for x in (before, now)) < Tier.BLUE
            else "new"
            if now
            else "gone"
        )
    if now.published == before.published:
        other = all(drivers) and drivers[0] != drivers[1] and now.published >= Tier.BLUE
        return "reason" if other else ""
    if now.published < Tier.GREEN:
        return "no_data"
    if before.published < Tier.GREEN and now.published == Tier.GREEN:
        return "known"
    return "up" if now.published > before.published else "down"


def changes_csv(assessment: Assessment) -> str:
    """One row a change; the header alone where nothing changed or no cycle was published before.

    Returns
    -------
    str
        Columns ``CHANGE_COLUMNS`` after a byte-order mark; instants in Beijing time; ``before`` and ``now`` are published
        tiers, 0 to 4, empty where there is none.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    out.write("\ufeff")
    writer.writerow(CHANGE_COLUMNS)
    standing = assessment.standing
    before_at = standing.before.issued_at if standing and standing.before else None
    issued = [at.astimezone(BEIJING).isoformat() if at else "" for at in (before_at, assessment.issued_at)]
    for c in changes(assessment):
        writer.writerow([
            cell(c.region.code), cell(c.region.name), cell(c.region.city_name), c.hazard,
            hazard_words(c.hazard)[0], c.kind, KINDS[c.kind][0], *_tier(c.before), *_tier(c.now),
            _computed(c.before), _computed(c.now), *c.drivers, *issued,
        ])  # fmt: skip
    return out.getvalue()


def _tier(entry: Held | None) -> tuple[str, str]:
    if entry is None:
        return "", ""
    return (str(entry.published) if entry.published >= Tier.GREEN else ""), tier_words(entry.published)[0]


def _computed(entry: Held | None) -> str:
    return "" if entry is None or entry.computed < Tier.GREEN else str(entry.computed)
