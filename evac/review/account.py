"""The after-action review (复盘) as one document, from the logs alone: the same logs give the same bytes, and what is unknown is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from evac.asides import EventClosed, ReleaseOrdered
from evac.counts.roll import in_order
from evac.orders.events import Record
from evac.orders.offices import Ladder
from evac.orders.register import Register
from evac.orders.rules import LoopRules, bundled_rules
from evac.privacy.counts import SMALLEST_SHOWN
from evac.registry import EventStore
from evac.response.events import ResponseRecord, Started
from evac.response.standing import fold
from evac.returning.duty import findings, read_shifts
from evac.returning.inspection import read_inspections
from evac.returning.resettlement import read_resettlements
from evac.review.forecast import Observed, verified
from evac.review.gaps import record_gaps
from evac.review.loop import answers, book_of, documents, escalations, late_steps
from evac.review.moved import moved_table
from evac.review.people import PlannedHouse, Tally, against_plan, tally
from evac.review.ratings import OF, distributions, read_ratings
from riskmap.assessment import Assessment
from riskmap.outlook import beijing
from riskmap.scale import Tier

SCHEMA: Final = 1
OVERRIDDEN: Final = "人工决定"
"""Stands in the timeline where somebody released although the map did not say that it was over."""
_FIRSTS: Final = {
    "arrived_shelter": "首个到达安置点", "arrived_relatives": "首个投亲靠友", "return_allowed": "首个解除",
    "returned": "首个返回",
}  # fmt: skip
_RESPONSE: Final = {
    "started": "启动",
    "raised": "提升",
    "lowered": "调整",
    "ended": "结束响应",
    "released": "解除转移",
}


@dataclass(frozen=True)
class Sources:
    """What a review is made from; whatever is not given is said to be unknown.

    Attributes
    ----------
    store : EventStore
        The registry.
    documents : sequence of (Record, datetime)
        The log of documents with times of receipt; empty where there is none.
    responses : sequence of ResponseRecord
    runs : sequence of Assessment
        Published runs.
    observed : sequence of Observed
    plan : sequence of PlannedHouse
    ladder : Ladder
        Who stands above whom.
    names : mapping
        Code of a region -> name.
    """

    store: EventStore
    documents: Sequence[tuple[Record, datetime]] = ()
    responses: Sequence[ResponseRecord] = ()
    runs: Sequence[Assessment] = ()
    observed: Sequence[Observed] = ()
    plan: Sequence[PlannedHouse] = ()
    ladder: Ladder = field(default_factory=Ladder)
    rules: LoopRules = field(default_factory=bundled_rules)
    names: Mapping[str, str] = field(default_factory=dict)

    def called(self, code: str) -> str:
        """A region as people say it; its code where no name is known."""
        return self.names.get(code, code)


def newest(sources: Sources) -> datetime | None:
    """The newest instant that any log tells of: a review's own time, so that the same logs give the same bytes."""
    told = [event.trusted_at for event in sources.store.events()]
    told += [noted for _, noted in sources.documents] + [record.at for record in sources.responses]
    return max(told, default=None)


def review_event(sources: Sources, *, at: datetime, region: str = "") -> dict[str, Any]:
    """The whole review, JSON-ready.

    Parameters
    ----------
    at : datetime
        As of when; ``newest`` for the end of the logs.
    region : str
        Of the people who are counted; empty for all.

    Raises
    ------
    SourceError
        A log cannot be read.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from evac import Clerk, MemoryStore, Registry, Sources, review_event
    >>> from evac.events import ArrivedShelter, Ordered, Registered
    >>> code, noon, registry = "7" + "C" * 25, datetime(2021, 7, 25, 4, tzinfo=UTC), Registry(MemoryStore())
    >>> clerk = Clerk("李四", "S1", "D1", noon)
    >>> events = [clerk.write(Registered, code, county="330902"), clerk.write(Ordered, code, order="令1")]
    >>> events.append(clerk.write(ArrivedShelter, code))
    >>> registry.check_ins(events, received_at=noon).require_all()
    >>> found = review_event(Sources(registry.store), at=noon)
    >>> [line["what"] for line in found["timeline"]], found["unknown"][0]
    (['转移指令 令1 首次下达到人', '首个到达安置点'], '未提供公文日志:应答时间、督办情况不明')
    """
    store = sources.store
    stays = read_resettlements(store, at=at)
    found = tally(store, region, at=at, resettled={s.decided.code for s in stays if s.lasts})
    noted = [(record, when) for record, when in sources.documents if when <= at]
    records = [record for record, _ in noted]
    register, book = Register(records), book_of(noted, sources.rules)
    labels = store.labels()
    ratings, read = read_ratings(store, at=at)
    return {
        "schema": SCHEMA,
        "event": labels.get("event", ""),
        "exercise": bool(labels.get("label")) or any(t.signed.exercise for t in book.terms.values()),
        "region": region,
        "as_of": at.isoformat(),
        "timeline": _timeline(sources, found, register, records, at),
        "answers": answers(book.tasks.values(), sources.ladder) if noted else None,
        "supervision": escalations(book) if noted else None,
        "moved": moved_table(found, sources.names),
        "plan": against_plan(found, sources.plan) if sources.plan else None,
        "shelters": _peaks(store, found),
        "inspections": _results(store, at),
        "resettled": {"ever": _few(len(stays)), "now": _few(sum(s.lasts for s in stays))},
        "forecast": verified(sources.runs, sources.observed),
        "gaps": record_gaps(store, at=at) | {"idle": found.idle, "loop": late_steps(records) if noted else None},
        "duty": {"shifts": len(read_shifts(store, at=at)), "findings": len(findings(read_shifts(store, at=at), at=at))},
        "ratings": [
            {"of": d.of, "name": OF[d.of], "number": d.number, "scores": {str(k): v for k, v in d.scores.items()},
             "words": list(d.words), "waiting": d.waiting} for d in distributions(ratings, read)
        ],
        "unknown": _unknown(sources, found, labels),
    }  # fmt: skip


