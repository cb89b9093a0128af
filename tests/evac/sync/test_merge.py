"""The merge: any nodes, any partition of events over them, any order, repetition and overlap of bundles end in one state."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from evac.events import KINDS, Envelope, receipt_of
from evac.registry import EventStore
from evac.state import PersonState, fold
from evac.store.memory import MemoryStore
from evac.store.postgres import PostgresStore
from evac.store.sqlite import SQLiteStore
from evac.sync.merge import Entry, contested, merge, merged_state
from riskmap.errors import SourceError
from tests.evac.scenes import START, make_event
from tests.evac.sync.posts import Post, acquainted

CODES = [f"7{letter * 25}" for letter in "ABC"]
KINDS_OF_ONE = sorted(set(KINDS) - {"undone", "merged", "received", "registered"})


@st.composite
def events_of_a_storm(draw: st.DrawFn, most: int = 12) -> list[Envelope]:
    """Events of three people: undos, merges, equal instants, and trusted times up to hours ahead."""
    events: list[Envelope] = []
    for n in range(draw(st.integers(1, most))):
        code = draw(st.sampled_from(CODES))
        minute = draw(st.sampled_from([0, 1, 2, 3, 5, 200, 400]))
        device = draw(st.sampled_from(["D1", "D2"]))
        told = {"code": code, "device": device, "counter": n, "event_id": f"{n + 1:032x}"}
        special = draw(st.integers(0, 9))
        mine = [event for event in events if event.code == code]
        if special == 0 and mine:
            events.append(make_event("undone", minute, **told, target=draw(st.sampled_from(mine)).event_id))
        elif special == 1:
            events.append(make_event("merged", minute, **told, into=draw(st.sampled_from(CODES))))
        elif special == 2:
            events.append(make_event("registered", minute, **told))
        else:
            place = draw(st.sampled_from(["S1", "S2"]))
            events.append(make_event(draw(st.sampled_from(KINDS_OF_ONE)), minute, place=place, **told))
    return events


@st.composite
def logs(draw: st.DrawFn) -> list[list[Entry]]:
    """A few logs that share events, each with receipts of its own."""
    events = draw(events_of_a_storm())
    return [
        [Entry(event, START + timedelta(minutes=draw(st.integers(0, 300)))) for event in draw(st.sets(st.sampled_from(events)))]
        for _ in range(draw(st.integers(1, 4)))
    ]  # fmt: skip


@given(logs(), st.randoms(use_true_random=False))
def test_the_merge_is_a_union(given_logs: list[list[Entry]], chance: object) -> None:
    whole = merge(*given_logs)
    shuffled = [list(log) for log in given_logs]
    for log in shuffled:
        chance.shuffle(log)  # type: ignore[attr-defined]
    assert merge(*reversed(shuffled)) == whole  # order
    assert merge(whole, *given_logs, whole) == whole  # repeats
    half = len(given_logs) // 2
    assert merge(merge(*given_logs[:half]), merge(*given_logs[half:])) == whole  # levels
    assert {entry.event for entry in whole} == {entry.event for log in given_logs for entry in log}
    assert merged_state(*given_logs) == merged_state(whole)


@given(logs())
def test_the_merged_state_is_the_fold_with_each_event_at_its_earliest_receipt(
    given_logs: list[list[Entry]],
) -> None:
    earliest: dict[Envelope, datetime] = {}
    for event, received_at in (entry for log in given_logs for entry in log):
        earliest[event] = min(received_at, earliest.get(event, received_at))
    held = [receipt_of(event, at) for event, at in earliest.items() if at < event.trusted_at]
    assert merged_state(*given_logs) == fold([*earliest, *held])


def test_one_id_with_two_contents_is_named_and_gives_one_state_in_either_order() -> None:
    one = make_event("arrived_shelter", 1, place="S1", event_id="a" * 32)
    other = make_event("arrived_shelter", 1, place="S2", event_id="a" * 32, counter=one.counter)
    logs = [[Entry(one, START)], [Entry(other, START)]]
    assert contested(merge(*logs)) == ("a" * 32,)
    assert merged_state(*logs) == merged_state(*reversed(logs))
    assert contested(merge(logs[0])) == ()


def _stores(kind: str, request: pytest.FixtureRequest, folder: Path) -> Callable[[], EventStore]:
    numbers = count()
    if kind == "memory":
        return MemoryStore
    if kind == "sqlite":
        return lambda: SQLiteStore(folder / f"r{next(numbers)}.sqlite")
    database: Callable[[], str] = request.getfixturevalue("database")
    return lambda: PostgresStore(database(), set_up=True)


def _truth(sent: Iterable[tuple[Envelope, datetime]]) -> dict[str, PersonState]:
    return merged_state(Entry(event, at) for event, at in sent)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["memory", "sqlite", "postgres"])
def test_every_route_ends_in_one_state(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Shelters send to districts, districts to a city and a province; any bundle, any time, any number of times."""
    make = _stores(kind, request, tmp_path)

    @settings(max_examples=60 if kind == "memory" else 8, suppress_health_check=[HealthCheck.too_slow])
    @given(data=st.data(), events=events_of_a_storm())
    def run(data: st.DataObject, events: list[Envelope]) -> None:
        with ExitStack() as stack:
            top = stack.enter_context(closing(make()))
            names = ["S1", "S2", "S3", "D1", "D2", "P"]
            posts = acquainted(*(Post(name, top if name == "P" else None) for name in names))
            sent: list[tuple[Envelope, datetime]] = []
            pool: list[tuple[int, bytes]] = []
            now = START
            for event in events:
                for place in data.draw(st.sets(st.integers(0, 2), min_size=1, max_size=2)):
                    now += timedelta(minutes=data.draw(st.integers(0, 40)))
                    # by its own log: here a refused command is one that never was
                    done = posts[place].registry.check_ins([event], received_at=now)
                    if not done.refused:
                        sent.append((event, now))
                if data.draw(st.booleans()):
                    sender = data.draw(st.integers(0, 4))
                    length = posts[sender].store.seal().sequence
                    after = data.draw(st.integers(0, length))
                    pool.append((sender, posts[sender].bundle(after, made_at=now)))
                if pool and data.draw(st.booleans()):
                    sender, bundle = data.draw(st.sampled_from(pool))
                    posts[data.draw(st.integers(3, 5))].take(bundle, now=now)
            up = [(0, 3), (1, 3), (1, 4), (2, 4), (0, 5), (3, 5), (4, 5), (3, 4)]
            for sender, receiver in [*data.draw(st.permutations(up)), *up]:
                posts[receiver].take(posts[sender].bundle(made_at=now), now=now)
            for _, bundle in data.draw(st.permutations(pool)):
                posts[5].take(bundle, now=now)
            assert posts[5].states == _truth(sent)
            for post in posts[:5]:
                post.take(posts[5].bundle(made_at=now), now=now)
                assert post.states == posts[5].states

    run()


