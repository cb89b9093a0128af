"""Ratings: once each, without anybody's name, few are hidden, and nobody is ranked."""

from __future__ import annotations

import random
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evac.asides import Rated
from evac.envelope import NO_ONE
from evac.errors import ConflictError
from evac.people.clerk import Clerk as Pen
from evac.registry import Registry
from evac.review.ratings import (
    OF,
    SHOW,
    Distribution,
    distributions,
    masked,
    moderate,
    rate,
    rating_id,
    read_ratings,
)
from evac.store.memory import MemoryStore
from riskmap.errors import ConfigError
from tests.evac.returning.town import at, moved, villagers
from tests.evac.world import Clerk


@pytest.fixture
def town() -> Registry:
    return moved(MemoryStore(), villagers(18), Clerk())


def pen(hour: float = 50) -> Pen:
    return Pen("值班员", "330902", f"D{hour}", at(hour))


def test_once_each_and_nobody_reads_the_rater_from_it(town: Registry) -> None:
    code = sorted(town.states)[0]
    said = rate(town, "shelter", "S330902-1", rater=code, score=4, words="热水少", clerk=pen())
    assert (said.code, said.actor, said.place) == (NO_ONE, "", "")
    assert code not in repr(said)
    with pytest.raises(ConflictError, match="once is all"):
        rate(town, "shelter", "S330902-1", rater=code, score=1, words="", clerk=pen(51))
    ratings, _ = read_ratings(town.store, at=at(60))
    assert [r.score for r in ratings] == [4]


def test_only_who_was_served_rates(town: Registry) -> None:
    code = sorted(town.states)[0]
    with pytest.raises(ConflictError, match="who stayed there"):
        rate(town, "shelter", "S330903-1", rater=code, score=4, words="", clerk=pen())
    with pytest.raises(ConflictError, match="no such report"):
        rate(town, "danger", "0" * 32, rater="", score=4, words="", clerk=pen())
    report = Clerk(9000).event("danger_reported", 10, danger="滑坡", where="村口")
    town.check_in(report, received_at=at(1))
    assert rate(town, "danger", report.event_id, rater="", score=5, words="", clerk=pen()).score == 5


@pytest.mark.parametrize(
    ("of", "score", "words", "rater"), [("person", 3, "", "甲"), ("letter", 0, "", "甲"), ("letter", 6, "", "甲"), ("letter", 3, "长" * 201, "甲"),
                                        ("letter", 3, "", " ")],
)  # fmt: skip
def test_what_is_no_rating(town: Registry, of: str, score: int, words: str, rater: str) -> None:
    with pytest.raises(ConfigError, match="no rating"):
        rate(town, of, "1号", rater=rater, score=score, words=words, clerk=pen())


def test_numbers_and_names_of_the_list_are_taken_out(town: Registry) -> None:
    name = next(iter(town.store.people())).name
    said = rate(
        town, "letter", "1号", rater="定海区防指", score=3, words=f"{name}电话13800001234", clerk=pen()
    )
    assert name not in said.words
    assert "1380" not in said.words


@given(
    st.from_regex(r"1[3-9]\d{9}|\d{17}[\dXx]|0\d{2,3}-\d{7,8}", fullmatch=True),
    st.text("请找谁快,。", max_size=8),
)
def test_no_number_survives(number: str, around: str) -> None:
    assert number not in masked(f"{around}{number}{around}")


def _rated(n: int, of: str, score: int, words: str = "") -> Rated:
    return Rated(
        event_id=rating_id(of, f"s{n}", f"r{n}"), code=NO_ONE, place="", actor="", device="D", counter=n, device_at=at(n), trusted_at=at(n),
        of=of, subject=f"s{n}", score=score, words=words,
    )  # fmt: skip


@pytest.mark.parametrize(("number", "shown"), [(0, 0), (1, None), (9, None), (10, 10), (40, 40)])
def test_fewer_than_ten_are_hidden(number: int, shown: int | None) -> None:
    found = distributions([_rated(n, "letter", 5) for n in range(number)], {})[0]
    assert found.number == shown
    assert shown is not None or (not found.scores and not found.words)


def test_words_are_shown_when_a_named_person_let_them_through(town: Registry) -> None:
    for n in range(12):
        rate(
            town, "letter", f"{n}号", rater="定海区防指", score=1 + n % 5, words=f"第{n}条", clerk=pen(50 + n)
        )
    ratings, read = read_ratings(town.store, at=at(70))
    assert distributions(ratings, read)[0].words == ()
    moderate(town, ratings[3], show=True, clerk=pen(71))
    moderate(town, ratings[4], show=False, clerk=pen(72))
    found = distributions(*read_ratings(town.store, at=at(80)))[0]
    assert (found.words, found.waiting) == ((ratings[3].words,), 10)


@given(
    st.lists(
        st.tuples(st.sampled_from(list(OF)), st.integers(1, 5), st.sampled_from(["", "好", "慢", "冷"])),
        max_size=60,
    ),
    st.integers(),
)
def test_nobody_is_ranked(given_: list[tuple[str, int, str]], seed: int) -> None:
    """What is given out knows neither subject nor rater, is in no order of scores, and the order of the ratings does not show."""
    ratings = [_rated(n, *one) for n, one in enumerate(given_)]
    read = {r.event_id: SHOW for r in ratings}
    found = distributions(ratings, read)
    mixed = list(ratings)
    random.Random(seed).shuffle(mixed)
    assert distributions(mixed, read) == found
    # nobody gains a place by a score: turned upside down, words and kinds stand where they stood
    turned = [_rated(n, of, 6 - score, words) for n, (of, score, words) in enumerate(given_)]
    upside_down = distributions(turned, {r.event_id: SHOW for r in turned})
    assert [d.of for d in found] == list(OF) == [d.of for d in upside_down]
    assert [d.words for d in found] == [d.words for d in upside_down]
    assert {f.name for f in fields(Distribution)} == {"of", "number", "scores", "words", "waiting"}
    told = repr(found)
    assert not any(r.subject in told for r in ratings)
