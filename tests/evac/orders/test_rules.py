"""Rules of the loop: every number with its source, and a wrong file is named."""

from __future__ import annotations

from importlib.resources import files

import pytest

from evac.orders.rules import bundled_rules, parse_rules
from riskmap.errors import ConfigError
from riskmap.scale import Tier

TEXT = (files("evac") / "orders" / "rules.toml").read_text(encoding="utf-8")


def test_the_more_urgent_never_has_more_time() -> None:
    rules = bundled_rules()
    for times in (rules.send, rules.close):
        ordered = [times[tier] for tier in (Tier.RED, Tier.ORANGE, Tier.YELLOW, Tier.BLUE)]
        assert ordered == sorted(ordered)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("red = 5", "red = 0", "red is not a positive number"),
        ("red = 5", "red = true", "red is not a positive number"),
        ("[shortfall]", "[shortfal]", r"section \[shortfall\] is missing"),
        ('status = "D"', 'status = "X"', "without its source or status"),
        ("up = 0", "up = 1", "ladder"),
        ("up = 4", "up = 0", "down again"),
        ("up = 4", "up = -1", "not a rung"),
        ("[send]", "[send", "not TOML"),
    ],
)
def test_a_wrong_file_is_named(old: str, new: str, message: str) -> None:
    assert old in TEXT
    with pytest.raises(ConfigError, match=message):
        parse_rules(TEXT.replace(old, new), where="own.toml")
