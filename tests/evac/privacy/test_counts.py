from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evac.privacy import SMALLEST_SHOWN, suppress

counts = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=3), st.integers(0, 60), max_size=12)


@given(counts)
def test_no_small_count_is_shown_or_given_away_by_the_total(people: dict[str, int]) -> None:
    shown = suppress(people)
    hidden = [people[r] for r, n in shown.items() if n is None]
    assert all(n is None or n == people[r] for r, n in shown.items())
    assert not any(n is not None and 0 < n < SMALLEST_SHOWN for n in shown.values())
    if hidden and any(n for n in shown.values() if n is not None):
        # every reader knows that hidden counts are 1 or more, and still must think any of them ten
        assert len(hidden) >= 2
        assert sum(hidden) - (len(hidden) - 1) >= SMALLEST_SHOWN
    if not any(0 < n < SMALLEST_SHOWN for n in people.values()):
        assert shown == people


def test_two_small_counts_alone_do_not_hide_each_other() -> None:
    assert suppress({"a": 3, "b": 7, "c": 50}) == {"a": None, "b": None, "c": None}
