"""What an exercise came to, and whether it closes: every letter answered or escalated, every person home or named, every sum."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from evac.asides import ReleaseOrdered
from evac.events import ReturnAllowed, Returned
from evac.exercise.chancery import Chancery
from evac.exercise.hold import Held
from evac.exercise.letters import order_number
from evac.exercise.transfer_plan import summary
from evac.model import State
from evac.orders.escalation import minutes
from evac.orders.indicators import WORDS, Indicators, by_county, cascade, indicators
from evac.orders.mailing import pending
from evac.orders.tasks import ENDED
from riskmap.outlook import beijing


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold at the end.

    Attributes
    ----------
    chinese, english : str
    holds : bool
    found : str
        The figures, so that whoever reads it can add up.
    """

    chinese: str
    english: str
    holds: bool
    found: str


@dataclass(frozen=True)
class Outcome:
    """What an exercise came to.

    Attributes
    ----------
    checks : tuple of Check
    figures : dict
        Everything that the record and the page say.
    """

    checks: tuple[Check, ...]
    figures: dict[str, Any]

    @property
    def closed(self) -> bool:
        """Whether the loop is closed: all checks hold."""
        return all(check.holds for check in self.checks)


def reckon(held: Held, chancery: Chancery) -> Outcome:
    """Hold the end of an exercise against what must be true.

    Raises
    ------
    ConflictError
        A log was altered.
    """
    chancery.desk.verify()
    people = _people(held)
    checks = (
        *_letters(held, chancery),
        *_plan(held),
        *_persons(held, people),
        *_return(held, people),
        _levels(held),
    )
    rules = chancery.tasks.rules
    found = indicators(held.tasks, rules, held.end)
    counties = by_county(held.tasks, rules, chancery.tasks.ladder, held.end)
    figures = {
        "letters": len(held.letters.notices), "transfer_orders": len(held.letters.orders),
        "supervision_orders": len(held.letters.supervisions), "drafted_and_not_signed": len(held.letters.let_be),
        "steps": dict(sorted(Counter(e.measure for t in held.tasks for c in t.steps.values() for e in c).items())),
        "silent_counties": list(held.silent), "loop": _indicators(found),
        "by_county": {code: _indicators(one) for code, one in counties.items()},
        "cascade": [
            {"from": lag.above, "to": lag.below, "median": None if lag.median is None else minutes(lag.median), "answered": len(lag.lags), "waiting": lag.waiting}
            for lag in cascade(held.tasks, chancery.tasks.ladder)
        ],
        "plan": summary(held.planned), "clearance": held.cleared, "people": people, "return": held.home.figures(), "responses": held.levels.record,
        "supervised": [_supervised(held, chancery, n) for n in range(len(held.letters.supervisions))],
    }  # fmt: skip
    return Outcome(checks, figures)


def _letters(held: Held, chancery: Chancery) -> tuple[Check, ...]:
    tasks = held.tasks
    answered = sum(t.received_at is not None for t in tasks)
    acting = [t for t in tasks if t.acting]
    done = sum(t.stage in ENDED for t in acting)
    by_silence = {s.receiver for _, s in held.letters.supervisions if s.clock == "answer"}
    orders = [t for t in acting if t.terms.signed.type == "supervision_order"]
    struck = sum(t.stage in ENDED for t in orders)
    waiting = pending(chancery.tasks.book())
    return (
        Check(
            "每个收文单位均已应答", "every receiver answered", answered == len(tasks), f"{answered}/{len(tasks)}"
        ),
        Check("承办任务全部销号", "every task closed", done == len(acting), f"{done}/{len(acting)}"),
        Check(
            "未应答的县均升级为督办单", "every silent county reached a supervision order",
            len(by_silence) == len(held.silent), f"{len(by_silence)}/{len(held.silent)}",
        ),
        Check("督办单全部销号", "every supervision order closed", struck == len(held.letters.supervisions), f"{struck}/{len(held.letters.supervisions)}"),
        Check("应送达的均已送达", "nothing is left undelivered", not waiting, f"{len(waiting)} 待送达 pending"),
    )  # fmt: skip


def _plan(held: Held) -> tuple[Check, ...]:
    told = held.planned.allocation
    found = [
        Check(
            "路线不经中断道路", "no route over a closed road", not held.cleared.get("through_closed_links"),
            f"{held.cleared.get('routes', 0)} 条 routes",
        )
    ]  # fmt: skip
    if told is not None:
        plan = told.plan
        bound = int(plan.problem.demand.size.sum())
        over = int((plan.occupancy > plan.problem.room).sum())
        shut = {s.shelter_id for s in plan.problem.shelters} & set(plan.problem.closed)
        at_shut = sum(
            int(n) for s, n in zip(plan.problem.shelters, plan.occupancy, strict=True) if s.shelter_id in shut
        )
        found += [
            Check("需安置=已安排+未安排", "bound = placed + unplaced", bound == plan.placed + plan.unplaced, f"{bound} = {plan.placed} + {plan.unplaced}"),
            Check("安置点不超员,关闭的不安排人", "no shelter over its room, nobody in a closed one", not over and not at_shut, f"{over} 超员 over, {at_shut} 人在关闭点"),
        ]  # fmt: skip
    return tuple(found)