def _timeline(
    sources: Sources, found: Tally, register: Register, records: Sequence[Record], at: datetime
) -> list[dict[str, str]]:
    told: list[tuple[datetime, str]] = []
    for run in sources.runs:
        reached = [sum(int(t) == int(tier) for t in run.published_worst) for tier in (Tier.RED, Tier.ORANGE)]
        told.append((run.issued_at, f"发布风险图:红 {reached[0]} 个、橙 {reached[1]} 个区域"))
    for key, response in fold(sources.responses).items():
        for record in response.history:
            level = getattr(record, "level", None)
            words = f"{sources.called(key.region)} {_RESPONSE[record.kind]}" + (
                f" {level.words}" if level else ""
            )
            told.append((record.at, words))
    told += documents(register, records)
    told += [(since, f"转移指令 {number} 首次下达到人") for number, since in sorted(found.orders.items())]
    told += [(found.firsts[kind], words) for kind, words in _FIRSTS.items() if kind in found.firsts]
    facts = in_order(
        sources.store, [e for _, e in sources.store.aside({ReleaseOrdered.kind, EventClosed.kind})], at
    )
    for event in facts:
        if isinstance(event, ReleaseOrdered):
            category = event.category or "全部类别"
            override = f";风险图未解除,{OVERRIDDEN}:{event.overridden}" if event.overridden else ""
            told.append(
                (
                    event.trusted_at,
                    f"解除转移 {event.order}({event.issuer}):{sources.called(event.region)} {category}{override}",
                )
            )
        elif isinstance(event, EventClosed):
            told.append((event.trusted_at, f"事件关闭:{event.why}"))
    return [{"at": beijing(when), "what": words} for when, words in sorted(told) if when <= at]


def _peaks(store: EventStore, found: Tally) -> dict[str, Any]:
    known = {shelter.shelter_id: shelter for shelter in store.shelters()}
    peaks = found.peaks(known)
    return {
        "known": len(known),
        "used": len(peaks),
        "over_capacity": sum(peak.people > known[peak.place].capacity for peak in peaks),
        "peaks": [
            {"shelter": peak.place, "name": known[peak.place].name, "capacity": known[peak.place].capacity,
             "people": _few(peak.people), "at": beijing(peak.at)} for peak in peaks
        ],
    }  # fmt: skip


def _few(people: int) -> int | None:
    """A count as it may be handed on."""
    return None if 0 < people < SMALLEST_SHOWN else people


def _results(store: EventStore, at: datetime) -> dict[str, int]:
    counts: dict[str, int] = {}
    for item in read_inspections(store, at=at):
        counts[item.result.value] = counts.get(item.result.value, 0) + 1
    return dict(sorted(counts.items()))


def _unknown(sources: Sources, found: Tally, labels: Mapping[str, str]) -> list[str]:
    told = []
    if labels.get("label"):
        told.append("人员为虚构,用于演练 · invented people")
    lacking = (
        (sources.documents, "未提供公文日志:应答时间、督办情况不明"),
        (sources.responses, "未提供应急响应日志:响应启动和调整的时间不明"),
        (sources.runs, "未提供风险图:发布时间和等级不明"),
        (sources.observed, "未提供观测或灾情等级:预报准确与否不明"),
        (sources.plan, "未提供转移方案:方案与实际无从对照"),
        (sources.ladder.offices, "未提供单位名单:应答时间按行政区划代码长度分级,抄送单位级别不明"),
    )
    told += [words for given, words in lacking if not given]
    if not found.outcomes:
        told.append("登记库中没有人员")
    if sources.responses and not any(isinstance(r, Started) for r in sources.responses):
        told.append("响应日志中没有启动记录")
    told.append("未扫码而自行返回、投亲未回访者的实际去向不明")
    return told
