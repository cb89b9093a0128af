"""The event is closed when nobody is left behind, by a named person, and not before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from evac.envelope import NO_ONE
from evac.errors import ConflictError
from evac.model import State
from evac.people.clerk import Clerk as Pen
from evac.registry import Registry
from evac.returning.closing import account_for, close_event, closed_record, reasons_open
from evac.returning.release import carry_out
from evac.returning.resettlement import end_resettlement, resettle
from evac.returning.standing_now import return_counts
from evac.store.memory import MemoryStore
from riskmap.errors import ConfigError
from tests.evac.returning.town import OVER, STORES, VILLAGE, at, given, make_store, moved, villagers
from tests.evac.world import Clerk


def home(registry: Registry, clerk: Clerk, hour: float, codes: list[str] | None = None) -> None:
    everybody = codes or sorted(registry.states)
    registry.check_ins(
        [clerk.event("returned", hour * 60, code=c, place=VILLAGE) for c in everybody],
        received_at=at(hour + 1),
    )


def closing(registry: Registry, hour: float, **said: Any) -> int:
    return close_event(registry, **({"by": "张三", "why": "险情解除", "now": at(hour)} | said)).closed


def settled() -> Registry:
    people = [p for p in villagers(12, slope=4) if p.household != "H00000"]
    registry = moved(MemoryStore(), people, Clerk())
    carry_out(registry, given(), OVER, now=at(48))
    home(registry, Clerk(9000), 49)
    return registry


def test_everybody_home_it_is_closed_once_and_stays_closed() -> None:
    registry = settled()
    assert closing(registry, 60) == 9
    record = closed_record(registry.store)
    assert record is not None
    assert (record.actor, record.why, record.trusted_at) == ("张三", "险情解除", at(60))
    before = list(registry.events())
    assert closing(registry, 61) == 0
    assert list(registry.events()) == before
    assert {s.state for s in registry.states.values()} == {State.CLOSED}
    assert return_counts(registry.store)[""].counts["returned"] == 9


@pytest.mark.parametrize(
    "kind", ["departed", "arrived_shelter", "missing", "left", "returned", "return_held", "notified"]
)
def test_what_comes_after_the_closing_opens_nobody(kind: str) -> None:
    registry = settled()
    closing(registry, 60)
    code = sorted(registry.states)[0]
    registry.check_ins([Clerk(99_000).event(kind, 61 * 60, code=code)], received_at=at(62))
    assert registry.state(code).state is State.CLOSED


@pytest.mark.parametrize(
    ("kinds", "word"),
    [(("ordered",), "未通知"), (("ordered", "unreached"), "未联系上"), (("ordered", "notified"), "已通知未转移"),
     (("ordered", "refused"), "劝导无效"), (("ordered", "departed"), "途中"), (("ordered", "departed", "missing"), "失联"),
     (("ordered", "arrived_shelter"), "集中安置,未解除"), (("ordered", "arrived_relatives"), "投亲靠友,未解除"),
     (("ordered", "arrived_shelter", "left"), "擅自离开"), (("ordered", "arrived_shelter", "return_held"), "暂缓返回"),
     (("ordered", "arrived_shelter", "return_allowed"), "可返回,未见返回"), (("ordered", "arrived_shelter", "medical"), "就医,未解除")],
)  # fmt: skip
def test_one_person_is_enough_to_keep_it_open(kinds: tuple[str, ...], word: str) -> None:
    registry = settled()
    clerk = Clerk(80_000)
    late = villagers(1, seed=9)
    moved(registry.store, late, clerk, kinds)
    before = list(registry.events())
    with pytest.raises(ConflictError, match="stays open") as told:
        closing(registry, 60)
    assert f"{word} · " in str(told.value)
    assert list(registry.events()) == before
    assert closed_record(registry.store) is None


def test_documents_responses_calls_and_looks_keep_it_open() -> None:
    registry = settled()
    clerk = Clerk(70_000)
    call = clerk.event("rescue_called", 100, code=sorted(registry.states)[0], where="屋顶")
    wanted = clerk.event(
        "inspection_wanted", 101, code=NO_ONE, of="road", subject="狮子岭", round=1, why="塌方"
    )
    registry.check_ins([call, wanted], received_at=at(60))
    found = reasons_open(
        registry.store, at=at(60), open_documents=["演练定防指令〔2021〕1号"], in_force=["330902 Ⅳ级"]
    )
    assert [reason.what.split(" · ")[0] for reason in found] == [
        "求助未答复",
        "返回前检查未完成",
        "公文未销号",
        "应急响应未结束",
    ]
    assert "演练定防指令〔2021〕1号" in str(found[2])
    registry.check_ins(
        [clerk.event("rescue_ended", 102, target=call.event_id, outcome="救出"),
         clerk.event("inspected", 103, target=wanted.event_id, result="safe", evidence="3f" * 32)], received_at=at(60),
    )  # fmt: skip
    assert closing(registry, 61) == 9


def test_who_left_by_themselves_is_accounted_for_by_name_and_stays_left_in_every_count() -> None:
    registry = settled()
    clerk = Clerk(80_000)
    late = villagers(1, seed=9)
    moved(registry.store, late, clerk, ("ordered", "arrived_shelter", "left"))
    pen = Pen("王村长", VILLAGE, "D7", at(58))
    account_for(registry, late[0].code, how="7月28日上门,在家平安", clerk=pen)
    assert closing(registry, 60) == 9
    assert return_counts(registry.store)[""].counts["left"] == 1


def test_a_later_word_of_that_person_opens_it_again() -> None:
    registry = settled()
    clerk = Clerk(80_000)
    late = villagers(1, seed=9)
    moved(registry.store, late, clerk, ("ordered", "arrived_shelter", "left"))
    account_for(registry, late[0].code, how="在家", clerk=Pen("王村长", VILLAGE, "D7", at(58)))
    registry.check_ins([clerk.event("missing", 59 * 60, code=late[0].code)], received_at=at(60))
    with pytest.raises(ConflictError, match="失联"):
        closing(registry, 60)


@pytest.mark.parametrize("kinds", [("ordered", "departed", "missing"), ("ordered", "arrived_shelter"), ()])
def test_nobody_missing_or_moved_is_settled_by_word(kinds: tuple[str, ...]) -> None:
    registry = settled()
    late = villagers(1, seed=9)
    moved(registry.store, late, Clerk(80_000), kinds)
    with pytest.raises(ConflictError, match="somebody's word"):
        account_for(registry, late[0].code, how="在家", clerk=Pen("王村长", VILLAGE, "D7", at(58)))


def test_the_resettled_keep_it_open_until_they_are_handed_over_and_count_as_moved_for_good() -> None:
    registry = settled()
    late = villagers(1, seed=9)
    moved(registry.store, late, Clerk(80_000))
    pen = Pen("李四", "", "D5", at(58))
    resettle(registry, late[0].code, to="过渡点", decision="1号", why="倒塌", clerk=pen)
    with pytest.raises(ConflictError, match="过渡安置未结束"):
        closing(registry, 60)
    end_resettlement(
        registry,
        late[0].code,
        outcome="handed_over",
        note="民政接收单3号",
        clerk=Pen("李四", "", "D6", at(59)),
    )
    assert closing(registry, 60) == 9
    row = return_counts(registry.store)[""]
    assert (row.counts["waiting"], row.counts["returned"], row.adds_up) == (1, 9, True)


@pytest.mark.parametrize("said", [{"by": " "}, {"why": ""}])
def test_a_named_person_closes_it(said: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="nobody closes"):
        closing(settled(), 60, **said)


@pytest.mark.parametrize("kind", STORES[1:])
def test_on_the_databases(kind: str, tmp_path: Any, request: pytest.FixtureRequest) -> None:
    database: Callable[[], str] | None = request.getfixturevalue("database") if kind == "postgres" else None
    store = make_store(kind, tmp_path, database)
    people = [p for p in villagers(12, slope=4) if p.household != "H00000"]
    registry = moved(store, people, Clerk())
    carry_out(registry, given(), OVER, now=at(48))
    with pytest.raises(ConflictError, match="可返回,未见返回"):
        closing(registry, 49)
    home(registry, Clerk(9000), 49)
    assert closing(registry, 60) == 9
    store.close()
