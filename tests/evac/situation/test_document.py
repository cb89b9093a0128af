"""The document says what it knows, and the same one gives the same bytes."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from typing import Any

from evac.columns import COLUMNS
from evac.situation.document import LEVELS, SITUATION_VERSION, to_json
from tests.evac.situation.sample import larger_situation, sample_situation


def test_json_has_every_field_under_its_own_name() -> None:
    one = sample_situation()

    def same(value: Any, told: Any) -> None:
        if is_dataclass(value):
            assert set(told) == {f.name for f in fields(value)}
            for f in fields(value):
                same(getattr(value, f.name), told[f.name])
        elif isinstance(value, tuple):
            assert len(value) == len(told)
            for mine, theirs in zip(value, told, strict=True):
                same(mine, theirs)

    told = json.loads(to_json(one))
    same(one, told)
    assert (told["format"], told["version"]) == ("evac-situation", SITUATION_VERSION)
    assert told["at"] == "2021-07-24T12:00:00+00:00"
    assert told["sources"][0]["age"] == 120.0
    assert told["supplies"] is None
    assert one.place.level in LEVELS


def test_the_same_situation_gives_the_same_bytes() -> None:
    assert to_json(sample_situation()) == to_json(sample_situation())
    assert len(json.loads(to_json(larger_situation()))["rows"]) == 90


def test_the_sample_keeps_the_identity() -> None:
    head = sample_situation().head_count
    assert head is not None
    assert head.parts == tuple(c.value for c in COLUMNS)
    assert sum(head.figures[name] or 0 for name in head.parts) == head.figures["due"]
