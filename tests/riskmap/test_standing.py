"""Published tiers over cycles: up at once, down slowly, from orange and red only by a person; the unknown lowers nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap.errors import DataError
from riskmap.products.held import held_words
from riskmap.rules import HysteresisRule
from riskmap.scale import NO_DATA, Tier
from riskmap.standing import COMBINED, Confirmation, Standing, advance, past, why_words

RULE = HysteresisRule(hold_hours={"landslide": 24.0})

START = datetime(2021, 7, 24, tzinfo=UTC)
CODE = "330902"


def cycle(n: int) -> datetime:
    return START + timedelta(hours=6 * n)


def word(n: int, hazard: str, from_tier: Tier, to_tier: Tier) -> Confirmation:
    return Confirmation("2106", cycle(n), CODE, hazard, from_tier, to_tier, "张三", "风雨减弱", cycle(n))


def played(
    tiers: Sequence[int | None], *, hazard: str = "wind", said: Sequence[Confirmation] = (), automatic: bool = False,
    wet: dict[int, datetime] | None = None,
) -> list[Standing]:  # fmt: skip
    now: Standing | None = None
    found = []
    for n, tier in enumerate(tiers):
        computed = {} if tier is None else {(hazard, CODE): tier}
        rain = {CODE: wet[n]} if wet and n in wet else {}
        now = advance(
            now, computed, event="2106", issued_at=cycle(n), confirmations=said, automatic=automatic, wet_until=rain, rule=RULE
        )  # fmt: skip
        found.append(now)
    return found


def published(found: Sequence[Standing], hazard: str = "wind") -> list[int | None]:
    entries = [one.of(CODE, hazard) for one in found]
    return [None if e is None else e.published for e in entries]


TIERS = st.lists(st.sampled_from([-2, -1, 0, 1, 2, 3, 4]), min_size=1, max_size=14)
MAYBE = st.lists(st.sampled_from([None, -2, -1, 0, 1, 2, 3, 4]), min_size=1, max_size=14)


def test_a_layer_of_ten_minutes_comes_down_no_sooner_than_the_full_cycle_beside_it() -> None:
    def minutes_to(tier: Tier, every: int, pace: float) -> int:
        now, at = None, START
        for n in range(100):
            at = START + n * timedelta(minutes=every)
            computed = {("flash_flood", CODE): Tier.YELLOW if n == 0 else Tier.GREEN}
            now = advance(now, computed, event="2106", issued_at=at, rule=HysteresisRule(pace_hours=pace))
            if now.entries["flash_flood", CODE].published == tier:
                return n * every
        raise AssertionError(at)

    for tier in (Tier.BLUE, Tier.GREEN):
        assert minutes_to(tier, 10, 1.0) == minutes_to(tier, 60, 0.0) == minutes_to(tier, 60, 1.0)


def test_up_at_once_and_down_one_tier_after_two_lower_cycles() -> None:
    assert published(played([1, 2, 0, 0, 0, 0, 0])) == [1, 2, 2, 1, 1, 0, 0]


def test_a_cycle_as_high_as_before_starts_the_count_anew() -> None:
    assert published(played([2, 0, 2, 0, 0])) == [2, 2, 2, 2, 1]


def test_orange_waits_for_a_person() -> None:
    assert published(played([3, 0, 0, 0, 0])) == [3, 3, 3, 3, 3]
    confirmed = played([3, 1, 1, 1, 1], said=[word(1, "wind", Tier.ORANGE, Tier.YELLOW)])
    assert published(confirmed) == [3, 3, 2, 2, 1]
    entry = confirmed[2].of(CODE, "wind")
    assert entry is not None
    assert entry.confirmed is not None
    assert entry.confirmed.by == "张三"


def test_a_word_given_before_the_tier_rose_again_is_void() -> None:
    said = [word(1, "wind", Tier.RED, Tier.BLUE)]
    assert published(played([4, 1, 4, 1, 1, 1], said=said)) == [4, 4, 4, 4, 4, 4]


def test_a_word_for_another_hazard_or_a_higher_tier_does_not_count() -> None:
    assert published(played([4, 1, 1], said=[word(1, "rain", Tier.RED, Tier.ORANGE)])) == [4, 4, 4]
    assert published(played([4, 1, 1], said=[word(1, "wind", Tier.ORANGE, Tier.YELLOW)])) == [4, 4, 4]


def test_one_word_for_two_steps_still_goes_one_tier_at_a_time() -> None:
    said = [word(1, "wind", Tier.RED, Tier.YELLOW)]
    assert published(played([4, 0, 0, 0, 0, 0, 0], said=said)) == [4, 4, 3, 3, 2, 2, 1]


def test_no_data_after_red_lowers_nothing_and_voids_the_count() -> None:
    said = [word(1, "wind", Tier.RED, Tier.ORANGE)]
    assert published(played([4, 1, -1, 1, 1], said=said)) == [4, 4, 4, 4, 4]
    assert published(played([2, -1, -1, -1])) == [2, 2, 2, 2]
    assert published(played([0, -1, 0])) == [0, -1, 0]


def test_a_hazard_that_is_gone_from_the_run_holds_its_colour() -> None:
    assert published(played([4, None, None])) == [4, 4, 4]
    assert published(played([0, None])) == [0, None]


def test_the_geo_hazard_stays_yellow_for_a_day_after_rain() -> None:
    wet = {n: cycle(1) for n in range(2)}
    found = published(played([2, 0, 0, 0, 0, 0, 0, 0], hazard="landslide", wet=wet), "landslide")
    assert found == [2, 2, 2, 2, 2, 1, 1, 0]  # rain until cycle 1 (06 h): 24 h later is cycle 5
    assert published(played([1, 0, 0], hazard="landslide", wet={0: cycle(9)}), "landslide") == [1, 1, 0]


def test_the_window_after_rain_is_said_as_the_rule_has_it() -> None:
    rule = HysteresisRule(hold_hours={"landslide": 36.0, "flash_flood": 1.5}, hold_tier=Tier.BLUE)
    now: Standing | None = None
    for n, tier in enumerate((2, 0, 0)):
        now = advance(
            now, {("landslide", CODE): tier}, event="2106", issued_at=cycle(n), wet_until={CODE: cycle(0)}, rule=rule
        )  # fmt: skip
    assert now is not None
    last = now.of(CODE, "landslide")
    assert last is not None
    assert (last.published, last.why) == (1, "cycles")
    now = advance(now, {("landslide", CODE): 0}, event="2106", issued_at=cycle(3), rule=rule)
    now = advance(now, {("landslide", CODE): 0}, event="2106", issued_at=cycle(4), rule=rule)
    words = held_of_standing(now, "landslide")
    assert words[0].endswith("雨停后36小时内地质灾害等级不低于蓝色")
    assert words[1].endswith("stays at blue or worse for 36 h after rain")
    assert why_words("rain", rule, "flash_flood")[0] == "雨停后1.5小时内小流域山洪等级不低于蓝色"


def held_of_standing(standing: Standing, hazard: str) -> tuple[str, str]:
    words = held_words(standing.of(CODE, hazard), standing.rule, hazard)
    assert words is not None
    return words


def test_rain_that_was_foreseen_and_never_came_is_forgotten() -> None:
    found = played([2, 0, 0, 0, 0, 0, 0], hazard="landslide", wet={0: cycle(40)})
    assert found[-1].wet_until[CODE] == cycle(1)


@given(MAYBE)
def test_nothing_comes_down_from_orange_or_red_by_itself(tiers: list[int | None]) -> None:
    found = published(played(tiers))
    for last, now in pairwise(found):
        assert last is None or last < Tier.ORANGE or (now is not None and now >= last)


@given(TIERS)
def test_a_rise_is_published_at_once_and_a_fall_is_one_tier(tiers: list[int]) -> None:
    found = published(played(tiers, automatic=True))
    last = NO_DATA
    for tier, now in zip(tiers, found, strict=True):
        assert now is not None
        if tier >= Tier.GREEN or last >= Tier.BLUE:
            assert now >= tier
            assert now >= last - 1 or last < Tier.BLUE
        last = now


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=14), st.booleans()
)  # fmt: skip
def test_more_hazard_never_gives_a_lower_colour(pairs: list[tuple[int, int]], automatic: bool) -> None:
    less = published(played([min(p) for p in pairs], automatic=automatic))
    more = published(played([max(p) for p in pairs], automatic=automatic))
    assert all(a is not None and b is not None and a <= b for a, b in zip(less, more, strict=True))


@given(
    st.lists(st.tuples(*[st.integers(0, 4)] * 4), min_size=1, max_size=10), st.booleans()
)  # fmt: skip
def test_more_of_any_hazard_never_gives_a_lower_combined_colour(
    cycles: list[tuple[int, ...]], automatic: bool
) -> None:
    def combined(pick: Callable[..., int]) -> list[int]:
        now, found = None, []
        for n, (a, b, c, d) in enumerate(cycles):
            wind, rain = pick(a, b), pick(c, d)
            computed = {("wind", CODE): wind, ("rain", CODE): rain, (COMBINED, CODE): max(wind, rain)}
            now = advance(now, computed, event="2106", issued_at=cycle(n), automatic=automatic)
            entry = now.of(CODE)
            assert entry is not None
            found.append(entry.published)
        return found

    assert all(a <= b for a, b in zip(combined(min), combined(max), strict=True))


@given(MAYBE, st.booleans())
def test_a_cycle_that_is_run_twice_gives_the_same(tiers: list[int | None], automatic: bool) -> None:
    found = played(tiers, automatic=automatic)
    last = found[-1]
    start = past(last, event="2106", issued_at=last.issued_at, where="x")
    computed = {} if tiers[-1] is None else {("wind", CODE): tiers[-1]}
    again = advance(start, computed, event="2106", issued_at=last.issued_at, automatic=automatic)
    assert again.entries == last.entries


A_TIER = st.integers(-1, 4)


@given(
    st.lists(st.fixed_dictionaries({COMBINED: A_TIER}, optional={"wind": A_TIER, "rain": A_TIER}), max_size=8)
)
def test_the_combined_colour_is_never_below_that_of_a_hazard(cycles: list[dict[str, int]]) -> None:
    now: Standing | None = None
    for n, tiers in enumerate(cycles):
        computed = {(h, CODE): t for h, t in tiers.items()}
        now = advance(now, computed, event="2106", issued_at=cycle(n), automatic=True)
        combined = now.of(CODE)
        worst = max((e.published for (h, _), e in now.entries.items() if h != COMBINED), default=-2)
        if worst >= Tier.BLUE:
            assert combined is not None
            assert combined.published >= worst


def test_another_event_and_a_later_run_are_refused() -> None:
    (last,) = played([3])
    with pytest.raises(DataError, match="another event"):
        past(last, event="2114", issued_at=cycle(1), where="out")
    with pytest.raises(DataError, match="later than this one"):
        past(last, event="2106", issued_at=cycle(-1), where="out")


def test_a_fast_layer_says_the_count_that_its_rule_keeps() -> None:
    """Orange for half an hour, then blue every ten minutes: two of these cycles lower nothing, and nobody says that they would."""
    rule = HysteresisRule(pace_hours=1.0, confirm_from=Tier.RED)
    now: Standing | None = None
    fell: dict[int, int] = {}
    for minutes in range(0, 240, 10):
        tier = Tier.ORANGE if minutes < 30 else Tier.BLUE
        now = advance(
            now, {("flash_flood", CODE): tier}, event="2106", issued_at=START + timedelta(minutes=minutes), rule=rule
        )  # fmt: skip
        entry = now.of(CODE, "flash_flood")
        assert entry is not None
        fell.setdefault(entry.published, minutes)
        if entry.why == "cycles":
            assert (
                why_words(entry.why, now.rule, COMBINED)[0]
                == "连续1小时低于发布等级、且该等级发布满2小时方可下调一级"
            )
    assert fell == {Tier.ORANGE: 0, Tier.YELLOW: 120}


def test_a_rule_of_ones_own_is_said_as_it_is() -> None:
    rule = HysteresisRule(down_after_cycles=3, down_steps=2, confirm_from=Tier.RED)
    assert why_words("cycles", rule, "wind")[0] == "连续三期低于发布等级方可下调两级"
    assert why_words("confirmation", rule, "wind") == (
        "红色须经人工确认方可下调", "from red it goes down only when a person has confirmed it",
    )  # fmt: skip
    assert why_words("cycles", HysteresisRule(down_after_cycles=1, pace_hours=3), "wind")[0].startswith(
        "低于发布等级、且该等级发布满3小时"
    )
