"""What a notebook shows: short, counted right, escaped, and grey where nothing is known."""

from __future__ import annotations

import re
from dataclasses import replace

from riskmap.scale import NO_DATA_COLOUR, Tier
from riskmap.shown import MOST_ROWS
from riskmap.succession import succeed
from tests.factories import make_assessment


def test_an_assessment_is_one_line_that_counts_every_region() -> None:
    found = make_assessment()
    line = repr(found)
    assert "\n" not in line
    assert len(line) < 300
    counts = {int(n) for n in re.findall(r"[红橙黄蓝绿据] (\d+)", line)}
    assert sum(int(n) for n in re.findall(r"[红橙黄蓝绿据] (\d+)", line)) == len(found.regions) >= max(counts)
    assert "lacking storm_tide" in line


def test_the_card_counts_the_published_tiers_and_lists_the_worst_first() -> None:
    found = make_assessment()
    card = found._repr_html_()
    worst = found.published_worst.tolist()
    for tier in Tier:
        assert f">{tier.chinese} {worst.count(tier)}</span>" in card
    assert f"background:{NO_DATA_COLOUR}" in card
    listed = [int(t) for t in re.findall(r"<tr><td><span[^>]*>(\d) ", card)]
    assert listed == sorted(listed, reverse=True)
    assert listed == sorted((t for t in worst if t >= Tier.BLUE), reverse=True)[:MOST_ROWS]
    assert "非气象预警信号" in card
    assert "警戒潮位" in card  # what was not computed, and why


def test_the_card_of_a_region_has_every_reason_and_what_is_unknown() -> None:
    found = make_assessment()
    card = found.worst("330902")._repr_html_()
    assert card.count("<tr>") == 1 + len(found.worst("330902").reasons)
    assert "≥ 41.5 m s-1" in card
    grey = found.worst(found.regions[-1].code)
    assert grey.tier is None
    assert f"background:{NO_DATA_COLOUR}" in grey._repr_html_()


def test_names_are_text_and_no_markup() -> None:
    found = make_assessment()
    first, *rest = found.regions
    odd = replace(found, regions=(replace(first, name="<script>x</script>"), *rest))
    for card in (odd._repr_html_(), odd.worst(first.code)._repr_html_()):
        assert "<script>" not in card
        assert "&lt;script&gt;" in card


def test_a_tier_that_is_held_is_shown_with_the_computed_one() -> None:
    before = make_assessment()
    calm = before.table.copy(deep=True)
    calm["tier"][:] = 0
    calm["area_share"][:] = 0.0
    now = replace(before, table=calm, issued_at=before.issued_at.replace(hour=10))
    first = succeed(before, None, event="2106", where="", confirmations=(), automatic=False)
    held = succeed(now, first, event="2106", where="", confirmations=(), automatic=False)
    assert held.published_worst.max() > held.window_worst.max()
    assert "4 红</span> ← 绿" in held._repr_html_()
