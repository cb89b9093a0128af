"""Laws of the return: nobody twice, nobody in two places, the sum always, whatever comes in whatever order."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evac.asides import Inspected
from evac.counts.now import head_count
from evac.envelope import NO_ONE
from evac.errors import ConflictError
from evac.events import Closed
from evac.model import MOVED, State
from evac.people.clerk import Clerk as Pen
from evac.registry import Registry
from evac.returning.closing import close_event, closed_record, reasons_open
from evac.returning.hazard import Outlook
from evac.returning.inspection import read_inspections
from evac.returning.release import carry_out
from evac.returning.resettlement import end_resettlement, resettle, resettled_codes
from evac.returning.second import next_round
from evac.returning.standing_now import return_counts
from evac.standing import seat
from evac.state import fold
from evac.store.memory import MemoryStore
from riskmap.errors import RiskmapError
from tests.evac.returning.town import COUNTY, OVER, VILLAGE, at, moved, villagers
from tests.evac.returning.town import given as release
from tests.evac.world import Clerk

ACTS = st.one_of(
    st.just(("release", 0)), st.just(("wet release", 0)), st.just(("hold again", 0)), st.just(("close", 0)),
    st.tuples(st.sampled_from(["returned", "arrived_shelter", "arrived_relatives", "left", "missing", "medical", "notified", "departed"]),
              st.integers(0, 8)),
    st.tuples(st.sampled_from(["resettle", "end home", "end handed_over"]), st.integers(0, 8)),
    st.tuples(st.sampled_from(["safe", "unsafe"]), st.integers(0, 5)),
)  # fmt: skip


def _act(registry: Registry, name: str, which: int, clerk: Clerk, hour: float) -> None:
    codes = sorted(registry.states)
    pen = Pen("李四", VILLAGE, f"D{hour}", at(hour))
    if name in ("release", "wet release"):
        carry_out(registry, release(), OVER if name == "release" else Outlook("", "雨后"), now=at(hour))
    elif name == "hold again":
        next_round(registry, COUNTY, "330902", by="李四", now=at(hour))
    elif name == "close":
        close_event(registry, by="张三", why="结束", now=at(hour))
    elif name == "resettle":
        resettle(registry, codes[which], to="过渡点", decision="1号", why="倒塌", clerk=pen)
    elif name.startswith("end "):
        end_resettlement(registry, codes[which], outcome=name.removeprefix("end "), note="n", clerk=pen)
    elif name in ("safe", "unsafe"):
        items = read_inspections(registry.store, at=at(hour))
        if items:
            target = items[which % len(items)].wanted.event_id
            registry.check_in(
                pen.write(Inspected, NO_ONE, target=target, result=name, evidence="3f" * 32),
                received_at=at(hour),
            )
    else:
        place = "S330902-1" if name == "arrived_shelter" else VILLAGE
        registry.check_in(clerk.event(name, hour * 60, code=codes[which], place=place), received_at=at(hour))


@pytest.mark.slow
@given(st.lists(ACTS, max_size=14))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_sum_holds_and_nobody_is_at_home_and_sheltered(acts: list[tuple[str, int]]) -> None:
    registry = moved(MemoryStore(), villagers(9, slope=2), Clerk())
    clerk = Clerk(1000)
    closed: set[str] = set()
    for n, (name, which) in enumerate(acts):
        hour = 48.0 + n
        resettled = resettled_codes(registry.store, at=at(hour))
        before = registry.states
        try:
            _act(registry, name, which, clerk, hour)
        except RiskmapError:
            assert registry.states == before, "what is refused changes nothing"
        _hold(registry, hour)
        after = registry.states
        if "release" in name:
            went = {
                c
                for c in after
                if after[c].state is State.RETURN_ALLOWED and before[c].state is not State.RETURN_ALLOWED
            }
            assert not went & resettled
        assert all(after[code].state is State.CLOSED for code in closed), "closed stays closed"
        closed = {code for code, state in after.items() if state.state is State.CLOSED}


def _hold(registry: Registry, hour: float) -> None:
    states = registry.states
    assert states == fold(registry.events())
    head_count(registry.store, "330902").require_sums()
    counts = return_counts(registry.store, "330902")[""]
    assert counts.adds_up
    assert counts.counts["due"] == sum(state.due for state in states.values())
    home = {c for c, s in states.items() if s.state in (State.RETURNED, State.CLOSED)}
    seated = {c for c, s in states.items() if seat(s) is not None}
    assert not home & seated
    assert sum(registry.store.seats().values()) == len(seated)
    ids = Counter(event.event_id for event in registry.events())
    assert max(ids.values()) == 1
    if closed_record(registry.store) is not None:
        assert any(isinstance(e, Closed) for e in registry.events()) or not home


@given(st.lists(ACTS.filter(lambda act: act[0] != "close"), max_size=10))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_it_is_closed_exactly_where_there_is_no_reason_not_to(acts: list[tuple[str, int]]) -> None:
    registry = moved(MemoryStore(), villagers(9, slope=2), Clerk())
    clerk = Clerk(1000)
    for n, (name, which) in enumerate(acts):
        try:
            _act(registry, name, which, clerk, 48.0 + n)
        except RiskmapError:
            continue
    open_ = reasons_open(registry.store, at=at(100))
    try:
        close_event(registry, by="张三", why="结束", now=at(100))
        assert not open_
        left = {s.state for s in registry.states.values()}
        assert not left & {*MOVED, State.RETURNED, State.RETURN_ALLOWED, State.MISSING} or resettled_codes(
            registry.store, at=at(100)
        )
    except ConflictError:
        assert open_
        assert State.CLOSED not in {s.state for s in registry.states.values()}