def _people(held: Held) -> dict[str, int]:
    """Everybody on the list or at a door by how they ended, apart from the count's own sums."""
    states = Counter(state.state for state in held.drill.states.values())
    return {
        "on_the_list": len(held.planned.roster.people),
        "at_the_door": held.drill.record["added_at_door"],
        "not_asked": states.pop(State.REGISTERED, 0),
        "returned": states.pop(State.CLOSED, 0),
        "refused": states.pop(State.REFUSED, 0),
        "exempt": states.pop(State.EXEMPT, 0),
        "withdrawn": states.pop(State.WITHDRAWN, 0),
        "elsewhere": sum(states.values()),
    }


def _persons(held: Held, people: dict[str, int]) -> tuple[Check, ...]:
    everybody = people["on_the_list"] + people["at_the_door"]
    ended = [people[name] for name in ("returned", "refused", "exempt", "withdrawn")]
    asked = sum(p.household in held.planned.asked for p in held.planned.roster.people)
    progress = held.drill.progress
    due, last = int(progress.due[-1].sum()), int(progress.counts[-1].sum())
    numbers = all(
        document.number == order_number(held.letters.drafts[code].letter, document.signed.at)
        for code, document in held.letters.orders.items()
    )
    return (
        Check(
            "名单人数+到场登记=未要求转移+已返回+劝导无效+核减+撤销", "everybody is home or named",
            everybody == people["not_asked"] + sum(ended) and not people["elsewhere"],
            f"{everybody} = {people['not_asked']} + {' + '.join(map(str, ended))}",
        ),
        Check(
            "方案要求转移=登记库下令", "asked by the plan = ordered in the registry",
            asked + people["at_the_door"] == sum(ended), f"{asked} + {people['at_the_door']} = {sum(ended)}",
        ),
        Check("应转移恒等式成立", "the sum of the head-count holds", due == last == people["returned"] + people["refused"], f"{due} = {people['returned']} + {people['refused']}"),
        Check("与演练真值逐格一致,日志链完整", "the count equals the truth, chains verified", bool(held.drill.record["reconciled"]["exact"]), f"{held.drill.record['reconciled']['cells_compared']:,} 格 cells"),
        Check("人员事件所引文号即转移指令文号", "people's events name the signed orders", numbers, f"{len(held.letters.orders)} 份 orders"),
    )  # fmt: skip


def _return(held: Held, people: dict[str, int]) -> tuple[Check, ...]:
    home, orders, events = held.home.figures(), held.letters.orders, held.drill.events
    released = [event for event in events if isinstance(event, ReleaseOrdered)]
    papers = [event for event in released if event.basis == "document"]
    by_document = {event.region for event in papers}
    own = {
        code
        for code in by_document
        if code in orders and all(e.lifts == orders[code].number for e in papers if e.region == code)
    }
    by_word = {event.region for event in released if event.actor.strip()} - by_document
    allowed = {event.code for event in events if event.kind == ReturnAllowed.kind}
    back = {event.code for event in events if event.kind == Returned.kind}
    return (
        Check("凭解除转移文件返回的县,文件所解除的均为本县指令", "every document lifts its own county's order", own == by_document, f"{len(own)}/{len(by_document)}"),
        Check(
            "其余的县均由具名人员决定返回", "of every other county a named person decided", by_document | by_word == set(orders),
            f"凭文件 by document {len(by_document)},凭人工决定 on a person's word {len(by_word)},共 of {len(orders)}",
        ),
        Check(
            "已返回=获准返回并扫码=告知可返回", "home = allowed and scanned at home = told that they may go",
            back <= allowed and people["returned"] == len(back) == home["told"],
            f"{people['returned']} = {len(back & allowed)} = {home['told']},暂缓 held {home['held']} 人次",
        ),
        Check(
            "事件已关闭:无失联、无未查房屋、无未办结", "the event is closed: nobody and nothing left open",
            held.home.closed is not None and not held.home.not_closed,
            held.home.not_closed or f"{home['closed_at']},靠山房屋 {home['slope_side_houses']} 户已查,{home['seen_at_home']} 人见面核实",
        ),
    )  # fmt: skip


def _levels(held: Held) -> Check:
    open_ones = [k.region for k, r in held.levels.desk.responses().items() if r.level]
    return Check(
        "应急响应均已结束",
        "every response ended",
        not open_ones,
        f"{len(held.levels.record)} 次决定 decisions",
    )


def _indicators(found: Indicators) -> dict[str, Any]:
    return {
        "tasks": found.tasks, "unanswered": found.unanswered, "open": found.open,
        "median_answer": None if found.median_answer is None else minutes(found.median_answer),
        "median_feedback": None if found.median_feedback is None else minutes(found.median_feedback),
        "shares": {WORDS[name]: share.value for name, share in found.shares.items()}, "index": found.index,
    }  # fmt: skip


def _supervised(held: Held, chancery: Chancery, n: int) -> dict[str, Any]:
    document, step = held.letters.supervisions[n]
    (task,) = (t for t in chancery.tasks_of(document) if t.acting)
    return {
        "number": document.number, "receiver": step.receiver, "told": step.told, "clock": step.clock, "problem": step.problem,
        "drafted_at": beijing(step.at), "signed_at": beijing(document.signed.at),
        "answered_at": beijing(task.received_at) if task.received_at else "", "closed_at": beijing(task.ended_at) if task.ended_at else "",
        "stage": task.stage.chinese, "papers": f"signed/{chancery.folders[document.signed.draft].name}",
    }  # fmt: skip
