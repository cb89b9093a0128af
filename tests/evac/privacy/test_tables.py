"""Two margins: what a reader can work out, held against every table that would look the same."""

from __future__ import annotations

import random
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evac.privacy import Margins, given_away, interval, protect
from evac.privacy.tables import TOTAL, Place, with_sums
from riskmap.errors import DataError

tables = st.integers(1, 4).flatmap(
    lambda rows: st.integers(1, 4).flatmap(
        lambda columns: st.lists(
            st.one_of(st.integers(0, 12), st.integers(0, 80)),
            min_size=rows * columns,
            max_size=rows * columns,
        ).map(lambda found: {(f"r{n // columns}", f"c{n % columns}"): value for n, value in enumerate(found)})
    )
)


def look_alikes(table: Margins, most: int) -> list[dict[Place, int]]:
    """Every table that would be published as this one, by trying: hidden cells from 1 to ``most``."""
    cells = [place for place in table.counts if TOTAL not in place]
    free = [place for place in cells if place in table.hidden]
    found = []
    for values in product(range(1, most + 1), repeat=len(free)):
        tried = with_sums({p: table.counts[p] for p in cells} | dict(zip(free, values, strict=True)))
        same = all(
            tried.counts[p] == n if p not in table.hidden else tried.counts[p] >= 1
            for p, n in table.counts.items()
        )
        if same:
            found.append(dict(tried.counts))
    return found


@settings(max_examples=60)
@given(st.lists(st.integers(0, 5), min_size=4, max_size=4), st.sets(st.integers(0, 8), max_size=6))
def test_the_interval_is_that_of_all_tables_that_look_the_same(values: list[int], which: set[int]) -> None:
    table = with_sums({(f"r{n // 2}", f"c{n % 2}"): value for n, value in enumerate(values)})
    places = list(table.counts)
    table = Margins(table.counts, frozenset(places[n] for n in which if table.counts[places[n]] > 0))
    most = 7
    alike = look_alikes(table, most)
    for place in table.hidden:
        low, high = interval(table, place)
        found = [other[place] for other in alike]
        assert low == min(found)
        # the trial stops at ``most`` a cell; what is bounded below that is bounded for us too
        assert max(found) <= high
        if high <= most and all(interval(table, p)[1] <= most for p in table.hidden):
            assert max(found) == high


@given(tables)
def test_nothing_small_is_shown_or_given_away(counts: dict[Place, int]) -> None:
    shared = protect(counts)
    assert given_away(shared) == {}
    for place, n in shared.shown.items():
        assert n is None or n == shared.counts[place]
        assert n is None or n == 0 or n >= 10
    for place in shared.hidden:
        low, high = interval(shared, place, at_most=40)
        assert low <= shared.counts[place] <= high
        if shared.counts[place] < 10:
            assert high >= 10


@given(tables)
def test_a_table_without_small_counts_is_shown_whole(counts: dict[Place, int]) -> None:
    large = {place: n + 10 for place, n in counts.items()}
    assert protect(large).hidden == frozenset()


def test_hiding_the_small_counts_alone_would_give_them_away() -> None:
    counts = {("甲", "a"): 3, ("甲", "b"): 20, ("乙", "a"): 30, ("乙", "b"): 40}
    naive = Margins(with_sums(counts).counts, frozenset({("甲", "a")}))
    assert given_away(naive) == {("甲", "a"): (3, 3)}
    # hidden in its row only, the column still tells
    row = Margins(naive.counts, frozenset({("甲", "a"), ("甲", "b")}))
    assert given_away(row) == {("甲", "a"): (3, 3)}


def test_what_another_table_hides_stays_hidden_here() -> None:
    counts = {("甲", "a"): 30, ("甲", "b"): 20, ("乙", "a"): 30, ("乙", "b"): 40}
    shared = protect(counts, hidden=[("甲", TOTAL), ("none", "a")])
    assert ("甲", TOTAL) in shared.hidden
    assert ("none", "a") not in shared.hidden


def test_a_province_by_categories_gives_nobody_away_and_still_says_something() -> None:
    rng = random.Random(1)
    counts = {
        (f"33{county:04d}", f"c{category}"): rng.choice(
            (0, 0, 0, rng.randrange(1, 12), rng.randrange(5, 4000))
        )
        for county in range(90)
        for category in range(13)
    }
    shared = protect(counts)
    assert given_away(shared) == {}
    people = sum(n for place, n in shared.shown.items() if n is not None and TOTAL not in place)
    assert people > 0.8 * sum(counts.values())
    assert (TOTAL, TOTAL) not in shared.hidden


@pytest.mark.parametrize("cells", [{("甲", "a"): -1}, {(TOTAL, "a"): 3}])
def test_what_is_no_table_of_counts_is_refused(cells: dict[Place, int]) -> None:
    with pytest.raises(DataError, match="not a table of counts"):
        protect(cells)
