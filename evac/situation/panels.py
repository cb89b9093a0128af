"""What field work, dangers and supplies say on a screen: figures, lines and alarms of one region; no names, no words that anybody typed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from evac.situation.alarms import alarm
from evac.situation.document import Alarm, Panel, Place
from evac.situation.places import Names, digits_below, region
from evac.situation.rules import most
from riskmap.outlook import BEIJING
from riskmap.scale import Tier, hazard_words

if TYPE_CHECKING:  # a screen without these sources loads none of what keeps them
    from evac.dangers.danger import Danger
    from evac.field.book import FieldBook, FieldTask
    from evac.field.rules import FieldRules
    from evac.field.seen import VillageLine
    from evac.supplies.now import Goods

_UNKNOWN: Final = "不明"


@dataclass(frozen=True)
class Slot:
    """What one source gives a screen.

    Attributes
    ----------
    panel : Panel or None
        None where nothing was read; ``why`` says the reason.
    data_at : datetime or None
        Of its newest piece.
    """

    panel: Panel | None = None
    alarms: tuple[Alarm, ...] = ()
    data_at: datetime | None = None
    why: str = ""


Figure = tuple[str, float | int | None, str]
_ALWAYS: Final = 2


def _told(*figures: Figure) -> tuple[Figure, ...]:
    """The first figures always, the others where there is anything to tell."""
    return (*figures[:_ALWAYS], *(one for one in figures[_ALWAYS:] if one[1]))


def field_slot(book: FieldBook, rules: FieldRules, place: Place, names: Names, at: datetime) -> Slot:
    """Field work of a region: what sensors speak for and who looks after it, who is out, which villages are silent.

    All by the clock: what is late is late here also while no program watches the log.
    """
    from evac.field.seen import open_alarms, silent_villages, who_is_out
    from evac.field.terms import Kind
    from evac.field.watch import silent_sensors

    here = _cases(book, place.code)
    room = [case for case in here if case.room is not None and case.room.open]
    out = [line for line in who_is_out(book, rules, now=at) if line.spot.code.startswith(place.code)]
    silent = silent_villages(book, rules, now=at, prefix=place.code)
    mute = [key for key in silent_sensors(book, at) if book.gauges[key].region.startswith(place.code)]
    recalled = {one.subject for one in open_alarms(book) if one.kind is Kind.RECALL}
    lost = [line for line in out if line.overdue or line.worker in recalled]
    shown = sorted(here, key=lambda case: (-case.rank, case.due_at, case.key))
    rows = tuple(case.line(at) for case in shown[: most("panel")])
    panel = Panel(
        "网格任务",
        _told(
            ("未结", len(here), "处"), ("待受理", sum(case.room is not None and case.room.taken_at is None for case in room), "处"),
            ("无人可派", sum(bool(case.idle) for case in here), "处"), ("在外", len(out), "人"), ("失联或未归", len(lost), "人"),
            ("静默村", len(silent), "个"), ("测点无报", len(mute), "个"),
        ),
        ("测点", "险情", "指挥室 / 网格员", "时限"), rows, len(here) - len(rows), at,
    )  # fmt: skip
    alarms = (
        *_by_row("sensor", ((case.region, case.since) for case in here if case.room is not None), place, names, "处"),
        *_by_row("silent", ((one.code, _silent_since(one, rules)) for one in silent), place, names, "处"),
        *_by_row("worker", ((line.spot.code, min(line.back_by, at)) for line in lost), place, names, "人"),
    )  # fmt: skip
    return Slot(panel, alarms, book.last_at)


def _silent_since(line: VillageLine, rules: FieldRules) -> datetime:
    return max(at for at in (line.watched_since, line.last_at) if at is not None) + rules.silent


@dataclass(frozen=True)
class _Case:
    """A candidate with its tasks, one for the room and one for a worker."""

    room: FieldTask | None
    worker: FieldTask | None

    @property
    def _any(self) -> FieldTask:
        found = self.room or self.worker
        assert found is not None
        return found

    @property
    def key(self) -> str:
        return self._any.candidate.id

    @property
    def region(self) -> str:
        return self._any.candidate.region

    @property
    def since(self) -> datetime:
        return self._any.record.at

    @property
    def due_at(self) -> datetime:
        return min(task.record.due_at for task in (self.room, self.worker) if task is not None)

    @property
    def rank(self) -> int:
        """Grey stands where yellow does: unknown is looked at before what is known to be small."""
        tier = self._any.tier
        return int(Tier.YELLOW if tier is None else tier)

    @property
    def idle(self) -> str:
        """Why nobody is there."""
        from evac.field.terms import Why

        task = self.worker
        if task is None or task.unsent is None or task.out() or task.unanswered():
            return ""
        return Why(task.unsent.why).chinese

    def line(self, at: datetime) -> tuple[str, ...]:
        from evac.field.seen import state_of
        from evac.field.sensors import OBSERVED

        of = self._any.candidate
        worker = state_of(self.worker, who=False) if self.worker else "—"
        tier = "灰" if of.tier is None else Tier(of.tier).chinese
        late = "已过 " if self.room and self.room.taken_at is None and self.room.record.due_at < at else ""
        hazard = "现场观测" if of.hazard == OBSERVED else hazard_words(of.hazard)[0]
        room = state_of(self.room) if self.room else "—"
        return (
            of.name, f"{tier} {hazard}", f"{room} / {self.idle or worker}", f"{late}{self.due_at.astimezone(BEIJING):%H:%M}",
        )  # fmt: skip


def _cases(book: FieldBook, prefix: str) -> list[_Case]:
    tasks: dict[str, dict[bool, FieldTask]] = {}
    for task in book.open_tasks():
        if task.candidate.region.startswith(prefix):
            tasks.setdefault(task.candidate.id, {})[task.room] = task
    return [_Case(mine.get(True), mine.get(False)) for mine in tasks.values()]


def dangers_slot(
    found: Sequence[Danger],
    near: Mapping[str, int],
    regions: Mapping[str, str],
    place: Place,
    names: Names,
    at: datetime,
) -> Slot:
    """Dangers reported in a region; one of which nobody can tell the region is shown in each.

    Parameters
    ----------
    near : mapping
        Id of a danger -> persons near it.
    regions : mapping
        Place of a danger -> the region that it lies in.
    """
    from evac.dangers.danger import Verdict
    from evac.dangers.trend import trends
    from evac.dangers.urgency import hot_list

    here = [one for one in found if _lies_in(one.place, regions, place)]
    hot = hot_list(here, now=at, people_near=near)
    risen = [one for one in trends([r for danger in here for r in danger.reports], now=at) if one.alarm]
    waiting = [one.danger for one in hot if one.danger.grave or one.danger.verdict is Verdict.REPORTED]
    shown = hot[: most("panel")]
    rows = tuple(
        (
            one.danger.kind.chinese, _name(regions.get(one.danger.place, ""), names), f"{_standing(one.danger)} {one.independent}起",
            f"{one.waited.total_seconds() / 60:.0f} 分钟{' 超时' if one.late else ''}",
        ) for one in shown
    )  # fmt: skip
    panel = Panel(
        "险情",
        _told(
            ("未结", len(hot), "处"), ("待核实", sum(one.danger.verdict is Verdict.REPORTED for one in hot), "处"),
            ("超时未核实", sum(one.late for one in hot), "处"), ("报告", sum(len(one.reports) for one in here), "起"),
            ("上报突增", sum(one.kind is not None for one in risen), "类"),
        ),
        ("险情", "地点", "状态和独立报告", "已等"), rows, len(hot) - len(shown), at,
    )  # fmt: skip
    alarms = _by_row(
        "danger", ((regions.get(one.place, ""), one.waits_since) for one in waiting), place, names, "处"
    )
    return Slot(panel, tuple(alarms), max((one.last_at for one in found), default=at))


def _standing(danger: Danger) -> str:
    return f"{danger.verdict.chinese}(又报)" if danger.again else danger.verdict.chinese


def goods_slot(goods: Goods | None, place: Place, names: Names, at: datetime) -> Slot:
    """Supplies of the shelters of a region as they were read at an instant; nothing where nobody keeps a book of stock."""
    if goods is None:
        return Slot(why="未接入物资:从未登记")
    regions = goods.regions
    here = [line for line in goods.lacking if _lies_in(line.place.id, regions, place)]
    grave = [line for line in here if line.grave]
    held = {key for key in (*goods.kept, *goods.unkept) if _lies_in(key, regions, place)}
    moving = [t for t in goods.stock.transit if held & {t.sender, t.receiver}]
    differ = [d for d in goods.stock.discrepancies if d.place in held]
    rows = tuple(
        (line.place.name, line.item.chinese, f"{line.short:,} {line.item.unit}", _lasts(line.lasts))
        for line in here[: most("panel")]
    )  # fmt: skip
    panel = Panel(
        "物资",
        _told(
            ("有账安置点", sum(key in held for key in goods.kept), "处"), ("短缺", len(here), "项"), ("告急", len(grave), "项"),
            ("在途", len(moving), "批"), ("账实待查", len(differ), "项"), ("有人无账", sum(key in held for key in goods.unkept), "处"),
        ),
        ("安置点", "物资", "缺口", "可用(含应到)"), rows, len(here) - len(rows), at,
    )  # fmt: skip
    lacking = {line.place.id: at for line in grave}
    alarms = _by_row(
        "supplies", ((regions[key], since) for key, since in lacking.items()), place, names, "处"
    )
    return Slot(panel, tuple(alarms), at)


def _lasts(hours: float | None) -> str:
    return "—" if hours is None else f"{hours:.0f} 小时"


def _lies_in(key: str, regions: Mapping[str, str], place: Place) -> bool:
    if place.level == "shelter":
        return key == place.code
    where = regions.get(key, "")
    return where.startswith(place.code) or not where


def _name(code: str, names: Names) -> str:
    """The finest name on the way up to the county; its code where no table has one."""
    return next((names[code[:n]] for n in range(len(code), 5, -1) if code[:n] in names), code or _UNKNOWN)


def _by_row(
    kind: str, told: Iterable[tuple[str, datetime]], place: Place, names: Names, unit: str
) -> Iterator[Alarm]:
    """One alarm for each row of the screen; what has no region of its own stands under the screen's."""
    times: dict[str, list[datetime]] = {}
    for code, since in told:
        below = code[: digits_below(place)] if place.level != "shelter" else ""
        times.setdefault(below if len(below) > len(place.code) else place.code, []).append(since)
    for code, mine in sorted(times.items()):
        where = place if code == place.code else region(code, names)
        yield alarm(kind, where, len(mine), since=min(mine), newest=max(mine), unit=unit)