class Carrying(RuleBasedStateMachine):
    """Nodes that check in, export, lose power in the middle of an import, and carry bundles anywhere."""

    folder: Path
    make: Callable[[], EventStore]

    @initialize()
    def begin(self) -> None:
        self.posts = acquainted(Post("A"), Post("B"), Post("C", type(self).make()))
        self.pool: list[bytes] = []
        self.sent: list[tuple[Envelope, datetime]] = []
        self.now = START
        self.numbers = count(1)

    @rule(
        where=st.sampled_from([(0,), (1,), (2,), (0, 1), (1, 2)]), kind=st.sampled_from(KINDS_OF_ONE), code=st.sampled_from(CODES),
        minutes=st.integers(-60, 90), passed=st.integers(0, 30),
    )  # fmt: skip
    def check_in(self, where: tuple[int, ...], kind: str, code: str, minutes: int, passed: int) -> None:
        """One event, by one or two ways."""
        n = next(self.numbers)
        self.now += timedelta(minutes=passed)
        at = self.now + timedelta(minutes=minutes)
        event = make_event(kind, code=code, counter=n, event_id=f"{n:032x}", device_at=at, trusted_at=at)
        for place in where:
            if not self.posts[place].registry.check_ins([event], received_at=self.now).refused:
                self.sent.append((event, self.now))

    @rule(sender=st.integers(0, 2), share=st.floats(0, 1))
    def export(self, sender: int, share: float) -> None:
        """A bundle from some position on, kept for later."""
        length = self.posts[sender].store.seal().sequence
        self.pool.append(self.posts[sender].bundle(int(share * length), made_at=self.now))

    @rule(receiver=st.integers(0, 2), which=st.integers(0, 1000))
    def carry(self, receiver: int, which: int) -> None:
        """Any bundle, to anybody."""
        if self.pool:
            self.posts[receiver].take(self.pool[which % len(self.pool)], now=self.now)

    @rule(receiver=st.integers(0, 2), which=st.integers(0, 1000), batches=st.integers(0, 2))
    def carry_with_a_full_disk(self, receiver: int, which: int, batches: int) -> None:
        """An import that stops after some batches."""
        if not self.pool:
            return
        post, left = self.posts[receiver], [batches]
        append = post.store.append

        def failing(events: list[Envelope], *, received_at: datetime) -> object:
            if not left[0]:
                raise SourceError("disk full")
            left[0] -= 1
            return append(events, received_at=received_at)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(post.store, "append", failing)
            patch.setattr("evac.sync.intake.BATCH", 2)
            try:
                post.take(self.pool[which % len(self.pool)], now=self.now)
            except SourceError:
                assert not left[0]

    @invariant()
    def each_is_the_fold_of_its_own_log(self) -> None:
        """Whatever came and in whatever order."""
        for post in getattr(self, "posts", ()):
            assert post.states == fold(post.store.events())

    def teardown(self) -> None:
        """Everything is carried everywhere, twice round."""
        if not hasattr(self, "posts"):
            return
        for _ in range(2):
            for sender in self.posts:
                for receiver in self.posts:
                    if sender is not receiver:
                        receiver.take(sender.bundle(made_at=self.now), now=self.now)
        for post in self.posts:
            assert post.states == _truth(self.sent)
        self.posts[2].store.close()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["memory", "sqlite", "postgres"])
def test_carrying_bundles_about(kind: str, request: pytest.FixtureRequest) -> None:
    with TemporaryDirectory() as folder:
        machine = type("Carrying", (Carrying,), {"make": staticmethod(_stores(kind, request, Path(folder)))})
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=40 if kind == "memory" else 6, stateful_step_count=25, deadline=None,
                suppress_health_check=[HealthCheck.too_slow],
            ),
        )  # fmt: skip
