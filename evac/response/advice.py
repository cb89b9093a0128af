"""Which level the rule table advises, and why. It starts nothing: a named person does (``evac.response.desk``)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from evac.errors import ConflictError
from evac.response.levels import Level, Unit, superior_of, unit_of
from evac.response.situation import CountyTiers, Storm
from evac.response.table import ResponseTable, TierRow, TyphoonRow


@dataclass(frozen=True)
class Reason:
    """A row of the table that holds, with what was found.

    Attributes
    ----------
    row : str
        Id in the table.
    words : str
        What was found against what the row asks, in Chinese.
    source, status : str
        Of the row: S published, M remembered, D own proposal.
    """

    row: str
    level: Level
    words: str
    source: str
    status: str


@dataclass(frozen=True)
class Advice:
    """What the table says about one region and one kind of response.

    Attributes
    ----------
    region : str
        Code.
    kind : str
        ``typhoon``, ``flood``, ``geology`` or ``tide``.
    level : Level
        NONE where no row holds.
    at_least : bool
        A graver row could not be tested, for want of a distance, a lead time, or counties without data: the level is a
        lower bound. Unknown is never "none".
    reasons : tuple of Reason
        The gravest rows that hold.
    missing : tuple of str
        What was not known.
    held : Level
        The level in force that keeps the advice from falling further in one step; NONE where nothing does.
    """

    region: str
    kind: str
    level: Level
    at_least: bool
    reasons: tuple[Reason, ...]
    missing: tuple[str, ...] = ()
    held: Level = Level.NONE

    @property
    def words(self) -> str:
        """``建议Ⅱ级``; ``建议不低于Ⅲ级,资料不全`` where a graver row could not be tested."""
        if self.at_least:
            floor = f"不低于{self.level.words}" if self.level else "无法判断"
            return f"建议{floor},资料不全: {'、'.join(self.missing)}"
        return f"建议{self.level.words}" if self.level else "未达启动条件"


def advise_typhoon(
    region: str, storm: Storm, table: ResponseTable, *, current: Level = Level.NONE, superior: Level | None = None
) -> Advice:  # fmt: skip
    """Level for a region while a typhoon is about.

    Parameters
    ----------
    region : str
        Code of a province, city or county; a town or village follows the response of its county.
    storm : Storm
        Seen from that region: its own distance and lead time.
    current : Level
        In force there now: the advice falls by one step at a time.
    superior : Level, optional
        In force in the county; wanted for a town or village alone.

    Raises
    ------
    ConflictError
        A town or village without the level of its county.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from evac.response.situation import Course
    >>> from evac.response.table import bundled_table
    >>> infa = Storm(at=datetime(2021, 7, 24, 3, tzinfo=UTC), maximum_wind=40.0, averaging_period=120,
    ...              course=Course.APPROACHING, distance_km=395.0, lead_hours=24.5)
    >>> found = advise_typhoon("33", infa, bundled_table())
    >>> found.words, found.reasons[0].row, found.reasons[0].words
    ('建议Ⅰ级', 'P-1', '将登陆或紧擦本地; 最大风速 40.0 ≥ 32.7 m/s; 距影响 24.5 ≤ 30 h; 距离 395 ≤ 450 km')
    """
    unit = unit_of(region)
    if unit in (Unit.TOWN, Unit.VILLAGE):
        return _follow(region, "typhoon", superior, current, table)
    rows = [row for row in table.typhoon if unit in row.of and row.course is storm.course]
    held, unsure, missing = [], Level.NONE, []
    for row in rows:
        lacks = list(_lacking(row, storm))
        if storm.wind >= row.wind_at_least and not _fails(row, storm):
            if lacks:
                unsure = max(unsure, row.level)
                missing += lacks
            else:
                held.append(_typhoon_reason(row, storm))
    return _conclude(region, "typhoon", held, unsure, missing, current, table)


def advise_tiers(
    region: str,
    kind: str,
    counted: CountyTiers,
    table: ResponseTable,
    *,
    current: Level = Level.NONE,
    superior: Level | None = None,
) -> Advice:
    """Level for flood, geo-hazards or storm tide, from how many counties stand at which tier.

    A count is no colour turned into a level: the rows name both, and none of them advises Ⅰ by a colour alone.

    Parameters
    ----------
    counted : CountyTiers
        See ``count_tiers``. Counties without data may be at any tier: the advice says so.

    Raises
    ------
    ConflictError
        A town or village without the level of its county.

    Examples
    --------
    >>> from evac import advise_tiers
    >>> from evac.response.situation import count_tiers
    >>> from evac.response.table import bundled_table
    >>> tiers = {"330902": {"rain": 4}, "330903": {"rain": 4}, "330921": {"rain": -1}}  # -1: no data
    >>> found = advise_tiers("3309", "flood", count_tiers(tiers, "flood", "3309"), bundled_table())
    >>> found.words, found.reasons[0].words
    ('建议不低于Ⅲ级,资料不全: 1 个县缺数据', '红色及以上的县 2 ≥ 1 个')
    """
    unit = unit_of(region)
    if unit in (Unit.TOWN, Unit.VILLAGE):
        return _follow(region, kind, superior, current, table)
    held, unsure = [], Level.NONE
    for row in table.tiers:
        if kind not in row.kinds or unit not in row.of:
            continue
        reached = counted.at_least.get(row.tier, 0)
        if reached >= row.counties:
            held.append(_tier_reason(row, reached))
        elif reached + counted.open.get(row.tier, 0) >= row.counties:
            unsure = max(unsure, row.level)
    most = max(counted.open.values(), default=0)
    missing = [f"{most} 个县缺数据"] if most else []
    if not counted.total:
        unsure, missing = max((r.level for r in table.tiers if kind in r.kinds), default=Level.NONE), ["无县级风险等级"]  # fmt: skip
    return _conclude(region, kind, held, unsure, missing, current, table)


def _fails(row: TyphoonRow, storm: Storm) -> bool:
    """A bound that is known not to hold."""
    late = row.lead_at_most is not None and storm.lead_hours is not None and storm.lead_hours > row.lead_at_most  # fmt: skip
    far = row.within is not None and storm.distance_km is not None and storm.distance_km > row.within
    return late or far


def _lacking(row: TyphoonRow, storm: Storm) -> Iterator[str]:
    if row.lead_at_most is not None and storm.lead_hours is None:
        yield "距影响时间"
    if row.within is not None and storm.distance_km is None:
        yield "距离"


def _typhoon_reason(row: TyphoonRow, storm: Storm) -> Reason:
    parts = [storm.course.chinese, f"最大风速 {storm.wind:.1f} ≥ {row.wind_at_least:g} m/s"]
    if row.lead_at_most is not None:
        parts.append(f"距影响 {storm.lead_hours:g} ≤ {row.lead_at_most:g} h")
    if row.within is not None:
        parts.append(f"距离 {storm.distance_km:g} ≤ {row.within:g} km")
    return Reason(row.id, row.level, "; ".join(parts), row.source, row.status)


def _tier_reason(row: TierRow, reached: int) -> Reason:
    words = f"{row.tier.chinese}色及以上的县 {reached} ≥ {row.counties} 个"
    return Reason(row.id, row.level, words, row.source, row.status)


def _follow(region: str, kind: str, superior: Level | None, current: Level, table: ResponseTable) -> Advice:
    """A town or village takes the level of its county."""
    if superior is None:
        raise ConflictError(
            "a town or village has no rows of its own", where=f"region {region}",
            expected=f"the level in force in county {region[:6]}", found="none given",
            remedy=f"advise for the county first: a unit below it follows {superior_of(region)}",
        )  # fmt: skip
    words = f"随所属县 {region[:6]} 的{superior.words}"
    reasons = [Reason("county", superior, words, "乡镇、村随县级响应行动", "D")] if superior else []
    return _conclude(region, kind, reasons, Level.NONE, [], current, table)


def _conclude(
    region: str,
    kind: str,
    held: list[Reason],
    unsure: Level,
    missing: list[str],
    current: Level,
    table: ResponseTable,
) -> Advice:
    level = max((reason.level for reason in held), default=Level.NONE)
    found = Advice(
        region,
        kind,
        level,
        at_least=unsure > level,
        reasons=tuple(reason for reason in held if reason.level == level),
        missing=tuple(dict.fromkeys(missing)) if unsure > level else (),
    )
    floor = Level(max(current - table.steps_down, 0))
    if floor <= level:
        return found
    return replace(
        found,
        level=floor,
        held=current,
        at_least=unsure > floor,
        missing=found.missing if unsure > floor else (),
    )
