"""Measures and closing orders: the five stops and the gates are all there, and none is done without its proof."""

from __future__ import annotations

from pathlib import Path

import pytest

from evac.response.levels import Level
from evac.response.orders import bundled_orders, closing_orders, measures, read_orders
from riskmap.errors import ConfigError
from tests.contracts.tree import ROOT

TEXT = (ROOT / "evac/response/orders.toml").read_text(encoding="utf-8")


def test_the_five_stops_and_the_gates_are_proposed_at_the_gravest_level() -> None:
    assert {o.chinese for o in closing_orders(Level.I)} == {
        "停课",
        "停工",
        "停产",
        "停运",
        "停业",
        "关闭旱闸和闸门",
    }
    assert closing_orders(Level.NONE) == measures(Level.NONE) == ()


def test_a_graver_level_adds_and_never_takes_away() -> None:
    for level in (Level.I, Level.II, Level.III):
        assert set(closing_orders(level.lower)) <= set(closing_orders(level))
        assert set(measures(level.lower)) < set(measures(level))


@pytest.mark.parametrize("order", bundled_orders().orders, ids=lambda o: o.id)
def test_none_is_done_without_its_proof(order: object) -> None:
    from evac.response.orders import ClosingOrder

    assert isinstance(order, ClosingOrder)
    assert order.lacking(frozenset(order.proof)) == ()
    for kind in order.proof:
        assert len(order.lacking(frozenset(order.proof) - {kind})) == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('proof = ["list", "count"]', "proof = []", "without proof"),
        ('proof = ["list", "count"]', 'proof = ["rumour"]', "unknown word"),
        ("hours = 4.0", "hours = 0.0", "not a number"),
        ('status = "M"', 'status = "?"', "valid status"),
        ('asks = "学校', 'ask = "学校', "asks"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=said) as caught:
        read_orders(path)
    assert "ours.toml, line" in str(caught.value)
