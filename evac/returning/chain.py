"""One chain from the registry to the papers: the 解除转移 drafted from who may go and who is held, and noted in the log of responses."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from evac.errors import ConflictError
from evac.grain import COUNTY_DIGITS
from evac.model import Category
from evac.orders.register import Document, Register
from evac.response.desk import ResponseDesk
from evac.response.events import Released
from evac.response.standing import Response
from evac.returning.authority import ORDER, OUT, find_fitting
from evac.returning.inspection import Item, Result, Thing, houses
from evac.returning.release import Done, Release, ReleasePlan, release_order
from riskmap.outlook import beijing


def order_to_lift(register: Register, region: str, number: str = "") -> Document:
    """The transfer order that a release of a region lifts: the one named, or the only one that is out.

    Raises
    ------
    ConflictError
        No such document, one that is no transfer order of this region that is out, or none or several that are; names them.
    """

    def is_out(d: Document) -> bool:
        return d.signed.type == ORDER and d.state == OUT and d.signed.region.startswith(region)

    if number:
        named = find_fitting(register, number, is_out)
        if not is_out(named):
            raise ConflictError(
                "this document is no order to lift", where=named.number, expected=f"a {ORDER} that is out, of region {region}",
                found=f"{named.signed.type}, {named.state}, region {named.signed.region}", remedy="see: evac documents",
            )  # fmt: skip
        return named
    found = [d for d in register.documents.values() if is_out(d) and d.signed.region == region]
    if len(found) != 1:
        raise ConflictError(
            "not one transfer order to lift", where=f"region {region}", expected="one that is out, or its number",
            found="; ".join(f"{d.signed.issuer} {d.number}" for d in found) or "none", remedy="name it: --order",
        )  # fmt: skip
    return found[0]


def release_entries(
    plan: ReleasePlan,
    items: Iterable[Item],
    order: str,
    *,
    categories: Iterable[str] = (),
    return_from: datetime,
) -> dict[str, str]:
    """Entries of the document type ``transfer_release`` that the registry knows; towns are a person's to add.

    Parameters
    ----------
    plan : ReleasePlan
        From ``plan_release`` at the same instant.
    items : iterable of Item
        The inspection list of the region.
    order : str
        Number of the transfer order that is lifted.
    return_from : datetime
        From when people may go.
    """
    kinds = "、".join(c.chinese for c in Category if c.value in set(categories))
    looked = list(items)
    return {
        "order": order,
        "range": f"{kinds or '本区域已转移人员'}{len(plan.allow)}人可以返回{_held(plan, looked)},名单见登记系统",
        "inspected": _inspected(looked),
        "return_from": beijing(return_from),
    }


def _held(plan: ReleasePlan, items: Iterable[Item]) -> str:
    """Who must wait: houses that somebody has to look at, and those that were looked at and are not fit to go back to."""
    if not plan.hold:
        return ""
    found = houses(items)
    unfit = sum(
        house in found and found[house].round == number and found[house].result is not Result.OPEN
        for house, (number, _) in plan.wanted.items()
    )
    told = [f";暂缓返回{len(plan.hold)}人({len({step.person.house for step in plan.hold})}户)"]
    told += [f"待检查{n}户" for n in [len(plan.wanted) - unfit] if n]
    told += [f"检查不合格{unfit}户"] if unfit else []
    return ",".join(told)


def _inspected(items: Iterable[Item]) -> str:
    """Who looked, until when, and what was found, kind by kind; empty where nobody has looked: a blank for a person."""
    told, people, last = [], dict[str, None](), list[datetime]()
    found = list(items)
    for thing in Thing:
        mine = [item for item in found if item.thing is thing]
        if not mine:
            continue
        counts = [(result, sum(item.result is result for item in mine)) for result in Result]
        told.append(f"{thing.chinese}{len(mine)}处:" + "、".join(f"{r.chinese}{n}" for r, n in counts if n))
        for item in mine:
            people |= {look.actor: None for look in item.looks}
            last += [look.trusted_at for look in item.looks]
    if not last:
        return ""
    return f"检查人{'、'.join(people)};截至{beijing(max(last))};{';'.join(told)}"


def note_release(
    office: ResponseDesk, release: Release, done: Done, *, event: str, exercise: bool, now: datetime
) -> tuple[Response, ...]:
    """Write the release into the log of responses: what ``evac response release`` writes, from the order that was carried out.

    Every response of the region to the event that is not released yet gets it, once however often it is run; one that never began, since
    all that is on record of it is void, gets none. The release of a part (a town, a category) is none of the region: it is not written.

    Raises
    ------
    ConflictError
        No response to this event was ever started here, or some refuse it: the others have it.
    """
    if len(release.region) > COUNTY_DIGITS or release.categories:
        return ()
    order = release_order(release, now)
    own = [
        key
        for key, held in office.responses().items()
        if (key.event, key.region, key.exercise) == (event, release.region, exercise) and held.history
    ]
    if not own:
        raise ConflictError(
            "no response to release", where=f"region {release.region}, event {event}", expected="one that was started",
            found="none", remedy="see: evac response show; start it, or leave --responses out",
        )  # fmt: skip
    told, refused = list[Response](), list[ConflictError]()
    for key in sorted(own):
        record = Released(
            id=f"{order.event_id}|{key.of}", event=event, region=release.region, of=key.of, exercise=exercise, at=now,
            by=release.by, post="", order=release.authority.order,
            reason=f"已执行:可返回{done.allowed}人,暂缓{done.held + done.standing}人",
        )  # fmt: skip
        held = office.responses()[key]
        known = any(r.id == record.id for r in held.history)
        try:
            told.append(held if known or held.released_at is not None else office.decide(record, now=now))
        except ConflictError as error:
            refused.append(error)
    if refused:
        raise ConflictError(
            "not every response has the release", where=f"region {release.region}, event {event}",
            expected=f"all of {len(own)}", found="; ".join(map(str, refused)), remedy="settle each, and run it again",
        ) from refused[0]  # fmt: skip
    return tuple(told)
